/* world.h - a registry in a temporary folder, with snapshots as ingest would publish them
 *
 * Included by one test program at a time: what all its tests share are statics here.
 */
#ifndef CST_TEST_MPI_STAGE_WORLD_H
#define CST_TEST_MPI_STAGE_WORLD_H

#include <unistd.h>

#include "base/file.h"
#include "config/option.h"
#include "exact/sum.h"
#include "stage/stage.h"
#include "store/rows.h"
#include "test/unit/prepare/build.h"

static cst_comm *comm;
static cst_registry *registry; /* rank 0 */
static char *directory;

/** Rank 0's text on every rank; to be freed. */
static inline char *shared(char *text)
{
    cst_error err = CST_ERROR_INIT;
    void *data = text;
    size_t size = text ? strlen(text) + 1 : 0;
    assert_ok(cst_comm_share(comm, &data, &size, &err));
    return data;
}

/** The rows that this rank holds of a table that all know (and which is released): unevenly, the
 *  last rank the most. */
static inline cst_table *my_share(cst_table *table)
{
    cst_error err = CST_ERROR_INIT;
    size_t before =
        table->rows * (size_t)(comm->rank * comm->rank) / (size_t)(comm->size * comm->size);
    size_t after = table->rows * (size_t)((comm->rank + 1) * (comm->rank + 1)) /
                   (size_t)(comm->size * comm->size);
    uint8_t *keep = calloc(table->rows, 1);
    cst_table *mine = NULL;
    assert_non_null(keep);
    memset(keep + before, 1, after - before);
    assert_ok(cst_table_select(&mine, table, keep, &err));
    free(keep);
    cst_table_free(table);
    free(mine->id); /* a part gives its rows their ids */
    mine->id = NULL;
    mine->first = (int64_t)before;
    return mine;
}

/** The manifest's entry of a part that came from <dataset>-<number>.csv, a line a row. */
static inline json_t *part_entry(const cst_part_written *written, const char *dataset,
                                 size_t number)
{
    char id[CST_DIGEST_HEX];
    char sha256[CST_DIGEST_HEX];
    char path[256];
    char source[256];
    cst_digest_hex(id, &written->content);
    cst_digest_hex(sha256, &written->sha256);
    (void)snprintf(path, sizeof path, "parts/%s/%s.h5", dataset, id);
    (void)snprintf(source, sizeof source, "landing/%s-%zu.csv", dataset, number);
    json_t *runs = json_array();
    for (int64_t row = 0; row < written->rows; row += CST_BLOCK_ROWS)
        json_array_append_new(runs,
                              json_pack("[I, i, I]", (json_int_t)row, 0, (json_int_t)(row + 2)));
    return json_pack("{s:s, s:s, s:I, s:I, s:s, s:[{s:s, s:I, s:i}], s:o}", "id", id, "sha256",
                     sha256, "bytes", (json_int_t)written->bytes, "rows", (json_int_t)written->rows,
                     "path", path, "sources", "path", source, "rows", (json_int_t)written->rows,
                     "rejected", 0, "runs", runs);
}

/** Write a part and put it into a draft (rank 0). The table is released. */
static inline void publish_part(cst_draft *draft, const char *dataset, cst_table *table,
                                size_t number)
{
    cst_error err = CST_ERROR_INIT;
    char *temporary = NULL;
    cst_table *mine = my_share(table);
    cst_part_written written;
    if (comm->rank == 0)
        assert_ok(cst_registry_part_temporary(&temporary, registry, dataset, &err));
    temporary = shared(temporary);
    assert_ok(cst_part_write(&written, comm, temporary, mine, &err));
    if (comm->rank == 0) {
        json_t *part = part_entry(&written, dataset, number);
        assert_ok(cst_registry_part_publish(registry, dataset, temporary, &written.content,
                                            &written.sha256, &err));
        assert_ok(cst_draft_add_part(draft, part, &err));
        json_decref(part);
    }
    cst_table_free(mine);
    free(temporary);
}

/** A snapshot of parts tables, which are released; profile: its profile.json, NULL: none. */
static inline void publish_parts(const char *dataset, cst_table **table, size_t parts,
                                 const char *schema_text, const char *profile_text)
{
    cst_error err = CST_ERROR_INIT;
    cst_draft *draft = NULL;
    if (comm->rank == 0)
        assert_ok(cst_draft_new(&draft, registry, CST_KIND_SNAPSHOT, dataset, &err));
    for (size_t p = 0; p < parts; p++)
        publish_part(draft, dataset, table[p], p + 1);
    if (comm->rank == 0) {
        cst_version *version = NULL;
        json_t *schema = build_json(schema_text);
        json_t *none = json_object();
        cst_recipe recipe = {.stage = "ingest", .revision = 1, .params = none, .provenance = none};
        assert_ok(cst_draft_add_json(draft, "schema.json", schema, false, &err));
        json_t *profile = profile_text ? build_json(profile_text) : NULL;
        if (profile)
            assert_ok(cst_draft_add_json(draft, "profile.json", profile, false, &err));
        json_decref(profile);
        assert_ok(cst_draft_publish(&version, draft, &recipe, CST_PARENT_ANY, &err));
        cst_version_free(version);
        cst_draft_free(draft);
        json_decref(schema);
        json_decref(none);
    }
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
}

/** A snapshot of one part. */
static inline void publish(const char *dataset, cst_table *table, const char *schema_text)
{
    publish_parts(dataset, &table, 1, schema_text, NULL);
}

static inline void world_setup(void)
{
    cst_error err = CST_ERROR_INIT;
    char path[] = "/tmp/capstan-stage-XXXXXX";
    assert_ok(cst_comm_new(&comm, MPI_COMM_WORLD, true, &err));
    if (comm->rank == 0) {
        assert_non_null(mkdtemp(path));
        directory = strdup(path);
        assert_ok(cst_registry_init(directory, &err));
        assert_ok(cst_registry_open(&registry, directory, &err));
    }
    directory = shared(directory);
}

static inline int world_teardown(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_registry_close(registry);
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
    if (comm->rank == 0)
        assert_ok(cst_file_remove(directory, &err));
    free(directory);
    cst_comm_free(comm);
    return 0;
}

/** The path of a file of the result's version; to be freed. */
static inline char *path_of(const cst_stage_result *result, const char *file)
{
    cst_error err = CST_ERROR_INIT;
    const json_t *output = json_array_get(result->outputs, 0);
    char *path = cst_file_join(cst_get_string(output, "path", ""), file, &err);
    assert_non_null(path);
    return path;
}

static inline void expect_id(const cst_stage_result *result, const char *golden)
{
    const json_t *output = json_array_get(result->outputs, 0);
    const char *id = cst_get_string(output, "id", "");
    const char *digits = strchr(id, ':') ? strchr(id, ':') + 1 : id;
    assert_string_equal(digits, golden);
}

#endif

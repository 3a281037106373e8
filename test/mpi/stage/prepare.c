/* prepare.c - facts about the stage prepare: the same ids at any number of ranks, what lies in a
 * features version, errors that all ranks leave with */
#include "test/unit/prepare/play.h"

#include <unistd.h>

#include "base/file.h"
#include "config/option.h"
#include "stage/stage.h"
#include "store/rows.h"

enum { ROWS = 9000, INSTANTS = ROWS / 3 };

/* Results of the stage: where one changes, CST_PREPARE_REVISION is raised and this written anew. */
static const char golden_split[] =
    "e61e56ee0ba80b561c40066e9fe909c4b5534180000c8fbf8bdfa921ddb4db74";
static const char golden_all[] = "64a85200ba9502d5072b146943cd630fb5fc4d02babb92e720271d0d2425eebe";

static cst_comm *comm;
static cst_registry *registry; /* rank 0 */
static char *directory;

/* Rank 0's text on every rank; to be freed. */
static char *shared(char *text)
{
    cst_error err = CST_ERROR_INIT;
    void *data = text;
    size_t size = text ? strlen(text) + 1 : 0;
    assert_ok(cst_comm_share(comm, &data, &size, &err));
    return data;
}

/* The rows that this rank holds of a table that all know: unevenly, the last rank the most. */
static cst_table *my_share(cst_table *table)
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

static json_t *part_entry(const cst_part_written *written, const char *dataset)
{
    char id[CST_DIGEST_HEX];
    char sha256[CST_DIGEST_HEX];
    char path[256];
    cst_digest_hex(id, &written->content);
    cst_digest_hex(sha256, &written->sha256);
    (void)snprintf(path, sizeof path, "parts/%s/%s.h5", dataset, id);
    return json_pack("{s:s, s:s, s:I, s:I, s:s, s:[], s:[]}", "id", id, "sha256", sha256, "bytes",
                     (json_int_t)written->bytes, "rows", (json_int_t)written->rows, "path", path,
                     "sources", "runs");
}

/* A snapshot of one part, as ingest would publish it. */
static void publish(const char *dataset, cst_table *table, const char *schema_text)
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
        cst_draft *draft = NULL;
        cst_version *version = NULL;
        json_t *part = part_entry(&written, dataset);
        json_t *schema = build_json(schema_text);
        json_t *none = json_object();
        cst_recipe recipe = {.stage = "ingest", .revision = 1, .params = none, .provenance = none};
        assert_ok(cst_registry_part_publish(registry, dataset, temporary, &written.content,
                                            &written.sha256, &err));
        assert_ok(cst_draft_new(&draft, registry, CST_KIND_SNAPSHOT, dataset, &err));
        assert_ok(cst_draft_add_part(draft, part, &err));
        assert_ok(cst_draft_add_json(draft, "schema.json", schema, false, &err));
        assert_ok(cst_draft_publish(&version, draft, &recipe, CST_PARENT_ANY, &err));
        cst_version_free(version);
        cst_draft_free(draft);
        json_decref(part);
        json_decref(schema);
        json_decref(none);
    }
    cst_table_free(mine);
    free(temporary);
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
}

static cst_table *winds(void)
{
    cst_table *table = build_table(INSTANTS);
    int64_t *time = calloc(INSTANTS, sizeof *time);
    double *wind = calloc(INSTANTS, sizeof *wind);
    assert_true(time && wind);
    for (size_t r = 0; r < INSTANTS; r++) {
        time[r] = (1356998400 + (int64_t)r * 1800) * 1000000;
        wind[r] = r % 50 == 7 ? NAN : 40 * play_unit(90, r);
    }
    build_times(table, "at", 1000000, time);
    build_numbers(table, "wind", CST_FLOAT32, wind);
    free(time);
    free(wind);
    return table;
}

static int group_setup(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char path[] = "/tmp/capstan-prepare-XXXXXX";
    assert_ok(cst_comm_new(&comm, MPI_COMM_WORLD, true, &err));
    if (comm->rank == 0) {
        assert_non_null(mkdtemp(path));
        directory = strdup(path);
        assert_ok(cst_registry_init(directory, &err));
        assert_ok(cst_registry_open(&registry, directory, &err));
    }
    directory = shared(directory);
    publish("winds", winds(),
            "{'dataset': 'winds', 'key': ['at'], 'time': 'at', 'columns': ["
            "{'name': 'at', 'type': 'time'}, {'name': 'wind', 'type': 'float32'}]}");
    publish("trips", play_rows(ROWS, false),
            "{'dataset': 'trips', 'time': 'at', 'columns': ["
            "{'name': 'temp', 'type': 'float64'}, {'name': 'distance', 'type': 'int32'},"
            "{'name': 'at', 'type': 'time'}, {'name': 'carrier', 'type': 'category'},"
            "{'name': 'gate', 'type': 'int32'},"
            "{'name': 'delay', 'type': 'float64', 'only': 'training'},"
            "{'name': 'late', 'type': 'bool', 'only': 'training'}]}");
    return 0;
}

static int group_teardown(void **state)
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

#define FEATURES                                                                                   \
    "[{'columns': ['temp', 'wind'], 'impute': 'median', 'scale': 'standard'},"                     \
    " {'columns': ['carrier', 'gate'], 'encode': 'target'}, {'columns': ['morning', 'carrier']}]"

static const char *const good =
    "{'where': 'temp > -290', 'derive': {'tardy': 'delay > 15', 'morning': 'hour(at) < 12'},"
    " 'join': [{'dataset': 'winds', 'on': ['at'], 'columns': ['wind']}], 'label': 'tardy',"
    " 'split': {'test': '10d', 'validation': '5d', 'gap': '1h'}, 'features': " FEATURES "}";

static cst_code prepare(cst_stage_result *out, const char *spec_text, bool all, cst_error *err)
{
    json_t *raw = build_json(spec_text);
    json_t *spec = NULL;
    cst_code rc = cst_section_check(&spec, raw, NULL, "test", &cst_section_prepare, err);
    json_t *options = json_pack("{s:s, s:s, s:b}", "snapshot", "trips@1", "name",
                                all ? "whole" : "trips", "all", all);
    json_t *sections = json_pack("{s:o}", "prepare", spec);
    json_t *none = json_object();
    cst_stage stage = {.comm = comm,
                       .registry = registry,
                       .options = options,
                       .sections = sections,
                       .provenance = none,
                       .seed = 5};
    *out = (cst_stage_result){0};
    if (rc == CST_OK)
        rc = cst_stage_prepare.run(out, &stage, err);
    json_decref(options);
    json_decref(sections);
    json_decref(none);
    json_decref(raw);
    return rc;
}

static char *path_of(const cst_stage_result *result, const char *file)
{
    cst_error err = CST_ERROR_INIT;
    const json_t *output = json_array_get(result->outputs, 0);
    char *path = cst_file_join(cst_get_string(output, "path", ""), file, &err);
    assert_non_null(path);
    return path;
}

/* This rank's rows of test.h5. */
static cst_table *raw_rows(const cst_stage_result *result)
{
    cst_error err = CST_ERROR_INIT;
    cst_part *part = NULL;
    cst_table *rows = NULL;
    cst_part_ref ref = {.path = path_of(result, "test.h5")};
    assert_ok(cst_part_open(&part, ref.path, &err));
    ref.rows = cst_part_rows(part);
    cst_part_close(part);
    assert_ok(cst_rows_read(&rows, comm, &ref, 1, NULL, &err));
    free(ref.path);
    return rows;
}

static void expect_id(const cst_stage_result *result, const char *golden)
{
    const json_t *output = json_array_get(result->outputs, 0);
    const char *id = cst_get_string(output, "id", "");
    const char *digits = strchr(id, ':') ? strchr(id, ':') + 1 : id;
    assert_string_equal(digits, golden);
}

static void the_id_is_the_same_at_any_number_of_ranks(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_ok(prepare(&result, good, false, &err));
    expect_id(&result, golden_split);
    assert_int_equal(json_array_size(result.inputs), 2);
    assert_int_equal(result.rows_read, ROWS);
    cst_stage_result_free(&result);
    cst_error_clear(&err);
    assert_int_equal(prepare(&result, good, false, &err), CST_SKIPPED);
    expect_id(&result, golden_split);
    cst_stage_result_free(&result);
}

static void a_version_holds_matrices_and_raw_test_rows(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    (void)prepare(&result, good, false, &err);
    cst_matrix *training = NULL;
    cst_matrix *validation = NULL;
    char *path = path_of(&result, "train.h5");
    assert_ok(cst_matrix_read(&training, comm, path, &err));
    free(path);
    path = path_of(&result, "validation.h5");
    assert_ok(cst_matrix_read(&validation, comm, path, &err));
    free(path);
    cst_table *test = raw_rows(&result);
    /* 62.5 days of 144 rows a day: the last ten, an hour, five before, an hour; a hundredth or so
     * has no temperature or too low a one. */
    assert_in_range(training->total, 5900, 6300);
    assert_in_range(validation->total, 630, 660);
    assert_in_range(test->total, 1250, 1320);
    assert_int_equal(training->columns, 6);
    assert_string_equal(training->feature[0].name, "temp");
    assert_string_equal(training->feature[2].name, "target(carrier)");
    assert_non_null(cst_table_find(test, "wind"));
    assert_non_null(cst_table_find(test, "late"));
    assert_null(cst_table_find(test, "tardy"));
    for (size_t r = 0; r < validation->rows; r++)
        assert_true(!isnan(validation->x[1][r]));
    cst_matrix_free(training);
    cst_matrix_free(validation);
    cst_table_free(test);
    cst_stage_result_free(&result);
}

/* What a features version says of itself is enough to make the same numbers of the raw rows. */
static void the_published_transform_scores_the_raw_test_rows(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    (void)prepare(&result, good, false, &err);
    json_t *json = NULL;
    cst_transform *transform = NULL;
    cst_matrix *matrix = NULL;
    char *path = path_of(&result, "transform.json");
    assert_ok(cst_json_read(&json, path, &err));
    free(path);
    assert_ok(cst_transform_from_json(&transform, json, &err));
    cst_table *test = raw_rows(&result);
    assert_ok(cst_transform_apply(&matrix, transform, test, true, NULL, &err));
    assert_int_equal(matrix->rows, test->rows);
    const cst_column *delay = cst_table_find(test, "delay");
    for (size_t r = 0; r < matrix->rows; r++)
        assert_true(matrix->label[r] == (delay->values.f64[r] > 15));
    cst_matrix_free(matrix);
    cst_table_free(test);
    cst_transform_free(transform);
    json_decref(json);
    cst_stage_result_free(&result);
}

static void all_rows_are_trained_on_for_a_refit(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_ok(prepare(&result, good, true, &err));
    expect_id(&result, golden_all);
    char *path = path_of(&result, "test.h5");
    assert_false(cst_file_exists(path));
    free(path);
    path = path_of(&result, "train.h5");
    cst_matrix *training = NULL;
    assert_ok(cst_matrix_read(&training, comm, path, &err));
    assert_int_equal(training->total, result.rows_kept);
    free(path);
    cst_matrix_free(training);
    cst_stage_result_free(&result);
}

static void errors_reach_every_rank(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *spec;
        cst_code code;
        const char *words;
    } cases[] = {
        {"{'label': 'tardy', 'split': {'test': '10d'}, 'features': [{'columns': ['temp']}]}",
         CST_USAGE, "tardy"},
        {"{'label': 'late', 'features': [{'columns': ['temp']}]}", CST_USAGE, "prepare.split"},
        {"{'label': 'late', 'split': {'test': '90d'}, 'features': [{'columns': ['temp']}]}",
         CST_INVALID, "test takes 90d, and the 9000 rows that count run from 2013-01-01"},
        {"{'label': 'late', 'split': {'test': '10d'}, 'features': [{'columns': ['delay']}]}",
         CST_USAGE, "only there in training"},
        {"{'label': 'late', 'split': {'test': '10d'}, 'features': [{'columns': ['temp']}],"
         " 'join': [{'dataset': 'fogs', 'on': ['at'], 'columns': ['fog']}]}",
         CST_MISSING, "fogs"},
        {"{'label': 'late', 'split': {'by': 'hash', 'test': '10%'}, 'features': [{'columns': "
         "['temp']}], 'join': [{'dataset': 'winds', 'on': ['at'], 'columns': ['wind']}]}",
         CST_USAGE, "winds"},
        {"{'label': 'late', 'split': {'test': '10d'}, 'derive': {'temp': 'temp + 1'},"
         " 'features': [{'columns': ['temp']}]}",
         CST_EXISTS, "\"temp\" already"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cst_stage_result result;
        assert_fails(prepare(&result, cases[i].spec, false, &err), cases[i].code, cases[i].words);
        cst_stage_result_free(&result);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_id_is_the_same_at_any_number_of_ranks),
        cmocka_unit_test(a_version_holds_matrices_and_raw_test_rows),
        cmocka_unit_test(the_published_transform_scores_the_raw_test_rows),
        cmocka_unit_test(all_rows_are_trained_on_for_a_refit),
        cmocka_unit_test(errors_reach_every_rank),
    };
    int failed = cmocka_run_group_tests(tests, group_setup, group_teardown);
    MPI_Finalize();
    return failed;
}

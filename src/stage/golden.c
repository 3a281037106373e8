/* golden.c - golden rows: chosen by hash, gathered, scored; and checked */
#include "stage/golden.h"

#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "exact/random.h"
#include "stage/golden_table.h"

enum { MOST = 64, KEY = 24 };

/* The order that rows are chosen in: by hash, then by identity; big-endian. */
static void make_key(uint8_t key[KEY], cst_rowid id, uint64_t seed)
{
    const uint64_t word[] = {cst_random_bits(seed, CST_STREAM_GOLDEN, id.part, id.row), id.part,
                             id.row};
    for (size_t i = 0; i < KEY; i++)
        key[i] = (uint8_t)(word[i / 8] >> (56 - 8 * (i % 8)));
}

/* The keys of the chosen rows of all ranks. Collective. */
static cst_code choose(cst_sorted **out, cst_comm *comm, const cst_table *rows, uint64_t seed,
                       cst_error *err)
{
    cst_sorted *chosen = NULL;
    cst_code rc = cst_sorted_new(&chosen, 0, MOST, err);
    for (size_t r = 0; r < rows->rows && rc == CST_OK; r++) {
        uint8_t key[KEY];
        make_key(key, rows->id[r], seed);
        rc = cst_sorted_add(chosen, key, sizeof key, NULL, err);
    }
    rc = cst_comm_agree(comm, rc, err);
    cst_mergeable state = {.set = &chosen, .sets = 1};
    if (rc == CST_OK)
        rc = cst_comm_merge(comm, &state, err);
    *out = chosen;
    return rc;
}

/* [[position, row], …] of the chosen rows that this rank holds. */
static cst_code write_mine(cst_text *out, const cst_table *rows, const cst_sorted *chosen,
                           const json_t *columns, uint64_t seed, cst_error *err)
{
    json_t *mine = json_array();
    cst_code rc = mine ? CST_OK : cst_error_nomem(err, "golden rows");
    for (size_t r = 0; r < rows->rows && rc == CST_OK; r++) {
        uint8_t key[KEY];
        make_key(key, rows->id[r], seed);
        int64_t at = cst_sorted_find(chosen, key, sizeof key);
        if (at < 0)
            continue;
        json_t *entry = json_array();
        rc = cst_json_append(mine, entry, err);
        if (rc == CST_OK)
            rc = cst_json_append(entry, json_integer(at), err);
        if (rc == CST_OK)
            rc = cst_json_append(entry, cst_golden_row(rows, r, columns, err), err);
    }
    if (rc == CST_OK)
        rc = cst_json_canonical(out, mine, err);
    json_decref(mine);
    return rc;
}

static cst_code place(json_t *rows, const char *text, size_t size, cst_error *err)
{
    json_t *theirs = NULL;
    cst_code rc = cst_json_parse(&theirs, text, size, "golden rows", err);
    for (size_t i = 0; rc == CST_OK && i < json_array_size(theirs); i++) {
        const json_t *entry = json_array_get(theirs, i);
        size_t at = (size_t)json_integer_value(json_array_get(entry, 0));
        if (json_array_set(rows, at, json_array_get(entry, 1)) != 0)
            rc = cst_error_set(err, CST_FAILED, "golden row %zu was not chosen", at);
    }
    json_decref(theirs);
    return rc;
}

/* All chosen rows in order, on every rank. Collective. */
static cst_code gather(json_t **out, cst_comm *comm, const cst_table *table,
                       const cst_sorted *chosen, const json_t *columns, uint64_t seed,
                       cst_error *err)
{
    cst_text mine = CST_TEXT_INIT;
    void *all = NULL;
    size_t *offset = NULL;
    json_t *rows = json_array();
    cst_code rc = rows ? write_mine(&mine, table, chosen, columns, seed, err)
                       : cst_error_nomem(err, "golden rows");
    for (size_t i = 0; rc == CST_OK && i < cst_sorted_count(chosen); i++)
        rc = cst_json_append(rows, json_null(), err);
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = cst_comm_gather(comm, &all, &offset, mine.data, mine.size, err);
    for (int i = 0; rc == CST_OK && i < comm->size; i++)
        rc = place(rows, (const char *)all + offset[i], offset[i + 1] - offset[i], err);
    rc = cst_comm_agree(comm, rc, err);
    free(all);
    free(offset);
    cst_text_free(&mine);
    if (rc == CST_OK)
        *out = rows;
    else
        json_decref(rows);
    return rc;
}

static cst_code score(double **out, size_t *count, const cst_bundle *bundle, const json_t *golden,
                      cst_error *err)
{
    cst_table *table = NULL;
    cst_matrix *matrix = NULL;
    *count = 0;
    cst_code rc = cst_golden_table(&table, json_object_get(golden, "columns"),
                                   json_object_get(golden, "rows"), err);
    if (rc == CST_OK)
        rc = cst_bundle_score(out, &matrix, bundle, table, false, NULL, err);
    if (rc == CST_OK)
        *count = matrix->rows;
    cst_matrix_free(matrix);
    cst_table_free(table);
    return rc;
}

/* {"columns", "rows", "scores"}. Takes the references of columns and rows. */
static cst_code put_together(json_t **out, const cst_bundle *bundle, json_t *columns, json_t *rows,
                             cst_error *err)
{
    json_t *golden = json_object();
    json_t *scores = json_array();
    double *value = NULL;
    size_t count = 0;
    cst_code rc = cst_json_put(golden, "columns", columns, err);
    cst_code put = cst_json_put(golden, "rows", rows, err);
    rc = rc == CST_OK ? put : rc;
    put = cst_json_put(golden, "scores", scores, err);
    rc = rc == CST_OK ? put : rc;
    if (rc == CST_OK && json_array_size(rows))
        rc = score(&value, &count, bundle, golden, err);
    for (size_t i = 0; i < count && rc == CST_OK; i++)
        rc = cst_json_append(scores, cst_json_real(value[i]), err);
    free(value);
    if (rc == CST_OK)
        *out = golden;
    else
        json_decref(golden);
    return rc;
}

cst_code cst_golden_make(json_t **out, cst_comm *comm, const cst_bundle *bundle,
                         const cst_table *rows, uint64_t seed, cst_error *err)
{
    cst_sorted *chosen = NULL;
    json_t *columns = NULL;
    json_t *values = NULL;
    cst_code rc = CST_OK;
    if (!rows)
        return cst_comm_agree(comm, put_together(out, bundle, json_array(), json_array(), err),
                              err);
    if ((rc = choose(&chosen, comm, rows, seed, err)) != CST_OK)
        goto out;
    columns = cst_golden_columns(rows, cst_transform_inputs(bundle->transform, false), err);
    if ((rc = cst_comm_agree(comm, columns ? CST_OK : CST_FAILED, err)) != CST_OK)
        goto out;
    if ((rc = gather(&values, comm, rows, chosen, columns, seed, err)) != CST_OK)
        goto out;
    rc = put_together(out, bundle, columns, values, err);
    columns = NULL;
    rc = cst_comm_agree(comm, rc, err);
out:
    json_decref(columns);
    cst_sorted_free(chosen);
    return rc;
}

cst_code cst_golden_check(const cst_bundle *bundle, const json_t *golden, cst_error *err)
{
    const json_t *wanted = json_object_get(golden, "scores");
    size_t rows = json_array_size(json_object_get(golden, "rows"));
    double *value = NULL;
    size_t count = 0;
    if (json_array_size(wanted) != rows)
        return cst_error_set(err, CST_INVALID, "golden.json has %zu rows and %zu scores", rows,
                             json_array_size(wanted));
    cst_code rc = rows ? score(&value, &count, bundle, golden, err) : CST_OK;
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        const json_t *score_then = json_array_get(wanted, i);
        double theirs = json_is_null(score_then) ? (double)NAN : json_number_value(score_then);
        if (value[i] != theirs && !(isnan(value[i]) && isnan(theirs)))
            rc = cst_error_set(err, CST_INVALID,
                               "golden row %zu gives %.17g; it must give %.17g to the bit", i + 1,
                               value[i], theirs);
    }
    free(value);
    return rc;
}

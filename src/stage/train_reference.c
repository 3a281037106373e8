/* train_reference.c - the scores of test rows: frozen for drift, held against a challenger's */
#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "profile/drift.h"
#include "stage/train_parts.h"

static const char score_name[] = "score";

/* Between a refit and the model that was evaluated, on the test rows of that one. The refit has
 * learned these rows, so its scores spread more: PSI of 0.1 to 0.3 is what learning looks like, and
 * twice that another model. */
static const double most_psi = 0.6;

cst_code cst_training_score(cst_table **out, const cst_bundle *bundle, cst_table *rows,
                            const char *time, cst_error *err)
{
    cst_matrix *matrix = NULL;
    double *score = NULL;
    cst_table *table = NULL;
    cst_column *column = NULL;
    cst_code rc = cst_bundle_score(&score, &matrix, bundle, rows, false, NULL, err);
    if (rc == CST_OK)
        rc = cst_table_new(&table, err);
    if (rc == CST_OK)
        rc = cst_table_add(&column, table, score_name, CST_FLOAT64, err);
    if (rc == CST_OK)
        rc = cst_column_reserve(column, rows->rows, err);
    if (rc == CST_OK) {
        if (rows->rows)
            memcpy(column->values.f64, score, rows->rows * sizeof *score);
        column->rows = rows->rows;
        table->rows = rows->rows;
        table->first = rows->first;
        table->total = rows->total;
    }
    const cst_column *clock = time ? cst_table_find(rows, time) : NULL;
    if (rc == CST_OK && clock)
        rc = cst_table_add_copy(table, clock, NULL, err);
    cst_matrix_free(matrix);
    free(score);
    if (rc == CST_OK)
        *out = table;
    else
        cst_table_free(table);
    return rc;
}

/* Collective. */
static cst_code count(json_t **out, cst_comm *comm, const cst_table *scores, const char *time,
                      cst_error *err)
{
    static const char *const columns[] = {score_name, NULL};
    cst_reference *reference = NULL;
    bool done = false;
    const char *clock = time && cst_table_find(scores, time) ? time : NULL;
    cst_code rc = cst_reference_new(&reference, scores, columns, clock, NULL, err);
    rc = cst_comm_agree(comm, rc, err);
    while (rc == CST_OK && !done) {
        rc = cst_comm_agree(comm, cst_reference_local(reference, scores, err), err);
        if (rc != CST_OK)
            break;
        cst_mergeable state = cst_reference_state(reference);
        rc = cst_comm_merge(comm, &state, err);
        if (rc == CST_OK)
            rc = cst_comm_agree(comm, cst_reference_advance(reference, &done, err), err);
    }
    if (rc == CST_OK && !(*out = cst_reference_to_json(reference, err)))
        rc = CST_NOMEM;
    cst_reference_free(reference);
    return cst_comm_agree(comm, rc, err);
}

cst_code cst_training_reference(cst_training_run *run, const char *time, cst_error *err)
{
    json_t *score = NULL;
    json_t *both = NULL;
    cst_code rc = count(&score, run->stage->comm, run->scores, time, err);
    if (rc == CST_OK && !(both = cst_reference_join(run->reference, score, err)))
        rc = CST_NOMEM;
    json_decref(score);
    if (rc == CST_OK) {
        json_decref(run->reference);
        run->reference = both;
    }
    return cst_comm_agree(run->stage->comm, rc, err);
}

/* The challenger's reference of its score, by itself. *out is NULL where it kept none. */
static cst_code read_reference(json_t **out, const cst_version *challenger, cst_error *err)
{
    json_t *whole = NULL;
    char *path = cst_file_join(challenger->path, "reference.json", err);
    cst_code rc = path ? cst_json_read(&whole, path, err) : CST_NOMEM;
    size_t i = 0;
    json_t *group = NULL;
    json_array_foreach(json_object_get(whole, "groups"), i, group)
    {
        const json_t *column = json_array_get(json_object_get(group, "columns"), 0);
        if (strcmp(cst_get_string(column, "name", ""), score_name) == 0)
            *out = json_pack("{s:[O]}", "groups", group);
    }
    json_decref(whole);
    free(path);
    return rc;
}

static cst_code judge(const cst_window *window, uint64_t seed, cst_error *err)
{
    json_t *options = NULL;
    json_t *report = NULL;
    cst_code rc = cst_option_check(&options, NULL, NULL, "monitor", cst_monitor_options, err);
    if (rc == CST_OK && !(report = cst_drift_report(window, options, NULL, seed, err)))
        rc = CST_FAILED;
    double psi = cst_get_real(json_object_get(report, score_name), "psi", 0);
    if (rc == CST_OK && psi >= most_psi)
        rc = cst_error_set(err, CST_REFUSED,
                           "the refit scores the challenger's test rows as another model would: "
                           "PSI %.3f, allowed below %.1f; look at what the newer rows changed",
                           psi, most_psi);
    json_decref(options);
    json_decref(report);
    return rc;
}

cst_code cst_training_compare(const cst_training_run *run, cst_error *err)
{
    cst_comm *comm = run->stage->comm;
    cst_window *window = NULL;
    json_t *reference = NULL;
    cst_code rc = read_reference(&reference, run->made->challenger, err);
    if (rc == CST_OK && !reference)
        rc = cst_error_set(err, CST_INVALID, "the challenger's reference.json has no score");
    if (rc == CST_OK)
        rc = cst_window_new(&window, reference, err);
    if (rc == CST_OK)
        rc = cst_window_update(window, run->scores, err);
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK) {
        cst_mergeable state = cst_window_state(window);
        rc = cst_comm_merge(comm, &state, err);
    }
    if (rc == CST_OK)
        rc = cst_comm_agree(comm, judge(window, run->training->seed, err), err);
    cst_window_free(window);
    json_decref(reference);
    return rc;
}

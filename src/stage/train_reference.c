/* train_reference.c - the scores of test rows, frozen for drift */
#include "base/array.h"
#include "config/json.h"
#include "profile/drift.h"
#include "stage/profiling.h"
#include "stage/train_parts.h"

static const char score_name[] = "score";

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

cst_code cst_training_reference(cst_training_run *run, const char *time, cst_error *err)
{
    static const char *const columns[] = {score_name, NULL};
    const char *clock = time && cst_table_find(run->scores, time) ? time : NULL;
    json_t *score = NULL;
    json_t *both = NULL;
    cst_code rc =
        cst_stage_reference(&score, run->stage->comm, run->scores, columns, clock, NULL, err);
    if (rc == CST_OK && !(both = cst_reference_join(run->reference, score, err)))
        rc = CST_NOMEM;
    json_decref(score);
    if (rc == CST_OK) {
        json_decref(run->reference);
        run->reference = both;
    }
    return cst_comm_agree(run->stage->comm, rc, err);
}

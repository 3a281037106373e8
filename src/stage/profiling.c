/* profiling.c - the profile of rows that lie on all ranks */
#include "stage/profiling.h"

#include <math.h>

#include "base/array.h"
#include "profile/drift.h"
#include "profile/profile.h"

/* The first value of a column, as a record whose largest is that of the lowest row. */
typedef struct {
    int64_t minus_row;
    double value;
} pivot;

enum { PIVOT_WORDS = sizeof(pivot) / sizeof(int64_t) };

static pivot first_value(const cst_table *rows, const cst_column *column)
{
    for (size_t r = 0; r < rows->rows; r++) {
        double value = cst_column_number(column, r);
        if (isfinite(value))
            return (pivot){.minus_row = -(rows->first + (int64_t)r), .value = value};
    }
    return (pivot){.minus_row = INT64_MIN, .value = 0};
}

/* *out, shape [columns], is the caller's. Collective. */
static cst_code agree_on_pivots(double **out, cst_comm *comm, const cst_table *rows, cst_error *err)
{
    pivot *record = cst_array_new(rows->columns, sizeof *record, "pivots", err);
    double *value = cst_array_new(rows->columns, sizeof *value, "pivots", err);
    cst_code rc = cst_comm_agree(comm, record && value ? CST_OK : CST_NOMEM, err);
    for (size_t c = 0; rc == CST_OK && c < rows->columns; c++)
        record[c] = first_value(rows, &rows->column[c]);
    cst_mergeable state = {
        .best = record ? &record[0].minus_row : NULL,
        .bests = rows->columns,
        .best_width = PIVOT_WORDS,
    };
    if (rc == CST_OK)
        rc = cst_comm_merge(comm, &state, err);
    for (size_t c = 0; rc == CST_OK && c < rows->columns; c++)
        value[c] = record[c].value;
    free(record);
    if (rc == CST_OK)
        *out = value;
    else
        free(value);
    return rc;
}

cst_code cst_stage_profile_rows(json_t **out, cst_comm *comm, const cst_table *rows, cst_error *err)
{
    double *pivots = NULL;
    cst_profile *profile = NULL;
    cst_code rc = agree_on_pivots(&pivots, comm, rows, err);
    if (rc != CST_OK)
        goto out;
    rc = cst_profile_new(&profile, rows, pivots, err);
    if (rc == CST_OK)
        rc = cst_profile_update(profile, rows, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    cst_mergeable state = cst_profile_state(profile);
    if ((rc = cst_comm_merge(comm, &state, err)) != CST_OK)
        goto out;
    if (!(*out = cst_profile_to_json(profile, err)))
        rc = CST_NOMEM;
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK) {
        json_decref(*out);
        *out = NULL;
    }
out:
    free(pivots);
    cst_profile_free(profile);
    return rc;
}

cst_code cst_stage_reference(json_t **out, cst_comm *comm, const cst_table *rows,
                             const char *const *columns, const char *time, const cst_schema *schema,
                             cst_error *err)
{
    cst_reference *reference = NULL;
    bool done = false;
    cst_code rc = cst_reference_new(&reference, rows, columns, time, schema, err);
    rc = cst_comm_agree(comm, rc, err);
    while (rc == CST_OK && !done) {
        rc = cst_comm_agree(comm, cst_reference_local(reference, rows, err), err);
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

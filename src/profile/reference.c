/* reference.c - a drift reference in the making: bins frozen first, then rows counted on them */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "profile/counts.h"
#include "profile/drift.h"

typedef enum { FREEZING, COUNTING, DONE } reference_phase;

struct cst_reference {
    reference_phase phase;
    cst_profile *profile; /* what bins are frozen from */
    size_t columns;
    double *psi; /* thresholds of columns' own, shape [columns] */
    char *time;  /* or NULL */
    cst_counts counts;
};

/* The named columns of a table, as a table that borrows them. */
static cst_code choose(cst_table *out, const cst_table *like, const char *const *names,
                       cst_error *err)
{
    size_t n = 0;
    while (names[n])
        n++;
    *out = (cst_table){.columns = n};
    out->column = cst_array_new(n, sizeof *out->column, "reference", err);
    if (!out->column)
        return CST_NOMEM;
    for (size_t c = 0; c < n; c++) {
        const cst_column *column = cst_table_find(like, names[c]);
        if (!column)
            return cst_error_set(err, CST_MISSING,
                                 "column %s, of which a drift reference is wanted, is not there",
                                 names[c]);
        out->column[c] = *column;
    }
    return CST_OK;
}

static double own_threshold(const cst_schema *schema, const char *name)
{
    const cst_schema_column *column = schema ? cst_schema_find(schema, name) : NULL;
    return column ? column->drift_psi : NAN;
}

cst_code cst_reference_new(cst_reference **out, const cst_table *like, const char *const *columns,
                           const char *time, const cst_schema *schema, cst_error *err)
{
    cst_table chosen = {0};
    cst_reference *reference = cst_array_new(1, sizeof *reference, "reference", err);
    cst_code rc = reference ? choose(&chosen, like, columns, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_profile_new(&reference->profile, &chosen, NULL, err);
    if (rc == CST_OK && time && !(reference->time = cst_text_copy(time, err)))
        rc = CST_NOMEM;
    if (rc == CST_OK &&
        !(reference->psi = cst_array_new(chosen.columns, sizeof *reference->psi, "reference", err)))
        rc = CST_NOMEM;
    for (size_t c = 0; rc == CST_OK && c < chosen.columns; c++)
        reference->psi[c] = own_threshold(schema, columns[c]);
    free(chosen.column);
    if (rc == CST_OK) {
        reference->columns = chosen.columns;
        *out = reference;
    } else {
        cst_reference_free(reference);
    }
    return rc;
}

void cst_reference_free(cst_reference *reference)
{
    if (!reference)
        return;
    cst_profile_free(reference->profile);
    free(reference->counts.sums);
    cst_counts_free(&reference->counts);
    free(reference->psi);
    free(reference->time);
    free(reference);
}

cst_code cst_reference_local(cst_reference *reference, const cst_table *table, cst_error *err)
{
    return reference->phase == FREEZING ? cst_profile_update(reference->profile, table, err)
                                        : cst_counts_add(&reference->counts, table, err);
}

cst_mergeable cst_reference_state(cst_reference *reference)
{
    if (reference->phase == FREEZING)
        return cst_profile_state(reference->profile);
    return (cst_mergeable){
        .sum = reference->counts.sums,
        .sums = reference->counts.sums_at[reference->columns],
        .set = &reference->counts.daily,
        .sets = 1,
    };
}

/* Bins from the merged profile, which is not needed any more. */
static cst_code freeze(cst_reference *reference, cst_error *err)
{
    cst_bins *bins = cst_array_new(reference->columns, sizeof *bins, "reference", err);
    cst_code rc = bins ? CST_OK : CST_NOMEM;
    for (size_t c = 0; rc == CST_OK && c < reference->columns; c++)
        rc = cst_bins_freeze(&bins[c], reference->profile, c, reference->psi[c], err);
    if (rc != CST_OK) {
        for (size_t c = 0; bins && c < reference->columns; c++)
            cst_bins_free(&bins[c]);
        free(bins);
        return rc;
    }
    cst_counts *counts = &reference->counts;
    rc = cst_counts_new(counts, bins, reference->columns, reference->time, err);
    if (rc == CST_OK && !(counts->sums = cst_array_new(counts->sums_at[counts->columns],
                                                       sizeof *counts->sums, "counts", err)))
        rc = CST_NOMEM;
    cst_profile_free(reference->profile);
    reference->profile = NULL;
    return rc;
}

cst_code cst_reference_advance(cst_reference *reference, bool *done, cst_error *err)
{
    cst_code rc = reference->phase == FREEZING ? freeze(reference, err) : CST_OK;
    if (rc == CST_OK)
        reference->phase = reference->phase == FREEZING ? COUNTING : DONE;
    *done = reference->phase == DONE;
    return rc;
}

json_t *cst_reference_to_json(const cst_reference *reference, cst_error *err)
{
    json_t *out = json_object();
    json_t *groups = json_array();
    cst_code rc = out && groups ? CST_OK : cst_error_nomem(err, "reference");
    if (rc == CST_OK)
        rc = cst_json_append(groups, cst_counts_to_json(&reference->counts, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "groups", json_incref(groups), err);
    json_decref(groups);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

json_t *cst_reference_join(const json_t *first, const json_t *second, cst_error *err)
{
    json_t *groups = json_array();
    json_t *out = json_object();
    if (!groups || !out || json_array_extend(groups, json_object_get(first, "groups")) != 0 ||
        json_array_extend(groups, json_object_get(second, "groups")) != 0 ||
        cst_json_put(out, "groups", json_incref(groups), err) != CST_OK) {
        (void)cst_error_set(err, CST_INVALID, "a drift reference has no groups");
        json_decref(out);
        out = NULL;
    }
    json_decref(groups);
    return out;
}

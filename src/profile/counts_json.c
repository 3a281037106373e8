/* counts_json.c - counts on frozen bins as a group of reference.json, and back */
#include "base/array.h"
#include "config/json.h"
#include "profile/counts.h"

static json_t *integers(const int64_t *value, size_t n, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "counts");
    for (size_t i = 0; rc == CST_OK && i < n; i++)
        rc = cst_json_append(out, json_integer((json_int_t)value[i]), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *days_json(const cst_counts *counts, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "days");
    for (size_t d = 0; rc == CST_OK && d < cst_sorted_count(counts->daily); d++) {
        int64_t day = cst_counts_day(counts, d);
        rc = cst_json_append(out, day == INT64_MIN ? json_null() : json_integer(day), err);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *column_json(const cst_counts *counts, size_t c, cst_error *err)
{
    const cst_bins *bins = &counts->bins[c];
    json_t *out = json_object();
    json_t *daily = json_array();
    cst_code rc = out && daily ? CST_OK : cst_error_nomem(err, "counts");
    if (rc == CST_OK)
        rc = cst_bins_put(out, bins, err);
    for (size_t d = 0; rc == CST_OK && d < cst_sorted_count(counts->daily); d++)
        rc = cst_json_append(
            daily, integers(cst_sorted_payload(counts->daily, d) + counts->at[c], bins->bins, err),
            err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "counts", json_incref(daily), err);
    if (rc == CST_OK && cst_bins_is_numeric(bins))
        rc = cst_json_put(
            out, "fine_counts",
            integers(counts->sums + counts->sums_at[c] + CST_COUNTS_EXTRA, bins->fines + 1, err),
            err);
    json_decref(daily);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

json_t *cst_counts_to_json(const cst_counts *counts, cst_error *err)
{
    json_t *out = json_object();
    json_t *columns = json_array();
    cst_code rc = out && columns ? CST_OK : cst_error_nomem(err, "counts");
    for (size_t c = 0; rc == CST_OK && c < counts->columns; c++)
        rc = cst_json_append(columns, column_json(counts, c, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "time", counts->time ? json_string(counts->time) : json_null(), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "days", days_json(counts, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "columns", json_incref(columns), err);
    json_decref(columns);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* n counts of an array into to. */
static cst_code get_integers(int64_t *to, size_t n, const json_t *array, const char *name,
                             cst_error *err)
{
    if (json_array_size(array) != n)
        return cst_error_set(err, CST_INVALID, "reference of column %s: %zu counts for %zu bins",
                             name, json_array_size(array), n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return cst_error_set(err, CST_INVALID, "reference of column %s: a count is not one",
                                 name);
        to[i] = json_integer_value(value);
    }
    return CST_OK;
}

static cst_code get_day(cst_counts *out, const json_t *group, size_t d, int64_t *row,
                        cst_error *err)
{
    const json_t *columns = json_object_get(group, "columns");
    const json_t *day = json_array_get(json_object_get(group, "days"), d);
    for (size_t c = 0; c < out->columns; c++) {
        const json_t *counts = json_object_get(json_array_get(columns, c), "counts");
        cst_code rc = get_integers(row + out->at[c], out->bins[c].bins, json_array_get(counts, d),
                                   out->bins[c].name, err);
        if (rc != CST_OK)
            return rc;
    }
    return cst_counts_put_day(out, json_is_null(day) ? INT64_MIN : json_integer_value(day), row,
                              err);
}

static cst_code get_counts(cst_counts *out, const json_t *group, cst_error *err)
{
    const json_t *columns = json_object_get(group, "columns");
    int64_t *row = cst_array_new(out->at[out->columns], sizeof *row, "counts", err);
    out->sums = cst_array_new(out->sums_at[out->columns], sizeof *out->sums, "counts", err);
    cst_code rc = row && out->sums ? CST_OK : CST_NOMEM;
    for (size_t d = 0; rc == CST_OK && d < json_array_size(json_object_get(group, "days")); d++)
        rc = get_day(out, group, d, row, err);
    for (size_t c = 0; rc == CST_OK && c < out->columns; c++)
        if (cst_bins_is_numeric(&out->bins[c]))
            rc = get_integers(
                out->sums + out->sums_at[c] + CST_COUNTS_EXTRA, out->bins[c].fines + 1,
                json_object_get(json_array_get(columns, c), "fine_counts"), out->bins[c].name, err);
    free(row);
    return rc;
}

cst_code cst_counts_from_json(cst_counts *out, const json_t *group, cst_error *err)
{
    const json_t *columns = json_object_get(group, "columns");
    size_t n = json_array_size(columns);
    *out = (cst_counts){0};
    cst_bins *bins = cst_array_new(n, sizeof *bins, "reference", err);
    cst_code rc = bins ? CST_OK : CST_NOMEM;
    for (size_t c = 0; rc == CST_OK && c < n; c++)
        rc = cst_bins_from_json(&bins[c], json_array_get(columns, c), err);
    if (rc != CST_OK) {
        for (size_t c = 0; bins && c < n; c++)
            cst_bins_free(&bins[c]);
        free(bins);
        return rc;
    }
    const char *time = json_string_value(json_object_get(group, "time"));
    rc = cst_counts_new(out, bins, n, time, err);
    return rc == CST_OK ? get_counts(out, group, err) : rc;
}

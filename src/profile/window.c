/* window.c - the counts of a window on a reference's frozen edges */
#include "profile/window.h"

#include "base/array.h"

static cst_code group_new(cst_window *window, size_t g, const json_t *group, cst_error *err)
{
    cst_code rc = cst_counts_from_json(&window->reference[g], group, err);
    cst_bins *bins = NULL;
    size_t columns = window->reference[g].columns;
    if (rc == CST_OK && !(bins = cst_array_new(columns, sizeof *bins, "window", err)))
        rc = CST_NOMEM;
    const json_t *from = json_object_get(group, "columns");
    size_t read = 0;
    for (; rc == CST_OK && read < columns; read++)
        rc = cst_bins_from_json(&bins[read], json_array_get(from, read), err);
    if (rc == CST_OK)
        return cst_counts_new(&window->counts[g], bins, columns, window->reference[g].time, err);
    for (size_t c = 0; bins && c < columns; c++)
        cst_bins_free(&bins[c]);
    free(bins);
    return rc;
}

/* One lane of sums for all groups. */
static cst_code lend_sums(cst_window *window, cst_error *err)
{
    for (size_t g = 0; g < window->groups; g++)
        window->sums_size += window->counts[g].sums_at[window->counts[g].columns];
    window->sums = cst_array_new(window->sums_size, sizeof *window->sums, "window", err);
    if (!window->sums)
        return CST_NOMEM;
    int64_t *next = window->sums;
    for (size_t g = 0; g < window->groups; g++) {
        window->counts[g].sums = next;
        next += window->counts[g].sums_at[window->counts[g].columns];
        window->daily[g] = window->counts[g].daily;
    }
    return CST_OK;
}

cst_code cst_window_new(cst_window **out, const json_t *reference, cst_error *err)
{
    const json_t *groups = json_object_get(reference, "groups");
    size_t n = json_array_size(groups);
    if (n == 0)
        return cst_error_set(err, CST_INVALID, "a drift reference has no groups");
    cst_window *window = cst_array_new(1, sizeof *window, "window", err);
    if (!window)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    window->reference = cst_array_new(n, sizeof *window->reference, "window", err);
    window->counts = cst_array_new(n, sizeof *window->counts, "window", err);
    window->daily = cst_array_new(n, sizeof(cst_sorted *), "window", err);
    if (!window->reference || !window->counts || !window->daily)
        rc = CST_NOMEM;
    else
        window->groups = n;
    for (size_t g = 0; rc == CST_OK && g < n; g++)
        rc = group_new(window, g, json_array_get(groups, g), err);
    if (rc == CST_OK)
        rc = lend_sums(window, err);
    if (rc == CST_OK)
        *out = window;
    else
        cst_window_free(window);
    return rc;
}

void cst_window_free(cst_window *window)
{
    if (!window)
        return;
    for (size_t g = 0; g < window->groups; g++) {
        free(window->reference[g].sums);
        cst_counts_free(&window->reference[g]);
        cst_counts_free(&window->counts[g]);
    }
    free(window->reference);
    free(window->counts);
    free(window->daily);
    free(window->sums);
    free(window);
}

cst_code cst_window_update(cst_window *window, const cst_table *table, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t g = 0; rc == CST_OK && g < window->groups; g++)
        rc = cst_counts_add(&window->counts[g], table, err);
    return rc;
}

cst_mergeable cst_window_state(cst_window *window)
{
    return (cst_mergeable){
        .sum = window->sums,
        .sums = window->sums_size,
        .set = window->daily,
        .sets = window->groups,
    };
}

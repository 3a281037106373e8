/* drift_column.c - one column of a window against its reference */
#include "profile/drift_column.h"

#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "exact/distribution.h"
#include "profile/divergence.h"

static int64_t sum_of(const int64_t *count, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += count[i];
    return sum;
}

static double share_of(int64_t count, int64_t all)
{
    return all > 0 ? (double)count / (double)all : 0;
}

/* Day by day counts of one column added up: shape [bins]. */
static void column_total(int64_t *out, const cst_counts *counts, size_t c)
{
    size_t bins = counts->bins[c].bins;
    for (size_t i = 0; i < bins; i++)
        out[i] = 0;
    for (size_t d = 0; d < cst_sorted_count(counts->daily); d++)
        for (size_t i = 0; i < bins; i++)
            out[i] += cst_sorted_payload(counts->daily, d)[counts->at[c] + i];
}

/* On the cells that a and b (shape [bins]) give. room: shape [2 bins]; cell: shape [bins]. */
static void measure_cells(cst_drift_column *out, const int64_t *a, const int64_t *b, int32_t *cell,
                          int64_t *room)
{
    size_t bins = out->bins->bins;
    size_t cells = cst_divergence_cells(cell, a, b, bins);
    cst_divergence_pool(room, a, cell, bins, cells);
    cst_divergence_pool(room + cells, b, cell, bins, cells);
    out->cells = cells;
    out->psi = cst_divergence_psi(room, room + cells, cells);
    out->js = cst_divergence_js(room, room + cells, cells);
    out->chi2 = cst_divergence_chi2(room, room + cells, cells);
    out->chi2_p = cells > 1 ? cst_chi2_tail(out->chi2, (double)cells - 1) : 1;
}

static void measure_fine(cst_drift_column *out, const int64_t *a, const int64_t *b)
{
    const cst_bins *bins = out->bins;
    size_t n = bins->fines;
    out->ks = cst_divergence_ks(a, b, n + 1);
    if (n < 2)
        return;
    double spread = bins->fine[3 * n / 4] - bins->fine[n / 4]; /* about the quartiles' distance */
    if (spread <= 0)
        spread = bins->fine[n - 1] - bins->fine[0];
    out->wasserstein = cst_divergence_wasserstein(a, b, bins->fine, n + 1) / spread;
}

cst_code cst_drift_measure(cst_drift_column *out, const cst_window *window, size_t g, size_t c,
                           cst_error *err)
{
    const cst_counts *before = &window->reference[g];
    const cst_counts *now = &window->counts[g];
    const cst_bins *bins = &before->bins[c];
    const int64_t *sums = now->sums + now->sums_at[c];
    *out = (cst_drift_column){.bins = bins,
                              .ks = NAN,
                              .wasserstein = NAN,
                              .unseen = -1,
                              .outside = -1,
                              .p = NAN,
                              .p_missing = NAN};
    int64_t *count = cst_array_new(4 * bins->bins, sizeof *count, "drift", err);
    int32_t *cell = cst_array_new(bins->bins, sizeof *cell, "drift", err);
    if (count && cell) {
        int64_t *a = count;
        int64_t *b = count + bins->bins;
        column_total(a, before, c);
        column_total(b, now, c);
        out->rows_before = sum_of(a, bins->bins);
        out->rows = sum_of(b, bins->bins);
        out->missing_before = share_of(a[cst_bins_missing(bins)], out->rows_before);
        out->missing = share_of(b[cst_bins_missing(bins)], out->rows);
        measure_cells(out, a, b, cell, count + 2 * bins->bins);
        if (cst_bins_is_numeric(bins)) {
            measure_fine(out, before->sums + before->sums_at[c] + CST_COUNTS_EXTRA,
                         sums + CST_COUNTS_EXTRA);
            out->outside = sums[CST_COUNTS_BELOW] + sums[CST_COUNTS_ABOVE];
        } else if (bins->complete) {
            out->unseen = sums[CST_COUNTS_UNSEEN];
        }
    }
    cst_code rc = count && cell ? CST_OK : CST_NOMEM;
    free(count);
    free(cell);
    return rc;
}

static double at_most_one(double p)
{
    return p < 1 ? p : 1;
}

void cst_drift_chance(cst_drift_column *column, size_t columns)
{
    double tests = 2 * (double)columns;
    double n = (double)column->rows_before;
    double m = (double)column->rows;
    double p = 1;
    if (n == 0 || m == 0) {
        column->p = column->p_missing = 1;
        return;
    }
    if (column->cells > 1)
        p = cst_chi2_tail(column->psi / (1 / n + 1 / m), (double)column->cells - 1);
    if (!isnan(column->ks)) {
        double by_ks = cst_kolmogorov_tail(sqrt(n * m / (n + m)) * column->ks);
        p = by_ks < p ? by_ks : p;
    }
    column->p = at_most_one(p * tests);
    double pooled = (n * column->missing_before + m * column->missing) / (n + m);
    double error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
    double gap = fabs(column->missing - column->missing_before);
    column->p_missing = error > 0 ? at_most_one(2 * cst_normal_tail(gap / error) * tests) : 1;
}

/* The most rows of a kind that chance explains, where seen rows of n were of values that occurred
 * once: what may come for the first time now is about as rare. */
static int64_t chance_limit(int64_t seen, int64_t n, int64_t m, double alpha)
{
    double f = (double)seen;
    double share = n > 0 ? (f + 3 * sqrt(f + 1)) / (double)n : 1;
    return share < 1 ? cst_binomial_quantile(1 - alpha, m, share) : m;
}

void cst_drift_judge(cst_drift_column *column, const cst_drift_limits *limits, double psi,
                     size_t columns)
{
    const double floor = 0.01; /* of all rows: below it missing or outside values don't matter */
    const int64_t ends = 2;    /* the smallest and the largest of the reference */
    double alpha = limits->alpha / (double)columns;
    double gap = fabs(column->missing - column->missing_before);
    if (column->unseen >= 0)
        column->unseen_limit =
            chance_limit(column->bins->once, column->rows_before, column->rows, alpha);
    if (column->outside >= 0)
        column->outside_limit = chance_limit(ends, column->rows_before, column->rows, alpha);
    if (!column->judged)
        return;
    bool chance = !(column->p < limits->alpha);
    column->distribution = !chance && (column->psi >= psi || column->ks >= limits->ks);
    column->warned = !chance && column->psi >= limits->warn;
    column->missing_drift = column->p_missing < limits->alpha && gap >= floor;
    column->unseen_drift = column->unseen >= 0 && column->unseen > column->unseen_limit;
    column->range_drift = column->outside >= 0 && column->outside > column->outside_limit &&
                          share_of(column->outside, column->rows) >= floor;
}

bool cst_drift_is_flagged(const cst_drift_column *column)
{
    return column->distribution || column->missing_drift || column->unseen_drift ||
           column->range_drift;
}

static const char *verdict_of(const cst_drift_column *column)
{
    if (!column->judged)
        return "too few rows";
    if (cst_drift_is_flagged(column))
        return "drift";
    return column->warned ? "warning" : "no drift";
}

static cst_code put_pair(json_t *out, const char *key, const char *first, json_t *a,
                         const char *second, json_t *b, cst_error *err)
{
    json_t *pair = json_object();
    cst_code rc = pair ? CST_OK : cst_error_nomem(err, "report");
    if (rc == CST_OK)
        rc = cst_json_put(pair, first, a, err);
    else
        json_decref(a);
    if (rc == CST_OK)
        rc = cst_json_put(pair, second, b, err);
    else
        json_decref(b);
    if (rc == CST_OK)
        return cst_json_put(out, key, pair, err);
    json_decref(pair);
    return rc;
}

static cst_code put_distances(json_t *out, const cst_drift_column *column, cst_error *err)
{
    cst_code rc = cst_json_put(out, "psi", cst_json_real(column->psi), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "js", cst_json_real(column->js), err);
    if (rc == CST_OK)
        rc = put_pair(out, "chi2", "statistic", cst_json_real(column->chi2), "p",
                      cst_json_real(column->chi2_p), err);
    if (rc == CST_OK && !isnan(column->ks))
        rc = cst_json_put(out, "ks", cst_json_real(column->ks), err);
    if (rc == CST_OK && !isnan(column->wasserstein))
        rc = cst_json_put(out, "wasserstein", cst_json_real(column->wasserstein), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "p", cst_json_real(column->p), err);
    if (rc == CST_OK)
        rc = put_pair(out, "missing", "reference", cst_json_real(column->missing_before), "window",
                      cst_json_real(column->missing), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "missing_p", cst_json_real(column->p_missing), err);
    if (rc == CST_OK && column->unseen >= 0)
        rc = put_pair(out, "unseen", "rows", json_integer(column->unseen), "limit",
                      json_integer(column->unseen_limit), err);
    if (rc == CST_OK && column->outside >= 0)
        rc = put_pair(out, "outside", "rows", json_integer(column->outside), "limit",
                      json_integer(column->outside_limit), err);
    return rc;
}

json_t *cst_drift_column_json(const cst_drift_column *column, bool persistent, cst_error *err)
{
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "report");
    if (rc == CST_OK)
        rc = cst_json_put(out, "name", json_string(column->bins->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "verdict", json_string(verdict_of(column)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "flagged", json_boolean(cst_drift_is_flagged(column)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "persistent", json_boolean(persistent), err);
    if (rc == CST_OK)
        rc = put_pair(out, "rows", "reference", json_integer(column->rows_before), "window",
                      json_integer(column->rows), err);
    if (rc == CST_OK)
        rc = put_distances(out, column, err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

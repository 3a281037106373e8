/* bins.c - a column's bins, frozen from a profile */
#include "profile/bins.h"

#include <math.h>

#include "base/array.h"
#include "profile/profile_state.h"

void cst_bins_free(cst_bins *bins)
{
    free(bins->name);
    free(bins->edge);
    free(bins->fine);
    free(bins->bin_of);
    cst_levels_free(&bins->levels);
    *bins = (cst_bins){0};
}

bool cst_bins_is_numeric(const cst_bins *bins)
{
    return cst_sample_is_numeric(bins->type);
}

size_t cst_bins_other(const cst_bins *bins)
{
    return bins->bins - 2;
}

size_t cst_bins_missing(const cst_bins *bins)
{
    return bins->bins - 1;
}

size_t cst_bins_search(const double *edge, size_t n, double value)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edge[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The rising quantiles 1/parts … (parts-1)/parts of n sorted words, repeated ones dropped. */
static cst_code quantiles(double **out, size_t *count, cst_type type, const int64_t *word, size_t n,
                          size_t parts, cst_error *err)
{
    double *edge = cst_array_new(parts, sizeof *edge, "edges", err);
    if (!edge)
        return CST_NOMEM;
    size_t edges = 0;
    for (size_t q = 1; n > 0 && q < parts; q++) {
        double value = cst_sample_value(type, word[(q * n + parts - 1) / parts - 1]);
        if (edges == 0 || value > edge[edges - 1])
            edge[edges++] = value;
    }
    *out = edge;
    *count = edges;
    return CST_OK;
}

static cst_code freeze_numeric(cst_bins *out, const cst_profile *profile, size_t c, cst_error *err)
{
    int64_t *word = NULL;
    size_t n = 0;
    cst_type type = out->type;
    cst_code rc = cst_sample_sorted(&word, &n, &profile->sample, profile->column[c].word, err);
    if (rc == CST_OK)
        rc = quantiles(&out->edge, &out->edges, type, word, n, CST_BINS_DECILES, err);
    if (rc == CST_OK)
        rc = quantiles(&out->fine, &out->fines, type, word, n, CST_BINS_FINE, err);
    const cst_profile_extremes *extremes = &profile->extremes[c];
    bool any = extremes->max != INT64_MIN;
    out->min = any ? cst_sample_value(type, -extremes->minus_min) : NAN;
    out->max = any ? cst_sample_value(type, extremes->max) : NAN;
    out->bins = out->edges + 2;
    free(word);
    return rc;
}

typedef struct {
    int32_t level;
    int64_t count;
} ranked;

static int by_count(const void *a, const void *b)
{
    const ranked *x = (const ranked *)a;
    const ranked *y = (const ranked *)b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->level > y->level) - (x->level < y->level);
}

static cst_code freeze_levels(cst_bins *out, const cst_sorted *set, cst_error *err)
{
    size_t n = cst_sorted_overflowed(set) ? 0 : cst_sorted_count(set);
    cst_code rc = CST_OK;
    ranked *rank = cst_array_new(n, sizeof *rank, "levels", err);
    out->complete = !cst_sorted_overflowed(set);
    out->levels.text = cst_array_new(n, sizeof(char *), "levels", err);
    out->bin_of = cst_array_new(n, sizeof *out->bin_of, "levels", err);
    if (!rank || !out->levels.text || !out->bin_of)
        rc = CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < n; i++) {
        size_t size;
        const char *text = (const char *)cst_sorted_key(set, i, &size);
        out->levels.text[i] = strndup(text, size);
        if (!out->levels.text[i])
            rc = cst_error_nomem(err, "levels");
        out->levels.count = (int32_t)(i + (out->levels.text[i] != NULL));
        rank[i] = (ranked){(int32_t)i, cst_sorted_payload(set, i)[0]};
        out->once += rank[i].count == 1;
    }
    out->binned = n < CST_BINS_LEVELS ? n : CST_BINS_LEVELS;
    out->bins = out->binned + 2;
    if (rc == CST_OK) {
        qsort(rank, n, sizeof *rank, by_count);
        for (size_t i = 0; i < n; i++)
            out->bin_of[rank[i].level] = (int32_t)(i < out->binned ? i : out->binned);
    }
    free(rank);
    return rc;
}

cst_code cst_bins_freeze(cst_bins *out, const cst_profile *profile, size_t column, double psi,
                         cst_error *err)
{
    const cst_profile_column *from = &profile->column[column];
    *out = (cst_bins){.type = from->type, .min = NAN, .max = NAN, .psi = psi, .complete = true};
    out->name = cst_text_copy(from->name, err);
    if (!out->name)
        return CST_NOMEM;
    return cst_bins_is_numeric(out) ? freeze_numeric(out, profile, column, err)
                                    : freeze_levels(out, profile->levels[from->set], err);
}

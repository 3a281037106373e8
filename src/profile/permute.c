/* permute.c - how often chance alone would do as much, by permuting whole days */
#include "profile/permute.h"

#include <math.h>

#include "base/array.h"
#include "exact/random.h"
#include "profile/divergence.h"

/* A day of one side: what is dealt anew. */
typedef struct {
    uint64_t key; /* of this round */
    uint64_t name;
    const int64_t *counts; /* shape [width] */
} unit;

/* One group's days, cells and room to work in. */
typedef struct {
    const cst_counts *reference, *window;
    unit *unit; /* reference's days, then the window's */
    size_t units, drawn;
    int32_t *cell;          /* shape [width] */
    size_t *cells;          /* shape [columns] */
    int64_t *total, *a, *b; /* shape [width] */
    int64_t *pooled;        /* shape [2 width] */
} deal;

static void deal_free(deal *d)
{
    free(d->unit);
    free(d->cell);
    free(d->cells);
    free(d->total);
    free(d->a);
    free(d->b);
    free(d->pooled);
}

static void add_units(deal *d, const cst_counts *counts, uint64_t side)
{
    for (size_t i = 0; i < cst_sorted_count(counts->daily); i++) {
        uint64_t day = (uint64_t)cst_counts_day(counts, i);
        d->unit[d->units++] = (unit){0, day << 1 | side, cst_sorted_payload(counts->daily, i)};
    }
}

static cst_code deal_new(deal *d, const cst_counts *reference, const cst_counts *window,
                         cst_error *err)
{
    size_t width = reference->at[reference->columns];
    size_t units = cst_sorted_count(reference->daily) + cst_sorted_count(window->daily);
    *d = (deal){.reference = reference, .window = window};
    d->unit = cst_array_new(units, sizeof *d->unit, "permutation", err);
    d->cell = cst_array_new(width, sizeof *d->cell, "permutation", err);
    d->cells = cst_array_new(reference->columns, sizeof *d->cells, "permutation", err);
    d->total = cst_counts_total(reference, err);
    d->a = cst_counts_total(reference, err);
    d->b = cst_counts_total(window, err);
    d->pooled = cst_array_new(2 * width, sizeof *d->pooled, "permutation", err);
    if (!d->unit || !d->cell || !d->cells || !d->total || !d->a || !d->b || !d->pooled)
        return CST_NOMEM;
    for (size_t c = 0; c < reference->columns; c++) {
        size_t at = reference->at[c];
        d->cells[c] =
            cst_divergence_cells(d->cell + at, d->a + at, d->b + at, reference->bins[c].bins);
    }
    for (size_t i = 0; i < width; i++)
        d->total[i] += d->b[i];
    add_units(d, reference, 0);
    add_units(d, window, 1);
    d->drawn = cst_sorted_count(window->daily);
    return CST_OK;
}

static int by_key(const void *a, const void *b)
{
    const unit *x = (const unit *)a;
    const unit *y = (const unit *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

/* Deal the days anew: those with the smallest keys make the window. Keys hang on round and day
 * alone, so all groups are dealt alike. */
static void shuffle(deal *d, uint64_t seed, uint64_t round)
{
    size_t width = d->reference->at[d->reference->columns];
    for (size_t u = 0; u < d->units; u++)
        d->unit[u].key = cst_random_bits(seed, CST_STREAM_PERMUTE, round, d->unit[u].name);
    qsort(d->unit, d->units, sizeof *d->unit, by_key);
    for (size_t i = 0; i < width; i++)
        d->b[i] = 0;
    for (size_t u = 0; u < d->drawn; u++)
        for (size_t i = 0; i < width; i++)
            d->b[i] += d->unit[u].counts[i];
    for (size_t i = 0; i < width; i++)
        d->a[i] = d->total[i] - d->b[i];
}

static double missing_gap(const int64_t *a, const int64_t *b, size_t bins)
{
    double share[2] = {0, 0};
    const int64_t *side[2] = {a, b};
    for (int s = 0; s < 2; s++) {
        int64_t all = 0;
        for (size_t i = 0; i < bins; i++)
            all += side[s][i];
        share[s] = all > 0 ? (double)side[s][bins - 1] / (double)all : 0;
    }
    return fabs(share[0] - share[1]);
}

static void measure(double (*out)[CST_PERMUTE_STATISTICS], const deal *d)
{
    for (size_t c = 0; c < d->reference->columns; c++) {
        size_t at = d->reference->at[c];
        size_t bins = d->reference->bins[c].bins;
        size_t cells = d->cells[c];
        cst_divergence_pool(d->pooled, d->a + at, d->cell + at, bins, cells);
        cst_divergence_pool(d->pooled + cells, d->b + at, d->cell + at, bins, cells);
        out[c][CST_PERMUTE_PSI] = cst_divergence_psi(d->pooled, d->pooled + cells, cells);
        out[c][CST_PERMUTE_MISSING] = missing_gap(d->a + at, d->b + at, bins);
    }
}

/* Standardise one statistic over the rounds (what was observed is round 0); one that never varies
 * says nothing and becomes 0. */
static void standardise(double *statistic, size_t stride, size_t rounds)
{
    double sum = 0;
    double squares = 0;
    for (size_t t = 0; t < rounds; t++)
        sum += statistic[t * stride];
    double mean = sum / (double)rounds;
    for (size_t t = 0; t < rounds; t++) {
        statistic[t * stride] -= mean;
        squares += statistic[t * stride] * statistic[t * stride];
    }
    double sd = sqrt(squares / (double)rounds);
    for (size_t t = 0; t < rounds; t++)
        statistic[t * stride] = sd > 1e-12 ? statistic[t * stride] / sd : 0;
}

/* p[i]: the share of rounds whose largest statistic is as large as the one observed. */
static void family(double *p, double *statistic, size_t n, size_t rounds)
{
    for (size_t i = 0; i < n; i++)
        standardise(statistic + i, n, rounds);
    for (size_t i = 0; i < n; i++)
        p[i] = 0;
    for (size_t t = 0; t < rounds; t++) {
        double largest = -INFINITY;
        for (size_t i = 0; i < n; i++)
            if (statistic[t * n + i] > largest)
                largest = statistic[t * n + i];
        for (size_t i = 0; i < n; i++)
            p[i] += largest >= statistic[i] ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++)
        p[i] /= (double)rounds;
}

static cst_code permute(double (*p)[CST_PERMUTE_STATISTICS], deal *deals, size_t groups,
                        size_t columns, uint64_t seed, cst_error *err)
{
    const size_t rounds = 1 + CST_PERMUTE_ROUNDS;
    double(*statistic)[CST_PERMUTE_STATISTICS] =
        cst_array_new(rounds * columns, sizeof *statistic, "permutation", err);
    if (!statistic)
        return CST_NOMEM;
    for (size_t t = 0; t < rounds; t++) {
        size_t c = t * columns;
        for (size_t g = 0; g < groups; g++) {
            if (t > 0)
                shuffle(&deals[g], seed, t);
            measure(statistic + c, &deals[g]);
            c += deals[g].reference->columns;
        }
    }
    family(&p[0][0], &statistic[0][0], columns * CST_PERMUTE_STATISTICS, rounds);
    free(statistic);
    return CST_OK;
}

cst_code cst_permute(double (*p)[CST_PERMUTE_STATISTICS], const cst_window *window, uint64_t seed,
                     cst_error *err)
{
    deal *deals = cst_array_new(window->groups, sizeof *deals, "permutation", err);
    if (!deals)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    size_t columns = 0;
    size_t groups = 0;
    for (; rc == CST_OK && groups < window->groups; groups++) {
        rc = deal_new(&deals[groups], &window->reference[groups], &window->counts[groups], err);
        columns += window->reference[groups].columns;
    }
    if (rc == CST_OK)
        rc = permute(p, deals, groups, columns, seed, err);
    for (size_t g = 0; g < groups; g++)
        deal_free(&deals[g]);
    free(deals);
    return rc;
}

bool cst_permute_too_few_days(size_t reference, size_t window, double alpha)
{
    size_t fewer = reference < window ? reference : window;
    double ways = 1;
    for (size_t i = 0; i < fewer && ways * alpha <= 1; i++)
        ways *= (double)(reference + window - i) / (double)(i + 1);
    return ways * alpha <= 1;
}

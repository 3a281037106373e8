/* bootstrap.c - paired Poisson bootstrap by cluster
 *
 * Both models are scored under the same weights, so that what is hard for both drops out of the
 * difference. Poisson weights need no resampling of rows and are each cluster's own.
 */
#include "evaluate/bootstrap.h"

#include <math.h>

#include "base/array.h"
#include "exact/random.h"

/* Rows of one set of members, packed. */
typedef struct {
    const uint8_t *member;
    size_t rows, clusters, positives;
    double *label, *score, *against; /* shape [rows]; against NULL where there is no champion */
    double *weight, *drawn;          /* shape [rows] */
    size_t *cluster;                 /* shape [rows]: index into all clusters */
    cst_scorer *scorer[2];           /* challenger's, champion's or NULL */
} sample;

typedef struct {
    const cst_scored *scored;
    int64_t *cluster_id; /* shape [clusters], ascending */
    size_t clusters;
    size_t *cluster; /* shape [rows]: index into cluster_id */
    double *times;   /* shape [clusters]: this replicate's weights */
    sample *sample;  /* shape [samples] */
    size_t samples;
    size_t *sample_of; /* shape [figures] */
} bootstrap;

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static cst_code number_clusters(bootstrap *b, cst_error *err)
{
    size_t rows = b->scored->rows;
    b->cluster_id = cst_array_new(rows, sizeof *b->cluster_id, "clusters", err);
    b->cluster = cst_array_new(rows, sizeof *b->cluster, "clusters", err);
    b->times = cst_array_new(rows, sizeof *b->times, "clusters", err);
    if (!b->cluster_id || !b->cluster || !b->times)
        return CST_NOMEM;
    for (size_t r = 0; r < rows; r++)
        b->cluster_id[r] = b->scored->cluster[r];
    qsort(b->cluster_id, rows, sizeof *b->cluster_id, compare_ids);
    for (size_t r = 0; r < rows; r++)
        if (r == 0 || b->cluster_id[r] != b->cluster_id[r - 1])
            b->cluster_id[b->clusters++] = b->cluster_id[r];
    for (size_t r = 0; r < rows; r++) {
        const int64_t *found = bsearch(&b->scored->cluster[r], b->cluster_id, b->clusters,
                                       sizeof *b->cluster_id, compare_ids);
        b->cluster[r] = (size_t)(found - b->cluster_id);
    }
    return CST_OK;
}

static void sample_free(sample *s)
{
    free(s->label);
    free(s->score);
    free(s->against);
    free(s->weight);
    free(s->drawn);
    free(s->cluster);
    cst_scorer_free(s->scorer[0]);
    cst_scorer_free(s->scorer[1]);
}

static void bootstrap_free(bootstrap *b)
{
    for (size_t s = 0; b->sample && s < b->samples; s++)
        sample_free(&b->sample[s]);
    free(b->cluster_id);
    free(b->cluster);
    free(b->times);
    free(b->sample);
    free(b->sample_of);
}

static cst_code sample_room(sample *s, size_t rows, bool paired, cst_error *err)
{
    s->label = cst_array_new(rows, sizeof *s->label, "scored rows", err);
    s->score = cst_array_new(rows, sizeof *s->score, "scored rows", err);
    s->weight = cst_array_new(rows, sizeof *s->weight, "scored rows", err);
    s->drawn = cst_array_new(rows, sizeof *s->drawn, "scored rows", err);
    s->cluster = cst_array_new(rows, sizeof *s->cluster, "scored rows", err);
    if (paired)
        s->against = cst_array_new(rows, sizeof *s->against, "scored rows", err);
    bool got = s->label && s->score && s->weight && s->drawn && s->cluster;
    return got && (!paired || s->against) ? CST_OK : CST_NOMEM;
}

static void take_rows(sample *s, const bootstrap *b)
{
    const cst_scored *scored = b->scored;
    for (size_t c = 0; c < b->clusters; c++)
        b->times[c] = 0;
    for (size_t r = 0; r < scored->rows; r++) {
        if (s->member && !s->member[r])
            continue;
        s->label[s->rows] = scored->label[r];
        s->score[s->rows] = scored->score[r];
        s->weight[s->rows] = scored->weight ? scored->weight[r] : 1;
        s->cluster[s->rows] = b->cluster[r];
        if (s->against)
            s->against[s->rows] = scored->against[r];
        s->positives += scored->label[r] > 0;
        s->clusters += b->times[b->cluster[r]] == 0;
        b->times[b->cluster[r]] = 1;
        s->rows++;
    }
}

static cst_code sample_fill(sample *s, const bootstrap *b, cst_error *err)
{
    const cst_scored *scored = b->scored;
    size_t rows = 0;
    for (size_t r = 0; r < scored->rows; r++)
        rows += !s->member || s->member[r];
    cst_code rc = sample_room(s, rows, scored->against != NULL, err);
    if (rc != CST_OK)
        return rc;
    take_rows(s, b);
    rc = cst_scorer_new(&s->scorer[0], s->score, s->label, rows, scored->classification, err);
    if (rc == CST_OK && s->against)
        rc = cst_scorer_new(&s->scorer[1], s->against, s->label, rows, scored->classification, err);
    return rc;
}

/* A sample for every run of figures with the same members. */
static cst_code make_samples(bootstrap *b, const cst_figure *figure, size_t n, cst_error *err)
{
    b->sample = cst_array_new(n, sizeof *b->sample, "samples", err);
    b->sample_of = cst_array_new(n, sizeof *b->sample_of, "samples", err);
    if (!b->sample || !b->sample_of)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    for (size_t f = 0; f < n && rc == CST_OK; f++) {
        if (f == 0 || figure[f].member != figure[f - 1].member) {
            sample *s = &b->sample[b->samples++];
            s->member = figure[f].member;
            rc = sample_fill(s, b, err);
        }
        b->sample_of[f] = b->samples - 1;
    }
    return rc;
}

static void measure(double value[CST_SIDES], const sample *s, cst_metric metric,
                    const double *weight)
{
    value[CST_CHALLENGER] = cst_scorer_value(s->scorer[0], metric, weight);
    value[CST_CHAMPION] = s->scorer[1] ? cst_scorer_value(s->scorer[1], metric, weight) : NAN;
    double gain = value[CST_CHALLENGER] - value[CST_CHAMPION];
    value[CST_DIFFERENCE] = cst_metric_larger_is_better(metric) ? gain : -gain;
}

static void draw(bootstrap *b, uint64_t seed, int64_t replicate)
{
    for (size_t c = 0; c < b->clusters; c++)
        b->times[c] = cst_random_poisson1(seed, CST_STREAM_BOOTSTRAP, (uint64_t)b->cluster_id[c],
                                          (uint64_t)replicate);
    for (size_t i = 0; i < b->samples; i++) {
        sample *s = &b->sample[i];
        for (size_t r = 0; r < s->rows; r++)
            s->drawn[r] = s->weight[r] * b->times[s->cluster[r]];
    }
}

/* The standard deviation of every stride-th value, those that are not defined left out; NaN where
 * fewer than half are. */
static double deviation(const double *value, size_t n, size_t stride)
{
    double sum = 0, squares = 0;
    size_t valid = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(value[i * stride])) {
            sum += value[i * stride];
            valid++;
        }
    if (valid < 2 || 2 * valid < n)
        return NAN;
    double mean = sum / (double)valid;
    for (size_t i = 0; i < n; i++)
        if (isfinite(value[i * stride]))
            squares += (value[i * stride] - mean) * (value[i * stride] - mean);
    return sqrt(squares / (double)(valid - 1));
}

/* All replicates' values, shape [replicates][figures][CST_SIDES], on every rank. */
static cst_code replicate_all(double **out, bootstrap *b, const cst_figure *figure, size_t n,
                              cst_comm *comm, int64_t replicates, uint64_t seed, cst_error *err)
{
    int64_t first = replicates * comm->rank / comm->size;
    int64_t end = replicates * (comm->rank + 1) / comm->size;
    size_t width = n * CST_SIDES, mine = (size_t)(end - first);
    size_t *offsets = NULL;
    void *all = NULL;
    double *value = cst_array_new(mine * width, sizeof *value, "replicates", err);
    cst_code rc = cst_comm_agree(comm, value ? CST_OK : CST_NOMEM, err);
    for (int64_t k = first; k < end && rc == CST_OK; k++) {
        draw(b, seed, k);
        double *row = value + (size_t)(k - first) * width;
        for (size_t f = 0; f < n; f++) {
            const sample *s = &b->sample[b->sample_of[f]];
            measure(row + f * CST_SIDES, s, figure[f].metric, s->drawn);
        }
    }
    if (rc == CST_OK)
        rc = cst_comm_gather(comm, &all, &offsets, value, mine * width * sizeof *value, err);
    free(value);
    free(offsets);
    *out = all;
    return rc;
}

cst_code cst_bootstrap(cst_figure *figure, size_t n, cst_comm *comm, const cst_scored *scored,
                       int64_t replicates, uint64_t seed, cst_error *err)
{
    bootstrap b = {.scored = scored};
    double *value = NULL;
    cst_code rc = number_clusters(&b, err);
    if (rc == CST_OK)
        rc = make_samples(&b, figure, n, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    for (size_t f = 0; f < n; f++) {
        const sample *s = &b.sample[b.sample_of[f]];
        measure(figure[f].value, s, figure[f].metric, s->weight);
        figure[f].rows = s->rows;
        figure[f].clusters = s->clusters;
        figure[f].positives = s->positives;
    }
    if ((rc = replicate_all(&value, &b, figure, n, comm, replicates, seed, err)) != CST_OK)
        goto out;
    for (size_t f = 0; f < n; f++)
        for (size_t side = 0; side < CST_SIDES; side++)
            figure[f].se[side] =
                deviation(value + f * CST_SIDES + side, (size_t)replicates, n * CST_SIDES);
out:
    free(value);
    bootstrap_free(&b);
    return rc;
}

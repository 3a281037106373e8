/* gbdt_bins.c - cut points from a sample, rows as bytes */
#include "model/gbdt_bins.h"

#include <math.h>

#include "base/array.h"
#include "model/gbdt_sort.h"

/* A distinct value and how many sampled rows have it. */
typedef struct {
    float value;
    size_t rows;
} distinct;

/* The bound between two neighbours: values up to it go to the lower one's side. */
static float between(float low, float high)
{
    float middle = (float)(((double)low + (double)high) / 2);
    return middle >= low && middle < high ? middle : low;
}

static size_t count_distinct(distinct *out, const float *sorted, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (count && out[count - 1].value == sorted[i])
            out[count - 1].rows++;
        else
            out[count++] = (distinct){.value = sorted[i], .rows = 1};
    }
    return count;
}

/* Few values: a bin each, but for those too rare to stand alone. */
static int32_t cut_few(float *upper, const distinct *value, size_t n, size_t min_rows)
{
    int32_t bins = 0;
    size_t rows = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        rows += value[i].rows;
        if (rows >= min_rows) {
            upper[bins++] = between(value[i].value, value[i + 1].value);
            rows = 0;
        }
    }
    return bins;
}

static int32_t cut_many(float *upper, const distinct *value, size_t n, size_t total, int32_t most)
{
    double fill = (double)total / most;
    int32_t rest_bins = most;
    size_t rest = total;
    for (size_t i = 0; i < n; i++)
        if ((double)value[i].rows >= fill) {
            rest_bins--;
            rest -= value[i].rows;
        }
    double share = rest_bins > 0 ? (double)rest / rest_bins : INFINITY;
    int32_t bins = 0;
    size_t rows = 0;
    for (size_t i = 0; i + 1 < n && bins + 1 < most; i++) {
        bool frequent = (double)value[i].rows >= fill;
        bool next_frequent = (double)value[i + 1].rows >= fill;
        rows += value[i].rows;
        rest -= frequent ? 0 : value[i].rows;
        bool full = frequent || (double)rows >= share;
        if (!full && !(next_frequent && (double)rows >= fmax(1, share / 2)))
            continue;
        upper[bins++] = between(value[i].value, value[i + 1].value);
        rows = 0;
        if (!frequent && --rest_bins > 0)
            share = (double)rest / rest_bins;
    }
    return bins;
}

static cst_code find_cuts(cst_gbdt_feature *feature, float *sorted, size_t n, int32_t most,
                          int min_rows, cst_error *err)
{
    distinct *value = cst_array_new(n, sizeof *value, "cut points", err);
    feature->upper = cst_array_new((size_t)most, sizeof *feature->upper, "cut points", err);
    if (!value || !feature->upper) {
        free(value);
        return CST_NOMEM;
    }
    size_t count = count_distinct(value, sorted, n);
    size_t least = (size_t)min_rows;
    if (count > (size_t)most && n / least < (size_t)most)
        most = n / least > 0 ? (int32_t)(n / least) : 1;
    int32_t cuts = count <= (size_t)most ? cut_few(feature->upper, value, count, least)
                                         : cut_many(feature->upper, value, count, n, most);
    feature->upper[cuts] = INFINITY;
    feature->values = cuts + 1;
    free(value);
    return CST_OK;
}

/* Lay the features' bins out one after the other. */
static cst_code lay_out(cst_gbdt_bins *bins, const cst_matrix *like, cst_error *err)
{
    enum { NARROW = 256, WIDE = 65536 };
    for (size_t c = 0; c < bins->columns; c++) {
        cst_gbdt_feature *feature = &bins->feature[c];
        int32_t all = feature->values + 1;
        if (all > WIDE)
            return cst_error_set(
                err, CST_INVALID,
                "feature %s has %d levels; gbdt takes up to %d: use encode: target",
                like->feature[c].name, feature->values, WIDE - 1);
        feature->wide = all > NARROW;
        feature->slot = feature->wide ? bins->wide++ : bins->narrow++;
        feature->first = bins->bins;
        bins->bins += (size_t)all;
    }
    return CST_OK;
}

/* The numbers of a feature in the sample, missing ones left out, in order. */
static size_t sampled_values(float *out, float *scratch, const cst_sorted *sample, size_t column)
{
    size_t n = 0;
    for (size_t i = 0; i < cst_sorted_count(sample); i++) {
        uint64_t word = (uint64_t)cst_sorted_payload(sample, i)[column / 2];
        uint32_t bits = (uint32_t)(column % 2 ? word >> 32 : word);
        float value = 0;
        memcpy(&value, &bits, sizeof value);
        if (!isnan(value))
            out[n++] = value + 0.0F; /* -0 becomes 0: one value, one bin */
    }
    cst_gbdt_sort(out, scratch, n);
    return n;
}

cst_code cst_gbdt_bins_new(cst_gbdt_bins **out, const cst_matrix *like, const cst_sorted *sample,
                           int most, int min_rows, cst_error *err)
{
    size_t rows = cst_sorted_count(sample);
    cst_gbdt_bins *bins = cst_array_new(1, sizeof *bins, "bins", err);
    float *values = cst_array_new(rows, sizeof *values, "sample", err);
    float *scratch = cst_array_new(rows, sizeof *scratch, "sample", err);
    cst_code rc = bins && values && scratch ? CST_OK : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    bins->columns = like->columns;
    bins->feature = cst_array_new(like->columns, sizeof *bins->feature, "bins", err);
    rc = bins->feature ? CST_OK : CST_NOMEM;
    for (size_t c = 0; c < like->columns && rc == CST_OK; c++) {
        cst_gbdt_feature *feature = &bins->feature[c];
        feature->kind = like->feature[c].kind;
        if (feature->kind == CST_FEATURE_CATEGORY) {
            feature->values = like->feature[c].levels;
            continue;
        }
        size_t n = sampled_values(values, scratch, sample, c);
        rc = find_cuts(feature, values, n, most - 1, min_rows, err);
    }
    if (rc == CST_OK)
        rc = lay_out(bins, like, err);
    if (rc != CST_OK)
        goto out;
    *out = bins;
    bins = NULL;
out:
    free(values);
    free(scratch);
    cst_gbdt_bins_free(bins);
    return rc;
}

void cst_gbdt_bins_free(cst_gbdt_bins *bins)
{
    if (!bins)
        return;
    for (size_t c = 0; bins->feature && c < bins->columns; c++)
        free(bins->feature[c].upper);
    free(bins->feature);
    free(bins);
}

/* The bin of a value. */
static int32_t bin_of(const cst_gbdt_feature *feature, float value)
{
    if (isnan(value))
        return feature->values;
    if (feature->kind == CST_FEATURE_CATEGORY)
        return value >= 0 && value < (float)feature->values ? (int32_t)value : feature->values;
    const float *upper = feature->upper;
    int32_t low = 0;
    int32_t n = feature->values;
    /* the first bin whose bound is not below the value; the last bound is infinite */
    while (n > 1) {
        int32_t half = n / 2;
        low = upper[low + half - 1] < value ? low + half : low;
        n -= half;
    }
    return low;
}

cst_code cst_gbdt_rows_new(cst_gbdt_rows **out, const cst_gbdt_bins *bins, const cst_matrix *matrix,
                           cst_error *err)
{
    cst_gbdt_rows *binned = cst_array_new(1, sizeof *binned, "binned rows", err);
    if (!binned)
        return CST_NOMEM;
    binned->rows = matrix->rows;
    binned->narrow = cst_array_new(matrix->rows * bins->narrow, 1, "binned rows", err);
    binned->wide =
        cst_array_new(matrix->rows * bins->wide, sizeof *binned->wide, "binned rows", err);
    if (!binned->narrow || !binned->wide) {
        cst_gbdt_rows_free(binned);
        return CST_NOMEM;
    }
    for (size_t c = 0; c < bins->columns; c++) {
        const cst_gbdt_feature *feature = &bins->feature[c];
        const float *x = matrix->x[c];
        for (size_t r = 0; r < matrix->rows; r++) {
            int32_t bin = bin_of(feature, x[r]);
            if (feature->wide)
                binned->wide[r * bins->wide + feature->slot] = (uint16_t)bin;
            else
                binned->narrow[r * bins->narrow + feature->slot] = (uint8_t)bin;
        }
    }
    *out = binned;
    return CST_OK;
}

void cst_gbdt_rows_free(cst_gbdt_rows *binned)
{
    if (!binned)
        return;
    free(binned->narrow);
    free(binned->wide);
    free(binned);
}

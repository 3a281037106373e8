/* fit_survey.c - the range of numbers, the levels of everything else */
#include <endian.h>
#include <math.h>

#include "base/array.h"
#include "prepare/fit_private.h"

static bool is_integer(const cst_column *column)
{
    return column->type == CST_INT32 || column->type == CST_INT64 || column->type == CST_TIME ||
           column->type == CST_BOOL;
}

/* Integers order themselves; a double does through its key. */
static void widen(int64_t range[2], const cst_column *column, size_t row)
{
    int64_t high = 0;
    int64_t low = 0;
    if (is_integer(column)) {
        bool wide = column->type == CST_INT64 || column->type == CST_TIME;
        high = wide ? column->values.i64[row] : (int64_t)cst_column_number(column, row);
        low = -high;
    } else {
        double value = cst_column_number(column, row);
        high = cst_order_key(value);
        low = cst_order_key(-value);
    }
    range[0] = high > range[0] ? high : range[0];
    range[1] = low > range[1] ? low : range[1];
}

/* Levels that are numbers are kept as doubles. */
static bool is_exact(const cst_column *column, size_t row)
{
    bool wide = column->type == CST_INT64 || column->type == CST_TIME;
    return !wide || llabs(column->values.i64[row]) <= INT64_C(1) << 53;
}

/* A number as bytes in the order of numbers; both zeros are one level. */
static cst_code add_number(cst_sorted *levels, double value, cst_error *err)
{
    static const int64_t one = 1;
    uint64_t key = htobe64((uint64_t)cst_order_key(value + 0.0) ^ (UINT64_C(1) << 63));
    return cst_sorted_add(levels, &key, sizeof key, &one, err);
}

static cst_code add_category(cst_sorted *levels, const cst_column *column, cst_error *err)
{
    size_t n = (size_t)column->levels.count;
    int64_t *count = cst_array_new(n, sizeof *count, "levels", err);
    if (!count)
        return CST_NOMEM;
    for (size_t r = 0; r < column->rows; r++)
        if (column->values.i32[r] >= 0)
            count[column->values.i32[r]]++;
    cst_code rc = CST_OK;
    for (size_t l = 0; rc == CST_OK && l < n; l++)
        if (count[l])
            rc = cst_sorted_add(levels, column->levels.text[l], strlen(column->levels.text[l]),
                                &count[l], err);
    free(count);
    return rc;
}

static cst_code add_levels(cst_sorted *levels, const cst_column *column, cst_error *err)
{
    static const int64_t one = 1;
    if (column->type == CST_CATEGORY)
        return add_category(levels, column, err);
    cst_code rc = CST_OK;
    for (size_t r = 0; rc == CST_OK && r < column->rows; r++) {
        size_t size = 0;
        if (cst_column_is_missing(column, r))
            continue;
        if (column->type == CST_TEXT) {
            const char *text = cst_column_text(column, r, &size);
            rc = cst_sorted_add(levels, text, size, &one, err);
        } else if (is_exact(column, r)) {
            rc = add_number(levels, cst_column_number(column, r), err);
        } else {
            rc = cst_error_set(err, CST_INVALID,
                               "features: \"%s\" has integers past 2^53, too far for levels to be "
                               "told apart; make it text or a category in the schema",
                               column->name);
        }
    }
    return rc;
}

cst_code cst_fit_survey(cst_fit *fit, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++) {
        const cst_column *column = fit->state[i].column;
        if (fit->state[i].levels) {
            rc = add_levels(fit->state[i].levels, column, err);
            continue;
        }
        for (size_t r = 0; r < column->rows; r++)
            if (!cst_column_is_missing(column, r))
                widen(&fit->range[2 * i], column, r);
    }
    return rc;
}

static cst_code number_end(cst_fit *fit, size_t i, cst_error *err)
{
    cst_feature_fit *feature = &fit->transform->feature[i];
    const cst_column *column = fit->state[i].column;
    const int64_t *range = &fit->range[2 * i];
    bool none = range[0] == INT64_MIN;
    if (none && (feature->impute == CST_IMPUTE_MEDIAN || feature->impute == CST_IMPUTE_MEAN))
        return cst_error_set(err, CST_INVALID,
                             "features: no training row has a value in \"%s\" to impute from; "
                             "leave it out, or impute a number",
                             feature->column);
    bool whole = is_integer(column);
    bool far = whole && !none && (range[0] > 1 << 24 || range[1] > 1 << 24);
    if (!none && (far || column->type == CST_TIME))
        feature->offset = -range[1];
    if (feature->impute == CST_IMPUTE_CONSTANT)
        feature->fill = feature->constant - (double)feature->offset;
    if (feature->scale != CST_SCALE_MINMAX || none)
        return CST_OK;
    double low = whole ? (double)(-range[1] - feature->offset) : -cst_order_value(range[1]);
    double high =
        whole ? (double)((__int128)range[0] - feature->offset) : cst_order_value(range[0]);
    if (!isfinite(high - low))
        return cst_error_set(err, CST_INVALID,
                             "features: \"%s\" reaches from %g to %g, too far to be scaled; leave "
                             "such rows out with where:",
                             feature->column, low, high);
    feature->center = low;
    feature->spread = high > low ? high - low : 1;
    return CST_OK;
}

static cst_code too_many(const cst_feature_fit *feature, int most, cst_error *err)
{
    return cst_error_set(err, CST_INVALID,
                         "features: \"%s\" has more than %d distinct values in the training rows; "
                         "%s",
                         feature->column, most,
                         feature->as == CST_AS_ONEHOT ? "use encode: target or category"
                                                      : "leave it out, or derive a coarser one");
}

static cst_code take_level(cst_level_set *out, int32_t l, const cst_sorted *levels, cst_error *err)
{
    size_t size = 0;
    const void *key = cst_sorted_key(levels, (size_t)l, &size);
    if (out->numeric) {
        uint64_t bits = 0;
        memcpy(&bits, key, sizeof bits);
        out->number[l] = cst_order_value((int64_t)(be64toh(bits) ^ (UINT64_C(1) << 63)));
        return CST_OK;
    }
    char *text = cst_array_new(size + 1, 1, "level", err);
    if (!text)
        return CST_NOMEM;
    memcpy(text, key, size);
    out->text.text[l] = text;
    out->text.count = l + 1;
    return CST_OK;
}

static cst_code levels_end(cst_fit *fit, size_t i, cst_error *err)
{
    cst_feature_fit *feature = &fit->transform->feature[i];
    cst_level_set *out = &feature->levels;
    const cst_sorted *levels = fit->state[i].levels;
    int most = feature->as == CST_AS_ONEHOT ? CST_ONEHOT_MOST : CST_LEVELS_MOST;
    size_t n = cst_sorted_count(levels);
    if (cst_sorted_overflowed(levels) || n > (size_t)most)
        return too_many(feature, most, err);
    out->count = (int32_t)n;
    if (out->numeric)
        out->number = cst_array_new(n, sizeof *out->number, "levels", err);
    else
        out->text.text = cst_array_new(n, sizeof *out->text.text, "levels", err);
    cst_code rc = out->number || out->text.text ? CST_OK : CST_NOMEM;
    for (int32_t l = 0; rc == CST_OK && l < out->count; l++)
        rc = take_level(out, l, levels, err);
    return rc;
}

cst_code cst_fit_survey_end(cst_fit *fit, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++)
        rc = fit->state[i].levels ? levels_end(fit, i, err) : number_end(fit, i, err);
    return rc;
}

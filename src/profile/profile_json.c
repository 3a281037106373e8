/* profile_json.c - the finished figures of a profile */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "profile/profile_state.h"

enum { PERCENTILES = 101, TOP_LEVELS = 20, LISTED_LEVELS = 1000 };

/* A value in the column's own terms: integers and times whole, floats as doubles. */
static json_t *value_json(cst_type type, int64_t word)
{
    if (word == CST_SAMPLE_MISSING)
        return json_null();
    if (type == CST_FLOAT32 || type == CST_FLOAT64)
        return cst_json_real(cst_order_value(word));
    return json_integer((json_int_t)word);
}

/* The percentiles 0 … 100: the smallest sampled value whose rank is enough; the ends are exact. */
static json_t *percentiles(cst_type type, const int64_t *word, size_t n,
                           const cst_profile_extremes *extremes, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "percentiles");
    for (size_t p = 0; rc == CST_OK && p < PERCENTILES; p++) {
        int64_t at = p == 0                 ? -extremes->minus_min
                     : p == PERCENTILES - 1 ? extremes->max
                                            : word[(p * n + 99) / 100 - 1];
        rc = cst_json_append(out, value_json(type, at), err);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static size_t distinct_of(const int64_t *word, size_t n)
{
    size_t distinct = n > 0;
    for (size_t i = 1; i < n; i++)
        distinct += word[i] != word[i - 1];
    return distinct;
}

/* distinct and its relative standard error; exact below 0. */
static cst_code put_distinct(json_t *out, const cst_profile *profile, size_t c, int64_t exact,
                             cst_error *err)
{
    const uint8_t *registers = profile->registers + c * CST_HYPERLOGLOG_REGISTERS;
    int64_t distinct = exact >= 0 ? exact : (int64_t)rint(cst_hyperloglog_estimate(registers));
    cst_code rc = cst_json_put(out, "distinct", json_integer(distinct), err);
    if (rc != CST_OK)
        return rc;
    return cst_json_put(out, "distinct_error",
                        cst_json_real(exact >= 0 ? 0 : CST_HYPERLOGLOG_ERROR), err);
}

static cst_code put_moments(json_t *out, const cst_profile *profile, size_t c, cst_error *err)
{
    const cst_profile_sums *sums = cst_profile_sums_of(profile, c);
    double pivot = profile->column[c].pivot;
    cst_moments_figures figures = cst_moments_finish(&sums->moments, sums->count, pivot);
    cst_code rc = cst_json_put(out, "pivot", cst_json_real(pivot), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "mean", cst_json_real(figures.mean), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "sd", cst_json_real(figures.sd), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "skewness", cst_json_real(figures.skewness), err);
    return rc;
}

static cst_code put_numeric(json_t *out, const cst_profile *profile, size_t c, cst_error *err)
{
    const cst_profile_column *column = &profile->column[c];
    const cst_profile_sums *sums = cst_profile_sums_of(profile, c);
    const cst_profile_extremes *extremes = &profile->extremes[c];
    int64_t *word = NULL;
    size_t n = 0;
    cst_code rc = cst_sample_sorted(&word, &n, &profile->sample, column->word, err);
    if (rc != CST_OK)
        return rc;
    bool all = cst_sample_is_all(&profile->sample);
    rc = put_distinct(out, profile, c, all ? (int64_t)distinct_of(word, n) : -1, err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "zeros", json_integer(sums->zeros), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "infinite", json_integer(sums->infinite), err);
    if (rc == CST_OK && n > 0) {
        rc = cst_json_put(out, "min", value_json(column->type, -extremes->minus_min), err);
        if (rc == CST_OK)
            rc = cst_json_put(out, "max", value_json(column->type, extremes->max), err);
        if (rc == CST_OK)
            rc = put_moments(out, profile, c, err);
        if (rc == CST_OK)
            rc = cst_json_put(out, "percentiles", percentiles(column->type, word, n, extremes, err),
                              err);
        if (rc == CST_OK)
            rc = cst_json_put(out, "rank_error",
                              cst_json_real(cst_sample_rank_error(&profile->sample, n)), err);
    }
    free(word);
    return rc;
}

typedef struct {
    size_t at; /* in the sorted set */
    int64_t count;
} ranked;

static int by_count(const void *a, const void *b)
{
    const ranked *x = (const ranked *)a;
    const ranked *y = (const ranked *)b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static json_t *level_text(const cst_sorted *set, size_t at)
{
    size_t size;
    const char *text = (const char *)cst_sorted_key(set, at, &size);
    return json_stringn(text, size);
}

static json_t *level_count(const cst_sorted *set, ranked level)
{
    json_t *out = json_object();
    if (out && (json_object_set_new(out, "level", level_text(set, level.at)) != 0 ||
                json_object_set_new(out, "count", json_integer(level.count)) != 0)) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* The most frequent levels with their counts, and, where they are not too many, all counts. */
static cst_code put_levels(json_t *out, const cst_sorted *set, cst_error *err)
{
    size_t n = cst_sorted_count(set);
    json_t *top = json_array();
    json_t *levels = json_object();
    ranked *rank = cst_array_new(n, sizeof *rank, "levels", err);
    cst_code rc = rank && top && levels ? CST_OK : cst_error_nomem(err, "levels");
    for (size_t i = 0; rc == CST_OK && i < n; i++)
        rank[i] = (ranked){i, cst_sorted_payload(set, i)[0]};
    if (rc == CST_OK)
        qsort(rank, n, sizeof *rank, by_count);
    for (size_t i = 0; rc == CST_OK && i < n && i < TOP_LEVELS; i++)
        rc = cst_json_append(top, level_count(set, rank[i]), err);
    for (size_t i = 0; rc == CST_OK && n <= LISTED_LEVELS && i < n; i++) {
        size_t size;
        const char *text = (const char *)cst_sorted_key(set, i, &size);
        if (json_object_setn_new(levels, text, size, json_integer(cst_sorted_payload(set, i)[0])) !=
            0)
            rc = cst_error_set(err, CST_INVALID, "a level is not UTF-8 text");
    }
    if (rc == CST_OK)
        rc = cst_json_put(out, "top", json_incref(top), err);
    if (rc == CST_OK && n <= LISTED_LEVELS)
        rc = cst_json_put(out, "levels", json_incref(levels), err);
    json_decref(top);
    json_decref(levels);
    free(rank);
    return rc;
}

static cst_code put_length(json_t *out, const cst_profile_sums *sums,
                           const cst_profile_extremes *extremes, cst_error *err)
{
    json_t *length = json_object();
    cst_code rc = length ? CST_OK : cst_error_nomem(err, "profile");
    if (rc == CST_OK)
        rc = cst_json_put(length, "min", json_integer(-extremes->minus_min_length), err);
    if (rc == CST_OK)
        rc = cst_json_put(length, "max", json_integer(extremes->max_length), err);
    if (rc == CST_OK)
        rc = cst_json_put(length, "mean", cst_json_real((double)sums->bytes / (double)sums->count),
                          err);
    if (rc == CST_OK)
        return cst_json_put(out, "length", length, err);
    json_decref(length);
    return rc;
}

static cst_code put_text(json_t *out, const cst_profile *profile, size_t c, cst_error *err)
{
    const cst_profile_sums *sums = cst_profile_sums_of(profile, c);
    const cst_sorted *set = profile->levels[profile->column[c].set];
    bool exact = !cst_sorted_overflowed(set);
    cst_code rc = put_distinct(out, profile, c, exact ? (int64_t)cst_sorted_count(set) : -1, err);
    if (rc == CST_OK && sums->count > 0)
        rc = put_length(out, sums, &profile->extremes[c], err);
    if (rc == CST_OK && profile->column[c].type == CST_TEXT)
        rc = cst_json_put(out, "empty", json_integer(sums->zeros), err);
    if (rc == CST_OK && exact)
        rc = put_levels(out, set, err);
    return rc;
}

static json_t *column_json(const cst_profile *profile, size_t c, cst_error *err)
{
    const cst_profile_column *column = &profile->column[c];
    const cst_profile_sums *sums = cst_profile_sums_of(profile, c);
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "profile");
    if (rc == CST_OK)
        rc = cst_json_put(out, "name", json_string(column->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "type", json_string(cst_type_name(column->type)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "count", json_integer(sums->count), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "missing", json_integer(sums->missing), err);
    if (rc == CST_OK && column->type == CST_TIME)
        rc = cst_json_put(out, "ticks", json_integer(column->ticks), err);
    if (rc == CST_OK)
        rc = cst_sample_is_numeric(column->type) ? put_numeric(out, profile, c, err)
                                                 : put_text(out, profile, c, err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

json_t *cst_profile_to_json(const cst_profile *profile, cst_error *err)
{
    json_t *out = json_object();
    json_t *columns = json_array();
    cst_code rc = out && columns ? CST_OK : cst_error_nomem(err, "profile");
    for (size_t c = 0; rc == CST_OK && c < profile->columns; c++) {
        json_t *column = column_json(profile, c, err);
        rc = column ? cst_json_append(columns, column, err) : err ? err->code : CST_NOMEM;
    }
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", json_integer(profile->sums[0]), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "columns", json_incref(columns), err);
    json_decref(columns);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

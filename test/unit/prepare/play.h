/* play.h - a fit played by several shares in one process, without MPI; rows for it */
#ifndef CST_TEST_PREPARE_PLAY_H
#define CST_TEST_PREPARE_PLAY_H

#include "exact/random.h"
#include "prepare/rows.h"
#include "prepare/transform.h"
#include "test/unit/prepare/build.h"

enum { PLAY_SHARES = 7 };

/** What one call of cst_comm_merge does, for fits in one process. */
static inline cst_code play_merge(cst_fit **fit, size_t shares, cst_error *err)
{
    cst_mergeable all = cst_fit_state(fit[0]);
    cst_code rc = CST_OK;
    for (size_t s = 1; rc == CST_OK && s < shares; s++) {
        cst_mergeable other = cst_fit_state(fit[s]);
        rc = cst_mergeable_merge(&all, &other, err);
    }
    for (size_t s = 1; rc == CST_OK && s < shares; s++) {
        cst_mergeable other = cst_fit_state(fit[s]);
        if (all.sums)
            memcpy(other.sum, all.sum, all.sums * sizeof *all.sum);
        if (all.maxima)
            memcpy(other.max, all.max, all.maxima * sizeof *all.max);
        /* Levels only: their counts are not looked at, so a second union does no harm. */
        for (size_t i = 0; rc == CST_OK && i < all.sets; i++)
            rc = cst_sorted_merge(other.set[i], all.set[i], err);
    }
    return rc;
}

/** Fit spec on the rows of shares (shape [shares]); *out is the first one's transform; matrix has
 *  shape [shares]. Tables get the derived columns. */
static inline cst_code play_fit(cst_transform **out, cst_matrix **matrix, const json_t *spec,
                                cst_table *const *share, size_t shares, const char *time,
                                cst_error *err)
{
    cst_fit *fit[PLAY_SHARES] = {NULL};
    cst_transform *transform[PLAY_SHARES] = {NULL};
    bool done = false;
    cst_code rc = CST_OK;
    for (size_t s = 0; rc == CST_OK && s < shares; s++) {
        const json_t *derive = json_object_get(spec, "derive");
        const char *first = json_object_iter_key(json_object_iter((json_t *)derive));
        if (derive && !cst_table_find(share[s], first))
            rc = cst_prepare_derive(share[s], derive, err);
        if (rc == CST_OK)
            rc = cst_fit_new(&fit[s], spec, share[s], time, 3, err);
    }
    while (rc == CST_OK && !done) {
        for (size_t s = 0; rc == CST_OK && s < shares; s++)
            rc = cst_fit_local(fit[s], err);
        if (rc == CST_OK)
            rc = play_merge(fit, shares, err);
        for (size_t s = 0; rc == CST_OK && s < shares; s++)
            rc = cst_fit_advance(fit[s], &done, err);
    }
    for (size_t s = 0; rc == CST_OK && s < shares; s++)
        rc = cst_fit_finish(&transform[s], &matrix[s], fit[s], err);
    for (size_t s = 0; s < shares; s++) {
        cst_fit_free(fit[s]);
        if (s || rc != CST_OK)
            cst_transform_free(transform[s]);
    }
    if (rc == CST_OK)
        *out = transform[0];
    return rc;
}

static inline double play_unit(uint64_t column, size_t row)
{
    return cst_random_unit(11, CST_STREAM_SAMPLE, column, row);
}

/** Rows with every kind of column: temp (float64, some missing), distance (int32), at (time, in
 *  order), carrier (category, some missing), gate (int32, twelve values), delay, late. other: other
 *  rows of the same kind. */
static inline cst_table *play_rows(size_t rows, bool other)
{
    static const char *const carriers[] = {"9E", "AA", "B6", "DL", "UA", NULL};
    uint64_t seed = other ? 100 : 0;
    cst_table *table = build_table(rows);
    double *value = calloc(rows, sizeof *value);
    int64_t *time = calloc(rows, sizeof *time);
    const char **text = calloc(rows, sizeof *text);
    assert_true(value && time && text);
    for (size_t r = 0; r < rows; r++)
        value[r] = play_unit(seed, r) < 0.1 ? NAN : 1e3 * play_unit(seed + 1, r) - 300;
    build_numbers(table, "temp", CST_FLOAT64, value);
    for (size_t r = 0; r < rows; r++)
        value[r] = floor(100 + 3000 * play_unit(seed + 2, r));
    build_numbers(table, "distance", CST_INT32, value);
    for (size_t r = 0; r < rows; r++)
        time[r] = (1356998400 + (int64_t)(r / 3) * 1800) * 1000000;
    build_times(table, "at", 1000000, time);
    for (size_t r = 0; r < rows; r++)
        text[r] = carriers[(size_t)(5.9 * play_unit(seed + 3, r))];
    build_categories(table, "carrier", carriers, text);
    for (size_t r = 0; r < rows; r++)
        value[r] = floor(12 * play_unit(seed + 4, r));
    build_numbers(table, "gate", CST_INT32, value);
    for (size_t r = 0; r < rows; r++)
        value[r] = 200 * play_unit(seed + 5, r) - 100 + 3 * value[r];
    build_numbers(table, "delay", CST_FLOAT64, value);
    for (size_t r = 0; r < rows; r++)
        value[r] = value[r] > 15;
    build_numbers(table, "late", CST_BOOL, value);
    free(value);
    free(time);
    free(text);
    return table;
}

#endif

/* world.h - days of rows that hang together by day, and reports on them */
#ifndef CST_TEST_PROFILE_WORLD_H
#define CST_TEST_PROFILE_WORLD_H

#include "config/json.h"
#include "exact/distribution.h"
#include "exact/random.h"
#include "profile/drift.h"
#include "test/unit/profile/make.h"

/** A normal deviate that hangs on four numbers alone. */
static inline double world_normal(uint64_t world, uint64_t column, uint64_t day, uint64_t row)
{
    double u = cst_random_unit(world, CST_STREAM_INITIAL, column << 32 | day, row);
    return cst_normal_quantile(u > 0 ? u : 0.5);
}

typedef struct {
    uint64_t seed;
    int64_t first, days; /* UTC days */
    size_t rows;         /* a day */
    size_t columns;      /* x0, x1, …, and score */
    double by_day;       /* standard deviation that the rows of a day share; a row's own is 1 */
    double score_shift;
} world;

/** The rows of a world, with a time column "t". */
static inline cst_table *world_table(const world *w)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    size_t n = (size_t)w->days * w->rows;
    double *value = calloc(n, sizeof *value);
    int64_t *day = calloc(n, sizeof *day);
    assert_ok(cst_table_new(&table, &err));
    for (size_t c = 0; c <= w->columns; c++) {
        char name[16];
        (void)snprintf(name, sizeof name, "x%d", (int)c);
        for (size_t r = 0; r < n; r++) {
            day[r] = w->first + (int64_t)(r / w->rows);
            value[r] = w->by_day * world_normal(w->seed, c, (uint64_t)day[r], UINT32_MAX) +
                       world_normal(w->seed, c, (uint64_t)day[r], r % w->rows);
            if (c == w->columns)
                value[r] += w->score_shift;
        }
        make_numbers(table, c == w->columns ? "score" : name, value, n);
    }
    make_days(table, "t", day, n);
    make_ids(table);
    free(value);
    free(day);
    return table;
}

/** The reference of all columns but t. The rows come in shares, in another order than they lie
 *  in the table: the first round by states that merge, the second one share after the other. */
static inline json_t *world_reference(const cst_table *table, const char *time, size_t shares)
{
    cst_error err = CST_ERROR_INIT;
    cst_reference *part[7] = {NULL};
    const char *names[64] = {NULL};
    bool done = false;
    for (size_t c = 0, n = 0; c < table->columns; c++)
        if (strcmp(table->column[c].name, "t") != 0)
            names[n++] = table->column[c].name;
    for (size_t s = 0; s < shares; s++) {
        cst_table *share = make_share(table, s, shares);
        assert_ok(cst_reference_new(&part[s], table, names, time, NULL, &err));
        assert_ok(cst_reference_local(part[s], share, &err));
        cst_table_free(share);
    }
    for (size_t s = 1; s < shares; s++) {
        cst_mergeable all = cst_reference_state(part[0]);
        cst_mergeable other = cst_reference_state(part[s]);
        assert_ok(cst_mergeable_merge(&all, &other, &err));
        cst_reference_free(part[s]);
    }
    assert_ok(cst_reference_advance(part[0], &done, &err));
    assert_false(done);
    for (size_t s = 0; s < shares; s++) {
        cst_table *share = make_share(table, s, shares);
        assert_ok(cst_reference_local(part[0], share, &err));
        cst_table_free(share);
    }
    assert_ok(cst_reference_advance(part[0], &done, &err));
    assert_true(done);
    json_t *out = cst_reference_to_json(part[0], &err);
    if (!out)
        fail_msg("%s", err.text);
    cst_reference_free(part[0]);
    return out;
}

/** The report of a window against a reference. */
static inline json_t *world_report(const json_t *reference, const cst_table *window,
                                   const json_t *options, const json_t *history)
{
    cst_error err = CST_ERROR_INIT;
    cst_window *counts = NULL;
    assert_ok(cst_window_new(&counts, reference, &err));
    assert_ok(cst_window_update(counts, window, &err));
    json_t *out = cst_drift_report(counts, options, history, 5, &err);
    if (!out)
        fail_msg("%s", err.text);
    cst_window_free(counts);
    return out;
}

static inline double world_figure(const json_t *report, const char *column, const char *key)
{
    size_t i;
    const json_t *entry;
    if (strcmp(column, "score") == 0)
        return json_number_value(json_object_get(json_object_get(report, "score"), key));
    json_array_foreach(json_object_get(report, "columns"), i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "name")), column) == 0)
            return json_number_value(json_object_get(entry, key));
    }
    fail_msg("no column %s", column);
    return NAN;
}

static inline const char *world_verdict(const json_t *report)
{
    return json_string_value(json_object_get(report, "verdict"));
}

#endif

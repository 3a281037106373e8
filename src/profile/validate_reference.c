/* validate_reference.c - what only a comparison with another part's profile can say */
#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "config/json.h"
#include "exact/distribution.h"
#include "profile/divergence.h"
#include "profile/validate_tell.h"
#include "profile/value.h"

enum { DECILES = 10, PERCENTILES = 101 };

typedef struct {
    const char *name; /* what the reference is called: "flights@3", "the part before" */
    const json_t *reference, *profile;
    int64_t before, rows;        /* rows of the reference and of the newest part */
    int64_t files_before, files; /* source files that each was read from */
} comparison;

/* Rows are compared a source file: a quarter ingested at once and a month after it are no drop. */
static void tell_rows(cst_teller *teller, const comparison *with)
{
    double most = teller->validation->schema->max_drop;
    if (with->before <= 0)
        return;
    double share = (double)with->files_before / (double)with->files;
    double drop = 1 - (double)with->rows / (double)with->before * share;
    if (drop > most)
        cst_tell(teller, CST_ANOMALY_ROWS_DROPPED, NULL,
                 cst_tell_figures("rows", (double)with->rows, "before", (double)with->before,
                                  "drop", drop, "limit", most, NULL),
                 NULL, "%lld rows, %.3g %% fewer%s than the %lld of %s; at most %.3g %% may go",
                 (long long)with->rows, 100 * drop,
                 with->files == with->files_before ? "" : " a file", (long long)with->before,
                 with->name, 100 * most);
}

static void tell_time(cst_teller *teller, const comparison *with)
{
    const cst_validation *v = teller->validation;
    const json_t *before =
        v->schema->time ? cst_validation_profiled(with->reference, v->schema->time) : NULL;
    const json_t *max = json_object_get(before, "max");
    int64_t minus_first = v->maxima[CST_VALIDATION_MINUS_FIRST];
    if (!json_is_integer(max) || minus_first == INT64_MIN || -minus_first > json_integer_value(max))
        return;
    cst_text first = CST_TEXT_INIT;
    cst_text last = CST_TEXT_INIT;
    teller->rc = cst_value_print_time(&first, -minus_first, v->ticks, teller->err);
    if (teller->rc == CST_OK)
        teller->rc = cst_value_print_time(&last, json_integer_value(max), v->ticks, teller->err);
    if (teller->rc == CST_OK)
        cst_tell(teller, CST_ANOMALY_TIME_BACKWARDS, v->schema->time, NULL, NULL,
                 "rows begin at %s, not after the end of %s at %s", first.data, with->name,
                 last.data);
    cst_text_free(&first);
    cst_text_free(&last);
}

static void tell_constant(cst_teller *teller, const char *name, const json_t *before,
                          const json_t *now)
{
    if (cst_get_int(now, "count", 0) > 1 && cst_get_int(now, "distinct", 0) == 1 &&
        cst_get_int(before, "distinct", 0) > 1)
        cst_tell(teller, CST_ANOMALY_CONSTANT, name, NULL, NULL,
                 "column %s has one value in all rows, it had %lld", name,
                 (long long)cst_get_int(before, "distinct", 0));
}

/* Levels of which at least 20 rows were to be expected: chance leaves none of them with e^-20. */
static void tell_gone(cst_teller *teller, const comparison *with, const char *name,
                      const json_t *before, const json_t *now)
{
    const double expected = 20;
    const json_t *levels = json_object_get(now, "levels");
    const char *level;
    json_t *count;
    cst_text gone = CST_TEXT_INIT;
    int64_t many = 0;
    if (!levels || with->before <= 0)
        return;
    json_object_foreach((json_t *)json_object_get(before, "levels"), level, count)
    {
        double due = (double)json_integer_value(count) * (double)with->rows / (double)with->before;
        if (due < expected || json_object_get(levels, level))
            continue;
        if (teller->rc == CST_OK && many++ < 5)
            teller->rc = cst_text_print(&gone, teller->err, "%s%s", many > 1 ? ", " : "", level);
    }
    if (teller->rc == CST_OK && many > 0)
        cst_tell(teller, CST_ANOMALY_LEVEL_GONE, name,
                 cst_tell_figures("levels", (double)many, NULL), NULL,
                 "column %s: level%s gone that %s had: %s%s", name, many > 1 ? "s are" : " is",
                 with->name, gone.data, many > 5 ? " and more" : "");
    cst_text_free(&gone);
}

/* Counts by cell of one column, before and now. */
typedef struct {
    int64_t *a, *b;
    size_t cells;
} pair;

static double percentile(const json_t *column, size_t p)
{
    return json_number_value(json_array_get(json_object_get(column, "percentiles"), p));
}

/* The share of values up to an edge, in hundredths, as the percentiles tell it. */
static size_t share_up_to(const json_t *column, double edge)
{
    size_t p = 0;
    while (p + 1 < PERCENTILES && percentile(column, p + 1) <= edge)
        p++;
    return p;
}

/* The share below all that the reference had. */
static size_t share_below(const json_t *column, double least)
{
    size_t p = 0;
    while (p + 1 < PERCENTILES && percentile(column, p + 1) < least)
        p++;
    return percentile(column, 0) < least ? p : 0;
}

/* Beyond what the reference had counts with the cells at its ends, where it had several: a few
 * values that are new would otherwise weigh as much as an empty cell does. */
static void join_ends(pair *counts)
{
    size_t last = counts->cells - 1;
    if (counts->cells <= 3)
        return;
    counts->b[1] += counts->b[0];
    counts->b[last - 1] += counts->b[last];
    counts->b[0] = counts->b[last] = 0;
}

/* Below the least value of before, between its deciles (repeated ones once), above its largest;
 * shares are as fine as percentiles are. */
static cst_code numeric_pair(pair *out, const json_t *before, const json_t *now, cst_error *err)
{
    double n = (double)cst_get_int(before, "count", 0) / 100;
    double m = (double)cst_get_int(now, "count", 0) / 100;
    size_t a = 0;
    size_t b = share_below(now, percentile(before, 0));
    out->a = cst_array_new(DECILES + 2, sizeof *out->a, "drift", err);
    out->b = cst_array_new(DECILES + 2, sizeof *out->b, "drift", err);
    if (!out->a || !out->b)
        return CST_NOMEM;
    out->b[out->cells++] = (int64_t)rint((double)b * m);
    for (size_t d = 1; d <= DECILES; d++) {
        double edge = percentile(before, 10 * d);
        if (d < DECILES && edge == percentile(before, 10 * (d + 1)))
            continue;
        size_t to_a = share_up_to(before, edge);
        size_t to_b = share_up_to(now, edge);
        out->a[out->cells] = (int64_t)rint((double)(to_a - a) * n);
        out->b[out->cells++] = (int64_t)rint((double)(to_b > b ? to_b - b : 0) * m);
        a = to_a;
        b = to_b > b ? to_b : b;
    }
    out->b[out->cells++] = (int64_t)rint((double)(100 - b) * m);
    join_ends(out);
    return CST_OK;
}

static cst_code levels_pair(pair *out, const json_t *before, const json_t *now, cst_error *err)
{
    const char *level;
    json_t *count;
    json_t *old = json_object_get(before, "levels");
    json_t *new = json_object_get(now, "levels");
    size_t most = json_object_size(old) + json_object_size(new);
    out->a = cst_array_new(most, sizeof *out->a, "drift", err);
    out->b = cst_array_new(most, sizeof *out->b, "drift", err);
    if (!out->a || !out->b)
        return CST_NOMEM;
    json_object_foreach(old, level, count)
    {
        out->a[out->cells] = json_integer_value(count);
        out->b[out->cells++] = json_integer_value(json_object_get(new, level));
    }
    json_object_foreach(new, level, count)
    {
        if (!json_object_get(old, level))
            out->b[out->cells++] = json_integer_value(count);
    }
    return CST_OK;
}

/* Whole numbers that hardly repeat name rows; that new rows have new names is no drift. */
static bool is_identifier(const cst_schema_column *column, const json_t *before)
{
    const double most = 0.9;
    bool whole = column->type == CST_INT32 || column->type == CST_INT64;
    return whole && cst_get_real(before, "distinct", 0) > most * cst_get_real(before, "count", 0);
}

static void tell_drift(cst_teller *teller, const comparison *with, const cst_schema_column *column,
                       const json_t *before, const json_t *now)
{
    pair counts = {0};
    bool texts = json_object_get(before, "levels") && json_object_get(now, "levels");
    bool numbers = json_object_get(before, "percentiles") && json_object_get(now, "percentiles");
    if (column->type == CST_TIME || column->type == CST_TEXT || (!texts && !numbers) ||
        is_identifier(column, before))
        return;
    teller->rc = texts ? levels_pair(&counts, before, now, teller->err)
                       : numeric_pair(&counts, before, now, teller->err);
    int32_t *cell = cst_array_new(counts.cells, sizeof *cell, "drift", teller->err);
    int64_t *pooled = cst_array_new(2 * counts.cells, sizeof *pooled, "drift", teller->err);
    if (teller->rc == CST_OK && cell && pooled) {
        size_t cells = cst_divergence_cells(cell, counts.a, counts.b, counts.cells);
        cst_divergence_pool(pooled, counts.a, cell, counts.cells, cells);
        cst_divergence_pool(pooled + cells, counts.b, cell, counts.cells, cells);
        double psi = cst_divergence_psi(pooled, pooled + cells, cells);
        double most = isnan(column->drift_psi)
                          ? cst_get_real(teller->validation->options, "psi", 0.25)
                          : column->drift_psi;
        double n = (double)cst_get_int(before, "count", 0);
        double m = (double)cst_get_int(now, "count", 0);
        double alpha = 0.01 / (double)teller->validation->schema->columns;
        if (psi >= most && cells > 1 && n > 0 && m > 0 &&
            cst_chi2_tail(psi / (1 / n + 1 / m), (double)cells - 1) < alpha)
            cst_tell(teller, CST_ANOMALY_DRIFTED, column->name,
                     cst_tell_figures("psi", psi, "limit", most, NULL), NULL,
                     "column %s is distributed otherwise than in %s: PSI %.2f", column->name,
                     with->name, psi);
    } else if (teller->rc == CST_OK) {
        teller->rc = CST_NOMEM;
    }
    free(counts.a);
    free(counts.b);
    free(cell);
    free(pooled);
}

void cst_validation_tell_reference(cst_teller *teller)
{
    const cst_validation *v = teller->validation;
    comparison with = {
        .name = cst_get_string(v->facts, "reference_name", "the part before"),
        .reference = json_object_get(v->facts, "reference"),
        .profile = json_object_get(v->facts, "profile"),
        .rows = v->sums[CST_VALIDATION_ROWS],
        .files_before = cst_get_int(v->facts, "reference_files", 1),
        .files = cst_get_int(v->facts, "files", 1),
    };
    if (!with.reference || teller->rc != CST_OK)
        return;
    with.before = cst_get_int(with.reference, "rows", 0);
    tell_rows(teller, &with);
    if (teller->rc == CST_OK)
        tell_time(teller, &with);
    for (size_t c = 0; teller->rc == CST_OK && c < v->schema->columns; c++) {
        const cst_schema_column *column = v->check[c].schema;
        const json_t *before = cst_validation_profiled(with.reference, column->name);
        const json_t *now = cst_validation_profiled(with.profile, column->name);
        if (!before || !now || cst_get_int(now, "count", 0) == 0)
            continue;
        tell_constant(teller, column->name, before, now);
        tell_gone(teller, &with, column->name, before, now);
        if (teller->rc == CST_OK)
            tell_drift(teller, &with, column, before, now);
    }
}

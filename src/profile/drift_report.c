/* drift_report.c - the verdict over all columns of a window */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "profile/drift_column.h"

static const char score_name[] = "score";

typedef struct {
    const cst_window *window;
    const json_t *history;
    cst_drift_limits limits;
    cst_drift_column *column; /* of the groups one after the other */
    size_t columns;
    json_t *reasons; /* texts for a person */
    bool score_judged, any_judged;
    bool score_drifted, any_persistent;
} report;

static cst_drift_limits limits_of(const json_t *options)
{
    const json_t *windows = json_object_get(options, "windows");
    int64_t least = json_integer_value(json_array_get(windows, 0));
    int64_t among = json_integer_value(json_array_get(windows, 1));
    return (cst_drift_limits){
        .psi = cst_get_real(options, "psi", 0.2),
        .warn = cst_get_real(options, "warn", 0.1),
        .ks = cst_get_real(options, "ks", 0.05),
        .score_psi = cst_get_real(options, "score_psi", 0.1),
        .alpha = cst_get_real(options, "alpha", 0.01),
        .least = least > 0 ? least : 2,
        .among = among > 0 ? among : 3,
        .min_rows = cst_get_int(options, "min_rows", 200),
    };
}

static bool is_score(const cst_drift_column *column)
{
    return strcmp(column->bins->name, score_name) == 0;
}

static bool has_days(const cst_window *window)
{
    for (size_t g = 0; g < window->groups; g++)
        if (!window->reference[g].time)
            return false;
    return true;
}

static cst_code measure(report *r, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t at = 0;
    bool by_day = has_days(r->window);
    for (size_t g = 0; rc == CST_OK && g < r->window->groups; g++) {
        const cst_counts *before = &r->window->reference[g];
        const cst_counts *now = &r->window->counts[g];
        bool too_few =
            by_day && cst_permute_too_few_days(cst_sorted_count(before->daily),
                                               cst_sorted_count(now->daily), r->limits.alpha);
        for (size_t c = 0; rc == CST_OK && c < before->columns; c++, at++) {
            cst_drift_column *column = &r->column[at];
            rc = cst_drift_measure(column, r->window, g, c, err);
            column->judged = !too_few && column->rows >= r->limits.min_rows &&
                             column->rows_before >= r->limits.min_rows;
        }
    }
    return rc;
}

static cst_code find_chance(report *r, uint64_t seed, cst_error *err)
{
    if (!has_days(r->window)) {
        for (size_t c = 0; c < r->columns; c++)
            cst_drift_chance(&r->column[c], r->columns);
        return CST_OK;
    }
    double(*p)[CST_PERMUTE_STATISTICS] = cst_array_new(r->columns, sizeof *p, "drift", err);
    cst_code rc = p ? cst_permute(p, r->window, seed, err) : CST_NOMEM;
    for (size_t c = 0; rc == CST_OK && c < r->columns; c++) {
        r->column[c].p = p[c][CST_PERMUTE_PSI];
        r->column[c].p_missing = p[c][CST_PERMUTE_MISSING];
    }
    free(p);
    return rc;
}

static void judge(report *r)
{
    for (size_t c = 0; c < r->columns; c++) {
        cst_drift_column *column = &r->column[c];
        double own = column->bins->psi;
        double psi = is_score(column) ? r->limits.score_psi : isnan(own) ? r->limits.psi : own;
        cst_drift_judge(column, &r->limits, psi, r->columns);
        if (is_score(column)) /* what triggers is that its distribution moved by enough */
            column->distribution = column->distribution && column->psi >= r->limits.score_psi;
    }
}

static bool was_flagged(const json_t *before, const char *name)
{
    size_t i;
    const json_t *column;
    json_array_foreach(json_object_get(before, "columns"), i, column)
    {
        const char *other = json_string_value(json_object_get(column, "name"));
        if (other && strcmp(other, name) == 0)
            return json_is_true(json_object_get(column, "flagged"));
    }
    return false;
}

static bool is_persistent(const report *r, const cst_drift_column *column)
{
    int64_t times = cst_drift_is_flagged(column);
    for (int64_t w = 0; times > 0 && w + 1 < r->limits.among; w++)
        times += was_flagged(json_array_get(r->history, (size_t)w), column->bins->name);
    return times >= r->limits.least;
}

/* The score's reason, which triggers, stands before those of features. */
static cst_code give_reason(report *r, const cst_drift_column *column, const char *what,
                            cst_error *err)
{
    char *text = NULL;
    const char *name = column->bins->name;
    if (column->distribution)
        text =
            cst_text_format(err, "%s of %s: PSI %.3f, p %.3f", what, name, column->psi, column->p);
    else if (column->unseen_drift)
        text = cst_text_format(err, "%s of %s: %lld rows of levels never seen before", what, name,
                               (long long)column->unseen);
    else if (column->missing_drift)
        text = cst_text_format(err, "%s of %s: missing %.1f %%, was %.1f %%", what, name,
                               100 * column->missing, 100 * column->missing_before);
    else
        text = cst_text_format(err, "%s of %s: %lld rows outside of what was seen before", what,
                               name, (long long)column->outside);
    if (!text)
        return CST_NOMEM;
    size_t at = is_score(column) ? 0 : json_array_size(r->reasons);
    int failed = json_array_insert_new(r->reasons, at, json_string(text));
    free(text);
    return failed ? cst_error_nomem(err, "report") : CST_OK;
}

static cst_code tell_column(report *r, json_t *out, json_t *columns, size_t c, cst_error *err)
{
    const cst_drift_column *column = &r->column[c];
    bool score = is_score(column);
    bool persistent = !score && is_persistent(r, column);
    cst_code rc = CST_OK;
    r->any_judged |= column->judged;
    r->any_persistent |= persistent;
    if (score) {
        r->score_judged = column->judged;
        r->score_drifted = column->distribution;
    }
    if (score && column->distribution)
        rc = give_reason(r, column, "drift", err);
    else if (persistent)
        rc = give_reason(r, column, "lasting drift", err);
    if (rc != CST_OK)
        return rc;
    json_t *value = cst_drift_column_json(column, persistent, err);
    return score ? cst_json_put(out, score_name, value, err) : cst_json_append(columns, value, err);
}

static const char *verdict_of(const report *r)
{
    bool has_score = false;
    for (size_t c = 0; c < r->columns; c++)
        has_score |= is_score(&r->column[c]);
    if (has_score ? !r->score_judged : !r->any_judged)
        return "too few rows";
    if (r->score_drifted)
        return "drift";
    return r->any_persistent ? "warning" : "no drift";
}

static cst_code tell(report *r, json_t *out, cst_error *err)
{
    json_t *columns = json_array();
    cst_code rc = columns ? CST_OK : cst_error_nomem(err, "report");
    for (size_t c = 0; rc == CST_OK && c < r->columns; c++)
        rc = tell_column(r, out, columns, c, err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "columns", json_incref(columns), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "reasons", json_incref(r->reasons), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "verdict", json_string(verdict_of(r)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", json_integer(r->columns ? r->column[0].rows : 0), err);
    if (rc == CST_OK && has_days(r->window))
        rc = cst_json_put(out, "days",
                          json_integer((json_int_t)cst_sorted_count(r->window->counts[0].daily)),
                          err);
    json_decref(columns);
    return rc;
}

json_t *cst_drift_report(const cst_window *window, const json_t *options, const json_t *history,
                         uint64_t seed, cst_error *err)
{
    report r = {.window = window, .history = history, .limits = limits_of(options)};
    for (size_t g = 0; g < window->groups; g++)
        r.columns += window->reference[g].columns;
    json_t *out = json_object();
    r.reasons = json_array();
    r.column = cst_array_new(r.columns, sizeof *r.column, "drift", err);
    cst_code rc = out && r.reasons && r.column ? CST_OK : cst_error_nomem(err, "report");
    if (rc == CST_OK)
        rc = measure(&r, err);
    if (rc == CST_OK)
        rc = find_chance(&r, seed, err);
    if (rc == CST_OK) {
        judge(&r);
        rc = tell(&r, out, err);
    }
    free(r.column);
    json_decref(r.reasons);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* validate_columns.c - anomalies of single columns against the schema */
#include <math.h>

#include "base/text.h"
#include "config/json.h"
#include "profile/validate_tell.h"

static bool is_listed(const json_t *names, const char *name)
{
    size_t i;
    const json_t *other;
    json_array_foreach(names, i, other)
    {
        if (strcmp(json_string_value(other), name) == 0)
            return true;
    }
    return false;
}

static bool starts_like(const char *a, const char *b)
{
    size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    return n > 2 && strncmp(a, b, n) == 0;
}

/* The unknown column that may be the absent one under a new name, or NULL. */
static const char *renamed_to(const json_t *unknown, const char *name)
{
    size_t i;
    const json_t *other;
    json_array_foreach(unknown, i, other)
    {
        const char *candidate = json_string_value(other);
        const char *const names[] = {candidate, NULL};
        if (candidate && (starts_like(candidate, name) || cst_text_nearest(name, names)))
            return candidate;
    }
    return NULL;
}

static void tell_missing_column(cst_teller *teller, const cst_check *check)
{
    const cst_validation *v = teller->validation;
    const char *name = check->schema->name;
    const char *renamed = renamed_to(json_object_get(v->facts, "unknown"), name);
    if (!renamed)
        renamed = renamed_to(v->unknown, name);
    cst_tell(teller, CST_ANOMALY_COLUMN_MISSING, name, NULL, NULL,
             "column %s is not in the source%s%s%s", name, renamed ? ": is it called " : "",
             renamed ? renamed : "", renamed ? " now?" : "");
}

static void tell_type(cst_teller *teller, const cst_check *check)
{
    const char *unit = check->schema->unit;
    if (!check->typed)
        cst_tell(teller, CST_ANOMALY_TYPE_CHANGED, check->schema->name, NULL, NULL,
                 "column %s is %s, the schema says %s", check->schema->name,
                 cst_type_name(check->type), cst_type_name(check->schema->type));
    if (unit && check->unit && strcmp(unit, check->unit) != 0)
        cst_tell(teller, CST_ANOMALY_UNIT_CHANGED, check->schema->name, NULL, NULL,
                 "column %s is in %s, the schema says %s", check->schema->name, check->unit, unit);
}

static bool was_all_missing(const cst_validation *validation, const char *name)
{
    const json_t *before =
        cst_validation_profiled(json_object_get(validation->facts, "reference"), name);
    return before && cst_get_int(before, "count", 0) == 0;
}

static void tell_missing_values(cst_teller *teller, const cst_check *check,
                                const cst_check_sums *sums)
{
    const char *name = check->schema->name;
    double most = check->schema->missing;
    double share = sums->rows > 0 ? (double)sums->missing / (double)sums->rows : 0;
    bool all = sums->rows > 0 && sums->missing == sums->rows;
    if (all && !check->schema->training_only && !(most >= 1) &&
        !was_all_missing(teller->validation, name))
        cst_tell(teller, CST_ANOMALY_ALL_MISSING, name,
                 cst_tell_figures("rows", (double)sums->rows, NULL), NULL,
                 "column %s has no value in any row", name);
    else if (share > most)
        cst_tell(
            teller, CST_ANOMALY_TOO_MANY_MISSING, name,
            cst_tell_figures("missing", (double)sums->missing, "share", share, "limit", most, NULL),
            NULL, "column %s is missing in %.3g %% of the rows, at most %.3g %% may be", name,
            100 * share, 100 * most);
}

/* "at least 1", "at most 5", "1 to 20000" */
static void describe_bounds(char *out, size_t room, const cst_schema_column *schema)
{
    if (isnan(schema->max))
        (void)snprintf(out, room, "at least %.10g", schema->min);
    else if (isnan(schema->min))
        (void)snprintf(out, room, "at most %.10g", schema->max);
    else
        (void)snprintf(out, room, "%.10g to %.10g", schema->min, schema->max);
}

static const char *first_value(const json_t *examples)
{
    return cst_get_string(json_array_get(examples, 0), "value", "");
}

static void tell_values(cst_teller *teller, size_t c, const cst_check_sums *sums)
{
    const cst_validation *v = teller->validation;
    const char *name = v->check[c].schema->name;
    json_t *outside =
        cst_examples_json(*cst_validation_column_set(v, c, CST_CHECK_OUTSIDE), teller->err);
    json_t *infinite =
        cst_examples_json(*cst_validation_column_set(v, c, CST_CHECK_INFINITE), teller->err);
    if (!outside || !infinite)
        teller->rc = CST_NOMEM;
    if (teller->rc == CST_OK && sums->outside > 0) {
        char bounds[80];
        describe_bounds(bounds, sizeof bounds, v->check[c].schema);
        cst_tell(teller, CST_ANOMALY_OUT_OF_RANGE, name,
                 cst_tell_figures("rows", (double)sums->outside, "min", v->check[c].schema->min,
                                  "max", v->check[c].schema->max, NULL),
                 json_incref(outside), "column %s: %s in %lld row%s, the schema says %s", name,
                 first_value(outside), (long long)sums->outside, sums->outside == 1 ? "" : "s",
                 bounds);
    }
    if (teller->rc == CST_OK && sums->infinite > 0)
        cst_tell(teller, CST_ANOMALY_NOT_FINITE, name,
                 cst_tell_figures("rows", (double)sums->infinite, NULL), json_incref(infinite),
                 "column %s: %s in %lld row%s", name, first_value(infinite),
                 (long long)sums->infinite, sums->infinite == 1 ? "" : "s");
    json_decref(outside);
    json_decref(infinite);
}

/* "ZZ (3 rows), YY (1 row)" of the first few levels. */
static cst_code describe_levels(cst_text *out, const cst_sorted *levels, cst_error *err)
{
    const size_t told = 5;
    size_t n = cst_sorted_count(levels);
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < n && i < told; i++) {
        size_t size;
        const char *text = (const char *)cst_sorted_key(levels, i, &size);
        long long rows = (long long)cst_sorted_payload(levels, i)[0];
        rc = cst_text_puts(out, i ? ", " : "", err);
        if (rc == CST_OK)
            rc = cst_text_add(out, text, size, err);
        if (rc == CST_OK)
            rc = cst_text_print(out, err, " (%lld row%s)", rows, rows == 1 ? "" : "s");
    }
    if (rc == CST_OK && n > told)
        rc = cst_text_print(out, err, " and %s%zu more",
                            cst_sorted_overflowed(levels) ? "at least " : "", n - told);
    return rc;
}

static void tell_unseen(cst_teller *teller, size_t c, const cst_check_sums *sums)
{
    static const char *const severity[] = {[CST_UNSEEN_WARN] = "warning",
                                           [CST_UNSEEN_ERROR] = "error",
                                           [CST_UNSEEN_IGNORE] = "ignore"};
    const cst_validation *v = teller->validation;
    const cst_check *check = &v->check[c];
    const cst_sorted *levels = *cst_validation_column_set(v, c, CST_CHECK_LEVELS);
    cst_text text = CST_TEXT_INIT;
    if (teller->rc == CST_OK)
        teller->rc = describe_levels(&text, levels, teller->err);
    if (teller->rc == CST_OK)
        cst_tell_as(
            teller, CST_ANOMALY_UNSEEN_LEVEL, severity[check->schema->unseen], check->schema->name,
            cst_tell_figures("rows", (double)sums->unseen, "levels",
                             (double)cst_sorted_count(levels), NULL),
            cst_examples_json(*cst_validation_column_set(v, c, CST_CHECK_UNSEEN), teller->err),
            "column %s has levels that %s: %s", check->schema->name,
            check->by_reference ? "were not there before" : "the schema does not list", text.data);
    cst_text_free(&text);
}

void cst_validation_tell_columns(cst_teller *teller)
{
    const cst_validation *v = teller->validation;
    const json_t *absent = json_object_get(v->facts, "absent");
    const json_t *unknown = json_object_get(v->facts, "unknown");
    for (size_t c = 0; teller->rc == CST_OK && c < v->schema->columns; c++) {
        const cst_check *check = &v->check[c];
        const cst_check_sums *sums = cst_validation_sums(v, c);
        if (!check->present || is_listed(absent, check->schema->name)) {
            if (check->schema->required)
                tell_missing_column(teller, check);
            continue;
        }
        tell_type(teller, check);
        if (!check->typed)
            continue;
        tell_missing_values(teller, check, sums);
        tell_values(teller, c, sums);
        if (sums->unseen > 0)
            tell_unseen(teller, c, sums);
    }
    const json_t *lists[] = {unknown, v->unknown};
    for (size_t l = 0; l < 2; l++) {
        size_t i;
        const json_t *name;
        json_array_foreach(lists[l], i, name)
        {
            if (l == 1 && is_listed(unknown, json_string_value(name)))
                continue;
            cst_tell(teller, CST_ANOMALY_COLUMN_NEW, json_string_value(name), NULL, NULL,
                     "column %s is in the source, the schema does not know it",
                     json_string_value(name));
        }
    }
}

/* validate_report.c - the report: rows, keys and time; how an anomaly is told */
#include <math.h>

#include "base/text.h"
#include "config/json.h"
#include "profile/validate_tell.h"
#include "profile/value.h"

static const struct {
    const char *name;
    const char *severity;
} kinds[] = {
#define KIND_ROW(kind, word, usual) {word, usual},
    CST_ANOMALIES(KIND_ROW)
#undef KIND_ROW
};

static const char *severity_of(const cst_validation *validation, cst_anomaly_kind kind,
                               const char *usual)
{
    const json_t *chosen = json_object_get(validation->options, "severity");
    return cst_get_string(chosen, kinds[kind].name, usual);
}

static cst_code anomaly(json_t **out, const char *kind, const char *severity, const char *column,
                        const char *message, cst_error *err)
{
    json_t *told = json_object();
    cst_code rc = told ? CST_OK : cst_error_nomem(err, "report");
    if (rc == CST_OK)
        rc = cst_json_put(told, "kind", json_string(kind), err);
    if (rc == CST_OK)
        rc = cst_json_put(told, "severity", json_string(severity), err);
    if (rc == CST_OK)
        rc = cst_json_put(told, "column", column ? json_string(column) : json_null(), err);
    if (rc == CST_OK)
        rc = cst_json_put(told, "message", json_string(message), err);
    if (rc == CST_OK)
        *out = told;
    else
        json_decref(told);
    return rc;
}

static void tell(cst_teller *teller, cst_anomaly_kind kind, const char *usual, const char *column,
                 json_t *figures, json_t *examples, const char *format, va_list args)
{
    const char *severity = severity_of(teller->validation, kind, usual);
    json_t *told = NULL;
    char message[CST_ERROR_SIZE];
    if (teller->rc != CST_OK || strcmp(severity, "ignore") == 0)
        goto out;
    (void)vsnprintf(message, sizeof message, format, args);
    teller->rc = anomaly(&told, kinds[kind].name, severity, column, message, teller->err);
    if (teller->rc == CST_OK && figures)
        teller->rc = cst_json_put(told, "figures", json_incref(figures), teller->err);
    if (teller->rc == CST_OK)
        teller->rc = cst_json_put(told, "examples", examples ? json_incref(examples) : json_array(),
                                  teller->err);
    if (teller->rc == CST_OK)
        teller->rc = cst_json_append(teller->anomalies, json_incref(told), teller->err);
    if (strcmp(severity, "error") == 0)
        teller->errors++;
    else
        teller->warnings++;
out:
    json_decref(told);
    json_decref(figures);
    json_decref(examples);
}

void cst_tell(cst_teller *teller, cst_anomaly_kind kind, const char *column, json_t *figures,
              json_t *examples, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(teller, kind, kinds[kind].severity, column, figures, examples, format, args);
    va_end(args);
}

void cst_tell_as(cst_teller *teller, cst_anomaly_kind kind, const char *severity,
                 const char *column, json_t *figures, json_t *examples, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(teller, kind, severity, column, figures, examples, format, args);
    va_end(args);
}

json_t *cst_tell_figures(const char *key, ...)
{
    json_t *out = json_object();
    va_list args;
    va_start(args, key);
    for (; out && key; key = va_arg(args, const char *)) {
        double value = va_arg(args, double);
        bool whole = value == rint(value) && fabs(value) < 0x1p53;
        if (json_object_set_new(
                out, key, whole ? json_integer((json_int_t)value) : cst_json_real(value)) != 0) {
            json_decref(out);
            out = NULL;
        }
    }
    va_end(args);
    return out;
}

static void tell_rows(cst_teller *teller)
{
    const cst_validation *v = teller->validation;
    int64_t rows = v->sums[CST_VALIDATION_ROWS];
    int64_t rejected = cst_get_int(v->facts, "rejected", 0);
    double most = cst_get_real(v->options, "max_reject_fraction", 1);
    double share = rejected ? (double)rejected / (double)(rows + rejected) : 0;
    if (rows < v->schema->rows_min)
        cst_tell(teller, CST_ANOMALY_TOO_FEW_ROWS, NULL,
                 cst_tell_figures("rows", (double)rows, "min", (double)v->schema->rows_min, NULL),
                 NULL, "%lld rows, the schema wants at least %lld", (long long)rows,
                 (long long)v->schema->rows_min);
    if (share > most)
        cst_tell(
            teller, CST_ANOMALY_ROWS_REJECTED, NULL,
            cst_tell_figures("rejected", (double)rejected, "share", share, "limit", most, NULL),
            NULL,
            "%lld of %lld rows could not be read (%.3g %%, at most %.3g %% may be): see "
            "rejects.csv of the snapshot",
            (long long)rejected, (long long)(rows + rejected), 100 * share, 100 * most);
}

static void tell_keys(cst_teller *teller)
{
    const cst_validation *v = teller->validation;
    int64_t keyless = v->sums[CST_VALIDATION_KEYLESS_ROWS];
    const cst_sorted *rows = *cst_validation_set(v, CST_VALIDATION_KEYLESS);
    if (keyless > 0)
        cst_tell(teller, CST_ANOMALY_KEY_MISSING, v->schema->key[0],
                 cst_tell_figures("rows", (double)keyless, NULL),
                 cst_examples_json(rows, teller->err), "%lld row%s without a part of the key",
                 (long long)keyless, keyless == 1 ? "" : "s");
    int64_t repeated = 0;
    json_t *examples = NULL;
    if (teller->rc == CST_OK)
        teller->rc = cst_validation_repeated(&repeated, &examples, v, teller->err);
    if (teller->rc != CST_OK || repeated == 0) {
        json_decref(examples);
        return;
    }
    bool more = cst_sorted_overflowed(*cst_validation_set(v, CST_VALIDATION_REPEATED));
    const json_t *first = json_array_get(examples, 0);
    cst_tell(teller, CST_ANOMALY_KEY_REPEATED, v->schema->key[0],
             cst_tell_figures("rows", (double)repeated, NULL), json_incref(examples),
             "%s%lld row%s with the key of another one, such as %s", more ? "more than " : "",
             (long long)repeated, repeated == 1 ? "" : "s", cst_get_string(first, "value", ""));
    json_decref(examples);
}

static int64_t day_at(const cst_sorted *days, size_t at)
{
    size_t size;
    const unsigned char *key = (const unsigned char *)cst_sorted_key(days, at, &size);
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word = word << 8 | key[i];
    return (int64_t)(word ^ (UINT64_C(1) << 63));
}

static void tell_gaps(cst_teller *teller)
{
    const cst_validation *v = teller->validation;
    const cst_sorted *days = *cst_validation_set(v, CST_VALIDATION_DAYS);
    int64_t missing = 0;
    int64_t first = 0;
    for (size_t d = 1; d < cst_sorted_count(days); d++) {
        int64_t gap = day_at(days, d) - day_at(days, d - 1) - 1;
        if (gap > 0 && missing == 0)
            first = day_at(days, d - 1) + 1;
        missing += gap;
    }
    if (missing == 0)
        return;
    cst_text date = CST_TEXT_INIT;
    teller->rc = cst_value_print_time(&date, first * 86400, 1, teller->err);
    if (teller->rc == CST_OK)
        cst_tell(teller, CST_ANOMALY_TIME_GAP, v->schema->time,
                 cst_tell_figures("days", (double)missing, NULL), NULL,
                 "%lld UTC days have no rows, %.10s the first of them", (long long)missing,
                 date.data);
    cst_text_free(&date);
}

json_t *cst_validation_report(const cst_validation *validation, cst_error *err)
{
    json_t *out = json_object();
    json_t *anomalies = json_array();
    cst_teller teller = {.validation = validation, .anomalies = anomalies, .err = err};
    if (!out || !anomalies)
        teller.rc = cst_error_nomem(err, "report");
    if (teller.rc == CST_OK) {
        tell_rows(&teller);
        cst_validation_tell_columns(&teller);
        tell_keys(&teller);
        tell_gaps(&teller);
        cst_validation_tell_reference(&teller);
    }
    const char *verdict = teller.errors > 0 ? "refused" : "passed";
    if (teller.rc == CST_OK)
        teller.rc = cst_json_put(out, "verdict", json_string(verdict), err);
    if (teller.rc == CST_OK)
        teller.rc =
            cst_json_put(out, "rows", json_integer(validation->sums[CST_VALIDATION_ROWS]), err);
    if (teller.rc == CST_OK)
        teller.rc = cst_json_put(out, "errors", json_integer(teller.errors), err);
    if (teller.rc == CST_OK)
        teller.rc = cst_json_put(out, "warnings", json_integer(teller.warnings), err);
    if (teller.rc == CST_OK)
        teller.rc = cst_json_put(out, "anomalies", json_incref(anomalies), err);
    json_decref(anomalies);
    if (teller.rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* text.c - the verdict as a person reads it */
#include "config/json.h"
#include "evaluate/gate.h"

static const json_t *at(const json_t *object, const char *first, const char *second)
{
    return json_object_get(json_object_get(object, first), second);
}

/* A number in a column of ten, or a dash. */
static cst_code add_number(cst_text *out, const json_t *value, cst_error *err)
{
    if (!json_is_number(value))
        return cst_text_print(out, err, " %9s", "-");
    return cst_text_print(out, err, " %9.4f", json_number_value(value));
}

static cst_code add_conditions(cst_text *out, const json_t *verdict, cst_error *err)
{
    const json_t *conditions = json_object_get(verdict, "conditions");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(conditions) && rc == CST_OK; i++) {
        const json_t *each = json_array_get(conditions, i);
        bool passed = json_is_true(json_object_get(each, "passed"));
        rc = cst_text_print(out, err, "  %-3s %-14s %s\n", passed ? "yes" : "NO",
                            cst_get_string(each, "name", ""), cst_get_string(each, "sentence", ""));
    }
    return rc;
}

static cst_code add_metrics(cst_text *out, const json_t *verdict, cst_error *err)
{
    const char *name;
    json_t *value;
    cst_code rc = cst_text_print(out, err, "  %-12s %9s %9s %9s %9s %9s\n", "metric", "model",
                                 "champion", "gain", "low", "high");
    json_object_foreach(json_object_get(verdict, "metrics"), name, value)
    {
        const json_t *gain = at(verdict, "difference", name), *range = gain ? gain : value;
        const json_t *row[] = {json_object_get(value, "value"),
                               json_object_get(at(verdict, "against", name), "value"),
                               json_object_get(gain, "value"), json_object_get(range, "low"),
                               json_object_get(range, "high")};
        if (rc == CST_OK)
            rc = cst_text_print(out, err, "  %-12s", name);
        for (size_t i = 0; i < sizeof row / sizeof row[0] && rc == CST_OK; i++)
            rc = add_number(out, row[i], err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, "\n", err);
    }
    return rc;
}

cst_code cst_gate_text(cst_text *out, const json_t *verdict, cst_error *err)
{
    bool first = json_is_true(json_object_get(verdict, "first"));
    cst_code rc = cst_text_print(out, err, "gate: %s (%s, %s on %lld rows in %lld clusters)\n",
                                 cst_get_string(verdict, "verdict", "?"),
                                 first ? "first model" : cst_get_string(verdict, "kind", "?"),
                                 cst_get_string(verdict, "metric", "?"),
                                 (long long)cst_get_int(verdict, "rows", 0),
                                 (long long)cst_get_int(verdict, "clusters", 0));
    if (rc == CST_OK)
        rc = add_conditions(out, verdict, err);
    if (rc == CST_OK)
        rc = add_metrics(out, verdict, err);
    return rc;
}

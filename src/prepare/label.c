/* label.c - labels and weights, and the rows that count for having them */
#include "prepare/label.h"

#include <math.h>

#include "base/array.h"
#include "config/option.h"
#include "prepare/rows.h"
#include "table/eval.h"

/* While it is evaluated, the column that holds the values; no name in a file has a colon at its
 * start. */
static const char *const scratch = ":value";

static cst_code values_of(double *value, cst_table *table, const cst_expr *expr, cst_error *err)
{
    cst_code rc = cst_eval_column(table, expr, scratch, err);
    if (rc != CST_OK)
        return rc;
    const cst_column *column = cst_table_find(table, scratch);
    for (size_t r = 0; r < table->rows; r++)
        value[r] = cst_column_number(column, r);
    cst_table_drop(table, scratch);
    return CST_OK;
}

cst_code cst_label_values(double **out, bool *truth, cst_table *table, const char *text,
                          const char *what, cst_error *err)
{
    cst_expr *expr = NULL;
    double *value = NULL;
    cst_code rc = cst_eval_parse(&expr, text, table, err);
    if (rc != CST_OK)
        goto out;
    if (expr->type != CST_EXPR_TRUTH && expr->type != CST_EXPR_NUMBER) {
        rc = cst_error_set(err, CST_USAGE,
                           "%s: \"%s\" is %s, and a truth or a number is needed; compare it with "
                           "something",
                           what, text, expr->type == CST_EXPR_TIME ? "a time" : "text");
        goto out;
    }
    value = cst_array_new(table->rows, sizeof *value, what, err);
    rc = value ? values_of(value, table, expr, err) : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    if (truth)
        *truth = expr->type == CST_EXPR_TRUTH;
    *out = value;
    value = NULL;
out:
    free(value);
    cst_expr_free(expr);
    return rc;
}

cst_code cst_label_weights(double **out, cst_table *table, const char *text, cst_error *err)
{
    double *weight = NULL;
    cst_code rc = cst_label_values(&weight, NULL, table, text, "weight", err);
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++)
        if (!(weight[r] >= 0 && isfinite(weight[r])))
            rc = cst_error_set(err, CST_INVALID,
                               "weight: \"%s\" is %g in row %zu; it must be 0 or more in every row "
                               "that counts (see where:)",
                               text, weight[r], r);
    if (rc == CST_OK)
        *out = weight;
    else
        free(weight);
    return rc;
}

static cst_code keep_where(uint8_t *keep, const cst_table *table, const char *where, cst_error *err)
{
    if (!where) {
        memset(keep, 1, table->rows);
        return CST_OK;
    }
    cst_expr *expr = NULL;
    cst_code rc = cst_eval_parse(&expr, where, table, err);
    if (rc == CST_OK)
        rc = cst_eval_where(keep, table, expr, err);
    cst_expr_free(expr);
    return rc;
}

cst_code cst_prepare_keep(uint8_t *keep, int64_t counts[2], cst_table *table, const json_t *spec,
                          cst_error *err)
{
    double *label = NULL;
    counts[0] = counts[1] = 0;
    cst_code rc = keep_where(keep, table, cst_get_string(spec, "where", NULL), err);
    if (rc == CST_OK)
        rc = cst_label_values(&label, NULL, table, cst_get_string(spec, "label", ""), "label", err);
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++) {
        bool without = keep[r] && isnan(label[r]);
        counts[0] += !keep[r];
        counts[1] += without;
        keep[r] = keep[r] && !without;
    }
    free(label);
    return rc;
}

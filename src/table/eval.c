/* eval.c - expressions over columns, a table at a time */
#include "table/eval.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "table/eval_block.h"

/* ---- parsing ---- */

static cst_expr_type type_in_expressions(cst_type type)
{
    switch (type) {
    case CST_BOOL:
        return CST_EXPR_TRUTH;
    case CST_CATEGORY:
    case CST_TEXT:
        return CST_EXPR_TEXT;
    case CST_TIME:
        return CST_EXPR_TIME;
    default:
        return CST_EXPR_NUMBER;
    }
}

static bool type_of(void *context, const char *name, cst_expr_type *type)
{
    const cst_column *column = cst_table_find(context, name);
    if (column)
        *type = type_in_expressions(column->type);
    return column != NULL;
}

static cst_code check(cst_expr *expr, const char *text, const cst_table *table, cst_error *err)
{
    const char **names = cst_array_new(table->columns + 1, sizeof *names, "names", err);
    if (!names)
        return CST_NOMEM;
    for (size_t c = 0; c < table->columns; c++)
        names[c] = table->column[c].name;
    cst_table copy = *table; /* the scope's context is not const, and only looked at */
    cst_expr_scope scope = {.context = &copy, .type_of = type_of, .names = names};
    cst_code rc = cst_expr_check(expr, text, &scope, err);
    free(names);
    return rc;
}

cst_code cst_eval_parse(cst_expr **out, const char *text, const cst_table *table, cst_error *err)
{
    cst_expr *expr = NULL;
    cst_evaluation evaluation;
    cst_code rc = cst_expr_parse(&expr, text, err);
    if (rc == CST_OK)
        rc = check(expr, text, table, err);
    if (rc == CST_OK && (rc = cst_evaluation_new(&evaluation, table, expr, err)) == CST_OK)
        cst_evaluation_free(&evaluation); /* its zones are there: better known now than later */
    if (rc != CST_OK) {
        cst_expr_free(expr);
        return rc;
    }
    *out = expr;
    return CST_OK;
}

/* ---- levels of text ---- */

/* What a text may be: constants, levels of categories, and the values of text columns. */
static cst_code add_levels(cst_levels *all, const cst_table *table, const cst_expr *expr,
                           cst_error *err);

static cst_code unite(cst_levels *all, const cst_levels *more, cst_error *err)
{
    cst_levels united = {NULL, 0};
    cst_code rc = cst_levels_unite(&united, all, more, err);
    if (rc == CST_OK) {
        cst_levels_free(all);
        *all = united;
    }
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static cst_code add_values(cst_levels *all, const cst_column *column, cst_error *err)
{
    char **text = cst_array_new(column->rows, sizeof *text, "levels", err);
    cst_code rc = text ? CST_OK : CST_NOMEM;
    size_t count = 0;
    for (size_t r = 0; rc == CST_OK && r < column->rows; r++) {
        size_t size = 0;
        const char *value = cst_column_text(column, r, &size);
        if (value && !(text[count++] = strndup(value, size)))
            rc = cst_error_nomem(err, "levels");
    }
    size_t distinct = 0;
    if (rc == CST_OK) {
        qsort(text, count, sizeof *text, by_text);
        for (size_t i = 0; i < count; i++)
            if (i == 0 || strcmp(text[i], text[distinct - 1]) != 0) {
                char *swap = text[distinct];
                text[distinct++] = text[i];
                text[i] = swap;
            }
        if (distinct > CST_LEVELS_MOST)
            rc = cst_error_set(err, CST_INVALID,
                               "column %s has more than %d texts: too many for a category",
                               column->name, CST_LEVELS_MOST);
        else
            rc = unite(all, &(cst_levels){text, (int32_t)distinct}, err);
    }
    for (size_t i = 0; text && i < count; i++)
        free(text[i]);
    free(text);
    return rc;
}

static cst_code add_levels(cst_levels *all, const cst_table *table, const cst_expr *expr,
                           cst_error *err)
{
    if (expr->kind == CST_EXPR_CALL) { /* only if() gives a text */
        cst_code rc = add_levels(all, table, expr->operand[1], err);
        return rc == CST_OK ? add_levels(all, table, expr->operand[2], err) : rc;
    }
    if (expr->kind == CST_EXPR_CONSTANT)
        return unite(all, &(cst_levels){(char *[]){expr->text}, 1}, err);
    const cst_column *column = cst_table_find(table, expr->text);
    if (!column)
        return cst_error_set(err, CST_MISSING, "there is no column %s", expr->text);
    return column->type == CST_CATEGORY ? unite(all, &column->levels, err)
                                        : add_values(all, column, err);
}

/* ---- results ---- */

static void store(cst_column *column, size_t first, const cst_eval_vector *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t r = first + i;
        if (column->type == CST_FLOAT64) {
            column->values.f64[r] = x->number[i];
        } else if (column->type == CST_TIME) {
            column->values.i64[r] = x->time[i];
        } else if (column->type == CST_BOOL) {
            column->values.i8[r] = isnan(x->number[i]) ? CST_MISSING_BOOL : (int8_t)x->number[i];
        } else {
            const cst_eval_text *text = &x->text[i];
            int32_t code =
                text->bytes ? cst_levels_find(&column->levels, text->bytes, text->size) : -1;
            column->values.i32[r] = code < 0 ? CST_MISSING_INT32 : code;
        }
    }
}

static cst_code fill(cst_column *column, const cst_table *table, const cst_expr *expr,
                     cst_error *err)
{
    cst_evaluation evaluation;
    cst_code rc = cst_evaluation_new(&evaluation, table, expr, err);
    if (rc != CST_OK)
        return rc;
    for (size_t first = 0; rc == CST_OK && first < table->rows; first += CST_EVAL_ROWS) {
        size_t n = table->rows - first < CST_EVAL_ROWS ? table->rows - first : CST_EVAL_ROWS;
        cst_eval_vector values;
        if ((rc = cst_evaluation_block(&values, &evaluation, first, n, err)) == CST_OK)
            store(column, first, &values, n);
        cst_eval_vector_free(&values);
    }
    cst_evaluation_free(&evaluation);
    return rc;
}

static cst_type column_type(cst_expr_type type)
{
    switch (type) {
    case CST_EXPR_TRUTH:
        return CST_BOOL;
    case CST_EXPR_TEXT:
        return CST_CATEGORY;
    case CST_EXPR_TIME:
        return CST_TIME;
    default:
        return CST_FLOAT64;
    }
}

cst_code cst_eval_column(cst_table *table, const cst_expr *expr, const char *name, cst_error *err)
{
    cst_column *column = NULL;
    cst_code rc = cst_table_add(&column, table, name, column_type(expr->type), err);
    if (rc != CST_OK)
        return rc;
    rc = cst_column_reserve(column, table->rows, err);
    if (rc == CST_OK && column->type == CST_CATEGORY)
        rc = add_levels(&column->levels, table, expr, err);
    if (rc == CST_OK)
        rc = fill(column, table, expr, err);
    if (rc == CST_OK)
        column->rows = table->rows;
    else
        cst_table_drop(table, name);
    return rc;
}

cst_code cst_eval_where(uint8_t *keep, const cst_table *table, const cst_expr *expr, cst_error *err)
{
    if (expr->type != CST_EXPR_TRUTH)
        return cst_error_set(err, CST_USAGE, "rows are chosen by a truth, not by a %s",
                             cst_expr_type_name(expr->type));
    cst_evaluation evaluation;
    cst_code rc = cst_evaluation_new(&evaluation, table, expr, err);
    if (rc != CST_OK)
        return rc;
    for (size_t first = 0; rc == CST_OK && first < table->rows; first += CST_EVAL_ROWS) {
        size_t n = table->rows - first < CST_EVAL_ROWS ? table->rows - first : CST_EVAL_ROWS;
        cst_eval_vector values;
        if ((rc = cst_evaluation_block(&values, &evaluation, first, n, err)) == CST_OK)
            for (size_t i = 0; i < n; i++)
                keep[first + i] = values.number[i] == 1;
        cst_eval_vector_free(&values);
    }
    cst_evaluation_free(&evaluation);
    return rc;
}

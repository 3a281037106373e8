/* eval_block.c - the values of an expression over one block of rows */
#include "table/eval_block.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "exact/elementary.h"

enum { MICROSECONDS = 1000000 };

void cst_eval_vector_free(cst_eval_vector *vector)
{
    free(vector->number);
    free(vector->time);
    free(vector->text);
    *vector = (cst_eval_vector){0};
}

static cst_code new_vector(cst_eval_vector *out, cst_expr_type type, size_t n, cst_error *err)
{
    static const char what[] = "values of an expression";
    *out = (cst_eval_vector){0};
    if (type == CST_EXPR_TIME)
        out->time = cst_array_new(n, sizeof *out->time, what, err);
    else if (type == CST_EXPR_TEXT)
        out->text = cst_array_new(n, sizeof *out->text, what, err);
    else
        out->number = cst_array_new(n, sizeof *out->number, what, err);
    return out->time || out->text || out->number ? CST_OK : CST_NOMEM;
}

/* ---- zones ---- */

static const cst_expr *zone_operand(const cst_expr *expr)
{
    switch (expr->kind == CST_EXPR_CALL ? expr->operator : CST_EXPR_OPERATOR_COUNT) {
    case CST_EXPR_HOUR:
    case CST_EXPR_MINUTE:
    case CST_EXPR_WEEKDAY:
    case CST_EXPR_MONTH:
    case CST_EXPR_YEAR:
        return expr->operands > 1 ? expr->operand[1] : NULL;
    default:
        return NULL;
    }
}

static const cst_zone *find_zone(const cst_evaluation *e, const char *name)
{
    for (size_t i = 0; i < e->zones; i++)
        if (strcmp(e->zone_name[i], name) == 0)
            return e->zone[i];
    return NULL;
}

static size_t count_zones(const cst_expr *expr)
{
    size_t count = zone_operand(expr) != NULL;
    for (size_t i = 0; i < expr->operands; i++)
        count += count_zones(expr->operand[i]);
    return count;
}

/* There is room for as many as there can be. */
static cst_code open_zones(cst_evaluation *e, const cst_expr *expr, cst_error *err)
{
    const cst_expr *zone = zone_operand(expr);
    cst_code rc = CST_OK;
    if (zone && !find_zone(e, zone->text)) {
        if ((rc = cst_zone_open(&e->zone[e->zones], zone->text, err)) != CST_OK)
            return rc;
        e->zone_name[e->zones++] = zone->text;
    }
    for (size_t i = 0; rc == CST_OK && i < expr->operands; i++)
        rc = open_zones(e, expr->operand[i], err);
    return rc;
}

cst_code cst_evaluation_new(cst_evaluation *out, const cst_table *table, const cst_expr *expr,
                            cst_error *err)
{
    size_t zones = count_zones(expr);
    *out = (cst_evaluation){.table = table, .expr = expr};
    out->zone_name = cst_array_new(zones, sizeof *out->zone_name, "time zones", err);
    out->zone = cst_array_new(zones, sizeof(cst_zone *), "time zones", err);
    cst_code rc = out->zone_name && out->zone ? open_zones(out, expr, err) : CST_NOMEM;
    if (rc != CST_OK)
        cst_evaluation_free(out);
    return rc;
}

void cst_evaluation_free(cst_evaluation *e)
{
    for (size_t i = 0; i < e->zones; i++)
        cst_zone_free(e->zone[i]);
    free(e->zone);
    free(e->zone_name);
    *e = (cst_evaluation){0};
}

/* ---- leaves ---- */

static int64_t in_microseconds(int64_t value, int64_t ticks)
{
    int64_t scaled;
    if (value == CST_MISSING_INT64 || ticks == MICROSECONDS)
        return value;
    if (ticks > MICROSECONDS) {
        int64_t divisor = ticks / MICROSECONDS;
        return value / divisor - (value % divisor < 0);
    }
    return __builtin_mul_overflow(value, MICROSECONDS / ticks, &scaled) ? CST_MISSING_INT64
                                                                        : scaled;
}

static void fill_name(cst_eval_vector *out, const cst_column *column, cst_expr_type type,
                      size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t row = first + i;
        if (type == CST_EXPR_TIME)
            out->time[i] = in_microseconds(column->values.i64[row], column->ticks);
        else if (type == CST_EXPR_TEXT)
            out->text[i].bytes = cst_column_text(column, row, &out->text[i].size);
        else
            out->number[i] = cst_column_number(column, row);
    }
}

static void fill_constant(cst_eval_vector *out, const cst_expr *expr, size_t n)
{
    size_t size = expr->type == CST_EXPR_TEXT ? strlen(expr->text) : 0;
    for (size_t i = 0; i < n; i++) {
        if (expr->type == CST_EXPR_TIME)
            out->time[i] = expr->time;
        else if (expr->type == CST_EXPR_TEXT)
            out->text[i] = (cst_eval_text){expr->text, size};
        else
            out->number[i] = expr->number;
    }
}

/* ---- operators ---- */

static double or_missing(double value)
{
    return isfinite(value) ? value : (double)NAN;
}

#define EACH(expression)                                                                           \
    for (size_t i = 0; i < n; i++) {                                                               \
        double a = x[i];                                                                           \
        out[i] = or_missing(expression);                                                           \
    }                                                                                              \
    break
static void apply_one(double *out, cst_expr_operator operator, const double * x, size_t n)
{
    switch (operator) {
    case CST_EXPR_NEGATE:
        EACH(-a);
    case CST_EXPR_ABS:
        EACH(fabs(a));
    case CST_EXPR_LOG:
        EACH(cst_log(a));
    case CST_EXPR_EXP:
        EACH(cst_exp(a));
    case CST_EXPR_SQRT:
        EACH(sqrt(a));
    case CST_EXPR_FLOOR:
        EACH(floor(a));
    case CST_EXPR_NOT:
        EACH(1 - a);
    default: /* min and max of one */
        EACH(a);
    }
}
#undef EACH

/* Truths: false and missing is false, true or missing is true. */
static double both(double a, double b)
{
    if (a == 0 || b == 0)
        return 0;
    return isnan(a) || isnan(b) ? (double)NAN : 1;
}

static double either(double a, double b)
{
    if (a == 1 || b == 1)
        return 1;
    return isnan(a) || isnan(b) ? (double)NAN : 0;
}

static double smaller(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (double)NAN;
    return b < a ? b : a;
}

static double larger(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (double)NAN;
    return b > a ? b : a;
}

/* x becomes x operator y. */
#define EACH(expression)                                                                           \
    for (size_t i = 0; i < n; i++) {                                                               \
        double a = x[i];                                                                           \
        double b = y[i];                                                                           \
        x[i] = or_missing(expression);                                                             \
    }                                                                                              \
    break
static void apply_two(double *x, cst_expr_operator operator, const double * y, size_t n)
{
    switch (operator) {
    case CST_EXPR_ADD:
        EACH(a + b);
    case CST_EXPR_SUBTRACT:
        EACH(a - b);
    case CST_EXPR_MULTIPLY:
        EACH(a * b);
    case CST_EXPR_DIVIDE:
        EACH(a / b);
    case CST_EXPR_MODULO:
        EACH(fmod(a, b));
    case CST_EXPR_MIN:
        EACH(smaller(a, b));
    case CST_EXPR_MAX:
        EACH(larger(a, b));
    case CST_EXPR_AND:
        EACH(both(a, b));
    default:
        EACH(either(a, b));
    }
}
#undef EACH

/* Whether the order of a pair (negative, 0, positive) satisfies a comparison. */
static bool satisfies(cst_expr_operator operator, int order)
{
    switch (operator) {
    case CST_EXPR_EQUAL:
    case CST_EXPR_IN:
        return order == 0;
    case CST_EXPR_UNEQUAL:
        return order != 0;
    case CST_EXPR_LESS:
        return order < 0;
    case CST_EXPR_LESS_EQUAL:
        return order <= 0;
    case CST_EXPR_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool is_missing(const cst_eval_vector *x, size_t i)
{
    if (x->time)
        return x->time[i] == CST_MISSING_INT64;
    return x->text ? !x->text[i].bytes : isnan(x->number[i]);
}

static int order_of(const cst_eval_vector *x, const cst_eval_vector *y, size_t i)
{
    if (x->time)
        return (x->time[i] > y->time[i]) - (x->time[i] < y->time[i]);
    if (x->number)
        return (x->number[i] > y->number[i]) - (x->number[i] < y->number[i]);
    const cst_eval_text *a = &x->text[i];
    const cst_eval_text *b = &y->text[i];
    return a->size != b->size || memcmp(a->bytes, b->bytes, a->size) != 0; /* == and != only */
}

/* out[i] is 1 where it was or the comparison holds: so that "in" is a chain of equalities. */
static void compare(double *out, cst_expr_operator operator, const cst_eval_vector * x,
                    const cst_eval_vector *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_missing(x, i) && !is_missing(y, i) && satisfies(operator, order_of(x, y, i)))
            out[i] = 1;
}

static double part_of(const cst_time_fields *f, cst_expr_operator operator)
{
    switch (operator) {
    case CST_EXPR_HOUR:
        return f->hour;
    case CST_EXPR_MINUTE:
        return f->minute;
    case CST_EXPR_WEEKDAY:
        return f->weekday;
    case CST_EXPR_MONTH:
        return f->month;
    default:
        return (double)f->year;
    }
}

/* ---- the tree ---- */

typedef struct {
    const cst_evaluation *evaluation;
    size_t first, n;
    cst_error *err;
} block;

static cst_code evaluate(cst_eval_vector *out, const block *b, const cst_expr *expr);

static cst_code evaluate_numbers(cst_eval_vector *out, const block *b, const cst_expr *call)
{
    cst_eval_vector x = {0};
    cst_code rc = evaluate(&x, b, call->operand[0]);
    if (rc == CST_OK && call->operands == 1)
        apply_one(x.number, call->operator, x.number, b->n);
    for (size_t i = 1; rc == CST_OK && i < call->operands; i++) {
        cst_eval_vector y = {0};
        if ((rc = evaluate(&y, b, call->operand[i])) == CST_OK)
            apply_two(x.number, call->operator, y.number, b->n);
        cst_eval_vector_free(&y);
    }
    if (rc == CST_OK)
        *out = x;
    else
        cst_eval_vector_free(&x);
    return rc;
}

static cst_code evaluate_comparison(cst_eval_vector *out, const block *b, const cst_expr *call)
{
    cst_eval_vector x = {0};
    cst_code rc = new_vector(out, CST_EXPR_TRUTH, b->n, b->err);
    if (rc == CST_OK)
        rc = evaluate(&x, b, call->operand[0]);
    for (size_t i = 1; rc == CST_OK && i < call->operands; i++) {
        cst_eval_vector y = {0};
        if ((rc = evaluate(&y, b, call->operand[i])) == CST_OK)
            compare(out->number, call->operator, & x, &y, b->n);
        cst_eval_vector_free(&y);
    }
    cst_eval_vector_free(&x);
    return rc;
}

static cst_code evaluate_isna(cst_eval_vector *out, const block *b, const cst_expr *call)
{
    cst_eval_vector x = {0};
    cst_code rc = new_vector(out, CST_EXPR_TRUTH, b->n, b->err);
    if (rc == CST_OK)
        rc = evaluate(&x, b, call->operand[0]);
    for (size_t i = 0; rc == CST_OK && i < b->n; i++)
        out->number[i] = is_missing(&x, i);
    cst_eval_vector_free(&x);
    return rc;
}

static void choose(cst_eval_vector *out, const double *condition, const cst_eval_vector *yes,
                   const cst_eval_vector *no, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const cst_eval_vector *from = condition[i] == 1 ? yes : no;
        bool missing = isnan(condition[i]);
        if (out->time)
            out->time[i] = missing ? CST_MISSING_INT64 : from->time[i];
        else if (out->text)
            out->text[i] = missing ? (cst_eval_text){NULL, 0} : from->text[i];
        else
            out->number[i] = missing ? (double)NAN : from->number[i];
    }
}

static cst_code evaluate_if(cst_eval_vector *out, const block *b, const cst_expr *call)
{
    cst_eval_vector part[3] = {{0}, {0}, {0}};
    cst_code rc = new_vector(out, call->type, b->n, b->err);
    for (size_t i = 0; rc == CST_OK && i < 3; i++)
        rc = evaluate(&part[i], b, call->operand[i]);
    if (rc == CST_OK)
        choose(out, part[0].number, &part[1], &part[2], b->n);
    for (size_t i = 0; i < 3; i++)
        cst_eval_vector_free(&part[i]);
    return rc;
}

static cst_code evaluate_part_of_time(cst_eval_vector *out, const block *b, const cst_expr *call)
{
    const cst_expr *name = zone_operand(call);
    const cst_zone *zone = name ? find_zone(b->evaluation, name->text) : NULL;
    cst_eval_vector x = {0};
    cst_code rc = new_vector(out, CST_EXPR_NUMBER, b->n, b->err);
    if (rc == CST_OK)
        rc = evaluate(&x, b, call->operand[0]);
    for (size_t i = 0; rc == CST_OK && i < b->n; i++) {
        if (is_missing(&x, i)) {
            out->number[i] = (double)NAN;
            continue;
        }
        cst_time_fields fields = cst_time_split(x.time[i], MICROSECONDS, zone);
        out->number[i] = part_of(&fields, call->operator);
    }
    cst_eval_vector_free(&x);
    return rc;
}

static cst_code evaluate_call(cst_eval_vector *out, const block *b, const cst_expr *call)
{
    switch (call->operator) {
    case CST_EXPR_EQUAL:
    case CST_EXPR_UNEQUAL:
    case CST_EXPR_LESS:
    case CST_EXPR_LESS_EQUAL:
    case CST_EXPR_GREATER:
    case CST_EXPR_GREATER_EQUAL:
    case CST_EXPR_IN:
        return evaluate_comparison(out, b, call);
    case CST_EXPR_ISNA:
        return evaluate_isna(out, b, call);
    case CST_EXPR_IF:
        return evaluate_if(out, b, call);
    case CST_EXPR_HOUR:
    case CST_EXPR_MINUTE:
    case CST_EXPR_WEEKDAY:
    case CST_EXPR_MONTH:
    case CST_EXPR_YEAR:
        return evaluate_part_of_time(out, b, call);
    default:
        return evaluate_numbers(out, b, call);
    }
}

/* On failure *out may hold something; whoever asked releases it. */
static cst_code evaluate(cst_eval_vector *out, const block *b, const cst_expr *expr)
{
    if (expr->kind == CST_EXPR_CALL)
        return evaluate_call(out, b, expr);
    cst_code rc = new_vector(out, expr->type, b->n, b->err);
    if (rc != CST_OK)
        return rc;
    if (expr->kind == CST_EXPR_CONSTANT) {
        fill_constant(out, expr, b->n);
        return CST_OK;
    }
    const cst_column *column = cst_table_find(b->evaluation->table, expr->text);
    if (!column)
        return cst_error_set(b->err, CST_MISSING, "there is no column %s", expr->text);
    fill_name(out, column, expr->type, b->first, b->n);
    return CST_OK;
}

cst_code cst_evaluation_block(cst_eval_vector *out, const cst_evaluation *evaluation, size_t first,
                              size_t n, cst_error *err)
{
    block b = {.evaluation = evaluation, .first = first, .n = n, .err = err};
    *out = (cst_eval_vector){0};
    cst_code rc = evaluate(out, &b, evaluation->expr);
    if (rc != CST_OK)
        cst_eval_vector_free(out);
    return rc;
}

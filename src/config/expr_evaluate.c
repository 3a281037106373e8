/* expr_evaluate.c - the value of an expression for one row of metadata */
#include <math.h>

#include "base/clock.h"
#include "config/expr_tree.h"

typedef struct {
    void *context;
    cst_expr_value (*value_of)(void *context, const char *name);
    cst_error *err;
} evaluation;

static cst_code evaluate(cst_expr_value *out, const evaluation *e, const cst_expr *expr);

static cst_expr_value number_value(double number)
{
    return (cst_expr_value){
        .type = CST_EXPR_NUMBER, .missing = !isfinite(number), .number = number};
}

static cst_expr_value truth_value(bool truth)
{
    return (cst_expr_value){.type = CST_EXPR_TRUTH, .number = truth};
}

static cst_expr_value missing_value(cst_expr_type type)
{
    return (cst_expr_value){.type = type, .missing = true};
}

static cst_expr_value constant_value(const cst_expr *expr)
{
    return (cst_expr_value){
        .type = expr->type, .number = expr->number, .time = expr->time, .text = expr->text};
}

static double arithmetic(cst_expr_operator operator, double a, double b)
{
    switch (operator) {
    case CST_EXPR_NEGATE:
        return -a;
    case CST_EXPR_ADD:
        return a + b;
    case CST_EXPR_SUBTRACT:
        return a - b;
    case CST_EXPR_MULTIPLY:
        return a * b;
    case CST_EXPR_DIVIDE:
        return a / b;
    case CST_EXPR_MODULO:
        return fmod(a, b);
    case CST_EXPR_ABS:
        return fabs(a);
    case CST_EXPR_LOG:
        return log(a);
    case CST_EXPR_EXP:
        return exp(a);
    case CST_EXPR_SQRT:
        return sqrt(a);
    case CST_EXPR_FLOOR:
        return floor(a);
    case CST_EXPR_MIN:
        return b < a ? b : a;
    case CST_EXPR_MAX:
        return b > a ? b : a;
    default:
        return NAN;
    }
}

/* Numbers of one or more operands, missing if one of them is. */
static cst_code evaluate_number(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_expr_value value;
    cst_code rc = evaluate(out, e, call->operand[0]);
    if (rc != CST_OK || out->missing)
        return rc;
    if (call->operands == 1) {
        bool alone = call->operator== CST_EXPR_MIN || call->operator== CST_EXPR_MAX;
        *out = number_value(alone ? out->number : arithmetic(call->operator, out->number, 0));
    }
    for (size_t i = 1; i < call->operands && rc == CST_OK && !out->missing; i++) {
        rc = evaluate(&value, e, call->operand[i]);
        if (rc == CST_OK)
            *out = value.missing
                       ? missing_value(CST_EXPR_NUMBER)
                       : number_value(arithmetic(call->operator, out->number, value.number));
    }
    return rc;
}

/* -1, 0 or 1 as a is before, equal to or behind b, which are of one type and not missing. */
static int compare(const cst_expr_value *a, const cst_expr_value *b)
{
    if (a->type == CST_EXPR_TEXT)
        return strcmp(a->text, b->text);
    if (a->type == CST_EXPR_TIME)
        return (a->time > b->time) - (a->time < b->time);
    return (a->number > b->number) - (a->number < b->number);
}

static cst_code evaluate_comparison(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_expr_value a;
    cst_expr_value b;
    cst_code rc = evaluate(&a, e, call->operand[0]);
    if (rc == CST_OK)
        rc = evaluate(&b, e, call->operand[1]);
    if (rc != CST_OK)
        return rc;
    *out = truth_value(false);
    if (a.missing || b.missing)
        return CST_OK;
    int order = compare(&a, &b);
    bool holds = (call->operator== CST_EXPR_EQUAL && order == 0) ||
                 (call->operator== CST_EXPR_UNEQUAL && order != 0) ||
                 (call->operator== CST_EXPR_LESS && order<0) ||
                 (call->operator== CST_EXPR_LESS_EQUAL && order <= 0) ||
                 (call->operator== CST_EXPR_GREATER && order> 0) ||
                 (call->operator== CST_EXPR_GREATER_EQUAL && order >= 0);
    *out = truth_value(holds);
    return CST_OK;
}

static cst_code evaluate_in(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_expr_value value;
    cst_code rc = evaluate(&value, e, call->operand[0]);
    if (rc != CST_OK)
        return rc;
    bool found = false;
    for (size_t i = 1; i < call->operands && !value.missing && !found; i++) {
        cst_expr_value item = constant_value(call->operand[i]);
        found = compare(&value, &item) == 0;
    }
    *out = truth_value(found);
    return CST_OK;
}

/* and, or: the deciding truth (false for and, true for or) wins over missing. */
static cst_code evaluate_logic(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_expr_value a;
    cst_expr_value b;
    cst_code rc = evaluate(&a, e, call->operand[0]);
    if (rc == CST_OK)
        rc = evaluate(&b, e, call->operand[1]);
    if (rc != CST_OK)
        return rc;
    bool deciding = call->operator== CST_EXPR_OR;
    bool decided =
        (!a.missing && (a.number != 0) == deciding) || (!b.missing && (b.number != 0) == deciding);
    if (decided)
        *out = truth_value(deciding);
    else if (a.missing || b.missing)
        *out = missing_value(CST_EXPR_TRUTH);
    else
        *out = truth_value(!deciding);
    return CST_OK;
}

static cst_code evaluate_not(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_code rc = evaluate(out, e, call->operand[0]);
    if (rc == CST_OK && !out->missing)
        *out = truth_value(out->number == 0);
    return rc;
}

static cst_code evaluate_if(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_expr_value condition;
    cst_code rc = evaluate(&condition, e, call->operand[0]);
    if (rc != CST_OK)
        return rc;
    if (condition.missing) {
        *out = missing_value(call->type);
        return CST_OK;
    }
    return evaluate(out, e, call->operand[condition.number != 0 ? 1 : 2]);
}

static cst_code evaluate_isna(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_code rc = evaluate(out, e, call->operand[0]);
    if (rc == CST_OK)
        *out = truth_value(out->missing);
    return rc;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static double part_of_time(cst_expr_operator part, int64_t time)
{
    int64_t seconds = floor_divide(time, 1000000);
    int64_t days = floor_divide(seconds, 86400);
    int64_t year;
    int month, day;
    if (part == CST_EXPR_HOUR)
        return (double)((seconds - days * 86400) / 3600);
    if (part == CST_EXPR_MINUTE)
        return (double)((seconds - days * 86400) / 60 % 60);
    if (part == CST_EXPR_WEEKDAY) /* day 0 was a Thursday */
        return (double)(days + 3 - 7 * floor_divide(days + 3, 7));
    cst_clock_date(days, &year, &month, &day);
    return part == CST_EXPR_MONTH ? month : (double)year;
}

static cst_code evaluate_part(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    cst_expr_value time;
    if (call->operands > 1)
        return cst_error_set(e->err, CST_USAGE,
                             "%s() of metadata is in UTC: a zone is not known here",
                             cst_expr_operator_name(call->operator));
    cst_code rc = evaluate(&time, e, call->operand[0]);
    if (rc != CST_OK)
        return rc;
    *out = time.missing ? missing_value(CST_EXPR_NUMBER)
                        : number_value(part_of_time(call->operator, time.time));
    return CST_OK;
}

static cst_code evaluate_call(cst_expr_value *out, const evaluation *e, const cst_expr *call)
{
    switch (call->operator) {
    case CST_EXPR_EQUAL:
    case CST_EXPR_UNEQUAL:
    case CST_EXPR_LESS:
    case CST_EXPR_LESS_EQUAL:
    case CST_EXPR_GREATER:
    case CST_EXPR_GREATER_EQUAL:
        return evaluate_comparison(out, e, call);
    case CST_EXPR_AND:
    case CST_EXPR_OR:
        return evaluate_logic(out, e, call);
    case CST_EXPR_NOT:
        return evaluate_not(out, e, call);
    case CST_EXPR_IN:
        return evaluate_in(out, e, call);
    case CST_EXPR_IF:
        return evaluate_if(out, e, call);
    case CST_EXPR_ISNA:
        return evaluate_isna(out, e, call);
    case CST_EXPR_HOUR:
    case CST_EXPR_MINUTE:
    case CST_EXPR_WEEKDAY:
    case CST_EXPR_MONTH:
    case CST_EXPR_YEAR:
        return evaluate_part(out, e, call);
    default:
        return evaluate_number(out, e, call);
    }
}

static cst_code evaluate(cst_expr_value *out, const evaluation *e, const cst_expr *expr)
{
    if (expr->kind == CST_EXPR_CALL)
        return evaluate_call(out, e, expr);
    if (expr->kind == CST_EXPR_CONSTANT)
        *out = constant_value(expr);
    else
        *out = e->value_of(e->context, expr->text);
    return CST_OK;
}

cst_code cst_expr_evaluate(cst_expr_value *out, const cst_expr *expr, void *context,
                           cst_expr_value (*value_of)(void *context, const char *name),
                           cst_error *err)
{
    evaluation e = {.context = context, .value_of = value_of, .err = err};
    return evaluate(out, &e, expr);
}

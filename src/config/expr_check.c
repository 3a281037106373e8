/* expr_check.c - the types of an expression, found before any row is read */
#include "base/clock.h"
#include "base/text.h"
#include "config/expr_tree.h"

typedef struct {
    const char *text;
    const cst_expr_scope *scope;
    cst_error *err;
} checker;

static cst_code check(const checker *c, cst_expr *expr);

static cst_code check_name(const checker *c, cst_expr *expr)
{
    if (c->scope->type_of(c->scope->context, expr->text, &expr->type))
        return CST_OK;
    const char *near = c->scope->names ? cst_text_nearest(expr->text, c->scope->names) : NULL;
    return cst_expr_error(c->err, c->text, expr->position, "unknown name \"%s\"%s%s%s", expr->text,
                          near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static cst_code wants(const checker *c, const cst_expr *call, size_t operand, cst_expr_type type)
{
    const cst_expr *found = call->operand[operand];
    if (found->type == type)
        return CST_OK;
    return cst_expr_error(c->err, c->text, found->position, "\"%s\" wants a %s here, found a %s",
                          cst_expr_operator_name(call->operator), cst_expr_type_name(type),
                          cst_expr_type_name(found->type));
}

static cst_code all_want(const checker *c, const cst_expr *call, cst_expr_type type)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < call->operands && rc == CST_OK; i++)
        rc = wants(c, call, i, type);
    return rc;
}

/* Exactly digits digits at *text, which is moved behind them. */
static bool take_digits(int *out, const char **text, int digits)
{
    *out = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *out = *out * 10 + (**text - '0');
    }
    return true;
}

static bool take(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

static bool take_date(int64_t *days, const char **text)
{
    int year, month, day;
    if (!take_digits(&year, text, 4) || !take(text, '-') || !take_digits(&month, text, 2) ||
        !take(text, '-') || !take_digits(&day, text, 2) || month < 1 || month > 12 || day < 1)
        return false;
    int64_t back_year;
    int back_month, back_day;
    *days = cst_clock_days(year, month, day);
    cst_clock_date(*days, &back_year, &back_month, &back_day);
    return back_month == month && back_day == day; /* there is no 31 April */
}

/* "05:00" or "05:00:00", both perhaps with a Z. */
static bool take_clock(int64_t *seconds, const char **text)
{
    int hour, minute;
    int second = 0;
    if (!take_digits(&hour, text, 2) || !take(text, ':') || !take_digits(&minute, text, 2))
        return false;
    if (take(text, ':') && !take_digits(&second, text, 2))
        return false;
    (void)take(text, 'Z');
    *seconds = (hour * 60 + minute) * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

/* "2013-01-31", "2013-01-31T05:00", "2013-01-31 05:00:00Z": UTC, in microseconds. */
static bool parse_time(int64_t *out, const char *text)
{
    int64_t days;
    int64_t seconds = 0;
    if (!take_date(&days, &text))
        return false;
    if ((take(&text, 'T') || take(&text, ' ')) && !take_clock(&seconds, &text))
        return false;
    *out = (days * 86400 + seconds) * 1000000;
    return !*text;
}

/* A text constant that is compared with a time is meant to be one. */
static cst_code turn_into_time(const checker *c, cst_expr *expr)
{
    if (expr->kind != CST_EXPR_CONSTANT || expr->type != CST_EXPR_TEXT)
        return CST_OK;
    if (!parse_time(&expr->time, expr->text))
        return cst_expr_error(
            c->err, c->text, expr->position,
            "not a time such as \"2013-01-31\" or \"2013-01-31T05:00:00Z\" (UTC)");
    free(expr->text);
    expr->text = NULL;
    expr->type = CST_EXPR_TIME;
    return CST_OK;
}

/* All operands of one type, which the first that is no constant says. */
static cst_code same_types(const checker *c, const cst_expr *call, size_t first)
{
    cst_code rc = CST_OK;
    bool times = false;
    for (size_t i = first; i < call->operands; i++)
        times = times || call->operand[i]->type == CST_EXPR_TIME;
    for (size_t i = first; i < call->operands && rc == CST_OK && times; i++)
        rc = turn_into_time(c, call->operand[i]);
    for (size_t i = first + 1; i < call->operands && rc == CST_OK; i++)
        if (call->operand[i]->type != call->operand[first]->type)
            rc = cst_expr_error(c->err, c->text, call->operand[i]->position,
                                "\"%s\" wants operands of one type, found a %s and a %s",
                                cst_expr_operator_name(call->operator),
                                cst_expr_type_name(call->operand[first]->type),
                                cst_expr_type_name(call->operand[i]->type));
    return rc;
}

static cst_code check_order(const checker *c, const cst_expr *call)
{
    cst_code rc = same_types(c, call, 0);
    cst_expr_type type = call->operand[0]->type;
    if (rc == CST_OK && type != CST_EXPR_NUMBER && type != CST_EXPR_TIME)
        rc = cst_expr_error(c->err, c->text, call->position,
                            "\"%s\" compares numbers and times; a %s knows == and != only",
                            cst_expr_operator_name(call->operator), cst_expr_type_name(type));
    return rc;
}

static cst_code check_in(const checker *c, const cst_expr *call)
{
    for (size_t i = 1; i < call->operands; i++)
        if (call->operand[i]->kind != CST_EXPR_CONSTANT)
            return cst_expr_error(c->err, c->text, call->operand[i]->position,
                                  "what stands in the list of \"in\" has to be constant");
    return same_types(c, call, 0);
}

static cst_code check_part_of_time(const checker *c, const cst_expr *call)
{
    cst_code rc = turn_into_time(c, call->operand[0]);
    if (rc == CST_OK)
        rc = wants(c, call, 0, CST_EXPR_TIME);
    if (rc == CST_OK && call->operands > 1)
        rc = wants(c, call, 1, CST_EXPR_TEXT);
    if (rc == CST_OK && call->operands > 1 && call->operand[1]->kind != CST_EXPR_CONSTANT)
        rc = cst_expr_error(c->err, c->text, call->operand[1]->position,
                            "a zone is written out, as in %s(t, \"Europe/Berlin\")",
                            cst_expr_operator_name(call->operator));
    return rc;
}

static cst_code check_if(const checker *c, cst_expr *call)
{
    cst_code rc = wants(c, call, 0, CST_EXPR_TRUTH);
    if (rc == CST_OK)
        rc = same_types(c, call, 1);
    call->type = call->operand[1]->type;
    return rc;
}

static cst_code check_call(const checker *c, cst_expr *call)
{
    switch (call->operator) {
    case CST_EXPR_NEGATE:
    case CST_EXPR_ADD:
    case CST_EXPR_SUBTRACT:
    case CST_EXPR_MULTIPLY:
    case CST_EXPR_DIVIDE:
    case CST_EXPR_MODULO:
    case CST_EXPR_ABS:
    case CST_EXPR_LOG:
    case CST_EXPR_EXP:
    case CST_EXPR_SQRT:
    case CST_EXPR_FLOOR:
    case CST_EXPR_MIN:
    case CST_EXPR_MAX:
        call->type = CST_EXPR_NUMBER;
        return all_want(c, call, CST_EXPR_NUMBER);
    case CST_EXPR_AND:
    case CST_EXPR_OR:
    case CST_EXPR_NOT:
        call->type = CST_EXPR_TRUTH;
        return all_want(c, call, CST_EXPR_TRUTH);
    case CST_EXPR_LESS:
    case CST_EXPR_LESS_EQUAL:
    case CST_EXPR_GREATER:
    case CST_EXPR_GREATER_EQUAL:
        call->type = CST_EXPR_TRUTH;
        return check_order(c, call);
    case CST_EXPR_EQUAL:
    case CST_EXPR_UNEQUAL:
        call->type = CST_EXPR_TRUTH;
        return same_types(c, call, 0);
    case CST_EXPR_IN:
        call->type = CST_EXPR_TRUTH;
        return check_in(c, call);
    case CST_EXPR_ISNA:
        call->type = CST_EXPR_TRUTH;
        return CST_OK;
    case CST_EXPR_HOUR:
    case CST_EXPR_MINUTE:
    case CST_EXPR_WEEKDAY:
    case CST_EXPR_MONTH:
    case CST_EXPR_YEAR:
        call->type = CST_EXPR_NUMBER;
        return check_part_of_time(c, call);
    case CST_EXPR_IF:
        return check_if(c, call);
    case CST_EXPR_OPERATOR_COUNT:
        break;
    }
    return cst_error_set(c->err, CST_FAILED, "an operator without types");
}

static cst_code check(const checker *c, cst_expr *expr)
{
    cst_code rc = CST_OK;
    if (expr->kind == CST_EXPR_CONSTANT)
        return CST_OK;
    if (expr->kind == CST_EXPR_NAME)
        return check_name(c, expr);
    for (size_t i = 0; i < expr->operands && rc == CST_OK; i++)
        rc = check(c, expr->operand[i]);
    return rc == CST_OK ? check_call(c, expr) : rc;
}

cst_code cst_expr_check(cst_expr *expr, const char *text, const cst_expr_scope *scope,
                        cst_error *err)
{
    checker c = {.text = text, .scope = scope, .err = err};
    return check(&c, expr);
}

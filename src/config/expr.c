/* expr.c - the tree of an expression: names of operators, messages, release */
#include "config/expr_tree.h"

#include <stdarg.h>

static const struct {
    const char *name;
    int least, most;
} operators[] = {
#define CST_EXPR_ROW(name, text, least, most) {text, least, most},
    CST_EXPR_OPERATORS(CST_EXPR_ROW)
#undef CST_EXPR_ROW
};

const char *cst_expr_operator_name(cst_expr_operator operator)
{
    return operators[operator].name;
}

void cst_expr_arity(cst_expr_operator operator, int * least, int *most)
{
    *least = operators[operator].least;
    *most = operators[operator].most;
}

const char *cst_expr_type_name(cst_expr_type type)
{
    static const char *const names[] = {
        [CST_EXPR_NUMBER] = "number",
        [CST_EXPR_TRUTH] = "truth",
        [CST_EXPR_TEXT] = "text",
        [CST_EXPR_TIME] = "time",
    };
    return names[type];
}

cst_code cst_expr_error(cst_error *err, const char *text, size_t position, const char *format, ...)
{
    char what[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int column = 0; /* characters before position, not bytes */
    for (size_t i = 0; i < position && text[i]; i++)
        column += ((unsigned char)text[i] & 0xc0) != 0x80;
    return cst_error_set(err, CST_USAGE, "%s at character %d\n    %s\n    %*s^", what, column + 1,
                         text, column, "");
}

void cst_expr_free(cst_expr *expr)
{
    if (!expr)
        return;
    for (size_t i = 0; i < expr->operands; i++)
        cst_expr_free(expr->operand[i]);
    free(expr->operand);
    free(expr->text);
    free(expr);
}

void cst_expr_names(const cst_expr *expr, void (*visit)(void *context, const char *name),
                    void *context)
{
    if (expr->kind == CST_EXPR_NAME)
        visit(context, expr->text);
    for (size_t i = 0; i < expr->operands; i++)
        cst_expr_names(expr->operand[i], visit, context);
}

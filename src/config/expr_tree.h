/* expr_tree.h - what the files of the expression language share */
#ifndef CST_CONFIG_EXPR_TREE_H
#define CST_CONFIG_EXPR_TREE_H

#include "config/expr.h"

/** CST_USAGE with a message, the source text and a mark under the character at position. */
cst_code cst_expr_error(cst_error *err, const char *text, size_t position, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** How many operands an operator takes; most -1: any number. */
void cst_expr_arity(cst_expr_operator operator, int * least, int *most);

#endif

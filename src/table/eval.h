/* eval.h - expressions over columns, a table at a time */
#ifndef CST_TABLE_EVAL_H
#define CST_TABLE_EVAL_H

#include "config/expr.h"
#include "table/table.h"

/** Parse and type text over the columns of a table (its values are not looked at). *out is released
 *  with cst_expr_free. CST_USAGE points at the character; CST_MISSING names a time zone that is not
 *  there. */
cst_code cst_eval_parse(cst_expr **out, const char *text, const cst_table *table, cst_error *err);

/** Evaluate over all rows and append the result as column name: TRUTH gives BOOL, NUMBER gives
 *  FLOAT64, TIME gives TIME (microseconds), TEXT gives CATEGORY with the levels of the constants
 * and categories it may come from, whether they occur or not; of text columns, the values of this
 *  table. */
cst_code cst_eval_column(cst_table *table, const cst_expr *expr, const char *name, cst_error *err);

/** Evaluate a truth over all rows: keep[r] is 1 where it is true (missing counts as false).
 *  keep has shape [rows]. */
cst_code cst_eval_where(uint8_t *keep, const cst_table *table, const cst_expr *expr,
                        cst_error *err);

#endif

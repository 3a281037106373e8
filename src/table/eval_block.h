/* eval_block.h - the values of an expression over one block of rows */
#ifndef CST_TABLE_EVAL_BLOCK_H
#define CST_TABLE_EVAL_BLOCK_H

#include "config/expr.h"
#include "table/table.h"
#include "table/time.h"

enum { CST_EVAL_ROWS = 4096 };

/** A text of a row; bytes NULL where missing. Borrowed from the table or the expression. */
typedef struct {
    const char *bytes;
    size_t size;
} cst_eval_text;

/** Values of one type, shape [n]: numbers and truths as doubles (NaN is missing), times in
 *  microseconds (INT64_MIN is missing). */
typedef struct {
    double *number;
    int64_t *time;
    cst_eval_text *text;
} cst_eval_vector;

void cst_eval_vector_free(cst_eval_vector *vector);

/** An expression made ready for a table: its zones are open. */
typedef struct {
    const cst_table *table;
    const cst_expr *expr;
    char **zone_name; /* shape [zones] */
    cst_zone **zone;
    size_t zones;
} cst_evaluation;

cst_code cst_evaluation_new(cst_evaluation *out, const cst_table *table, const cst_expr *expr,
                            cst_error *err);
void cst_evaluation_free(cst_evaluation *evaluation);

/** The values of rows first … first + n - 1, n at most CST_EVAL_ROWS. *out is new. */
cst_code cst_evaluation_block(cst_eval_vector *out, const cst_evaluation *evaluation, size_t first,
                              size_t n, cst_error *err);

#endif

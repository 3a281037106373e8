/* label.h - labels and weights: an expression's values as doubles */
#ifndef CST_PREPARE_LABEL_H
#define CST_PREPARE_LABEL_H

#include "table/table.h"

/** The values of an expression over all rows, NaN where missing: shape [rows], the caller's to
 *  free. *truth (may be NULL): it is a truth, 0 or 1. what ("label") names it where it is neither
 *  truth nor number: CST_USAGE. The table is as before when it returns. */
cst_code cst_label_values(double **out, bool *truth, cst_table *table, const char *text,
                          const char *what, cst_error *err);

/** The weights of an expression; CST_INVALID names the row where one is missing, negative or not
 *  finite. */
cst_code cst_label_weights(double **out, cst_table *table, const char *text, cst_error *err);

#endif

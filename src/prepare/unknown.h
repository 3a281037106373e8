/* unknown.h - a column that is not there */
#ifndef CST_PREPARE_UNKNOWN_H
#define CST_PREPARE_UNKNOWN_H

#include "table/table.h"

/** Set CST_USAGE: what ("features", "split.key") asks for a column that table does not have, with
 *  the nearest name that it has. Returns the code. */
cst_code cst_unknown_column(const char *what, const char *name, const cst_table *table,
                            cst_error *err);

#endif

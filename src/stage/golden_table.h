/* golden_table.h - a few raw rows as JSON, and back to the bit */
#ifndef CST_STAGE_GOLDEN_TABLE_H
#define CST_STAGE_GOLDEN_TABLE_H

#include <jansson.h>

#include "table/table.h"

/** [{"name", "type", "ticks", "zone"}] of the columns named (NULL-ended). New reference or NULL. */
json_t *cst_golden_columns(const cst_table *table, const char *const *names, cst_error *err);

/** The values of a row in these columns. New reference or NULL. */
json_t *cst_golden_row(const cst_table *table, size_t row, const json_t *columns, cst_error *err);

/** The rows (array of cst_golden_row's) as a table. */
cst_code cst_golden_table(cst_table **out, const json_t *columns, const json_t *rows,
                          cst_error *err);

#endif

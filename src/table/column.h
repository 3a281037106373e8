/* column.h - what table and store do with single columns */
#ifndef CST_TABLE_COLUMN_H
#define CST_TABLE_COLUMN_H

#include "table/table.h"

/** Release all that a column owns; the struct itself is its table's. */
void cst_column_free(cst_column *column);

/** Unit, names, zone and ticks as other has them (copied). */
cst_code cst_column_describe_as(cst_column *column, const cst_column *other, cst_error *err);

/** Room for bytes bytes in a TEXT column. */
cst_code cst_column_reserve_bytes(cst_column *column, size_t bytes, cst_error *err);

/** Append the values of other, a column of the same type; categories get the united levels. */
cst_code cst_column_append(cst_column *column, const cst_column *other, cst_error *err);

/** The codes from row first on mean the levels in from: make them mean the column's own. Text that
 *  is not among those becomes missing. */
cst_code cst_column_translate(cst_column *column, size_t first, const cst_levels *from,
                              cst_error *err);

/** Make count values from row first missing; there must be room for them. The caller counts rows.
 */
void cst_column_fill_missing(cst_column *column, size_t first, size_t count);

/** Fill an empty column of the same type with the values at index (shape [n], -1: missing). */
cst_code cst_column_take(cst_column *out, const cst_column *column, const int64_t *index, size_t n,
                         cst_error *err);

#endif

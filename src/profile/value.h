/* value.h - a value of a column as a person writes it */
#ifndef CST_PROFILE_VALUE_H
#define CST_PROFILE_VALUE_H

#include "base/text.h"
#include "table/table.h"

/** Append the value of a row: text as it is, times as ISO 8601 in UTC, "missing" where it is. */
cst_code cst_value_print(cst_text *out, const cst_column *column, size_t row, cst_error *err);

/** Append an instant as ISO 8601 in UTC, with a fraction only where there is one. */
cst_code cst_value_print_time(cst_text *out, int64_t value, int64_t ticks, cst_error *err);

#endif

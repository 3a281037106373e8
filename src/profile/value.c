/* value.c - a value of a column as a person writes it */
#include "profile/value.h"

#include <math.h>

#include "config/json.h"
#include "table/time.h"

cst_code cst_value_print_time(cst_text *out, int64_t value, int64_t ticks, cst_error *err)
{
    cst_time_fields at = cst_time_split(value, ticks, NULL);
    int64_t fraction = value % ticks;
    cst_code rc = cst_text_print(out, err, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)at.year,
                                 at.month, at.day, at.hour, at.minute, at.second);
    if (rc == CST_OK && fraction != 0) {
        double part = (double)(fraction < 0 ? fraction + ticks : fraction) / (double)ticks;
        char digits[16];
        (void)snprintf(digits, sizeof digits, "%.6f", part);
        rc = cst_text_puts(out, digits + 1, err); /* without the leading 0 */
    }
    return rc == CST_OK ? cst_text_puts(out, "Z", err) : rc;
}

cst_code cst_value_print(cst_text *out, const cst_column *column, size_t row, cst_error *err)
{
    size_t size;
    const char *text;
    double number;
    if (cst_column_is_missing(column, row))
        return cst_text_puts(out, "missing", err);
    switch (column->type) {
    case CST_CATEGORY:
    case CST_TEXT:
        text = cst_column_text(column, row, &size);
        return cst_text_add(out, text, size, err);
    case CST_TIME:
        return cst_value_print_time(out, column->values.i64[row], column->ticks, err);
    case CST_INT64:
        return cst_text_print(out, err, "%lld", (long long)column->values.i64[row]);
    case CST_BOOL:
        return cst_text_puts(out, column->values.i8[row] ? "true" : "false", err);
    default:
        number = cst_column_number(column, row);
        if (!isfinite(number))
            return cst_text_puts(out, number > 0 ? "inf" : "-inf", err);
        return cst_json_number(out, number, err);
    }
}

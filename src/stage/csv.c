/* csv.c - rows as CSV (RFC 4180), in texts that read back to the same values */
#include "stage/csv.h"

#include <float.h>
#include <math.h>

#include "base/array.h"
#include "table/time.h"

enum { CELL = 64 }; /* bytes that any number or time has room in */

/* Decimal digits of a second that show a time in full: 0, 3, 6 or 9. */
static int decimals_of(int64_t value, int64_t ticks)
{
    int decimals = 0;
    int64_t unit = ticks; /* ticks of one unit in the last digit shown */
    for (; unit > 1 && value % unit != 0; decimals += 3)
        unit = unit > 1000 ? unit / 1000 : 1;
    return decimals;
}

static int most_decimals(const cst_column *column)
{
    int most = 0;
    for (size_t row = 0; row < column->rows; row++) {
        int decimals = cst_column_is_missing(column, row)
                           ? 0
                           : decimals_of(column->values.i64[row], column->ticks);
        most = decimals > most ? decimals : most;
    }
    return most;
}

cst_code cst_csv_new(cst_csv *out, cst_comm *comm, cst_column *const *column, size_t columns,
                     const char *missing, cst_error *err)
{
    *out = (cst_csv){.column = column, .columns = columns, .missing = missing};
    out->decimals = cst_array_new(columns, sizeof *out->decimals, "columns", err);
    cst_code rc = cst_comm_agree(comm, out->decimals ? CST_OK : CST_NOMEM, err);
    for (size_t c = 0; rc == CST_OK && c < columns; c++) {
        if (column[c]->type != CST_TIME)
            continue;
        int64_t most = most_decimals(column[c]);
        rc = cst_comm_max(comm, &most, err);
        out->decimals[c] = (int)most;
    }
    return rc;
}

void cst_csv_free(cst_csv *csv)
{
    free(csv->decimals);
    *csv = (cst_csv){0};
}

/* Blanks at the ends are cut off by many readers unless they stand in quotes. */
static bool needs_quotes(const char *text, size_t size)
{
    if (size == 0 || text[0] == ' ' || text[0] == '\t' || text[size - 1] == ' ' ||
        text[size - 1] == '\t')
        return true;
    for (size_t i = 0; i < size; i++)
        if (text[i] == ',' || text[i] == '"' || text[i] == '\r' || text[i] == '\n')
            return true;
    return false;
}

static cst_code add_text(cst_text *out, const char *text, size_t size, cst_error *err)
{
    if (!needs_quotes(text, size))
        return cst_text_add(out, text, size, err);
    cst_code rc = cst_text_puts(out, "\"", err);
    while (rc == CST_OK && size > 0) {
        const char *quote = memchr(text, '"', size);
        size_t now = quote ? (size_t)(quote - text) + 1 : size;
        rc = cst_text_add(out, text, now, err);
        if (rc == CST_OK && quote)
            rc = cst_text_puts(out, "\"", err);
        text += now;
        size -= now;
    }
    return rc == CST_OK ? cst_text_puts(out, "\"", err) : rc;
}

cst_code cst_csv_add_names(cst_text *out, const cst_csv *csv, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t c = 0; rc == CST_OK && c < csv->columns; c++) {
        const char *name = csv->column[c]->name;
        rc = c ? cst_text_puts(out, ",", err) : CST_OK;
        if (rc == CST_OK)
            rc = add_text(out, name, strlen(name), err);
    }
    return rc;
}

/* The fewest digits. A decimal of DBL_DIG digits survives the way through a normal double, so fewer
 * than that are found by trying DBL_DIG, whose trailing zeros %g drops (C17, 5.2.4.2.2). */
static int write_double(char cell[CELL], double value)
{
    int size = 0;
    for (int digits = isnormal(value) ? DBL_DIG : 1; digits <= DBL_DECIMAL_DIG; digits++) {
        size = snprintf(cell, CELL, "%.*g", digits, value);
        if (strtod(cell, NULL) == value)
            break;
    }
    return size;
}

static int write_float(char cell[CELL], float value)
{
    int size = 0;
    for (int digits = isnormal(value) ? FLT_DIG : 1; digits <= FLT_DECIMAL_DIG; digits++) {
        size = snprintf(cell, CELL, "%.*g", digits, (double)value);
        if (strtof(cell, NULL) == value)
            break;
    }
    return size;
}

static int write_time(char cell[CELL], int64_t value, int64_t ticks, int decimals)
{
    cst_time_fields f = cst_time_split(value, ticks, NULL);
    int size = snprintf(cell, CELL, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)f.year, f.month,
                        f.day, f.hour, f.minute, f.second);
    int64_t fraction = value % ticks < 0 ? value % ticks + ticks : value % ticks;
    int64_t shown = 1;
    for (int i = 0; i < decimals; i++)
        shown *= 10;
    fraction = shown >= ticks ? fraction * (shown / ticks) : fraction / (ticks / shown);
    if (decimals > 0)
        size +=
            snprintf(cell + size, (size_t)(CELL - size), ".%0*lld", decimals, (long long)fraction);
    return size + snprintf(cell + size, (size_t)(CELL - size), "Z");
}

/* A text that a reader would take for a missing value is a loss, in quotes or not. */
static cst_code add_text_value(cst_text *out, const cst_csv *csv, const cst_column *column,
                               size_t row, cst_error *err)
{
    size_t size;
    const char *text = cst_column_text(column, row, &size);
    if (size > 0 && strlen(csv->missing) == size && memcmp(text, csv->missing, size) == 0)
        return cst_error_set(err, CST_INVALID,
                             "column %s has the text \"%s\", which could not be told from a "
                             "missing value: choose another text for those",
                             column->name, csv->missing);
    return add_text(out, text, size, err);
}

static cst_code add_value(cst_text *out, const cst_csv *csv, size_t c, size_t row, cst_error *err)
{
    char cell[CELL];
    int size = 0;
    const cst_column *column = csv->column[c];
    if (cst_column_is_missing(column, row))
        return cst_text_puts(out, csv->missing, err);
    switch (column->type) {
    case CST_FLOAT32:
        size = write_float(cell, column->values.f32[row]);
        break;
    case CST_FLOAT64:
        size = write_double(cell, column->values.f64[row]);
        break;
    case CST_INT32:
        size = snprintf(cell, CELL, "%d", column->values.i32[row]);
        break;
    case CST_INT64:
        size = snprintf(cell, CELL, "%lld", (long long)column->values.i64[row]);
        break;
    case CST_BOOL:
        size = snprintf(cell, CELL, "%s", column->values.i8[row] ? "true" : "false");
        break;
    case CST_TIME:
        size = write_time(cell, column->values.i64[row], column->ticks, csv->decimals[c]);
        break;
    default:
        return add_text_value(out, csv, column, row, err);
    }
    return cst_text_add(out, cell, (size_t)size, err);
}

cst_code cst_csv_add_row(cst_text *out, const cst_csv *csv, size_t row, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t c = 0; rc == CST_OK && c < csv->columns; c++) {
        rc = c ? cst_text_puts(out, ",", err) : CST_OK;
        if (rc == CST_OK)
            rc = add_value(out, csv, c, row, err);
    }
    return rc;
}

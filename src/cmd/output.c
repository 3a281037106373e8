/* output.c - what goes to standard output: one line of JSON, text, or columns */
#include "cmd/output.h"

#include <stdarg.h>

#include "base/array.h"
#include "config/json.h"

cst_code cst_output_text(const cst_text *text, cst_error *err)
{
    if ((text->size && fwrite(text->data, 1, text->size, stdout) != text->size) ||
        fflush(stdout) != 0)
        return cst_error_errno(err, "cannot write to standard output");
    return CST_OK;
}

cst_code cst_output_print(cst_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int printed = vprintf(format, args);
    va_end(args);
    if (printed < 0 || fflush(stdout) != 0)
        return cst_error_errno(err, "cannot write to standard output");
    return CST_OK;
}

cst_code cst_output_json(const json_t *value, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_json_canonical(&text, value, err);
    if (rc == CST_OK)
        rc = cst_text_puts(&text, "\n", err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

/* 10, 0.1, 1e-07: never 1e+01, which the canonical form has for ten. */
static cst_code add_real(cst_text *out, double value, cst_error *err)
{
    enum { DIGITS_KEPT = 15, DIGITS_ENOUGH = 17 };
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%.*g", DIGITS_KEPT, value);
    if (strtod(digits, NULL) != value)
        (void)snprintf(digits, sizeof digits, "%.*g", DIGITS_ENOUGH, value);
    return cst_text_puts(out, digits, err);
}

static cst_code add_list(cst_text *out, const json_t *list, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "[", err);
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach(list, i, item)
    {
        if (rc == CST_OK && i)
            rc = cst_text_puts(out, ", ", err);
        if (rc == CST_OK)
            rc = cst_output_value(out, item, err);
    }
    return rc == CST_OK ? cst_text_puts(out, "]", err) : rc;
}

static cst_code add_map(cst_text *out, const json_t *map, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "{", err);
    const char *between = "";
    const char *key = NULL;
    json_t *item = NULL;
    json_object_foreach((json_t *)map, key, item)
    {
        if (rc == CST_OK)
            rc = cst_text_print(out, err, "%s%s: ", between, key);
        if (rc == CST_OK)
            rc = cst_output_value(out, item, err);
        between = ", ";
    }
    return rc == CST_OK ? cst_text_puts(out, "}", err) : rc;
}

cst_code cst_output_value(cst_text *out, const json_t *value, cst_error *err)
{
    if (!value || json_is_null(value))
        return cst_text_puts(out, "-", err);
    if (json_is_string(value))
        return cst_text_puts(out, json_string_value(value), err);
    if (json_is_real(value))
        return add_real(out, json_real_value(value), err);
    if (json_is_array(value))
        return add_list(out, value, err);
    if (json_is_object(value))
        return add_map(out, value, err);
    return cst_json_canonical(out, value, err);
}

/* ------------------------------------------------------------------------------------ columns */

cst_code cst_columns_new(cst_columns *out, const char *const *heading, cst_error *err)
{
    out->rows = json_array();
    if (!out->rows)
        return cst_error_nomem(err, "table");
    return cst_columns_add(out, heading, err);
}

cst_code cst_columns_add(cst_columns *columns, const char *const *cells, cst_error *err)
{
    json_t *row = json_array();
    cst_code rc = row ? CST_OK : cst_error_nomem(err, "table");
    for (; rc == CST_OK && *cells; cells++)
        rc = cst_json_append(row, json_string(*cells), err);
    if (rc == CST_OK)
        return cst_json_append(columns->rows, row, err);
    json_decref(row);
    return rc;
}

void cst_columns_free(cst_columns *columns)
{
    json_decref(columns->rows);
    columns->rows = NULL;
}

/* Characters of a UTF-8 string: bytes that do not continue one. */
static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static size_t width_of(const cst_columns *columns, size_t column)
{
    size_t width = 0;
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(columns->rows, i, row)
    {
        const char *cell = json_string_value(json_array_get(row, column));
        size_t wide = cell ? characters(cell) : 0;
        width = wide > width ? wide : width;
    }
    return width;
}

static bool is_number(const char *text)
{
    char *end = NULL;
    (void)strtod(text, &end);
    return *text && !*end;
}

static cst_code write_row(cst_text *out, const cst_columns *columns, const json_t *row,
                          cst_error *err)
{
    cst_code rc = CST_OK;
    size_t count = json_array_size(row);
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        const char *cell = json_string_value(json_array_get(row, i));
        int blanks = (int)(width_of(columns, i) - characters(cell));
        bool last = i + 1 == count;
        if (is_number(cell))
            rc = cst_text_print(out, err, "%*s%s", blanks, "", cell);
        else
            rc = cst_text_print(out, err, "%s%*s", cell, last ? 0 : blanks, "");
        if (rc == CST_OK)
            rc = cst_text_puts(out, last ? "\n" : "  ", err);
    }
    return rc;
}

cst_code cst_columns_write(const cst_columns *columns, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(columns->rows, i, row)
    {
        if (rc == CST_OK)
            rc = write_row(&text, columns, row, err);
    }
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

/* golden_table.c - a few raw rows as JSON, and back to the bit */
#include "stage/golden_table.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "config/json.h"
#include "config/option.h"

static json_t *describe(const cst_column *column, cst_error *err)
{
    json_t *out = json_object();
    cst_code rc = cst_json_put(out, "name", json_string(column->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "type", json_string(cst_type_name(column->type)), err);
    if (rc == CST_OK && column->type == CST_TIME)
        rc = cst_json_put(out, "ticks", json_integer(column->ticks), err);
    if (rc == CST_OK && column->zone)
        rc = cst_json_put(out, "zone", json_string(column->zone), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

json_t *cst_golden_columns(const cst_table *table, const char *const *names, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "golden rows");
    for (; *names && rc == CST_OK; names++) {
        const cst_column *column = cst_table_find(table, *names);
        rc = column ? cst_json_append(out, describe(column, err), err)
                    : cst_error_set(err, CST_MISSING, "the rows have no column %s", *names);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *value_at(const cst_column *column, size_t row)
{
    size_t size = 0;
    const char *text = NULL;
    if (cst_column_is_missing(column, row))
        return json_null();
    switch (column->type) {
    case CST_FLOAT32:
    case CST_FLOAT64:
        return cst_json_real(cst_column_number(column, row));
    case CST_INT32:
        return json_integer(column->values.i32[row]);
    case CST_INT64:
    case CST_TIME:
        return json_integer(column->values.i64[row]);
    case CST_BOOL:
        return json_boolean(column->values.i8[row]);
    case CST_CATEGORY:
    case CST_TEXT:
        text = cst_column_text(column, row, &size);
        return json_stringn(text, size);
    case CST_TYPE_COUNT:
        break;
    }
    return NULL;
}

json_t *cst_golden_row(const cst_table *table, size_t row, const json_t *columns, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "golden rows");
    for (size_t c = 0; c < json_array_size(columns) && rc == CST_OK; c++) {
        const char *name = cst_get_string(json_array_get(columns, c), "name", "");
        rc = cst_json_append(out, value_at(cst_table_find(table, name), row), err);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The distinct texts of a column as its levels. */
static cst_code set_levels(cst_column *column, const json_t *rows, size_t c, cst_error *err)
{
    size_t n = json_array_size(rows);
    const char **text = cst_array_new(n, sizeof *text, "levels", err);
    cst_levels levels = {0};
    cst_code rc = text ? CST_OK : CST_NOMEM;
    for (size_t r = 0; r < n && rc == CST_OK; r++) {
        const char *value = json_string_value(json_array_get(json_array_get(rows, r), c));
        if (value)
            text[levels.count++] = value;
    }
    if (rc == CST_OK && levels.count)
        qsort(text, (size_t)levels.count, sizeof *text, by_text);
    int32_t distinct = 0;
    for (int32_t i = 0; i < levels.count; i++)
        if (i == 0 || strcmp(text[i], text[distinct - 1]) != 0)
            text[distinct++] = text[i];
    levels.count = distinct;
    levels.text = (char **)text;
    if (rc == CST_OK)
        rc = cst_levels_copy(&column->levels, &levels, err);
    free(text);
    return rc;
}

static void set_number(cst_column *column, size_t row, const json_t *value)
{
    bool missing = json_is_null(value);
    switch (column->type) {
    case CST_FLOAT32:
        column->values.f32[row] = missing ? NAN : (float)json_number_value(value);
        break;
    case CST_FLOAT64:
        column->values.f64[row] = missing ? (double)NAN : json_number_value(value);
        break;
    case CST_INT32:
        column->values.i32[row] = missing ? CST_MISSING_INT32 : (int32_t)json_integer_value(value);
        break;
    case CST_INT64:
    case CST_TIME:
        column->values.i64[row] = missing ? CST_MISSING_INT64 : json_integer_value(value);
        break;
    case CST_BOOL:
        column->values.i8[row] = missing ? CST_MISSING_BOOL : (int8_t)json_is_true(value);
        break;
    case CST_CATEGORY:
        column->values.i32[row] = missing
                                      ? CST_MISSING_INT32
                                      : cst_levels_find(&column->levels, json_string_value(value),
                                                        json_string_length(value));
        break;
    case CST_TEXT:
    case CST_TYPE_COUNT:
        break;
    }
}

static cst_code fill_column(cst_column *column, const json_t *rows, size_t c, cst_error *err)
{
    size_t n = json_array_size(rows);
    cst_code rc = CST_OK;
    if (column->type == CST_CATEGORY)
        rc = set_levels(column, rows, c, err);
    if (rc == CST_OK)
        rc = cst_column_reserve(column, n, err);
    for (size_t r = 0; r < n && rc == CST_OK; r++) {
        const json_t *value = json_array_get(json_array_get(rows, r), c);
        if (column->type == CST_TEXT) {
            rc = cst_column_add_text(column, json_string_value(value), json_string_length(value),
                                     err);
            continue;
        }
        set_number(column, r, value);
        column->rows = r + 1;
    }
    return rc;
}

cst_code cst_golden_table(cst_table **out, const json_t *columns, const json_t *rows,
                          cst_error *err)
{
    cst_table *table = NULL;
    cst_code rc = cst_table_new(&table, err);
    for (size_t c = 0; c < json_array_size(columns) && rc == CST_OK; c++) {
        const json_t *about = json_array_get(columns, c);
        const char *name = cst_get_string(about, "name", "");
        const char *zone = cst_get_string(about, "zone", NULL);
        int type = cst_type_parse(cst_get_string(about, "type", ""));
        cst_column *column = NULL;
        if (type < 0) {
            rc = cst_error_set(err, CST_INVALID, "golden.json: column %s has no type", name);
            break;
        }
        if ((rc = cst_table_add(&column, table, name, (cst_type)type, err)) != CST_OK)
            break;
        column->ticks = cst_get_int(about, "ticks", column->ticks);
        if (zone && !(column->zone = cst_text_copy(zone, err)))
            rc = CST_NOMEM;
        if (rc == CST_OK)
            rc = fill_column(column, rows, c, err);
    }
    if (rc != CST_OK) {
        cst_table_free(table);
        return rc;
    }
    table->rows = json_array_size(rows);
    table->total = (int64_t)table->rows;
    *out = table;
    return CST_OK;
}

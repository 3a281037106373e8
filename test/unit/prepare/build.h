/* build.h - small tables for the tests of prepare */
#ifndef CST_TEST_PREPARE_BUILD_H
#define CST_TEST_PREPARE_BUILD_H

#include <string.h>

#include "config/json.h"
#include "table/table.h"
#include "test/unit/test.h"

/** JSON written with single quotes, as tests read better. */
static inline json_t *build_json(const char *text)
{
    cst_error err = CST_ERROR_INIT;
    char *copy = strdup(text);
    json_t *out = NULL;
    assert_non_null(copy);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    assert_ok(cst_json_parse(&out, copy, strlen(copy), "test", &err));
    free(copy);
    return out;
}

static inline cst_table *build_table(size_t rows)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    assert_ok(cst_table_new(&table, &err));
    table->rows = rows;
    table->total = (int64_t)rows;
    table->id = calloc(rows + 1, sizeof *table->id);
    assert_non_null(table->id);
    for (size_t r = 0; r < rows; r++)
        table->id[r] = (cst_rowid){.part = 7, .row = r};
    return table;
}

static inline cst_column *build_column(cst_table *table, const char *name, cst_type type)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = NULL;
    assert_ok(cst_table_add(&column, table, name, type, &err));
    if (type != CST_TEXT) {
        assert_ok(cst_column_reserve(column, table->rows, &err));
        column->rows = table->rows;
    }
    return column;
}

/** Numbers of any type; NaN is missing. */
static inline void build_numbers(cst_table *table, const char *name, cst_type type,
                                 const double *value)
{
    cst_column *column = build_column(table, name, type);
    for (size_t r = 0; r < table->rows; r++) {
        bool missing = isnan(value[r]);
        if (type == CST_FLOAT32)
            column->values.f32[r] = (float)value[r];
        else if (type == CST_FLOAT64)
            column->values.f64[r] = value[r];
        else if (type == CST_INT32)
            column->values.i32[r] = missing ? CST_MISSING_INT32 : (int32_t)value[r];
        else if (type == CST_BOOL)
            column->values.i8[r] = missing ? CST_MISSING_BOOL : (int8_t)value[r];
        else
            column->values.i64[r] = missing ? CST_MISSING_INT64 : (int64_t)value[r];
    }
}

static inline void build_times(cst_table *table, const char *name, int64_t ticks,
                               const int64_t *value)
{
    cst_column *column = build_column(table, name, CST_TIME);
    column->ticks = ticks;
    memcpy(column->values.i64, value, table->rows * sizeof *value);
}

/** TEXT, NULL is missing. */
static inline void build_texts(cst_table *table, const char *name, const char *const *value)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = build_column(table, name, CST_TEXT);
    for (size_t r = 0; r < table->rows; r++)
        assert_ok(cst_column_add_text(column, value[r], value[r] ? strlen(value[r]) : 0, &err));
}

/** CATEGORY over levels (sorted, NULL-ended), NULL is missing. */
static inline void build_categories(cst_table *table, const char *name, const char *const *levels,
                                    const char *const *value)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = build_column(table, name, CST_CATEGORY);
    cst_levels borrowed = {.text = (char **)levels};
    while (levels[borrowed.count])
        borrowed.count++;
    assert_ok(cst_levels_copy(&column->levels, &borrowed, &err));
    for (size_t r = 0; r < table->rows; r++)
        column->values.i32[r] =
            value[r] ? cst_levels_find(&borrowed, value[r], strlen(value[r])) : CST_MISSING_INT32;
}

/** The rows whose turn it is: every shares-th from the one of number share on. */
static inline cst_table *build_share(const cst_table *table, size_t share, size_t shares)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *out = NULL;
    uint8_t *keep = calloc(table->rows + 1, 1);
    assert_non_null(keep);
    for (size_t r = 0; r < table->rows; r++)
        keep[r] = r % shares == share;
    assert_ok(cst_table_select(&out, table, keep, &err));
    free(keep);
    return out;
}

#endif

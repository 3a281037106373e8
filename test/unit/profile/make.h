/* make.h - tables for the tests of this room, made in one place */
#ifndef CST_TEST_PROFILE_MAKE_H
#define CST_TEST_PROFILE_MAKE_H

#include <stdlib.h>
#include <string.h>

#include "exact/mergeable.h"
#include "table/table.h"

/** Append a column of n doubles. */
static inline void make_numbers(cst_table *table, const char *name, const double *value, size_t n)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = NULL;
    assert_ok(cst_table_add(&column, table, name, CST_FLOAT64, &err));
    assert_ok(cst_column_reserve(column, n, &err));
    memcpy(column->values.f64, value, n * sizeof *value);
    column->rows = table->rows = n;
}

/** Append a column of n times, microseconds, at day[r] and noon. */
static inline void make_days(cst_table *table, const char *name, const int64_t *day, size_t n)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = NULL;
    assert_ok(cst_table_add(&column, table, name, CST_TIME, &err));
    assert_ok(cst_column_reserve(column, n, &err));
    for (size_t r = 0; r < n; r++)
        column->values.i64[r] = (day[r] * 24 + 12) * INT64_C(3600000000);
    column->ticks = 1000000;
    column->rows = table->rows = n;
}

/** Append a column of n texts (NULL: missing). */
static inline void make_texts(cst_table *table, const char *name, const char *const *text, size_t n)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = NULL;
    assert_ok(cst_table_add(&column, table, name, CST_TEXT, &err));
    for (size_t r = 0; r < n; r++)
        assert_ok(cst_column_add_text(column, text[r], text[r] ? strlen(text[r]) : 0, &err));
    table->rows = n;
}

/** Append a category column of n codes (-1: missing) of levels "L000", "L001", … */
static inline void make_codes(cst_table *table, const char *name, const int32_t *code, size_t n,
                              int32_t levels)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = NULL;
    assert_ok(cst_table_add(&column, table, name, CST_CATEGORY, &err));
    assert_ok(cst_column_reserve(column, n, &err));
    column->levels.text = calloc((size_t)levels, sizeof(char *));
    column->levels.count = levels;
    for (int32_t l = 0; l < levels; l++) {
        char text[16];
        (void)snprintf(text, sizeof text, "L%03d", (int)l);
        column->levels.text[l] = strdup(text);
    }
    for (size_t r = 0; r < n; r++)
        column->values.i32[r] = code[r] < 0 ? CST_MISSING_INT32 : code[r];
    column->rows = table->rows = n;
}

/** Rows are numbered from 0 on, of part 7. */
static inline void make_ids(cst_table *table)
{
    table->id = calloc(table->rows ? table->rows : 1, sizeof *table->id);
    for (size_t r = 0; r < table->rows; r++)
        table->id[r] = (cst_rowid){.part = 7, .row = r};
    table->total = (int64_t)table->rows;
}

/** The rows with number mod parts == part, as one of several ranks would hold them. */
static inline cst_table *make_share(const cst_table *table, size_t part, size_t parts)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *share = NULL;
    uint8_t *keep = calloc(table->rows ? table->rows : 1, 1);
    for (size_t r = part; r < table->rows; r += parts)
        keep[r] = 1;
    assert_ok(cst_table_select(&share, table, keep, &err));
    free(keep);
    return share;
}

#endif

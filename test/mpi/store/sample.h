/* sample.h - rows of every type, each made from its number alone, however ranks share them */
#ifndef CST_TEST_SAMPLE_H
#define CST_TEST_SAMPLE_H

#include "test/unit/test.h"

#include "comm/comm.h"
#include "table/table.h"

/** A directory that all ranks see; to be removed with drop_directory. Collective. */
static inline char *make_directory(cst_comm *comm)
{
    cst_error err = CST_ERROR_INIT;
    static char pattern[] = "/tmp/capstan-store-XXXXXX";
    void *path = pattern;
    size_t size = sizeof pattern;
    if (comm->rank == 0)
        assert_non_null(mkdtemp(pattern));
    assert_ok(cst_comm_share(comm, &path, &size, &err));
    char *copy = strdup(path);
    assert_non_null(copy);
    if (comm->rank != 0)
        free(path);
    return copy;
}

/** The rows that a rank holds: shares of very different size, and none for the second of many. */
static inline void uneven_share(const cst_comm *comm, int64_t rows, int64_t *first, int64_t *count)
{
    int64_t cut[2];
    for (int i = 0; i < 2; i++) {
        int64_t r = comm->rank + i;
        if (r == 2 && comm->size > 2)
            r = 1;
        cut[i] = rows * r * r / ((int64_t)comm->size * comm->size);
    }
    *first = cut[0];
    *count = cut[1] - cut[0];
}

static inline cst_column *sample_column(cst_table *table, const char *name, cst_type type,
                                        size_t rows)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *column = NULL;
    assert_ok(cst_table_add(&column, table, name, type, &err));
    assert_ok(cst_column_reserve(column, rows, &err));
    column->rows = type == CST_TEXT ? 0 : rows;
    return column;
}

static inline void sample_text(char out[32], int64_t row)
{
    (void)snprintf(out, 32, row % 5 == 0 ? "" : "t\xc3\xa4il %lld", (long long)(row * row));
}

/** The row's time: three a minute from 2013. */
static inline int64_t sample_time(int64_t row)
{
    return 1356998400000000 + row * 20000000;
}

static inline cst_table *sample_table(int64_t first, int64_t count)
{
    cst_error err = CST_ERROR_INIT;
    size_t rows = (size_t)count;
    cst_table *table = NULL;
    assert_ok(cst_table_new(&table, &err));
    float *f32 = sample_column(table, "delay", CST_FLOAT32, rows)->values.f32;
    table->column[0].unit = strdup("minute");
    double *f64 = sample_column(table, "pressure", CST_FLOAT64, rows)->values.f64;
    table->column[1].unit = strdup("hPa");
    table->column[1].standard_name = strdup("air_pressure_at_mean_sea_level");
    int32_t *i32 = sample_column(table, "flight", CST_INT32, rows)->values.i32;
    int64_t *i64 = sample_column(table, "serial", CST_INT64, rows)->values.i64;
    int8_t *i8 = sample_column(table, "delayed", CST_BOOL, rows)->values.i8;
    int8_t *maybe = sample_column(table, "diverted", CST_BOOL, rows)->values.i8;
    int32_t *code = sample_column(table, "carrier", CST_CATEGORY, rows)->values.i32;
    char *levels[] = {"9E", "AA", "S\xc3\xa3o Paulo"};
    assert_ok(cst_levels_copy(&table->column[6].levels, &(cst_levels){levels, 3}, &err));
    int64_t *time = sample_column(table, "time_hour", CST_TIME, rows)->values.i64;
    table->column[7].zone = strdup("America/New_York");
    (void)sample_column(table, "tailnum", CST_TEXT, rows);
    for (int64_t i = 0; i < count; i++) {
        int64_t row = first + i;
        char text[32];
        f32[i] = row % 7 == 0 ? -(float)NAN : (float)row / 3;
        f64[i] = row % 11 == 0 ? (double)NAN : (double)row * 0.1;
        i32[i] = row % 13 == 0 ? CST_MISSING_INT32 : (int32_t)(row % 6000);
        i64[i] = row * 1000000007;
        i8[i] = row % 3 == 0;
        maybe[i] = (int8_t)(row % 17 == 0 ? CST_MISSING_BOOL : row % 2);
        code[i] = row % 19 == 0 ? CST_MISSING_INT32 : (int32_t)(row % 3);
        time[i] = sample_time(row);
        sample_text(text, row);
        assert_ok(
            cst_column_add_text(&table->column[8], row % 9 == 0 ? NULL : text, strlen(text), &err));
    }
    table->rows = rows;
    table->first = first;
    return table;
}

/** Every value of the table is what the sample has at row number(r). */
static inline void assert_sample(const cst_table *table, const int64_t *number)
{
    for (size_t r = 0; r < table->rows; r++) {
        cst_table *expected = sample_table(number[r], 1);
        for (size_t c = 0; c < expected->columns; c++) {
            const cst_column *want = &expected->column[c];
            const cst_column *got = cst_table_find(table, want->name);
            assert_non_null(got);
            assert_int_equal(got->type, want->type);
            assert_int_equal(cst_column_is_missing(got, r), cst_column_is_missing(want, 0));
            size_t want_size = 0;
            size_t got_size = 0;
            const char *want_text = cst_column_text(want, 0, &want_size);
            const char *got_text = cst_column_text(got, r, &got_size);
            assert_int_equal(got_size, want_size);
            if (want_text) {
                assert_non_null(got_text);
                assert_memory_equal(got_text, want_text, want_size);
            } else if (!cst_column_is_missing(want, 0)) {
                assert_true(cst_column_number(got, r) == cst_column_number(want, 0));
            }
        }
        cst_table_free(expected);
    }
}

#endif

/* eval.c - expressions over columns */
#include "test/unit/test.h"

#include "exact/elementary.h"
#include "table/eval.h"

static cst_column *column(cst_table *table, const char *name, cst_type type, const void *values)
{
    cst_error err = CST_ERROR_INIT;
    cst_column *added = NULL;
    assert_ok(cst_table_add(&added, table, name, type, &err));
    assert_ok(cst_column_reserve(added, 4, &err));
    memcpy(added->values.any, values, 4 * cst_type_size(type));
    added->rows = 4;
    return added;
}

/* Four rows; the last is missing in every column. */
static cst_table *sample(void)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    assert_ok(cst_table_new(&table, &err));
    table->rows = 4;
    (void)column(table, "x", CST_FLOAT64, (double[]){1.5, -2, 0, (double)NAN});
    (void)column(table, "n", CST_INT32, (int32_t[]){7, -7, 0, CST_MISSING_INT32});
    (void)column(table, "b", CST_BOOL, (int8_t[]){1, 0, 1, CST_MISSING_BOOL});
    cst_column *carrier =
        column(table, "carrier", CST_CATEGORY, (int32_t[]){0, 1, 1, CST_MISSING_INT32});
    char *levels[] = {"AA", "UA", "ZZ"};
    assert_ok(cst_levels_copy(&carrier->levels, &(cst_levels){levels, 3}, &err));
    /* 2013-01-01T04:59:59Z, 2013-07-01T04:00:00Z, 1969-12-31T23:59:59Z */
    cst_column *t =
        column(table, "t", CST_TIME, (int64_t[]){1357016399, 1372651200, -1, CST_MISSING_INT64});
    t->ticks = 1;
    cst_column *note = NULL;
    assert_ok(cst_table_add(&note, table, "note", CST_TEXT, &err));
    assert_ok(cst_column_add_text(note, "late", 4, &err));
    assert_ok(cst_column_add_text(note, "", 0, &err));
    assert_ok(cst_column_add_text(note, "AA", 2, &err));
    assert_ok(cst_column_add_text(note, NULL, 0, &err));
    return table;
}

/* The expression as a column of its own, its values as doubles. */
static void assert_values(const char *text, const double expected[4])
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_expr *expr = NULL;
    assert_ok(cst_eval_parse(&expr, text, table, &err));
    assert_ok(cst_eval_column(table, expr, "result", &err));
    const cst_column *result = cst_table_find(table, "result");
    assert_int_equal(result->rows, 4);
    for (size_t r = 0; r < 4; r++) {
        double value = cst_column_number(result, r);
        if (isnan(expected[r]) ? !isnan(value) : value != expected[r])
            fail_msg("%s, row %zu: %.17g, expected %.17g", text, r, value, expected[r]);
    }
    cst_expr_free(expr);
    cst_table_free(table);
}

#define VALUES(...) ((const double[4]){__VA_ARGS__})
#define NA ((double)NAN)

static void arithmetic_passes_missing_on(void **state)
{
    (void)state;
    assert_values("x + n * 2", VALUES(15.5, -16, 0, NA));
    assert_values("-x - 1", VALUES(-2.5, 1, -1, NA));
    assert_values("n % 4", VALUES(3, -3, 0, NA)); /* C's fmod: the sign of the dividend */
    assert_values("1 / x", VALUES(1 / 1.5, -0.5, NA, NA));
    assert_values("abs(n)", VALUES(7, 7, 0, NA));
    assert_values("floor(x)", VALUES(1, -2, 0, NA));
    assert_values("sqrt(n)", VALUES(sqrt(7), NA, 0, NA));
    assert_values("log(x)", VALUES(cst_log(1.5), NA, NA, NA));
    assert_values("exp(n)", VALUES(cst_exp(7), cst_exp(-7), 1, NA));
    assert_values("exp(1000 * n)", VALUES(NA, 0, 1, NA)); /* not finite is missing */
    assert_values("min(x, n, 1)", VALUES(1, -7, 0, NA));
    assert_values("max(x, n)", VALUES(7, -2, 0, NA));
    assert_values("max(x)", VALUES(1.5, -2, 0, NA));
}

static void comparisons_with_missing_are_false(void **state)
{
    (void)state;
    assert_values("x > 0", VALUES(1, 0, 0, 0));
    assert_values("x >= 0", VALUES(1, 0, 1, 0));
    assert_values("x != 0", VALUES(1, 1, 0, 0));
    assert_values("not (x > 0)", VALUES(0, 1, 1, 1));
    assert_values("n in (7, 0)", VALUES(1, 0, 1, 0));
    assert_values("n not in (7, 0)", VALUES(0, 1, 0, 1));
    assert_values("carrier == \"UA\"", VALUES(0, 1, 1, 0));
    assert_values("carrier != \"UA\"", VALUES(1, 0, 0, 0));
    assert_values("carrier in (\"AA\", \"ZZ\")", VALUES(1, 0, 0, 0));
    assert_values("carrier == note", VALUES(0, 0, 0, 0));
    assert_values("note == \"\"", VALUES(0, 1, 0, 0));
    assert_values("t < \"2013-01-01\"", VALUES(0, 0, 1, 0));
    assert_values("t == \"2013-07-01T04:00:00Z\"", VALUES(0, 1, 0, 0));
}

static void truths_know_missing(void **state)
{
    (void)state;
    assert_values("b", VALUES(1, 0, 1, NA));
    assert_values("not b", VALUES(0, 1, 0, NA));
    assert_values("b and true", VALUES(1, 0, 1, NA));
    assert_values("b and false", VALUES(0, 0, 0, 0));
    assert_values("b or true", VALUES(1, 1, 1, 1));
    assert_values("b or false", VALUES(1, 0, 1, NA));
    assert_values("isna(b) or isna(carrier)", VALUES(0, 0, 0, 1));
    assert_values("isna(t) and isna(note)", VALUES(0, 0, 0, 1));
    assert_values("isna(1 / x)", VALUES(0, 0, 1, 1));
    assert_values("if(b, x, n)", VALUES(1.5, -7, 0, NA));
    assert_values("if(isna(x), 9, x)", VALUES(1.5, -2, 0, 9));
    assert_values("if(x > 0, 1 / x, 0)", VALUES(1 / 1.5, 0, 0, 0));
}

static void parts_of_time_are_those_of_the_zone(void **state)
{
    (void)state;
    assert_values("hour(t)", VALUES(4, 4, 23, NA));
    assert_values("hour(t, \"America/New_York\")", VALUES(23, 0, 18, NA));
    assert_values("weekday(t)", VALUES(1, 0, 2, NA)); /* Tuesday, Monday, Wednesday */
    assert_values("weekday(t, \"America/New_York\")", VALUES(0, 0, 2, NA));
    assert_values("minute(t, \"Asia/Kolkata\")", VALUES(29, 30, 29, NA));
    assert_values("month(t, \"America/New_York\")", VALUES(12, 7, 12, NA));
    assert_values("year(t)", VALUES(2013, 2013, 1969, NA));
}

static void text_becomes_a_category_whose_levels_do_not_hang_on_rows(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_expr *expr = NULL;
    assert_ok(cst_eval_parse(&expr, "if(x > 0, carrier, \"other\")", table, &err));
    assert_ok(cst_eval_column(table, expr, "who", &err));
    const cst_column *who = cst_table_find(table, "who");
    assert_int_equal(who->type, CST_CATEGORY);
    assert_int_equal(who->levels.count, 4);
    assert_string_equal(who->levels.text[3], "other");
    size_t size = 0;
    assert_string_equal(cst_column_text(who, 0, &size), "AA");
    assert_string_equal(cst_column_text(who, 3, &size), "other");
    cst_expr_free(expr);
    assert_ok(cst_eval_parse(&expr, "note", table, &err));
    assert_ok(cst_eval_column(table, expr, "copy", &err));
    const cst_column *copy = cst_table_find(table, "copy");
    assert_int_equal(copy->levels.count, 3);
    assert_string_equal(cst_column_text(copy, 0, &size), "late");
    assert_string_equal(cst_column_text(copy, 1, &size), "");
    assert_null(cst_column_text(copy, 3, &size));
    cst_expr_free(expr);
    cst_table_free(table);
}

static void times_come_out_in_microseconds(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_expr *expr = NULL;
    assert_ok(cst_eval_parse(&expr, "if(b, t, t)", table, &err));
    assert_ok(cst_eval_column(table, expr, "when", &err));
    const cst_column *when = cst_table_find(table, "when");
    assert_int_equal(when->ticks, 1000000);
    assert_int_equal(when->values.i64[0], 1357016399000000);
    assert_int_equal(when->values.i64[2], -1000000);
    assert_true(cst_column_is_missing(when, 3));
    cst_expr_free(expr);
    cst_table_free(table);
}

static void rows_are_chosen_where_it_is_true(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_expr *expr = NULL;
    uint8_t keep[4] = {9, 9, 9, 9};
    assert_ok(cst_eval_parse(&expr, "b", table, &err));
    assert_ok(cst_eval_where(keep, table, expr, &err));
    assert_memory_equal(keep, ((uint8_t[]){1, 0, 1, 0}), 4);
    cst_expr_free(expr);
    assert_ok(cst_eval_parse(&expr, "x", table, &err));
    assert_fails(cst_eval_where(keep, table, expr, &err), CST_USAGE, "truth");
    cst_expr_free(expr);
    cst_table_free(table);
}

static void more_rows_than_a_block_are_all_evaluated(void **state)
{
    (void)state;
    enum { ROWS = 10001 };
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    cst_column *x = NULL;
    cst_expr *expr = NULL;
    assert_ok(cst_table_new(&table, &err));
    assert_ok(cst_table_add(&x, table, "x", CST_INT64, &err));
    assert_ok(cst_column_reserve(x, ROWS, &err));
    for (int64_t r = 0; r < ROWS; r++)
        x->values.i64[r] = r;
    x->rows = table->rows = ROWS;
    assert_ok(cst_eval_parse(&expr, "x * 3 % 7", table, &err));
    assert_ok(cst_eval_column(table, expr, "y", &err));
    for (size_t r = 0; r < ROWS; r++)
        assert_true(cst_table_find(table, "y")->values.f64[r] == (double)(r * 3 % 7));
    assert_fails(cst_eval_column(table, expr, "x", &err), CST_EXISTS, "x");
    assert_non_null(cst_table_find(table, "x"));
    cst_expr_free(expr);
    cst_table_free(table);
}

static void mistakes_are_found_before_any_row_is_read(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_expr *expr = NULL;
    assert_fails(cst_eval_parse(&expr, "carier == \"AA\"", table, &err), CST_USAGE, "carrier");
    assert_fails(cst_eval_parse(&expr, "x + note", table, &err), CST_USAGE, "number");
    assert_fails(cst_eval_parse(&expr, "hour(t, \"Mars/Olympus\")", table, &err), CST_MISSING,
                 "Mars/Olympus");
    assert_null(expr);
    cst_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_passes_missing_on),
        cmocka_unit_test(comparisons_with_missing_are_false),
        cmocka_unit_test(truths_know_missing),
        cmocka_unit_test(parts_of_time_are_those_of_the_zone),
        cmocka_unit_test(text_becomes_a_category_whose_levels_do_not_hang_on_rows),
        cmocka_unit_test(times_come_out_in_microseconds),
        cmocka_unit_test(rows_are_chosen_where_it_is_true),
        cmocka_unit_test(more_rows_than_a_block_are_all_evaluated),
        cmocka_unit_test(mistakes_are_found_before_any_row_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

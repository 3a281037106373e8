/* join.c - facts about joins */
#include "prepare/rows.h"
#include "test/unit/prepare/build.h"

static const char *const airports[] = {"EWR", "JFK", "LGA", NULL};

static cst_table *weather(void)
{
    cst_table *table = build_table(4);
    build_texts(table, "origin", (const char *[]){"EWR", "EWR", "JFK", NULL});
    build_times(table, "hour", 1, (int64_t[]){3600, 7200, 3600, 3600});
    build_numbers(table, "temp", CST_FLOAT32, (double[]){1.5, 2.5, 3.5, 4.5});
    return table;
}

static cst_table *flights(void)
{
    cst_table *table = build_table(5);
    build_categories(table, "origin", airports, (const char *[]){"JFK", "EWR", "LGA", NULL, "EWR"});
    build_times(table, "hour", 1000000,
                (int64_t[]){3600000000, 7200000000, 3600000000, 3600000000, CST_MISSING_INT64});
    return table;
}

static void rows_meet_by_text_and_instant_whatever_the_types(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *left = flights();
    cst_table *right = weather();
    json_t *join =
        build_json("{'dataset': 'weather', 'on': ['origin', 'hour'], 'columns': ['temp']}");
    assert_ok(cst_prepare_join(left, right, join, &err));
    const cst_column *temp = cst_table_find(left, "temp");
    assert_non_null(temp);
    assert_int_equal(temp->type, CST_FLOAT32);
    assert_true(temp->values.f32[0] == 3.5F);
    assert_true(temp->values.f32[1] == 2.5F);
    assert_true(isnan(temp->values.f32[2])); /* no such hour at LGA */
    assert_true(isnan(temp->values.f32[3])); /* missing meets nothing, not even missing */
    assert_true(isnan(temp->values.f32[4]));
    json_decref(join);
    cst_table_free(left);
    cst_table_free(right);
}

static void numbers_meet_by_value(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *left = build_table(3);
    build_numbers(left, "k", CST_INT32, (double[]){5, 6, NAN});
    cst_table *right = build_table(2);
    build_numbers(right, "k", CST_FLOAT64, (double[]){6.5, 5});
    build_texts(right, "name", (const char *[]){"half", "five"});
    json_t *join = build_json("{'dataset': 'names', 'on': ['k'], 'columns': ['name']}");
    assert_ok(cst_prepare_join(left, right, join, &err));
    const cst_column *name = cst_table_find(left, "name");
    size_t size = 0;
    const char *text = cst_column_text(name, 0, &size);
    assert_int_equal(size, 4);
    assert_memory_equal(text, "five", 4);
    assert_true(cst_column_is_missing(name, 1));
    assert_true(cst_column_is_missing(name, 2));
    json_decref(join);
    cst_table_free(left);
    cst_table_free(right);
}

static void a_repeated_key_is_named(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *left = flights();
    cst_table *right = weather();
    json_t *join = build_json("{'dataset': 'weather', 'on': ['origin'], 'columns': ['temp']}");
    assert_fails(cst_prepare_join(left, right, join, &err), CST_INVALID,
                 "rows 0 and 1 both have origin=EWR");
    json_decref(join);
    join = build_json("{'dataset': 'weather', 'on': ['hour'], 'columns': ['temp']}");
    assert_fails(cst_prepare_join(left, right, join, &err), CST_INVALID,
                 "hour=1970-01-01T01:00:00Z");
    json_decref(join);
    cst_table_free(left);
    cst_table_free(right);
}

static void what_cannot_be_joined_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *join;
        cst_code code;
        const char *words;
    } cases[] = {
        {"{'dataset': 'weather', 'on': ['origin', 'hour'], 'columns': ['hour']}", CST_EXISTS,
         "\"hour\" already"},
        {"{'dataset': 'weather', 'on': ['origin', 'hour'], 'columns': ['fog']}", CST_USAGE,
         "join of weather, columns: there is no column \"fog\""},
        {"{'dataset': 'weather', 'on': ['airport'], 'columns': ['temp']}", CST_USAGE,
         "no column \"airport\""},
        {"{'dataset': 'weather', 'on': ['orign'], 'columns': ['temp']}", CST_USAGE,
         "did you mean \"origin\"?"},
        {"{'dataset': 'weather', 'on': ['origin'], 'lag': '1h', 'columns': ['temp']}", CST_USAGE,
         "within and lag go with asof"},
        {"{'dataset': 'weather', 'on': [], 'columns': ['temp']}", CST_USAGE, "on which columns"},
        {"{'dataset': 'weather', 'on': [], 'asof': 'temp', 'columns': ['temp']}", CST_USAGE,
         "needs a time"},
    };
    cst_table *left = flights();
    cst_table *right = weather();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *join = build_json(cases[i].join);
        assert_fails(cst_prepare_join(left, right, join, &err), cases[i].code, cases[i].words);
        json_decref(join);
    }
    cst_table_free(right);
    right = build_table(1);
    build_numbers(right, "origin", CST_INT32, (double[]){1});
    json_t *join = build_json("{'dataset': 'weather', 'on': ['origin'], 'columns': ['temp']}");
    assert_fails(cst_prepare_join(left, right, join, &err), CST_USAGE,
                 "category here and int32 there");
    json_decref(join);
    cst_table_free(left);
    cst_table_free(right);
}

/* Fares of AA at 0, 10 and 20 s, of UA at 10 s. */
static cst_table *fares(void)
{
    cst_table *table = build_table(4);
    build_texts(table, "carrier", (const char *[]){"AA", "AA", "UA", "AA"});
    build_times(table, "at", 1000000, (int64_t[]){20000000, 0, 10000000, 10000000});
    build_numbers(table, "fuel", CST_FLOAT64, (double[]){20, 0, 110, 10});
    return table;
}

static void expect_fuel(const char *text, const double *expected)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *left = build_table(5);
    build_texts(left, "carrier", (const char *[]){"AA", "AA", "AA", "UA", "DL"});
    build_times(left, "at", 1000000, (int64_t[]){10000000, 10000001, 99000000, 10000000, 50000000});
    cst_table *right = fares();
    json_t *join = build_json(text);
    assert_ok(cst_prepare_join(left, right, join, &err));
    const cst_column *fuel = cst_table_find(left, "fuel");
    for (size_t r = 0; r < 5; r++) {
        double value = fuel->values.f64[r];
        assert_true(value == expected[r] || (isnan(value) && isnan(expected[r])));
    }
    json_decref(join);
    cst_table_free(left);
    cst_table_free(right);
}

static void asof_takes_the_newest_row_strictly_before(void **state)
{
    (void)state;
    expect_fuel("{'dataset': 'fares', 'on': ['carrier'], 'asof': 'at', 'columns': ['fuel']}",
                (double[]){0, 10, 20, NAN, NAN});
}

static void asof_with_no_lag_takes_the_same_instant(void **state)
{
    (void)state;
    expect_fuel("{'dataset': 'fares', 'on': ['carrier'], 'asof': 'at', 'lag': '0s', "
                "'columns': ['fuel']}",
                (double[]){10, 10, 20, 110, NAN});
}

static void asof_within_takes_nothing_older(void **state)
{
    (void)state;
    expect_fuel("{'dataset': 'fares', 'on': ['carrier'], 'asof': 'at', 'within': '30s', "
                "'columns': ['fuel']}",
                (double[]){0, 10, NAN, NAN, NAN});
}

static void asof_refuses_a_repeated_key_and_time(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *left = fares();
    cst_table *right = fares();
    cst_table_drop(left, "fuel");
    right->column[1].values.i64[3] = 0;
    json_t *join =
        build_json("{'dataset': 'fares', 'on': ['carrier'], 'asof': 'at', 'columns': ['fuel']}");
    assert_fails(cst_prepare_join(left, right, join, &err), CST_INVALID,
                 "rows 1 and 3 both have carrier=AA, at=1970-01-01T00:00:00Z");
    json_decref(join);
    cst_table_free(left);
    cst_table_free(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_meet_by_text_and_instant_whatever_the_types),
        cmocka_unit_test(numbers_meet_by_value),
        cmocka_unit_test(a_repeated_key_is_named),
        cmocka_unit_test(what_cannot_be_joined_is_refused),
        cmocka_unit_test(asof_takes_the_newest_row_strictly_before),
        cmocka_unit_test(asof_with_no_lag_takes_the_same_instant),
        cmocka_unit_test(asof_within_takes_nothing_older),
        cmocka_unit_test(asof_refuses_a_repeated_key_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

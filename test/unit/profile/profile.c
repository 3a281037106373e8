/* profile.c - figures of a table: against known values, and the same from seven shares */
#include "test/unit/test.h"

#include "config/json.h"
#include "exact/random.h"
#include "profile/hyperloglog.h"
#include "profile/profile.h"
#include "test/unit/profile/make.h"

static double uniform(uint64_t stream, uint64_t row)
{
    return cst_random_unit(11, CST_STREAM_INITIAL, stream, row);
}

static json_t *profile_of(const cst_table *table, const double *pivot, size_t shares)
{
    cst_error err = CST_ERROR_INIT;
    cst_profile *part[7] = {NULL};
    for (size_t s = 0; s < shares; s++) {
        cst_table *share = make_share(table, s, shares);
        assert_ok(cst_profile_new(&part[s], table, pivot, &err));
        assert_ok(cst_profile_update(part[s], share, &err));
        cst_table_free(share);
    }
    for (size_t s = 1; s < shares; s++) {
        cst_mergeable all = cst_profile_state(part[0]);
        cst_mergeable other = cst_profile_state(part[s]);
        assert_ok(cst_mergeable_merge(&all, &other, &err));
    }
    json_t *out = cst_profile_to_json(part[0], &err);
    if (!out)
        fail_msg("%s", err.text);
    for (size_t s = 0; s < shares; s++)
        cst_profile_free(part[s]);
    return out;
}

static const json_t *column_of(const json_t *profile, size_t c)
{
    return json_array_get(json_object_get(profile, "columns"), c);
}

static double figure(const json_t *profile, size_t c, const char *key)
{
    return json_number_value(json_object_get(column_of(profile, c), key));
}

/* NIST's Statistical Reference Datasets, univariate, NumAcc4: 10000000.2, then 10000000.1 and
 * 10000000.3 in turn; mean 10000000.2 and standard deviation 0.1 exactly. */
static void nist_numacc4_is_exact_about_a_pivot(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    double value[1001];
    for (int i = 0; i < 1001; i++)
        value[i] = i == 0 ? 10000000.2 : i % 2 ? 10000000.1 : 10000000.3;
    cst_table *table = NULL;
    assert_ok(cst_table_new(&table, &err));
    make_numbers(table, "y", value, 1001);
    make_ids(table);
    json_t *profile = profile_of(table, value, 1);
    assert_true(fabs(figure(profile, 0, "mean") - 10000000.2) < 1e-8);
    assert_true(fabs(figure(profile, 0, "sd") - 0.1) < 1e-9);
    assert_true(fabs(figure(profile, 0, "skewness")) < 1e-7);
    assert_int_equal(figure(profile, 0, "distinct"), 3);
    json_decref(profile);
    cst_table_free(table);
}

static cst_table *mixed_table(size_t n)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    double *value = calloc(n, sizeof *value);
    int32_t *code = calloc(n, sizeof *code);
    const char **text = calloc(n, sizeof *text);
    static const char *words[] = {"", "caf\xc3\xa9", "two, with a comma", "line\nbreak", NULL};
    assert_ok(cst_table_new(&table, &err));
    for (size_t r = 0; r < n; r++)
        value[r] = uniform(1, r) < 0.1 ? (double)NAN : 1e6 + uniform(2, r);
    make_numbers(table, "value", value, n);
    for (size_t r = 0; r < n; r++) {
        code[r] = (int32_t)(uniform(3, r) * 41) - 1;
        text[r] = words[(int)(uniform(4, r) * 5)];
    }
    make_codes(table, "code", code, n, 50);
    make_texts(table, "text", text, n);
    make_ids(table);
    free(value);
    free(code);
    free(text);
    return table;
}

static void seven_shares_give_the_bytes_of_one(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = mixed_table(150000); /* more rows than the sample holds */
    json_t *one = profile_of(table, NULL, 1);
    json_t *seven = profile_of(table, NULL, 7);
    cst_text a = CST_TEXT_INIT;
    cst_text b = CST_TEXT_INIT;
    assert_ok(cst_json_canonical(&a, one, &err));
    assert_ok(cst_json_canonical(&b, seven, &err));
    assert_string_equal(a.data, b.data);
    cst_text_free(&a);
    cst_text_free(&b);
    json_decref(one);
    json_decref(seven);
    cst_table_free(table);
}

static void counts_are_exact_and_quantiles_keep_their_bound(void **state)
{
    (void)state;
    size_t n = 150000;
    cst_table *table = mixed_table(n);
    json_t *profile = profile_of(table, NULL, 1);
    int64_t missing = 0;
    for (size_t r = 0; r < n; r++)
        missing += isnan(table->column[0].values.f64[r]);
    assert_int_equal(figure(profile, 0, "missing"), missing);
    assert_int_equal(figure(profile, 0, "count"), (int64_t)n - missing);
    double bound = figure(profile, 0, "rank_error");
    assert_true(bound > 0 && bound <= 0.012);
    const json_t *percentile = json_object_get(column_of(profile, 0), "percentiles");
    for (size_t p = 1; p < 100; p++) { /* the values are uniform on [1e6, 1e6 + 1) */
        double value = json_number_value(json_array_get(percentile, p));
        assert_true(fabs(value - 1e6 - (double)p / 100) < bound + 0.004);
    }
    assert_true(figure(profile, 0, "min") == json_number_value(json_array_get(percentile, 0)));
    assert_int_equal(figure(profile, 1, "distinct"), 40);
    assert_int_equal(figure(profile, 2, "distinct"), 4);
    assert_int_equal(json_object_size(json_object_get(column_of(profile, 2), "levels")), 4);
    json_decref(profile);
    cst_table_free(table);
}

static void integers_past_two_to_the_53_keep_their_extremes(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    cst_column *column = NULL;
    assert_ok(cst_table_new(&table, &err));
    assert_ok(cst_table_add(&column, table, "big", CST_INT64, &err));
    assert_ok(cst_column_reserve(column, 3, &err));
    column->values.i64[0] = INT64_MAX;
    column->values.i64[1] = INT64_MAX - 1;
    column->values.i64[2] = CST_MISSING_INT64;
    column->rows = table->rows = 3;
    make_ids(table);
    json_t *profile = profile_of(table, NULL, 1);
    const json_t *big = column_of(profile, 0);
    assert_true(json_integer_value(json_object_get(big, "max")) == INT64_MAX);
    assert_true(json_integer_value(json_object_get(big, "min")) == INT64_MAX - 1);
    assert_int_equal(figure(profile, 0, "missing"), 1);
    json_decref(profile);
    cst_table_free(table);
}

static void infinite_values_are_counted_apart(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    const double value[] = {1, INFINITY, 3, -INFINITY, NAN, -0.0};
    assert_ok(cst_table_new(&table, &err));
    make_numbers(table, "x", value, 6);
    json_t *profile = profile_of(table, NULL, 1);
    assert_int_equal(figure(profile, 0, "infinite"), 2);
    assert_int_equal(figure(profile, 0, "missing"), 1);
    assert_int_equal(figure(profile, 0, "zeros"), 1);
    assert_true(figure(profile, 0, "max") == 3);
    json_decref(profile);
    cst_table_free(table);
}

/* Relative error within 4 standard errors over five sizes; small numbers nearly exact. */
static void distinct_values_are_estimated_within_the_stated_error(void **state)
{
    (void)state;
    static const int64_t sizes[] = {10, 1000, 30000, 300000, 3000000};
    uint8_t *registers = calloc(CST_HYPERLOGLOG_REGISTERS, 1);
    int64_t at = 0;
    for (size_t s = 0; s < 5; s++) {
        for (; at < sizes[s]; at++)
            cst_hyperloglog_add(registers, cst_hyperloglog_mix((uint64_t)at));
        double estimate = cst_hyperloglog_estimate(registers);
        assert_true(fabs(estimate / (double)at - 1) < 4 * CST_HYPERLOGLOG_ERROR);
    }
    free(registers);
}

static void a_table_without_rows_has_figures_without_values(void **state)
{
    (void)state;
    cst_table *table = mixed_table(0);
    json_t *profile = profile_of(table, NULL, 1);
    assert_int_equal(json_integer_value(json_object_get(profile, "rows")), 0);
    assert_null(json_object_get(column_of(profile, 0), "mean"));
    json_decref(profile);
    cst_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nist_numacc4_is_exact_about_a_pivot),
        cmocka_unit_test(seven_shares_give_the_bytes_of_one),
        cmocka_unit_test(counts_are_exact_and_quantiles_keep_their_bound),
        cmocka_unit_test(integers_past_two_to_the_53_keep_their_extremes),
        cmocka_unit_test(infinite_values_are_counted_apart),
        cmocka_unit_test(distinct_values_are_estimated_within_the_stated_error),
        cmocka_unit_test(a_table_without_rows_has_figures_without_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

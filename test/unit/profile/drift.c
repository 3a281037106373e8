/* drift.c - what a report says of shifted, missing, unseen and unchanged values */
#include "test/unit/test.h"

#include "test/unit/profile/world.h"

static const world march = {
    .seed = 3, .first = 15700, .days = 60, .rows = 50, .columns = 3, .by_day = 0.5};

static world april(double score_shift)
{
    world w = march;
    w.first += march.days;
    w.days = 30;
    w.score_shift = score_shift;
    return w;
}

static json_t *report_of(const cst_table *before, const cst_table *now, const json_t *history)
{
    json_t *reference = world_reference(before, "t", 1);
    json_t *report = world_report(reference, now, NULL, history);
    json_decref(reference);
    return report;
}

static void a_shifted_score_is_drift(void **state)
{
    (void)state;
    world w = april(1);
    cst_table *before = world_table(&march);
    cst_table *now = world_table(&w);
    json_t *report = report_of(before, now, NULL);
    assert_string_equal(world_verdict(report), "drift");
    assert_true(world_figure(report, "score", "psi") > 0.1);
    assert_true(world_figure(report, "score", "p") < 0.01);
    assert_true(world_figure(report, "x0", "p") > 0.01);
    assert_int_equal(json_array_size(json_object_get(report, "reasons")), 1);
    json_decref(report);
    cst_table_free(before);
    cst_table_free(now);
}

static void the_same_world_a_month_later_is_none(void **state)
{
    (void)state;
    world w = april(0);
    cst_table *before = world_table(&march);
    cst_table *now = world_table(&w);
    json_t *report = report_of(before, now, NULL);
    assert_string_equal(world_verdict(report), "no drift");
    json_decref(report);
    cst_table_free(before);
    cst_table_free(now);
}

/* Features warn only where they drift again and again: two of three windows. */
static void a_feature_warns_when_it_drifts_again(void **state)
{
    (void)state;
    world w = april(0);
    cst_table *before = world_table(&march);
    cst_table *now = world_table(&w);
    for (size_t r = 0; r < now->rows; r++)
        now->column[1].values.f64[r] += 2;
    json_t *first = report_of(before, now, NULL);
    assert_string_equal(world_verdict(first), "no drift");
    json_t *history = json_pack("[O]", first);
    json_t *second = report_of(before, now, history);
    assert_string_equal(world_verdict(second), "warning");
    json_decref(history);
    json_decref(first);
    json_decref(second);
    cst_table_free(before);
    cst_table_free(now);
}

static void too_few_rows_or_days_are_not_judged(void **state)
{
    (void)state;
    world few = april(3);
    world brief = april(3);
    few.rows = 2;
    few.days = 20;
    brief.days = 1;
    brief.rows = 1000;
    cst_table *before = world_table(&march);
    const world *windows[] = {&few, &brief};
    for (size_t i = 0; i < 2; i++) {
        cst_table *now = world_table(windows[i]);
        json_t *report = report_of(before, now, NULL);
        assert_string_equal(world_verdict(report), "too few rows");
        json_decref(report);
        cst_table_free(now);
    }
    cst_table_free(before);
}

static const json_t *column_of(const json_t *report, size_t c)
{
    return json_array_get(json_object_get(report, "columns"), c);
}

/* A third of a column goes missing, and values leave the range that the reference had. */
static void missing_and_outside_values_are_flagged(void **state)
{
    (void)state;
    world w = april(0);
    cst_table *before = world_table(&march);
    cst_table *now = world_table(&w);
    for (size_t r = 0; r < now->rows; r++) {
        if (r % 3 == 0)
            now->column[0].values.f64[r] = NAN;
        if (r % 20 == 0)
            now->column[1].values.f64[r] = 100;
    }
    json_t *report = report_of(before, now, NULL);
    assert_true(json_is_true(json_object_get(column_of(report, 0), "flagged")));
    assert_true(world_figure(report, "x0", "missing_p") < 0.01);
    assert_true(json_is_true(json_object_get(column_of(report, 1), "flagged")));
    assert_int_equal(json_integer_value(
                         json_object_get(json_object_get(column_of(report, 1), "outside"), "rows")),
                     (int)((now->rows + 19) / 20));
    assert_false(json_is_true(json_object_get(column_of(report, 2), "flagged")));
    json_decref(report);
    cst_table_free(before);
    cst_table_free(now);
}

static cst_table *coded(int64_t first, int64_t days, int32_t stranger)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    size_t n = (size_t)days * 50;
    int32_t *code = calloc(n, sizeof *code);
    int64_t *day = calloc(n, sizeof *day);
    for (size_t r = 0; r < n; r++) {
        day[r] = first + (int64_t)(r / 50);
        code[r] = r % 25 == 0 && stranger >= 0 ? stranger : (int32_t)(r % 7);
    }
    assert_ok(cst_table_new(&table, &err));
    make_codes(table, "code", code, n, 20);
    make_days(table, "t", day, n);
    make_ids(table);
    free(code);
    free(day);
    return table;
}

static void levels_never_seen_are_flagged(void **state)
{
    (void)state;
    cst_table *before = coded(15700, 60, -1);
    cst_table *same = coded(15760, 30, -1);
    cst_table *other = coded(15760, 30, 19);
    json_t *fine = report_of(before, same, NULL);
    json_t *report = report_of(before, other, NULL);
    assert_false(json_is_true(json_object_get(column_of(fine, 0), "flagged")));
    assert_true(json_is_true(json_object_get(column_of(report, 0), "flagged")));
    json_decref(fine);
    json_decref(report);
    cst_table_free(before);
    cst_table_free(same);
    cst_table_free(other);
}

static void assert_same_json(const json_t *a, const json_t *b)
{
    cst_error err = CST_ERROR_INIT;
    cst_text x = CST_TEXT_INIT;
    cst_text y = CST_TEXT_INIT;
    assert_ok(cst_json_canonical(&x, a, &err));
    assert_ok(cst_json_canonical(&y, b, &err));
    assert_string_equal(x.data, y.data);
    cst_text_free(&x);
    cst_text_free(&y);
}

static void seven_shares_freeze_the_reference_of_one(void **state)
{
    (void)state;
    cst_table *table = world_table(&march);
    json_t *one = world_reference(table, "t", 1);
    json_t *seven = world_reference(table, "t", 7);
    assert_same_json(one, seven);
    json_decref(one);
    json_decref(seven);
    cst_table_free(table);
}

static void a_reference_read_back_counts_the_same(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    world w = april(0.3);
    cst_table *before = world_table(&march);
    cst_table *now = world_table(&w);
    json_t *reference = world_reference(before, "t", 1);
    cst_text text = CST_TEXT_INIT;
    json_t *again = NULL;
    assert_ok(cst_json_canonical(&text, reference, &err));
    assert_ok(cst_json_parse(&again, text.data, text.size, "reference.json", &err));
    json_t *a = world_report(reference, now, NULL, NULL);
    json_t *b = world_report(again, now, NULL, NULL);
    assert_same_json(a, b);
    json_decref(a);
    json_decref(b);
    json_decref(again);
    json_decref(reference);
    cst_text_free(&text);
    cst_table_free(before);
    cst_table_free(now);
}

static void a_window_that_lacks_a_column_is_refused_by_name(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = world_table(&march);
    json_t *reference = world_reference(table, "t", 1);
    cst_window *window = NULL;
    cst_table_drop(table, "x1");
    assert_ok(cst_window_new(&window, reference, &err));
    assert_fails(cst_window_update(window, table, &err), CST_MISSING, "x1");
    cst_window_free(window);
    json_decref(reference);
    cst_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shifted_score_is_drift),
        cmocka_unit_test(the_same_world_a_month_later_is_none),
        cmocka_unit_test(a_feature_warns_when_it_drifts_again),
        cmocka_unit_test(too_few_rows_or_days_are_not_judged),
        cmocka_unit_test(missing_and_outside_values_are_flagged),
        cmocka_unit_test(levels_never_seen_are_flagged),
        cmocka_unit_test(seven_shares_freeze_the_reference_of_one),
        cmocka_unit_test(a_reference_read_back_counts_the_same),
        cmocka_unit_test(a_window_that_lacks_a_column_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

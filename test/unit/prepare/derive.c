/* derive.c - facts about derived columns and rows that count */
#include "prepare/rows.h"
#include "test/unit/prepare/build.h"

static cst_table *delays(void)
{
    cst_table *table = build_table(4);
    build_numbers(table, "arr_delay", CST_FLOAT32, (double[]){20, -3, NAN, 15});
    return table;
}

static void derived_columns_may_use_each_other_in_any_order(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = delays();
    json_t *derive = build_json("{'a': 'b * 2', 'b': 'arr_delay + 1'}");
    assert_ok(cst_prepare_derive(table, derive, &err));
    const cst_column *a = cst_table_find(table, "a");
    assert_int_equal(a->type, CST_FLOAT64);
    assert_true(a->values.f64[0] == 42 && a->values.f64[1] == -4 && isnan(a->values.f64[2]));
    json_decref(derive);
    cst_table_free(table);
}

static void wrong_expressions_are_pointed_at(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *derive;
        cst_code code;
        const char *words;
    } cases[] = {
        {"{'arr_delay': 'arr_delay + 1'}", CST_EXISTS, "\"arr_delay\" already"},
        {"{'late': 'arr_dely > 15'}", CST_USAGE, "arr_delay"},
        {"{'late': 'arr_delay > '}", CST_USAGE, "arr_delay >"},
        {"{'a': 'b', 'b': 'c', 'c': 'a + arr_delay'}", CST_USAGE, "needs itself"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cst_table *table = delays();
        json_t *derive = build_json(cases[i].derive);
        assert_fails(cst_prepare_derive(table, derive, &err), cases[i].code, cases[i].words);
        json_decref(derive);
        cst_table_free(table);
    }
}

static void rows_count_where_true_and_labelled(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = delays();
    uint8_t keep[4];
    int64_t counts[2];
    json_t *spec =
        build_json("{'where': 'isna(arr_delay) or arr_delay > 0', 'label': 'arr_delay'}");
    assert_ok(cst_prepare_keep(keep, counts, table, spec, &err));
    assert_memory_equal(keep, ((uint8_t[]){1, 0, 0, 1}), 4);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 1);
    assert_int_equal(table->columns, 1);
    json_decref(spec);
    spec = build_json("{'label': 'arr_delay > 15'}");
    assert_ok(cst_prepare_keep(keep, counts, table, spec, &err));
    assert_memory_equal(keep, ((uint8_t[]){1, 1, 1, 1}), 4);
    json_decref(spec);
    cst_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derived_columns_may_use_each_other_in_any_order),
        cmocka_unit_test(wrong_expressions_are_pointed_at),
        cmocka_unit_test(rows_count_where_true_and_labelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* table.c - columns, missing values, dictionaries, rows taken and appended */
#include "test/unit/test.h"

#include "table/table.h"

static void set_levels(cst_column *column, char **text, int32_t count)
{
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_levels_copy(&column->levels, &(cst_levels){text, count}, &err));
}

/* Three rows: score 1.5, NaN, -2; carrier AA, missing, UA; note "x", missing, "". */
static cst_table *sample(void)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    cst_column *column = NULL;
    assert_ok(cst_table_new(&table, &err));

    assert_ok(cst_table_add(&column, table, "score", CST_FLOAT64, &err));
    assert_ok(cst_column_reserve(column, 3, &err));
    memcpy(column->values.f64, (double[]){1.5, (double)NAN, -2}, 3 * sizeof(double));
    column->rows = 3;

    assert_ok(cst_table_add(&column, table, "carrier", CST_CATEGORY, &err));
    assert_ok(cst_column_reserve(column, 3, &err));
    memcpy(column->values.i32, (int32_t[]){0, CST_MISSING_INT32, 1}, 3 * sizeof(int32_t));
    column->rows = 3;
    set_levels(column, (char *[]){"AA", "UA"}, 2);

    assert_ok(cst_table_add(&column, table, "note", CST_TEXT, &err));
    assert_ok(cst_column_add_text(column, "x", 1, &err));
    assert_ok(cst_column_add_text(column, NULL, 0, &err));
    assert_ok(cst_column_add_text(column, "", 0, &err));

    table->rows = 3;
    table->id = calloc(3, sizeof *table->id);
    assert_non_null(table->id);
    for (uint64_t r = 0; r < 3; r++)
        table->id[r] = (cst_rowid){7, r};
    return table;
}

static void assert_text(const cst_table *table, const char *name, size_t row, const char *expected)
{
    size_t size = 0;
    const char *text = cst_column_text(cst_table_find(table, name), row, &size);
    if (!expected) {
        assert_null(text);
        return;
    }
    assert_non_null(text);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
}

static void a_name_is_taken_once(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_column *column = NULL;
    assert_fails(cst_table_add(&column, table, "note", CST_INT32, &err), CST_EXISTS, "note");
    cst_table_drop(table, "carrier");
    assert_null(cst_table_find(table, "carrier"));
    assert_string_equal(table->column[1].name, "note");
    assert_text(table, "note", 0, "x");
    cst_table_free(table);
}

static void types_are_named_as_schemas_write_them(void **state)
{
    (void)state;
    for (int type = 0; type < CST_TYPE_COUNT; type++)
        assert_int_equal(cst_type_parse(cst_type_name((cst_type)type)), type);
    assert_int_equal(cst_type_parse("float16"), -1);
    assert_int_equal(cst_type_size(CST_CATEGORY), 4);
    assert_int_equal(cst_type_size(CST_TIME), 8);
}

static void missing_is_told_from_empty_and_from_zero(void **state)
{
    (void)state;
    cst_table *table = sample();
    assert_text(table, "note", 1, NULL);
    assert_text(table, "note", 2, "");
    assert_text(table, "carrier", 1, NULL);
    const cst_column *score = cst_table_find(table, "score");
    assert_true(cst_column_is_missing(score, 1));
    assert_false(cst_column_is_missing(score, 2));
    assert_true(isnan(cst_column_number(score, 1)));
    assert_true(isnan(cst_column_number(cst_table_find(table, "carrier"), 1)));
    assert_true(cst_column_number(score, 2) == -2);
    cst_table_free(table);
}

static void selected_rows_keep_order_and_identity(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_table *selected = NULL;
    assert_ok(cst_table_select(&selected, table, (uint8_t[]){1, 0, 1}, &err));
    assert_int_equal(selected->rows, 2);
    assert_text(selected, "carrier", 1, "UA");
    assert_text(selected, "note", 1, "");
    assert_int_equal(selected->id[1].row, 2);
    assert_int_equal(selected->id[1].part, 7);
    cst_table_free(selected);
    cst_table_free(table);
}

static void taking_row_minus_one_gives_missing_values(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_table *taken = NULL;
    assert_ok(cst_table_take(&taken, table, (int64_t[]){2, -1, 0, 0}, 4, &err));
    assert_int_equal(taken->rows, 4);
    for (size_t c = 0; c < taken->columns; c++) {
        assert_int_equal(taken->column[c].rows, 4);
        assert_true(cst_column_is_missing(&taken->column[c], 1));
    }
    assert_text(taken, "carrier", 0, "UA");
    assert_text(taken, "note", 3, "x");
    cst_table_free(taken);
    cst_table_free(table);
}

static void appended_categories_mean_the_same_text(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_table *other = sample();
    cst_column *carrier = cst_table_find(other, "carrier");
    cst_levels_free(&carrier->levels);
    set_levels(carrier, (char *[]){"9E", "AA"}, 2);
    assert_ok(cst_table_append(table, other, &err));
    assert_int_equal(table->rows, 6);
    static const char *const expected[] = {"AA", NULL, "UA", "9E", NULL, "AA"};
    for (size_t r = 0; r < 6; r++)
        assert_text(table, "carrier", r, expected[r]);
    assert_int_equal(cst_table_find(table, "carrier")->levels.count, 3);
    assert_text(table, "note", 3, "x");
    assert_text(table, "note", 4, NULL);
    assert_int_equal(table->id[5].row, 2);
    cst_table_drop(other, "score");
    assert_fails(cst_table_append(table, other, &err), CST_INVALID, "columns");
    cst_table_free(other);
    cst_table_free(table);
}

static void recoding_counts_the_values_whose_level_is_gone(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    cst_column *carrier = cst_table_find(table, "carrier");
    size_t lost = 0;
    char *levels[] = {"B6", "UA", "ZZ"};
    assert_ok(cst_column_recode(carrier, &(cst_levels){levels, 3}, &lost, &err));
    assert_int_equal(lost, 1);
    assert_text(table, "carrier", 0, NULL);
    assert_text(table, "carrier", 2, "UA");
    cst_table_free(table);
}

static void a_column_is_copied_under_another_name(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = sample();
    for (int i = 0; i < 40; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "note%d", i);
        assert_ok(cst_table_add_copy(table, cst_table_find(table, "note"), name, &err));
    }
    assert_text(table, "note39", 0, "x");
    assert_text(table, "note39", 1, NULL);
    assert_fails(cst_table_add_copy(table, cst_table_find(table, "note"), NULL, &err), CST_EXISTS,
                 "note");
    cst_table_free(table);
}

static void a_level_is_found_by_its_whole_text(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *text[] = {"", "A", "AB", "B"};
    cst_levels levels = {text, 4};
    assert_int_equal(cst_levels_find(&levels, "ABC", 2), 2);
    assert_int_equal(cst_levels_find(&levels, "ABC", 3), -1);
    assert_int_equal(cst_levels_find(&levels, "", 0), 0);
    assert_int_equal(cst_levels_find(&levels, "A", 1), 1);
    cst_levels united = {NULL, 0};
    char *more[] = {"A", "AA", "C"};
    assert_ok(cst_levels_unite(&united, &levels, &(cst_levels){more, 3}, &err));
    char *both[] = {"", "A", "AA", "AB", "B", "C"};
    assert_true(cst_levels_equal(&united, &(cst_levels){both, 6}));
    assert_false(cst_levels_equal(&united, &levels));
    cst_levels_free(&united);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_taken_once),
        cmocka_unit_test(types_are_named_as_schemas_write_them),
        cmocka_unit_test(missing_is_told_from_empty_and_from_zero),
        cmocka_unit_test(selected_rows_keep_order_and_identity),
        cmocka_unit_test(taking_row_minus_one_gives_missing_values),
        cmocka_unit_test(appended_categories_mean_the_same_text),
        cmocka_unit_test(recoding_counts_the_values_whose_level_is_gone),
        cmocka_unit_test(a_column_is_copied_under_another_name),
        cmocka_unit_test(a_level_is_found_by_its_whole_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

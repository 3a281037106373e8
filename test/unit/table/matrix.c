/* matrix.c - a matrix and its form in the store say the same */
#include "test/unit/test.h"

#include "table/matrix.h"

static void a_matrix_survives_being_a_table(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_matrix *matrix = NULL;
    assert_ok(cst_matrix_new(&matrix, 3, 2, &err));
    assert_ok(cst_matrix_name(matrix, 0, "temp", CST_FEATURE_NUMERIC, 0, &err));
    assert_ok(cst_matrix_name(matrix, 1, "carrier", CST_FEATURE_CATEGORY, 120, &err));
    memcpy(matrix->x[0], (float[]){0.1F, NAN, -0.0F}, 3 * sizeof(float));
    memcpy(matrix->x[1], (float[]){119, 0, NAN}, 3 * sizeof(float));
    memcpy(matrix->label, (double[]){1, 0, 1}, 3 * sizeof(double));
    matrix->time = calloc(3, sizeof *matrix->time);
    assert_non_null(matrix->time);
    matrix->time[2] = -5;
    matrix->id[1] = (cst_rowid){UINT64_MAX, 4};
    matrix->first = 4096;
    matrix->total = 9000;

    cst_table *table = NULL;
    cst_matrix *back = NULL;
    assert_ok(cst_matrix_to_table(&table, matrix, &err));
    assert_non_null(cst_table_find(table, "x:temp"));
    assert_non_null(cst_table_find(table, "y:label"));
    assert_null(cst_table_find(table, "y:weight"));
    assert_ok(cst_matrix_from_table(&back, table, &err));

    assert_int_equal(back->rows, 3);
    assert_int_equal(back->columns, 2);
    assert_string_equal(back->feature[1].name, "carrier");
    assert_int_equal(back->feature[1].kind, CST_FEATURE_CATEGORY);
    assert_int_equal(back->feature[1].levels, 120);
    assert_memory_equal(back->x[0], matrix->x[0], 3 * sizeof(float));
    assert_true(back->x[1][0] == 119 && back->x[1][1] == 0 && isnan(back->x[1][2]));
    assert_memory_equal(back->label, matrix->label, 3 * sizeof(double));
    assert_null(back->weight);
    assert_int_equal(back->time[2], -5);
    assert_true(back->id[1].part == UINT64_MAX && back->id[1].row == 4);
    assert_int_equal(back->first, 4096);
    assert_int_equal(back->total, 9000);
    cst_matrix_free(back);
    cst_table_free(table);
    cst_matrix_free(matrix);
}

static void a_table_that_is_no_matrix_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    cst_matrix *matrix = NULL;
    cst_column *column = NULL;
    assert_ok(cst_table_new(&table, &err));
    assert_ok(cst_table_add(&column, table, "y:label", CST_INT64, &err));
    assert_fails(cst_matrix_from_table(&matrix, table, &err), CST_INVALID, "y:label");
    assert_ok(cst_table_add(&column, table, "x:temp", CST_TEXT, &err));
    assert_fails(cst_matrix_from_table(&matrix, table, &err), CST_INVALID, "temp");
    cst_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matrix_survives_being_a_table),
        cmocka_unit_test(a_table_that_is_no_matrix_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* metrics.c - scikit-learn's values to 1e-9; what is not defined; what is refused */
#include "test/unit/test.h"

#include "base/array.h"
#include "config/json.h"
#include "evaluate/metrics.h"

static double *numbers(const json_t *array)
{
    cst_error err = CST_ERROR_INIT;
    if (!json_is_array(array))
        return NULL;
    double *values = cst_array_new(json_array_size(array), sizeof *values, "test", &err);
    assert_non_null(values);
    for (size_t i = 0; i < json_array_size(array); i++)
        values[i] = json_number_value(json_array_get(array, i));
    return values;
}

static void values_are_scikit_learns(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *cases = NULL, *each, *value;
    size_t at;
    const char *name;
    int compared = 0;
    assert_ok(cst_json_read(&cases, "../../fixtures/metrics/values.json", &err));
    json_array_foreach(cases, at, each)
    {
        double *label = numbers(json_object_get(each, "label"));
        double *score = numbers(json_object_get(each, "score"));
        double *weight = numbers(json_object_get(each, "weight"));
        size_t n = json_array_size(json_object_get(each, "label"));
        json_object_foreach(json_object_get(each, "values"), name, value)
        {
            double got, expected = json_number_value(value);
            int metric = cst_metric_parse(name);
            assert_in_range(metric, 0, CST_METRIC_COUNT - 1);
            assert_ok(cst_metric_value(&got, (cst_metric)metric, score, label, weight, n, &err));
            if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
                fail_msg("%s of \"%s\" is %.15g, not %.15g", name,
                         json_string_value(json_object_get(each, "name")), got, expected);
            compared++;
        }
        free(label);
        free(score);
        free(weight);
    }
    json_decref(cases);
    assert_int_equal(compared, 84);
}

static void names_come_back_and_every_metric_has_one(void **state)
{
    (void)state;
    for (int m = 0; m < CST_METRIC_COUNT; m++) {
        assert_int_equal(cst_metric_parse(cst_metric_name((cst_metric)m)), m);
        assert_string_equal(cst_metric_names[m], cst_metric_name((cst_metric)m));
    }
    assert_null(cst_metric_names[CST_METRIC_COUNT]);
    assert_int_equal(cst_metric_parse("gini"), -1);
    assert_true(cst_metric_larger_is_better(CST_METRIC_AUC));
    assert_false(cst_metric_larger_is_better(CST_METRIC_LOG_LOSS));
    assert_false(cst_metric_of_classification(CST_METRIC_RMSE));
}

static void what_is_not_defined_is_not_a_number(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const double score[] = {0.1, 0.7}, ones[] = {1, 1}, none[] = {0, 0};
    double value;
    assert_ok(cst_metric_value(&value, CST_METRIC_AUC, score, ones, NULL, 2, &err));
    assert_true(isnan(value));
    for (int m = 0; m < CST_METRIC_COUNT; m++) {
        assert_ok(cst_metric_value(&value, (cst_metric)m, score, ones, none, 2, &err));
        assert_true(isnan(value));
        assert_ok(cst_metric_value(&value, (cst_metric)m, score, ones, NULL, 0, &err));
        assert_true(isnan(value));
    }
}

static void rows_that_cannot_be_scored_are_named(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    double value;
    assert_fails(cst_metric_value(&value, CST_METRIC_AUC, (double[]){0.5, 1.5}, (double[]){0, 1},
                                  NULL, 2, &err),
                 CST_INVALID, "row 1 has score 1.5");
    assert_fails(cst_metric_value(&value, CST_METRIC_LOG_LOSS, (double[]){0.5, 0.5},
                                  (double[]){2, 1}, NULL, 2, &err),
                 CST_INVALID, "row 0 has score 0.5 and label 2");
    assert_fails(
        cst_metric_value(&value, CST_METRIC_MAE, (double[]){NAN}, (double[]){1}, NULL, 1, &err),
        CST_INVALID, "finite");
}

static void whole_weights_are_rows_repeated(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const double score[] = {0.9, 0.4, 0.4, 0.2, 0.6}, label[] = {1, 1, 0, 0, 0};
    const double weight[] = {2, 1, 3, 1, 0};
    const double repeated[] = {0.9, 0.9, 0.4, 0.4, 0.4, 0.4, 0.2}, labels[] = {1, 1, 1, 0, 0, 0, 0};
    for (int m = 0; m < CST_METRIC_COUNT; m++) {
        double a, b;
        assert_ok(cst_metric_value(&a, (cst_metric)m, score, label, weight, 5, &err));
        assert_ok(cst_metric_value(&b, (cst_metric)m, repeated, labels, NULL, 7, &err));
        assert_true(fabs(a - b) < 1e-15);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_scikit_learns),
        cmocka_unit_test(names_come_back_and_every_metric_has_one),
        cmocka_unit_test(what_is_not_defined_is_not_a_number),
        cmocka_unit_test(rows_that_cannot_be_scored_are_named),
        cmocka_unit_test(whole_weights_are_rows_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

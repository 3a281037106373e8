/* quality.c - whether a model is still as good as its evaluation said */
#include "test/unit/test.h"

#include "config/json.h"
#include "exact/random.h"
#include "profile/drift.h"

#include <string.h>

enum { ROWS = 4000, DAYS = 20 };

/* Labels that follow the scores, which are off by so much on the scale of probabilities. */
static json_t *quality_of(double off, const int64_t *day, double evaluated)
{
    cst_error err = CST_ERROR_INIT;
    static double score[ROWS];
    static double label[ROWS];
    for (uint64_t r = 0; r < ROWS; r++) {
        double p = 0.1 + 0.8 * cst_random_unit(1, CST_STREAM_INITIAL, 1, r);
        label[r] = cst_random_unit(1, CST_STREAM_INITIAL, 2, r) < p;
        score[r] = fmin(fmax(p + off, 0.01), 0.99);
    }
    json_t *evaluation = json_pack("{s:{s:f,s:f}}", "log_loss", "value", evaluated, "se", 0.01);
    json_t *out = cst_drift_quality(score, label, NULL, day, ROWS, true, evaluation, NULL, &err);
    if (!out)
        fail_msg("%s", err.text);
    json_decref(evaluation);
    return out;
}

static double figure(const json_t *quality, const char *key)
{
    return json_number_value(json_object_get(quality, key));
}

static const char *verdict(const json_t *quality)
{
    return json_string_value(json_object_get(quality, "verdict"));
}

static void a_calibrated_model_is_fine_and_a_skewed_one_alarms(void **state)
{
    (void)state;
    int64_t day[ROWS];
    for (int r = 0; r < ROWS; r++)
        day[r] = r * DAYS / ROWS;
    json_t *good = quality_of(0, day, 0.62);
    json_t *bad = quality_of(-0.4, day, 0.62);
    assert_string_equal(verdict(good), "fine");
    assert_true(figure(good, "z") < 2);
    assert_string_equal(verdict(bad), "alarm");
    assert_true(figure(bad, "z") > figure(bad, "z_limit"));
    assert_true(figure(bad, "loss") > figure(bad, "base_loss"));
    json_decref(good);
    json_decref(bad);
}

/* Worse than a constant is an alarm even where the evaluation expected no better. */
static void worse_than_a_constant_is_an_alarm_whatever_z_says(void **state)
{
    (void)state;
    int64_t day[ROWS];
    for (int r = 0; r < ROWS; r++)
        day[r] = r * DAYS / ROWS;
    json_t *bad = quality_of(-0.4, day, 2.0);
    assert_true(figure(bad, "z") < 0);
    assert_string_equal(verdict(bad), "alarm");
    json_decref(bad);
}

/* Every row given once a day: the error by days is that of the days' means. */
static void errors_are_those_of_clusters(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const double score[] = {0.5, 0.5, 0.25, 0.25, 0.5, 0.5};
    const double label[] = {1, 1, 1, 1, 1, 1};
    const int64_t day[] = {1, 1, 2, 2, 3, 3};
    const int64_t mixed[] = {3, 1, 2, 2, 3, 1};
    json_t *by_day = cst_drift_quality(score, label, NULL, day, 6, true, NULL, NULL, &err);
    json_t *again = cst_drift_quality(score, label, NULL, mixed, 6, true, NULL, NULL, &err);
    json_t *by_row = cst_drift_quality(score, label, NULL, NULL, 6, true, NULL, NULL, &err);
    const double log2 = 0.69314718055994531; /* day means log 2, 2 log 2, log 2: se log 2 / 3 */
    assert_true(fabs(figure(by_day, "loss") - 4 * log2 / 3) < 1e-14);
    assert_true(fabs(figure(by_day, "se") - log2 / 3) < 1e-14);
    assert_true(figure(again, "se") == figure(by_day, "se"));
    assert_true(figure(by_row, "se") < figure(by_day, "se"));
    assert_string_equal(verdict(by_day), "too few rows");
    json_decref(by_day);
    json_decref(again);
    json_decref(by_row);
}

/* Whole weights are repeated rows, as they are in the evaluation that the window is held against.
 */
static void a_weight_of_two_is_a_row_given_twice(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const double score[] = {0.5, 0.25, 0.75, 0.5}, label[] = {1, 1, 0, 0};
    const double weight[] = {2, 1, 1, 0};
    const int64_t day[] = {1, 2, 3, 3};
    const double scores[] = {0.5, 0.5, 0.25, 0.75}, labels[] = {1, 1, 1, 0};
    const int64_t days[] = {1, 1, 2, 3};
    for (int classes = 0; classes < 2; classes++) {
        json_t *weighted =
            cst_drift_quality(score, label, weight, day, 4, classes, NULL, NULL, &err);
        json_t *repeated =
            cst_drift_quality(scores, labels, NULL, days, 4, classes, NULL, NULL, &err);
        static const char *const keys[] = {"loss", "se", "base_loss"};
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            assert_true(fabs(figure(weighted, keys[i]) - figure(repeated, keys[i])) < 1e-15);
        json_decref(weighted);
        json_decref(repeated);
    }
}

static void no_rows_are_too_few(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const double none[1] = {0};
    const int64_t day[1] = {0};
    json_t *quality = cst_drift_quality(none, none, NULL, day, 0, true, NULL, NULL, &err);
    assert_string_equal(verdict(quality), "too few rows");
    assert_true(json_is_null(json_object_get(quality, "loss")));
    json_decref(quality);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calibrated_model_is_fine_and_a_skewed_one_alarms),
        cmocka_unit_test(worse_than_a_constant_is_an_alarm_whatever_z_says),
        cmocka_unit_test(errors_are_those_of_clusters),
        cmocka_unit_test(a_weight_of_two_is_a_row_given_twice),
        cmocka_unit_test(no_rows_are_too_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* schedule.c - rungs, what goes on from them, and Hyperband's brackets */
#include "test/unit/test.h"

#include "config/json.h"
#include "config/option.h"
#include "tune/options.h"
#include "tune/schedule.h"

/* The schedule of a section, its defaults filled in. */
static cst_code made(cst_schedule *out, const char *text, cst_error *err)
{
    json_t *raw = NULL;
    json_t *tune = NULL;
    cst_code rc = cst_json_parse(&raw, text, strlen(text), "test", err);
    assert_int_equal(json_object_set_new(raw, "space", json_object()), 0);
    if (rc == CST_OK)
        rc = cst_option_check(&tune, raw, NULL, "test", cst_tune_options, err);
    if (rc == CST_OK)
        rc = cst_schedule_make(out, tune, err);
    json_decref(raw);
    json_decref(tune);
    return rc;
}

static void random_search_has_one_rung(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_schedule s;
    assert_ok(made(&s, "{\"trials\": 5}", &err));
    assert_int_equal(s.trials, 5);
    assert_int_equal(s.rungs, 1);
    assert_int_equal(s.steps[0], 0);
    assert_int_equal(s.brackets, 1);
    assert_int_equal(s.bracket[0].trials, 5);
    assert_ok(made(&s, "{\"rungs\": [40]}", &err));
    assert_int_equal(s.steps[0], 40);
    assert_fails(made(&s, "{\"rungs\": [40, 80]}", &err), CST_USAGE, "tune.rungs: random search");
}

static void the_rungs_ratio_says_how_many_go_on(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_schedule s;
    assert_ok(made(&s, "{\"method\": \"asha\", \"trials\": 32, \"rungs\": [20, 80, 160]}", &err));
    assert_int_equal(s.rungs, 3);
    assert_int_equal(cst_schedule_keep(&s, 0, 32), 8);
    assert_int_equal(cst_schedule_keep(&s, 1, 8), 4);
    assert_int_equal(cst_schedule_keep(&s, 0, 3), 1); /* one always does */
    assert_int_equal(cst_schedule_keep(&s, 0, 0), 0);
    assert_ok(made(&s, "{\"method\": \"asha\", \"rungs\": [20, 80, 160], \"eta\": 2.5}", &err));
    assert_int_equal(cst_schedule_keep(&s, 0, 32), 12);
    assert_int_equal(cst_schedule_keep(&s, 1, 12), 4);
}

static void hyperbands_brackets_cost_about_the_same(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_schedule s;
    /* weights 9/3, 3/2, 1 of 22 - 3 trials above one each: 10.36, 5.18, 3.45 */
    assert_ok(made(&s, "{\"method\": \"hyperband\", \"trials\": 22, \"rungs\": [1, 3, 9]}", &err));
    assert_int_equal(s.brackets, 3);
    const int64_t trials[] = {11, 6, 5};
    const int64_t first[] = {0, 11, 17};
    for (size_t b = 0; b < 3; b++) {
        assert_int_equal(s.bracket[b].rung, b);
        assert_int_equal(s.bracket[b].trials, trials[b]);
        assert_int_equal(s.bracket[b].first, first[b]);
    }
    assert_fails(made(&s, "{\"method\": \"hyperband\", \"trials\": 2, \"rungs\": [1, 3, 9]}", &err),
                 CST_USAGE, "tune.trials: hyperband wants a trial for each of its 3");
}

static void what_is_no_schedule_is_named(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_schedule s;
    assert_fails(made(&s, "{\"method\": \"asha\"}", &err), CST_USAGE,
                 "tune.rungs: method: asha wants two rungs or more");
    assert_fails(made(&s, "{\"method\": \"asha\", \"rungs\": [3, 3]}", &err), CST_USAGE,
                 "found 3 after 3");
    assert_fails(made(&s, "{\"method\": \"grid\"}", &err), CST_USAGE, "\"grid\" is none of");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_search_has_one_rung),
        cmocka_unit_test(the_rungs_ratio_says_how_many_go_on),
        cmocka_unit_test(hyperbands_brackets_cost_about_the_same),
        cmocka_unit_test(what_is_no_schedule_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

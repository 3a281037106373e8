/* evaluate_disjoint.c - what splits prove about test rows, and what they do not */
#include "test/unit/test.h"

#include "config/json.h"
#include "stage/evaluating.h"

static const char monthly[] =
    "{\"by\": \"time\", \"all\": false, \"training\": [\"2013-01-01T05:00:00Z\", "
    "\"2013-03-03T23:00:00Z\"], \"validation\": [\"2013-03-04T05:00:00Z\", "
    "\"2013-03-17T23:00:00Z\"], \"test\": [\"2013-03-18T05:00:00Z\", \"2013-03-31T23:00:00Z\"]}";

static json_t *parse(const char *text)
{
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    assert_ok(cst_json_parse(&value, text, strlen(text), "test", &err));
    return value;
}

/* Ask, and hold the sentence against words that it must have. */
static bool disjoint(const char *fitted, const char *test, const char *words)
{
    cst_error err = CST_ERROR_INIT;
    json_t *a = parse(fitted), *b = parse(test);
    char *why = NULL;
    bool answer;
    assert_ok(cst_evaluating_disjoint(&answer, &why, "late@2", a, b, &err));
    if (!strstr(why, words))
        fail_msg("\"%s\" is not in \"%s\"", words, why);
    free(why);
    json_decref(a);
    json_decref(b);
    return answer;
}

static void a_models_own_test_rows_are_newer_than_its_training(void **state)
{
    (void)state;
    assert_true(disjoint(monthly, monthly,
                         "fitted on rows up to 2013-03-17T23:00:00Z, the test rows begin at "
                         "2013-03-18T05:00:00Z"));
}

static void a_refit_has_seen_every_row_up_to_its_last(void **state)
{
    (void)state;
    const char *before = "{\"by\": \"none\", \"all\": true, \"training\": "
                         "[\"2013-01-01T05:00:00Z\", \"2013-03-18T04:59:59.5Z\"]}";
    const char *at_the_same_instant = "{\"by\": \"none\", \"all\": true, \"training\": "
                                      "[\"2013-01-01T05:00:00Z\", \"2013-03-18T05:00:00Z\"]}";
    assert_true(disjoint(before, monthly, "late@2 was fitted on rows up to"));
    assert_false(disjoint(at_the_same_instant, monthly, "but the test rows begin at"));
}

static void hash_splits_of_one_key_seed_and_share_agree_for_ever(void **state)
{
    (void)state;
    const char *hash = "{\"by\": \"hash\", \"key\": [\"tailnum\"], \"seed\": 1, \"test_share\": "
                       "0.1, \"validation_share\": 0.1}";
    const char *other_seed = "{\"by\": \"hash\", \"key\": [\"tailnum\"], \"seed\": 2, "
                             "\"test_share\": 0.1}";
    const char *other_key = "{\"by\": \"hash\", \"seed\": 1, \"test_share\": 0.1}";
    const char *other_share = "{\"by\": \"hash\", \"key\": [\"tailnum\"], \"seed\": 1, "
                              "\"test_share\": 0.2}";
    assert_true(disjoint(hash, hash, "the same hash split"));
    assert_false(disjoint(hash, other_seed, "nothing shows"));
    assert_false(disjoint(hash, other_key, "nothing shows"));
    assert_false(disjoint(hash, other_share, "nothing shows"));
    assert_false(disjoint("{\"by\": \"none\", \"all\": true}", hash, "nothing shows"));
}

static void without_times_or_splits_nothing_is_shown(void **state)
{
    (void)state;
    assert_false(disjoint("{}", monthly, "nothing shows"));
    assert_false(disjoint(monthly, "{}", "nothing shows"));
    assert_false(disjoint("null", "null", "nothing shows"));
}

/* Rows are often old by one clock and new by another: ordered in March, shipped in April. */
static void times_of_two_columns_prove_nothing(void **state)
{
    (void)state;
    const char *ordered = "{\"by\": \"time\", \"column\": \"ordered\", \"training\": "
                          "[\"2013-01-01T00:00:00Z\", \"2013-03-01T00:00:00Z\"]}";
    const char *shipped = "{\"by\": \"time\", \"column\": \"shipped\", \"test\": "
                          "[\"2013-04-01T00:00:00Z\", \"2013-05-01T00:00:00Z\"]}";
    const char *as_ordered = "{\"by\": \"time\", \"column\": \"ordered\", \"test\": "
                             "[\"2013-04-01T00:00:00Z\", \"2013-05-01T00:00:00Z\"]}";
    assert_false(disjoint(ordered, shipped, "another time proves nothing"));
    assert_true(disjoint(ordered, as_ordered, "the test rows begin at"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_models_own_test_rows_are_newer_than_its_training),
        cmocka_unit_test(a_refit_has_seen_every_row_up_to_its_last),
        cmocka_unit_test(hash_splits_of_one_key_seed_and_share_agree_for_ever),
        cmocka_unit_test(without_times_or_splits_nothing_is_shown),
        cmocka_unit_test(times_of_two_columns_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

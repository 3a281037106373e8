/* draw.c - what is drawn depends on seed, trial and key alone, and lies where the file says */
#include "test/unit/test.h"

#include "config/json.h"
#include "config/option.h"
#include "tune/draw.h"

static json_t *parsed(const char *text)
{
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    assert_ok(cst_json_parse(&value, text, strlen(text), "test", &err));
    return value;
}

static const char space_text[] =
    "{\"leaves\": [31, 63, 127], \"learning_rate\": \"log(0.02, 0.3)\", "
    "\"l2\": \"uniform(-1, 1)\", \"min_rows\": \"int(1, 4)\", "
    "\"bins\": \"logint( 8 ,1024 )\"}";

static json_t *drawn(const char *text, uint64_t seed, int64_t trial)
{
    cst_error err = CST_ERROR_INIT;
    json_t *space = parsed(text);
    json_t *params = NULL;
    assert_ok(cst_draw_trial(&params, space, seed, trial, &err));
    json_decref(space);
    return params;
}

static void assert_drawn(uint64_t seed, int64_t trial, const char *expected)
{
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    json_t *params = drawn(space_text, seed, trial);
    assert_ok(cst_json_canonical(&text, params, &err));
    assert_string_equal(text.data, expected);
    cst_text_free(&text);
    json_decref(params);
}

static void trials_are_what_they_always_were(void **state)
{
    (void)state;
    /* what an implementation of Philox4x32-10 in Python gives, too */
    assert_drawn(
        0, 0,
        "{\"bins\":729,\"l2\":-0.116932,\"learning_rate\":0.0261438,\"leaves\":31,\"min_rows\":3}");
    assert_drawn(
        0, 1,
        "{\"bins\":630,\"l2\":0.952339,\"learning_rate\":0.0737288,\"leaves\":63,\"min_rows\":3}");
    assert_drawn(
        7, 1,
        "{\"bins\":700,\"l2\":0.985874,\"learning_rate\":0.151895,\"leaves\":127,\"min_rows\":1}");
}

static void another_key_changes_no_value_of_the_others(void **state)
{
    (void)state;
    for (int64_t trial = 0; trial < 20; trial++) {
        json_t *all = drawn(space_text, 3, trial);
        json_t *alone = drawn("{\"learning_rate\": \"log(0.02, 0.3)\"}", 3, trial);
        assert_true(cst_get_real(all, "learning_rate", 0) ==
                    cst_get_real(alone, "learning_rate", 1));
        json_decref(all);
        json_decref(alone);
    }
}

static void values_fill_their_ranges_and_stay_inside(void **state)
{
    (void)state;
    enum { TRIALS = 4000 };
    int leaves[3] = {0};
    int rows[5] = {0};
    int small_rate = 0;
    int small_bins = 0;
    for (int64_t trial = 0; trial < TRIALS; trial++) {
        json_t *params = drawn(space_text, 11, trial);
        double rate = cst_get_real(params, "learning_rate", 0);
        int64_t bins = cst_get_int(params, "bins", 0);
        assert_true(rate >= 0.02 && rate <= 0.3);
        assert_true(fabs(cst_get_real(params, "l2", 9)) <= 1);
        assert_in_range(bins, 8, 1024);
        assert_in_range(cst_get_int(params, "min_rows", 0), 1, 4);
        rows[cst_get_int(params, "min_rows", 0)]++;
        leaves[cst_get_int(params, "leaves", 0) / 63]++;
        small_rate += rate < sqrt(0.02 * 0.3);
        small_bins += bins < 91; /* the geometric mean of 8 and 1025 is 90.6 */
        json_decref(params);
    }
    /* binomial: five standard deviations of 4,000 draws are below 160 */
    for (int i = 0; i < 3; i++)
        assert_in_range(leaves[i], TRIALS / 3 - 160, TRIALS / 3 + 160);
    for (int i = 1; i <= 4; i++)
        assert_in_range(rows[i], TRIALS / 4 - 160, TRIALS / 4 + 160);
    assert_in_range(small_rate, TRIALS / 2 - 160, TRIALS / 2 + 160);
    assert_in_range(small_bins, TRIALS / 2 - 160, TRIALS / 2 + 160);
}

static void what_cannot_be_drawn_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"12", "expected a list"},
        {"[]", "expected a list"},
        {"\"log(0.1)\"", "found log(0.1)"},
        {"\"normal(0, 1)\"", "found normal(0, 1)"},
        {"\"log(0.1, 0.3) \"", NULL},
        {"\"log(0.1, 0.3)x\"", "found log"},
        {"\"uniform(2, 1)\"", "below the second"},
        {"\"uniform(0, nan)\"", "below the second"},
        {"\"uniform(0, inf)\"", "below the second"},
        {"\"log(0, 1)\"", "above 0"},
        {"\"int(0.5, 2)\"", "whole numbers"},
        {"\"logint(0, 2)\"", "above 0"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_draw draw;
        char text[128];
        (void)snprintf(text, sizeof text, "[%s]", wrong[i].text);
        json_t *list = parsed(text);
        if (wrong[i].words)
            assert_fails(cst_draw_parse(&draw, json_array_get(list, 0), "f:1: k", &err), CST_USAGE,
                         wrong[i].words);
        else
            assert_ok(cst_draw_parse(&draw, json_array_get(list, 0), "f:1: k", &err));
        json_decref(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trials_are_what_they_always_were),
        cmocka_unit_test(another_key_changes_no_value_of_the_others),
        cmocka_unit_test(values_fill_their_ranges_and_stay_inside),
        cmocka_unit_test(what_cannot_be_drawn_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* json.c - the canonical form and the reading of JSON */
#include "test/unit/test.h"

#include "config/json.h"

static void canonical_is(const char *text, const char *expected)
{
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    json_t *value = NULL;
    assert_ok(cst_json_parse(&value, text, strlen(text), "test", &err));
    assert_ok(cst_json_canonical(&out, value, &err));
    assert_string_equal(out.data, expected);
    cst_text_free(&out);
    json_decref(value);
}

static void keys_are_sorted_and_blanks_are_gone(void **state)
{
    (void)state;
    canonical_is(" { \"b\" : [ 1 , true, null ], \"a\" : { } , \"B\": [] } ",
                 "{\"B\":[],\"a\":{},\"b\":[1,true,null]}");
    canonical_is("[0.1, 1.0, 1e300, -0.0, 12345678901234567, 0.30000000000000004]",
                 "[0.1,1,1e+300,-0.0,12345678901234567,0.30000000000000004]");
    canonical_is("\"caf\\u00e9 \\u0001\\n\\\"\\\\/\"", "\"caf\xc3\xa9 \\u0001\\n\\\"\\\\/\"");
}

static void the_canonical_form_is_its_own_canonical_form(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"a\":[-0.0,1e+22,0.1],\"b\":{\"c\":\"\\t\"}}",
                                        "[9223372036854775807,-9223372036854775808]", "1e-07"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        canonical_is(texts[i], texts[i]);
}

static void repeated_keys_and_rubbish_are_refused_with_their_place(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    const char *twice = "{\"a\": 1,\n \"a\": 2}";
    assert_fails(cst_json_parse(&value, twice, strlen(twice), "m.json", &err), CST_INVALID,
                 "m.json:2:");
    assert_fails(cst_json_parse(&value, "{", 1, "m.json", &err), CST_INVALID, "m.json:1:");
    assert_fails(cst_json_parse(&value, NULL, 0, "m.json", &err), CST_INVALID, "m.json");
    assert_null(value);
}

/* A cheap generator of all kinds of bit patterns (xorshift64*, Marsaglia 2003, Vigna 2016). */
static uint64_t next(uint64_t *x)
{
    *x ^= *x >> 12;
    *x ^= *x << 25;
    *x ^= *x >> 27;
    return *x * 2685821657736338717U;
}

static void every_finite_double_reads_back_and_none_has_a_digit_too_many(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    uint64_t seed = 42;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next(&seed);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (i % 2) /* decimal fractions, the usual ones */
            value = (double)(int64_t)(bits % 2000001 - 1000000) / 1000;
        if (!isfinite(value) || value == 0)
            continue;
        cst_text out = CST_TEXT_INIT;
        assert_ok(cst_json_number(&out, value, &err));
        assert_true(strtod(out.data, NULL) == value);
        int digits = 0;
        bool leading = true;
        for (const char *p = out.data; *p && *p != 'e'; p++)
            if (*p >= '0' && *p <= '9' && !(leading && *p == '0')) {
                leading = false;
                digits++;
            }
        char shorter[40];
        (void)snprintf(shorter, sizeof shorter, "%.*e", digits >= 2 ? digits - 2 : 0, value);
        bool integer = !strpbrk(out.data, ".e"); /* its last zeros are no digits of precision */
        if (digits >= 2 && !integer)
            assert_true(strtod(shorter, NULL) != value);
        cst_text_free(&out);
    }
}

static void what_is_not_finite_is_null(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    json_t *list = json_array();
    assert_ok(cst_json_append(list, cst_json_real(NAN), &err));
    assert_ok(cst_json_append(list, cst_json_real(INFINITY), &err));
    assert_ok(cst_json_append(list, cst_json_real(2.5), &err));
    assert_ok(cst_json_canonical(&out, list, &err));
    assert_string_equal(out.data, "[null,null,2.5]");
    json_decref(list);
    cst_text_free(&out);
}

static void the_form_for_people_is_indented(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    json_t *value = json_pack("{s:[i,i], s:{}, s:s}", "b", 1, 2, "c", "a", "x");
    assert_ok(cst_json_pretty(&out, value, &err));
    assert_string_equal(out.data,
                        "{\n  \"a\": \"x\",\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": {}\n}");
    json_decref(value);
    cst_text_free(&out);
}

static void a_value_that_could_not_be_made_is_an_error_of_the_put(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *object = json_object();
    assert_fails(cst_json_put(object, "name", json_string("\xff"), &err), CST_NOMEM, "\"name\"");
    assert_ok(cst_json_put(object, "rows", json_integer(3), &err));
    assert_int_equal(json_integer_value(json_object_get(object, "rows")), 3);
    json_decref(object);
}

static void equal_values_have_equal_digests(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *a = json_pack("{s:i, s:f}", "x", 1, "y", 0.5);
    json_t *b = json_pack("{s:f, s:i}", "y", 0.5, "x", 1);
    cst_digest da, db;
    assert_ok(cst_json_digest(&da, a, &err));
    assert_ok(cst_json_digest(&db, b, &err));
    assert_true(cst_digest_equal(&da, &db));
    assert_ok(cst_json_put(b, "x", json_integer(2), &err));
    assert_ok(cst_json_digest(&db, b, &err));
    assert_false(cst_digest_equal(&da, &db));
    json_decref(a);
    json_decref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_sorted_and_blanks_are_gone),
        cmocka_unit_test(the_canonical_form_is_its_own_canonical_form),
        cmocka_unit_test(repeated_keys_and_rubbish_are_refused_with_their_place),
        cmocka_unit_test(every_finite_double_reads_back_and_none_has_a_digit_too_many),
        cmocka_unit_test(what_is_not_finite_is_null),
        cmocka_unit_test(the_form_for_people_is_indented),
        cmocka_unit_test(a_value_that_could_not_be_made_is_an_error_of_the_put),
        cmocka_unit_test(equal_values_have_equal_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

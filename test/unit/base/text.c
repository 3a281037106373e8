/* text.c - strings that grow, UTF-8, suggestions */
#include "test/unit/test.h"

#include "base/text.h"

static void text_grows_and_stays_terminated(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    for (int i = 0; i < 1000; i++)
        assert_ok(cst_text_print(&text, &err, "%d,", i));
    assert_int_equal(text.size, 10 * 2 + 90 * 3 + 900 * 4);
    assert_int_equal(text.data[text.size], '\0');
    assert_string_equal(text.data + text.size - 4, "999,");
    cst_text_free(&text);
    assert_null(text.data);
}

static void utf8_is_told_from_bytes_that_only_look_like_it(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int valid;
    } row[] = {
        {"plain", 1},    {"caf\xc3\xa9", 1},  {"\xe2\x82\xac", 1}, {"\xf0\x9f\x98\x80", 1},
        {"\xc0\xaf", 0}, {"\xe0\x80\xaf", 0}, {"\xed\xa0\x80", 0}, {"\xf4\x90\x80\x80", 0},
        {"\xff", 0},     {"\xc3", 0},         {"a\x80", 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_int_equal(cst_text_is_utf8(row[i].bytes, strlen(row[i].bytes)), row[i].valid);
}

static void the_nearest_name_is_suggested_and_a_far_one_is_not(void **state)
{
    (void)state;
    const char *names[] = {"trees", "leaves", "learning_rate", NULL};
    assert_string_equal(cst_text_nearest("tress", names), "trees");
    assert_string_equal(cst_text_nearest("laeves", names), "leaves");
    assert_string_equal(cst_text_nearest("learning-rate", names), "learning_rate");
    assert_null(cst_text_nearest("colour", names));
    assert_int_equal(cst_text_distance("ab", "ba"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_stays_terminated),
        cmocka_unit_test(utf8_is_told_from_bytes_that_only_look_like_it),
        cmocka_unit_test(the_nearest_name_is_suggested_and_a_far_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* man.c - manual pages: text that roff would take for its own */
#include "test/unit/test.h"

#include "config/man.h"

static void expect(cst_code (*add)(cst_text *, const char *, cst_error *), const char *text,
                   const char *wanted)
{
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_ok(add(&out, text, &err));
    assert_string_equal(out.data, wanted);
    cst_text_free(&out);
}

static void requests_are_text(void **state)
{
    (void)state;
    expect(cst_man_paragraphs, ".SH is a heading", "\\&.SH is a heading\n");
    expect(cst_man_paragraphs, "'s", "\\(aqs\n");
    expect(cst_man_paragraphs, "a\\nb", "a\\enb\n");
    expect(cst_man_section, "a \"b\"", ".SH a \\(dqb\\(dq\n");
}

static void characters_stay_what_they_are(void **state)
{
    (void)state;
    expect(cst_man_paragraphs, "--to ~ ^ `", "\\-\\-to \\(ti \\(ha \\(ga\n");
    expect(cst_man_paragraphs, "é … 😀", "\\[u00E9] \\[u2026] \\[u1F600]\n");
}

static void an_empty_line_ends_a_paragraph(void **state)
{
    (void)state;
    expect(cst_man_paragraphs, "one\ntwo\n\nthree", "one\ntwo\n.PP\nthree\n");
}

static void a_name_of_two_words_is_one_page(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_ok(cst_man_begin(&out, "capstan schema infer", "look", "Capstan 1.2.3", &err));
    assert_string_equal(out.data, ".TH \"CAPSTAN\\-SCHEMA\\-INFER\" 1 \"\" \"Capstan 1.2.3\" "
                                  "\"Capstan\"\n.SH NAME\ncapstan\\-schema\\-infer \\- look\n");
    cst_text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_text),
        cmocka_unit_test(characters_stay_what_they_are),
        cmocka_unit_test(an_empty_line_ends_a_paragraph),
        cmocka_unit_test(a_name_of_two_words_is_one_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

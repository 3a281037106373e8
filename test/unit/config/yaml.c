/* yaml.c - YAML documents as values with lines; what is refused */
#include "test/unit/test.h"

#include "config/json.h"
#include "config/yaml.h"

static json_t *parsed(const char *text, json_t **lines)
{
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    assert_ok(cst_yaml_parse(&value, lines, text, strlen(text), "f.yaml", &err));
    return value;
}

static void yaml_is(const char *text, const char *expected)
{
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    json_t *lines = NULL;
    json_t *value = parsed(text, &lines);
    assert_ok(cst_json_canonical(&out, value, &err));
    assert_string_equal(out.data, expected);
    cst_text_free(&out);
    json_decref(value);
    json_decref(lines);
}

static void plain_scalars_follow_the_core_schema(void **state)
{
    (void)state;
    yaml_is("[1, -2, 1.5, 1e3, .5, true, False, null, ~, text, 9E, 1.2.3, '7', \"8\"]",
            "[1,-2,1.5,1e+03,0.5,true,false,null,null,\"text\",\"9E\",\"1.2.3\",\"7\",\"8\"]");
    yaml_is("a:\nb: yes\nc: 007\nd: 00:30:00\ne: 2013-01-01",
            "{\"a\":null,\"b\":\"yes\",\"c\":\"007\",\"d\":\"00:30:00\",\"e\":\"2013-01-01\"}");
    yaml_is("", "null");
    yaml_is("# nothing but a comment\n", "null");
}

static void every_key_has_its_line(void **state)
{
    (void)state;
    json_t *lines = NULL;
    json_t *value = parsed("a: 1\n\nb:\n  c: [x,\n      {d: 2}]\n", &lines);
    static const struct {
        const char *path;
        int line;
    } row[] = {{"a", 1}, {"b", 3}, {"b.c", 4}, {"b.c[0]", 4}, {"b.c[1]", 5}, {"b.c[1].d", 5}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_int_equal(json_integer_value(json_object_get(lines, row[i].path)), row[i].line);
    json_decref(value);
    json_decref(lines);
}

static void what_would_be_misread_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } row[] = {
        {"a: 1\na: 2\n", "f.yaml:2: the key \"a\" stands here a second time"},
        {"a: &x 1\nb: *x\n", "f.yaml:1: anchors and aliases (\"x\")"},
        {"a: !!str 1\n", "f.yaml:1: tags"},
        {"a: 1\n---\nb: 2\n", "f.yaml:2: a second document"},
        {"a: [1,\n", "f.yaml:2: not valid YAML"},
        {"a: 1\n\tb: 2\n", "f.yaml:2: not valid YAML"},
        {"a: 99999999999999999999\n", "f.yaml:1: the number 99999999999999999999 is too large"},
        {"? [a]\n: 1\n", "f.yaml:1: a key has to be a word"},
        {"a: \"\\0\"\n", "f.yaml:1: a NUL character"},
        {"a: \xff\n", "f.yaml: byte"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        json_t *value = NULL;
        json_t *lines = NULL;
        assert_fails(
            cst_yaml_parse(&value, &lines, row[i].text, strlen(row[i].text), "f.yaml", &err),
            CST_USAGE, row[i].words);
        assert_null(value);
        assert_null(lines);
    }
}

static void nesting_has_a_bound(void **state)
{
    (void)state;
    char deep[2000];
    memset(deep, '[', 500);
    memset(deep + 500, ']', 500);
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    json_t *lines = NULL;
    assert_fails(cst_yaml_parse(&value, &lines, deep, 1000, "f.yaml", &err), CST_USAGE,
                 "levels deep");
    /* brackets without end: libyaml alone takes minutes to say so */
    enum { BRACKETS = 200000 };
    char *endless = malloc(BRACKETS);
    assert_non_null(endless);
    memset(endless, '[', BRACKETS);
    assert_fails(cst_yaml_parse(&value, &lines, endless, BRACKETS, "f.yaml", &err), CST_USAGE,
                 "levels deep");
    free(endless);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":[1,2.5,\"x\"],\"b\":{\"c\":{},\"d\":[]},\"e\":[{\"f\":1,\"g\":[true,null]},[1,[2]]]"
        "}",
        "[\"true\",\"1\",\"1.5\",\"\",\" x\",\"a: b\",\"#c\",\"- "
        "d\",\"x\\ny\",\"caf\xc3\xa9\",\"null\"]",
        "{\"a b\":\"it's\",\"1\":\"%Y-%m-%d\",\"k\":\"\\\"q\\\"\"}",
        "[]",
        "{}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_text out = CST_TEXT_INIT;
        json_t *value = NULL;
        assert_ok(cst_json_parse(&value, texts[i], strlen(texts[i]), "test", &err));
        assert_ok(cst_yaml_write(&out, value, &err));
        json_t *lines = NULL;
        json_t *back = parsed(out.data, &lines);
        assert_true(json_equal(value, back));
        cst_text_free(&out);
        json_decref(value);
        json_decref(back);
        json_decref(lines);
    }
}

static void keys_are_written_in_their_order(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    json_t *value = json_pack("{s:i, s:[{s:s, s:s}]}", "z", 1, "columns", "name", "x", "a", "y");
    assert_ok(cst_yaml_write(&out, value, &err));
    assert_string_equal(out.data, "z: 1\ncolumns:\n  - name: x\n    a: y\n");
    cst_text_free(&out);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_follow_the_core_schema),
        cmocka_unit_test(every_key_has_its_line),
        cmocka_unit_test(what_would_be_misread_is_refused_with_its_line),
        cmocka_unit_test(nesting_has_a_bound),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(keys_are_written_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* option.c - values checked against a table of options */
#include "test/unit/test.h"

#include "config/json.h"
#include "config/option.h"
#include "config/yaml.h"

static const char *const kinds[] = {"gbdt", "glm", NULL};
static const cst_option text_row[] = {{.name = "element", .type = CST_OPTION_STRING},
                                      {.name = NULL}};
static const cst_option split_rows[] = {
    {.name = "by", .type = CST_OPTION_STRING, .flags = CST_OPTION_REQUIRED, .help = "how to split"},
    {.name = "test", .type = CST_OPTION_DURATION, .fallback = "14d"},
    {.name = NULL},
};
static const cst_option derive_rows[] = {{.name = "*", .type = CST_OPTION_EXPRESSION},
                                         {.name = NULL}};
static const cst_option join_row[] = {
    {.name = "element", .type = CST_OPTION_MAP, .keys = split_rows}, {.name = NULL}};
static const cst_option table[] = {
    {.name = "model", .type = CST_OPTION_STRING, .fallback = "gbdt", .choices = kinds},
    {.name = "leaves", .type = CST_OPTION_INT, .fallback = "31", .min = 2, .max = 1024},
    {.name = "rate", .type = CST_OPTION_REAL, .fallback = "0.1", .min = 0, .max = 1},
    {.name = "weighted", .type = CST_OPTION_BOOL},
    {.name = "slices", .type = CST_OPTION_LIST, .keys = text_row},
    {.name = "split", .type = CST_OPTION_MAP, .keys = split_rows},
    {.name = "derive", .type = CST_OPTION_MAP, .keys = derive_rows},
    {.name = "join", .type = CST_OPTION_LIST, .keys = join_row},
    {.name = "threads", .type = CST_OPTION_INT, .flags = CST_OPTION_RUNTIME},
    {.name = "extra", .type = CST_OPTION_ANY},
    {.name = NULL},
};

static cst_code check(json_t **out, const char *yaml, cst_error *err)
{
    json_t *value = NULL;
    json_t *lines = NULL;
    cst_error mine = CST_ERROR_INIT;
    if (cst_yaml_parse(&value, &lines, yaml, strlen(yaml), "p.yaml", &mine) != CST_OK)
        fail_msg("%s", mine.text);
    cst_code rc = cst_option_check(out, value, lines, "p.yaml", table, err);
    json_decref(value);
    json_decref(lines);
    return rc;
}

static void checked_is(const char *yaml, const char *expected)
{
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    json_t *value = NULL;
    assert_ok(check(&value, yaml, &err));
    assert_ok(cst_json_canonical(&out, value, &err));
    assert_string_equal(out.data, expected);
    cst_text_free(&out);
    json_decref(value);
}

static void defaults_are_filled_in_and_the_rest_stays_away(void **state)
{
    (void)state;
    checked_is("", "{\"leaves\":31,\"model\":\"gbdt\",\"rate\":0.1}");
    checked_is("leaves: 63\nrate: 1", "{\"leaves\":63,\"model\":\"gbdt\",\"rate\":1}");
    checked_is("split: {by: time}",
               "{\"leaves\":31,\"model\":\"gbdt\",\"rate\":0.1,\"split\":{\"by\":\"time\",\"test\":"
               "\"14d\"}}");
    checked_is("weighted: null", "{\"leaves\":31,\"model\":\"gbdt\",\"rate\":0.1}");
}

static void one_value_stands_for_a_list_of_one(void **state)
{
    (void)state;
    checked_is("slices: carrier",
               "{\"leaves\":31,\"model\":\"gbdt\",\"rate\":0.1,\"slices\":[\"carrier\"]}");
    checked_is("slices: [carrier, -999]",
               "{\"leaves\":31,\"model\":\"gbdt\",\"rate\":0.1,\"slices\":[\"carrier\",\"-999\"]}");
}

static void a_mistake_is_named_with_line_path_and_suggestion(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *words;
    } row[] = {
        {"model: gbdt\nlaeves: 3", "p.yaml:2: laeves: unknown key; did you mean \"leaves\"?"},
        {"colour: red", "p.yaml:1: colour: unknown key; known here: model, leaves, rate"},
        {"leaves: many", "p.yaml:1: leaves: expected an integer, found \"many\""},
        {"leaves: 1.5", "p.yaml:1: leaves: expected an integer, found 1.5"},
        {"leaves: 1", "leaves: expected an integer from 2 to 1024, found 1"},
        {"rate: 1.5", "rate: expected a number from 0 to 1, found 1.5"},
        {"weighted: yes", "weighted: expected true or false, found \"yes\""},
        {"model: gbtd", "model: \"gbtd\" is none of gbdt, glm; did you mean \"gbdt\"?"},
        {"model: 1.5", "model: expected text (in quotes where it looks like something else)"},
        {"split: {by: time,\n  test: 14 days}", "p.yaml:2: split.test: expected a duration"},
        {"split: {test: 1d}", "p.yaml:1: split.by: missing: how to split"},
        {"split: 3", "p.yaml:1: split: expected a map of keys, found 3"},
        {"derive:\n  late: \"arr_delay >\"", "p.yaml:2: derive.late: a value is missing"},
        {"join:\n- {by: x}\n- {bye: x}", "p.yaml:3: join[1].bye: unknown key; did you mean \"by\""},
        {"slices: [[a]]", "p.yaml:1: slices[0]: expected text"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        json_t *value = NULL;
        assert_fails(check(&value, row[i].yaml, &err), CST_USAGE, row[i].words);
        assert_null(value);
    }
}

static void a_key_is_set_as_yaml_would_write_it(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    json_t *map = json_object();
    assert_ok(cst_option_set(map, "leaves=63", &err));
    assert_ok(cst_option_set(map, "split.by=time", &err));
    assert_ok(cst_option_set(map, "slices=[a, b]", &err));
    assert_ok(cst_option_set(map, "where=x == 1", &err));
    assert_ok(cst_json_canonical(&out, map, &err));
    assert_string_equal(out.data, "{\"leaves\":63,\"slices\":[\"a\",\"b\"],\"split\":{\"by\":"
                                  "\"time\"},\"where\":\"x == 1\"}");
    assert_fails(cst_option_set(map, "leaves", &err), CST_USAGE, "expected key=value");
    assert_fails(cst_option_set(map, "leaves.most=1", &err), CST_USAGE, "is not a map");
    assert_fails(cst_option_set(map, "a=[1", &err), CST_USAGE, "--set a=[1");
    cst_text_free(&out);
    json_decref(map);
}

static void what_only_says_how_is_left_out_of_the_resolved_map(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    json_t *resolved = NULL;
    assert_ok(check(&value, "threads: 4\nderive: {a: \"1 + 1\"}\njoin: [{by: x}]", &err));
    assert_non_null(json_object_get(value, "threads"));
    assert_ok(cst_option_resolved(&resolved, value, table, &err));
    assert_null(json_object_get(resolved, "threads"));
    json_object_del(value, "threads");
    assert_true(json_equal(value, resolved));
    json_decref(value);
    json_decref(resolved);
}

static const cst_option *more_of(const json_t *section, cst_error *err)
{
    if (!strcmp(cst_get_string(section, "model", "glm"), "glm"))
        return split_rows;
    cst_error_set(err, CST_USAGE, "no learner of this name");
    return NULL;
}

static void a_section_has_the_rows_that_its_choice_adds(void **state)
{
    (void)state;
    static const cst_section section = {
        .name = "train", .help = "training", .keys = table, .more = more_of};
    cst_error err = CST_ERROR_INIT;
    json_t *value = json_pack("{s:s, s:s}", "model", "glm", "by", "time");
    json_t *checked = NULL;
    assert_ok(cst_section_check(&checked, value, NULL, "p.yaml", &section, &err));
    assert_string_equal(cst_get_string(checked, "test", ""), "14d");
    json_object_del(value, "by");
    json_decref(checked);
    checked = NULL;
    assert_fails(cst_section_check(&checked, value, NULL, "p.yaml", &section, &err), CST_USAGE,
                 "p.yaml: train.by: missing");
    json_object_set_new(value, "model", json_string("gbdt"));
    assert_fails(cst_section_check(&checked, value, NULL, "p.yaml", &section, &err), CST_USAGE,
                 "p.yaml: train: no learner of this name");
    json_decref(value);
}

static void durations_are_microseconds(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"14d", 1209600}, {"24h", 86400}, {"90m", 5400},      {"30s", 30},
                {"2w", 1209600},  {"0", 0},       {"00:30:00", 1800}, {"100:00:01", 360001}};
    static const char *const bad[] = {"",       "d",     "14",   "14 d",     "1.5h",       "-1d",
                                      "14days", "00:30", "1:2:", "00:60:00", "999999999w9"};
    int64_t microseconds;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_ok(cst_duration_parse(&microseconds, good[i].text, &err));
        assert_true(microseconds == good[i].seconds * 1000000);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_fails(cst_duration_parse(&microseconds, bad[i], &err), CST_USAGE, "not a duration");
}

static void values_are_read_with_a_fallback_where_they_are_absent(void **state)
{
    (void)state;
    json_t *map =
        json_pack("{s:b, s:i, s:f, s:s, s:s}", "b", 1, "i", 7, "r", 0.5, "s", "x", "d", "2h");
    assert_true(cst_get_bool(map, "b", false));
    assert_true(cst_get_bool(map, "none", true));
    assert_int_equal(cst_get_int(map, "i", 0), 7);
    assert_true(cst_get_real(map, "i", 0) == 7);
    assert_true(cst_get_real(map, "r", 0) == 0.5);
    assert_string_equal(cst_get_string(map, "s", "y"), "x");
    assert_string_equal(cst_get_string(map, "none", "y"), "y");
    assert_true(cst_get_duration(map, "d", 0) == INT64_C(7200000000));
    assert_true(cst_get_duration(NULL, "d", 5) == 5);
    json_decref(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in_and_the_rest_stays_away),
        cmocka_unit_test(one_value_stands_for_a_list_of_one),
        cmocka_unit_test(a_mistake_is_named_with_line_path_and_suggestion),
        cmocka_unit_test(a_key_is_set_as_yaml_would_write_it),
        cmocka_unit_test(what_only_says_how_is_left_out_of_the_resolved_map),
        cmocka_unit_test(a_section_has_the_rows_that_its_choice_adds),
        cmocka_unit_test(durations_are_microseconds),
        cmocka_unit_test(values_are_read_with_a_fallback_where_they_are_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

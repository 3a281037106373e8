/* check.c - a search space is held against the learner's own keys before anything is run */
#include "test/unit/test.h"

#include "config/json.h"
#include "config/yaml.h"
#include "tune/options.h"

static const cst_option keys[] = {
    {.name = "model", .type = CST_OPTION_STRING, .fallback = "trees"},
    {.name = NULL},
};

static const cst_option own[] = {
    {.name = "leaves", .type = CST_OPTION_INT, .fallback = "31", .min = 2, .max = 100},
    {.name = "rate", .type = CST_OPTION_REAL, .fallback = "0.1", .min = 0.001, .max = 1},
    {.name = NULL},
};

static const cst_option *learner_keys(const json_t *section, cst_error *err)
{
    (void)section;
    (void)err;
    return own;
}

static const cst_section learner = {.name = "train", .keys = keys, .more = learner_keys};

static cst_code checked(const char *text, cst_error *err)
{
    json_t *file = NULL;
    json_t *lines = NULL;
    cst_code rc = cst_yaml_parse(&file, &lines, text, strlen(text), "p.yaml", err);
    if (rc == CST_OK)
        rc = cst_tune_check(json_object_get(file, "tune"), NULL, &learner, lines, "p.yaml", err);
    json_decref(file);
    json_decref(lines);
    return rc;
}

static void what_the_learner_takes_is_fine(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    assert_ok(checked("tune: {trials: 3, space: {leaves: [4, 8], rate: 'log(0.01, 1)'}}", &err));
    assert_ok(
        checked("tune: {trials: 3, space: {leaves: 'logint(2, 100)', rate: [1, 0.5]}}", &err));
}

static void what_it_does_not_take_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *space, *words;
    } wrong[] = {
        {"leavs: [4]", "p.yaml:3: tune.space.leavs: unknown key; did you mean \"leaves\"?"},
        {"model: [a, b]", "p.yaml:3: tune.space.model: unknown key"},
        {"leaves: [4, 1]",
         "p.yaml:3: tune.space.leaves: expected an integer from 2 to 100, found 1"},
        {"leaves: 'uniform(2, 9)'", "p.yaml:3: tune.space.leaves: takes whole numbers"},
        {"leaves: 'int(2, 101)'", "from 2 to 100, found 101"},
        {"rate: 'log(0.0001, 0.1)'", "tune.space.rate: expected a number from"},
        {"rate: lag(0.1, 0.2)", "p.yaml:3: tune.space.rate: expected a list of values"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        char text[256];
        (void)snprintf(text, sizeof text, "tune:\n  space:\n    %s\n", wrong[i].space);
        assert_fails(checked(text, &err), CST_USAGE, wrong[i].words);
    }
    cst_error err = CST_ERROR_INIT;
    assert_fails(checked("tune: {space: {}}", &err), CST_USAGE, "nothing to search for");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_learner_takes_is_fine),
        cmocka_unit_test(what_it_does_not_take_is_named_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

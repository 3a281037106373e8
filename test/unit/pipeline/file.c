/* file.c - pipeline files: keys, sections, paths, settings */
#include "test/unit/test.h"

#include "test/unit/pipeline/world.h"

static const cst_option train_keys[] = {
    {.name = "trees", .type = CST_OPTION_INT, .fallback = "100", .min = 1, .max = 1000},
    {.name = "threads", .type = CST_OPTION_INT, .fallback = "1", .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};
static const cst_option gate_keys[] = {
    {.name = "floor", .type = CST_OPTION_REAL},
    {.name = NULL},
};
static const cst_section sections[] = {
    {.name = "train", .help = "training", .keys = train_keys},
    {.name = "gate", .help = "the gate", .keys = gate_keys},
};
static const cst_grammar grammar = {.section = sections, .sections = 2};

static const char good[] = "pipeline: p\n"
                           "dataset: d\n"
                           "schema: s.yaml\n"
                           "source: {files: [\"in/*.csv\", /abs.csv]}\n"
                           "train: {trees: 5}\n";

static void sections_are_checked_and_paths_are_placed_where_the_file_lies(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    char path[256];
    char expected[320];
    json_t *pipeline = NULL;
    world_write(w, path, "p.yaml", good);
    assert_ok(cst_pipeline_read(&pipeline, path, NULL, &grammar, &err));
    assert_int_equal(cst_get_int(json_object_get(pipeline, "train"), "trees", 0), 5);
    assert_int_equal(cst_get_int(json_object_get(pipeline, "train"), "threads", 0), 1);
    assert_int_equal(cst_get_int(pipeline, "seed", -1), 0);
    assert_string_equal(cst_get_string(pipeline, "promote", ""), "automatic");
    assert_non_null(json_object_get(pipeline, "gate"));
    (void)snprintf(expected, sizeof expected, "%s/s.yaml", w->folder);
    assert_string_equal(cst_get_string(pipeline, "schema", ""), expected);
    const json_t *files = json_object_get(json_object_get(pipeline, "source"), "files");
    (void)snprintf(expected, sizeof expected, "%s/in/*.csv", w->folder);
    assert_string_equal(json_string_value(json_array_get(files, 0)), expected);
    assert_string_equal(json_string_value(json_array_get(files, 1)), "/abs.csv");
    json_decref(pipeline);
}

static void mistakes_are_named_with_their_line(void **state)
{
    const world *w = *state;
    static const struct {
        const char *text, *words;
    } row[] = {
        {"pipeline: p\n", "p.yaml: dataset: missing"},
        {"pipeline: p\ndataset: d\ntrian: {}\n",
         "p.yaml:3: trian: unknown key; did you mean \"train\"?"},
        {"pipeline: p\ndataset: d\ntrain:\n  tress: 5\n",
         "p.yaml:4: train.tress: unknown key; did you mean \"trees\"?"},
        {"pipeline: p\ndataset: d\ngate: {floor: high}\n",
         "p.yaml:3: gate.floor: expected a number, found \"high\""},
        {"pipeline: p\ndataset: d\npromote: maybe\n", "p.yaml:3: promote: \"maybe\" is none of"},
        {"pipeline: p\ndataset: d\nresources: {train: {rank: 2}}\n",
         "p.yaml:3: resources.train.rank: unknown key; did you mean \"ranks\"?"},
        {"pipeline: p\npipeline: q\n", "p.yaml:2: the key \"pipeline\" stands here a second time"},
        {"- a\n", "p.yaml: expected a map of keys"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        char path[256];
        json_t *pipeline = NULL;
        world_write(w, path, "p.yaml", row[i].text);
        assert_fails(cst_pipeline_read(&pipeline, path, NULL, &grammar, &err), CST_USAGE,
                     row[i].words);
        assert_null(pipeline);
    }
}

static void settings_stand_above_the_file(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    char path[256];
    json_t *pipeline = NULL;
    json_t *settings = json_pack("[s, s]", "trees=7", "gate.floor=0.5");
    world_write(w, path, "p.yaml", good);
    assert_ok(cst_pipeline_read(&pipeline, path, settings, &grammar, &err));
    assert_int_equal(cst_get_int(json_object_get(pipeline, "train"), "trees", 0), 7);
    assert_true(cst_get_real(json_object_get(pipeline, "gate"), "floor", 0) == 0.5);
    json_decref(pipeline);
    pipeline = NULL;
    assert_int_equal(json_array_append_new(settings, json_string("trees=many")), 0);
    assert_fails(cst_pipeline_read(&pipeline, path, settings, &grammar, &err), CST_USAGE,
                 "p.yaml: train.trees: expected an integer"); /* the file's line is not to blame */
    json_decref(settings);
}

static void without_a_file_there_are_settings_and_defaults(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *out = NULL;
    json_t *settings = json_pack("[s]", "trees=7");
    assert_ok(cst_pipeline_sections(&out, settings, &grammar, &err));
    assert_int_equal(cst_get_int(json_object_get(out, "train"), "trees", 0), 7);
    json_decref(out);
    out = NULL;
    assert_int_equal(json_array_append_new(settings, json_string("leaves=7")), 0);
    assert_fails(cst_pipeline_sections(&out, settings, &grammar, &err), CST_USAGE,
                 "train.leaves: unknown key");
    json_decref(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            sections_are_checked_and_paths_are_placed_where_the_file_lies, world_new, world_free),
        cmocka_unit_test_setup_teardown(mistakes_are_named_with_their_line, world_new, world_free),
        cmocka_unit_test_setup_teardown(settings_stand_above_the_file, world_new, world_free),
        cmocka_unit_test(without_a_file_there_are_settings_and_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

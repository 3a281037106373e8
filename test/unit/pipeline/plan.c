/* plan.c - steps, pins and keys */
#include "test/unit/test.h"

#include "config/json.h"
#include "pipeline/expand.h"
#include "test/unit/pipeline/world.h"
#include "tune/options.h"

static const cst_option train_keys[] = {
    {.name = "trees", .type = CST_OPTION_INT, .fallback = "100", .min = 1, .max = 1000},
    {.name = "threads", .type = CST_OPTION_INT, .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};
static const cst_option learner_keys[] = {
    {.name = "leaves", .type = CST_OPTION_INT, .min = 2, .max = 100},
    {.name = NULL},
};
static const cst_option *the_learner(const json_t *section, cst_error *err)
{
    (void)section;
    (void)err;
    return learner_keys;
}
static const cst_option any_keys[] = {{.name = "*", .type = CST_OPTION_ANY}, {.name = NULL}};
static const cst_section sections[] = {
    {.name = "train", .keys = train_keys, .more = the_learner},
    {.name = "source", .keys = any_keys},
    {.name = "validate", .keys = any_keys},
    {.name = "prepare", .keys = any_keys},
    {.name = "evaluate", .keys = any_keys},
    {.name = "gate", .keys = any_keys},
    {.name = "tune", .keys = cst_tune_options, .optional = true},
};
static const cst_command train = {.name = "train", .revision = 3};
static const cst_command trial = {.name = "trial", .revision = 301};
static const cst_command *const stages[] = {&train, &trial, NULL};
static const cst_grammar grammar = {.section = sections, .sections = 7, .stage = stages};

static const char pipeline_text[] = "pipeline: late\n"
                                    "dataset: trips\n"
                                    "prepare:\n"
                                    "  join:\n"
                                    "    - {dataset: weather}\n"
                                    "train: {trees: 5, threads: 2}\n"
                                    "resources: {default: {ranks: 2}, refit: {ranks: 4}}\n";

/* A version that holds one JSON file: all that a plan looks at is its reference and id. */
static void publish(const world *w, cst_kind kind, const char *name, int content)
{
    cst_error err = CST_ERROR_INIT;
    cst_draft *draft = NULL;
    cst_version *version = NULL;
    json_t *params = json_object();
    json_t *value = json_integer(content);
    cst_recipe recipe = {.stage = "ingest", .revision = 1, .params = params};
    assert_ok(cst_draft_new(&draft, w->registry, kind, name, &err));
    assert_ok(cst_draft_add_json(draft, "schema.json", value, false, &err));
    assert_ok(cst_draft_publish(&version, draft, &recipe, -1, &err));
    cst_version_free(version);
    cst_draft_free(draft);
    json_decref(params);
    json_decref(value);
}

static void publish_snapshot(const world *w, const char *name, int content)
{
    publish(w, CST_KIND_SNAPSHOT, name, content);
}

static json_t *planned(const world *w, const char *text, const char *more)
{
    cst_error err = CST_ERROR_INIT;
    char path[256];
    char all[1024];
    json_t *pipeline = NULL;
    json_t *plan = NULL;
    (void)snprintf(all, sizeof all, "%s%s", text, more);
    world_write(w, path, "p.yaml", all);
    assert_ok(cst_pipeline_read(&pipeline, path, NULL, &grammar, &err));
    assert_ok(cst_plan_make(&plan, pipeline, path, w->registry, &grammar, &err));
    json_decref(pipeline);
    return plan;
}

static const json_t *step_of(const json_t *plan, const char *id)
{
    size_t i;
    const json_t *step;
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        if (!strcmp(cst_get_string(step, "id", ""), id))
            return step;
    }
    return NULL;
}

static bool has_argument(const json_t *step, const char *text)
{
    size_t i;
    const json_t *argument;
    json_array_foreach(json_object_get(step, "arguments"), i, argument)
    {
        if (!strcmp(json_string_value(argument), text))
            return true;
    }
    return false;
}

static void every_snapshot_that_takes_part_is_pinned(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    char path[256];
    json_t *pipeline = NULL;
    json_t *plan = NULL;
    publish_snapshot(w, "trips", 1);
    world_write(w, path, "p.yaml", pipeline_text);
    assert_ok(cst_pipeline_read(&pipeline, path, NULL, &grammar, &err));
    assert_fails(cst_plan_make(&plan, pipeline, path, w->registry, &grammar, &err), CST_MISSING,
                 "the dataset weather is needed");
    publish_snapshot(w, "weather", 1);
    publish_snapshot(w, "weather", 2);
    assert_ok(cst_plan_make(&plan, pipeline, path, w->registry, &grammar, &err));
    const json_t *pins = json_object_get(plan, "pins");
    assert_int_equal(cst_get_int(json_object_get(pins, "weather"), "version", 0), 2);
    assert_int_equal(cst_get_int(json_object_get(pins, "trips"), "version", 0), 1);
    assert_true(has_argument(step_of(plan, "prepare"), "weather=weather@2"));
    assert_true(has_argument(step_of(plan, "prepare"), "trips@1"));
    json_decref(plan);
    json_decref(pipeline);
}

static void the_steps_follow_refit_and_promote(void **state)
{
    const world *w = *state;
    publish_snapshot(w, "trips", 1);
    publish_snapshot(w, "weather", 1);
    static const struct {
        const char *more, *ids;
    } row[] = {
        {"refit: all\n", "validate prepare train evaluate prepare-all refit promote "},
        {"", "validate prepare train evaluate promote "},
        {"promote: after approval\n", "validate prepare train evaluate "},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        json_t *plan = planned(w, pipeline_text, row[i].more);
        char ids[256] = "";
        size_t k;
        const json_t *step;
        json_array_foreach(json_object_get(plan, "steps"), k, step)
        {
            size_t used = strlen(ids);
            (void)snprintf(ids + used, sizeof ids - used, "%s ", cst_get_string(step, "id", ""));
        }
        assert_string_equal(ids, row[i].ids);
        json_decref(plan);
    }
}

static void a_search_comes_before_training_and_is_its_input(void **state)
{
    const world *w = *state;
    publish_snapshot(w, "trips", 1);
    publish_snapshot(w, "weather", 1);
    json_t *plan = planned(w, pipeline_text, "tune: {trials: 4, space: {leaves: [3, 7]}}\n");
    const json_t *search = step_of(plan, "search");
    const json_t *training = step_of(plan, "train");
    assert_string_equal(cst_get_string(search, "program", ""), "capstan-trial");
    assert_int_equal(cst_get_int(search, "revision", 0), 301);
    assert_non_null(json_object_get(json_object_get(search, "sections"), "train"));
    assert_non_null(json_object_get(json_object_get(search, "sections"), "tune"));
    assert_null(json_object_get(json_object_get(training, "sections"), "tune"));
    assert_true(has_argument(training, "{search}"));
    assert_string_equal(json_string_value(json_array_get(json_object_get(training, "after"), 1)),
                        "search");
    json_decref(plan);
}

static void features_that_are_there_leave_learning_alone(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    char path[256];
    json_t *pipeline = NULL;
    json_t *plan = NULL;
    publish(w, CST_KIND_FEATURES, "late", 1);
    world_write(w, path, "p.yaml",
                "pipeline: m\ndataset: trips\nfeatures: late@1\n"
                "tune: {trials: 4, space: {leaves: [3, 7]}}\n");
    assert_ok(cst_pipeline_read(&pipeline, path, NULL, &grammar, &err));
    assert_ok(cst_plan_make(&plan, pipeline, path, w->registry, &grammar, &err));
    assert_int_equal(json_array_size(json_object_get(plan, "steps")), 2);
    assert_non_null(cst_get_string(step_of(plan, "search"), "key", NULL));
    assert_true(has_argument(step_of(plan, "train"), "late@1"));
    json_decref(plan);
    json_decref(pipeline);
}

static void resources_of_a_step_stand_above_the_default(void **state)
{
    const world *w = *state;
    publish_snapshot(w, "trips", 1);
    publish_snapshot(w, "weather", 1);
    json_t *plan = planned(w, pipeline_text, "refit: all\n");
    assert_int_equal(cst_get_int(step_of(plan, "train"), "ranks", 0), 2);
    assert_int_equal(cst_get_int(step_of(plan, "refit"), "ranks", 0), 4);
    assert_int_equal(cst_get_int(step_of(plan, "train"), "revision", 0), 3);
    json_decref(plan);
}

/* The key that a step has once its inputs are what results say. */
static void key_with(char out[CST_DIGEST_HEX], const json_t *plan, const char *id,
                     const char *feature_id)
{
    cst_error err = CST_ERROR_INIT;
    json_t *step = NULL;
    json_t *results = json_pack("{s:{s:[{s:s, s:s, s:i, s:s}]}}", "prepare", "outputs", "kind",
                                "features", "name", "late", "version", 1, "id", feature_id);
    assert_ok(cst_expand_step(&step, step_of(plan, id), plan, results, &err));
    (void)snprintf(out, CST_DIGEST_HEX, "%s", cst_get_string(step, "key", "unknown"));
    json_decref(step);
    json_decref(results);
}

static void a_key_changes_with_what_decides_the_result_and_with_nothing_else(void **state)
{
    const world *w = *state;
    char key[CST_DIGEST_HEX];
    char other[CST_DIGEST_HEX];
    publish_snapshot(w, "trips", 1);
    publish_snapshot(w, "weather", 1);
    json_t *plan = planned(w, pipeline_text, "");
    assert_true(json_is_null(json_object_get(step_of(plan, "train"), "key")));
    assert_true(json_is_string(json_object_get(step_of(plan, "prepare"), "key")));
    key_with(key, plan, "train", "aa");
    key_with(other, plan, "train", "bb");
    assert_string_not_equal(key, other);
    json_decref(plan);
    static const struct {
        const char *text;
        bool same;
    } row[] = {
        {"pipeline: late\ndataset: trips\nprepare: {join: [{dataset: weather}]}\n"
         "train: {threads: 8, trees: 5}\n",
         true}, /* only how, not what */
        {"pipeline: late\ndataset: trips\nprepare: {join: [{dataset: weather}]}\n"
         "train: {trees: 6}\n",
         false},
        {"pipeline: late\ndataset: trips\nprepare: {join: [{dataset: weather}]}\n"
         "train: {trees: 5}\nseed: 1\n",
         false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        plan = planned(w, row[i].text, "");
        key_with(other, plan, "train", "aa");
        assert_int_equal(!strcmp(key, other), row[i].same);
        json_decref(plan);
    }
}

static void references_to_earlier_steps_become_versions(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    json_t *step = NULL;
    publish_snapshot(w, "trips", 1);
    publish_snapshot(w, "weather", 1);
    json_t *plan = planned(w, pipeline_text, "");
    json_t *results = json_pack("{s:{s:[{s:s, s:i, s:s}]}}", "train", "outputs", "name", "late",
                                "version", 7, "id", "ab");
    assert_ok(cst_expand_step(&step, step_of(plan, "evaluate"), plan, results, &err));
    assert_true(has_argument(step, "late@7"));
    assert_true(has_argument(step, "none")); /* there is no champion yet */
    json_decref(step);
    assert_fails(cst_expand_step(&step, step_of(plan, "train"), plan, results, &err), CST_FAILED,
                 "step prepare has made nothing");
    json_decref(results);
    json_decref(plan);
}

static void files_that_match_nothing_are_an_error(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    char path[256];
    json_t *pipeline = NULL;
    json_t *plan = NULL;
    world_write(w, path, "a-2.csv", "x\n");
    world_write(w, path, "a-1.csv", "x\n");
    world_write(w, path, "p.yaml", "pipeline: p\ndataset: d\nsource: {files: \"b-*.csv\"}\n");
    assert_ok(cst_pipeline_read(&pipeline, path, NULL, &grammar, &err));
    assert_fails(cst_plan_make(&plan, pipeline, path, w->registry, &grammar, &err), CST_MISSING,
                 "no file matches");
    json_decref(pipeline);
    world_write(w, path, "p.yaml", "pipeline: p\ndataset: d\nsource: {files: \"a-*.csv\"}\n");
    assert_ok(cst_pipeline_read(&pipeline, path, NULL, &grammar, &err));
    assert_ok(cst_plan_make(&plan, pipeline, path, w->registry, &grammar, &err));
    const json_t *arguments = json_object_get(step_of(plan, "ingest"), "arguments");
    size_t count = json_array_size(arguments);
    assert_non_null(strstr(json_string_value(json_array_get(arguments, count - 2)), "a-1.csv"));
    assert_non_null(strstr(json_string_value(json_array_get(arguments, count - 1)), "a-2.csv"));
    json_decref(plan);
    json_decref(pipeline);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_new, world_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(every_snapshot_that_takes_part_is_pinned),
        WITH_WORLD(the_steps_follow_refit_and_promote),
        WITH_WORLD(resources_of_a_step_stand_above_the_default),
        WITH_WORLD(a_search_comes_before_training_and_is_its_input),
        WITH_WORLD(features_that_are_there_leave_learning_alone),
        WITH_WORLD(a_key_changes_with_what_decides_the_result_and_with_nothing_else),
        WITH_WORLD(references_to_earlier_steps_become_versions),
        WITH_WORLD(files_that_match_nothing_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

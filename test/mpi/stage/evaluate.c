/* evaluate.c - facts about the stage evaluate: first model, better, worse, seen rows, broken golden
 * rows; the same evaluation at any number of ranks */
#include "test/mpi/stage/world.h"

#include "exact/random.h"
#include "registry/alias.h"

enum { DAYS = 40, ROWS = DAYS * 150 };

/* The figures of one evaluation: where they change while those of prepare and train do not,
 * CST_EVALUATE_REVISION is raised and this made anew. */
static const char golden_figures[] =
    "3689c6ac2c6d5831346eec09278e56fa7e0d91878fda6517b3636f432a0a0feb";

/* Rows in order of time; late trips come with cold; noise says nothing. */
static cst_table *trips(void)
{
    static const char *const sites[] = {"north", "south", "west", NULL};
    cst_table *table = build_table(ROWS);
    int64_t *at = calloc(ROWS, sizeof *at);
    double *temp = calloc(ROWS, sizeof *temp);
    double *noise = calloc(ROWS, sizeof *noise);
    double *delay = calloc(ROWS, sizeof *delay);
    const char **site = calloc(ROWS, sizeof *site);
    assert_true(at && temp && noise && delay && site);
    for (size_t r = 0; r < ROWS; r++) {
        at[r] = (1356998400 + (int64_t)(r * DAYS * 86400 / ROWS)) * 1000000;
        temp[r] = 20 * cst_random_unit(3, CST_STREAM_SAMPLE, 0, r);
        noise[r] = cst_random_unit(3, CST_STREAM_SAMPLE, 1, r);
        delay[r] = 25 - temp[r] + 20 * (cst_random_unit(3, CST_STREAM_SAMPLE, 2, r) - 0.5);
        site[r] = sites[cst_random_bits(3, CST_STREAM_SAMPLE, 3, r) % 3];
    }
    build_times(table, "at", 1000000, at);
    build_numbers(table, "temp", CST_FLOAT64, temp);
    build_numbers(table, "noise", CST_FLOAT64, noise);
    build_numbers(table, "delay", CST_FLOAT64, delay);
    build_categories(table, "site", sites, site);
    free(at);
    free(temp);
    free(noise);
    free(delay);
    free(site);
    return table;
}

/* Run a stage with its options and sections as text. */
static cst_code run(cst_stage_result *out, const cst_stage_kind *kind, const char *options_text,
                    const char *sections_text, cst_error *err)
{
    json_t *options = build_json(options_text), *given = build_json(sections_text);
    json_t *sections = json_object(), *none = json_object();
    cst_code rc = CST_OK;
    for (const cst_section *const *s = kind->sections; *s && rc == CST_OK; s++) {
        json_t *checked = NULL;
        rc = cst_section_check(&checked, json_object_get(given, (*s)->name), NULL, "test", *s, err);
        json_object_set_new(sections, (*s)->name, checked);
    }
    cst_stage stage = {.comm = comm,
                       .registry = registry,
                       .options = options,
                       .sections = sections,
                       .provenance = none,
                       .seed = 5};
    *out = (cst_stage_result){0};
    if (rc == CST_OK)
        rc = kind->run(out, &stage, err);
    json_decref(options);
    json_decref(given);
    json_decref(sections);
    json_decref(none);
    return rc;
}

static void make(const cst_stage_kind *kind, const char *options, const char *sections)
{
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_ok(run(&result, kind, options, sections, &err));
    cst_stage_result_free(&result);
}

#define PREPARE(columns)                                                                           \
    "{'prepare': {'derive': {'tardy': 'delay > 15', 'morning': 'hour(at) < 12'}, 'label': "        \
    "'tardy', 'split': {'test': '14d'}, 'features': [{'columns': " columns                         \
    ", 'impute': 'median', 'scale': 'standard'}]}}"
#define TRAIN "{'train': {'model': 'glm'}}"

/* late@1 knows nothing, late@2 the temperature, late@3 has seen every row. */
static int group_setup(void **state)
{
    (void)state;
    world_setup();
    publish("trips", trips(),
            "{'dataset': 'trips', 'time': 'at', 'columns': ["
            "{'name': 'at', 'type': 'time'}, {'name': 'temp', 'type': 'float64'},"
            "{'name': 'noise', 'type': 'float64'}, {'name': 'site', 'type': 'category'},"
            "{'name': 'delay', 'type': 'float64', 'only': 'training'}]}");
    make(&cst_stage_prepare, "{'snapshot': 'trips@1', 'name': 'weak'}", PREPARE("['noise']"));
    make(&cst_stage_prepare, "{'snapshot': 'trips@1', 'name': 'strong'}",
         PREPARE("['temp', 'noise']"));
    make(&cst_stage_prepare, "{'snapshot': 'trips@1', 'name': 'whole', 'all': true}",
         PREPARE("['temp', 'noise']"));
    make(&cst_stage_train, "{'features': 'weak@1', 'name': 'late'}", TRAIN);
    make(&cst_stage_train, "{'features': 'strong@1', 'name': 'late'}", TRAIN);
    make(&cst_stage_train, "{'features': 'whole@1', 'name': 'late'}", TRAIN);
    return 0;
}

static json_t *evaluation_of(const cst_stage_result *result)
{
    cst_error err = CST_ERROR_INIT;
    json_t *evaluation = NULL;
    char *path = path_of(result, "evaluation.json");
    assert_ok(cst_json_read(&evaluation, path, &err));
    free(path);
    return evaluation;
}

static const json_t *condition(const json_t *evaluation, const char *name)
{
    const json_t *all = json_object_get(evaluation, "conditions");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(cst_get_string(json_array_get(all, i), "name", ""), name) == 0)
            return json_array_get(all, i);
    fail_msg("there is no condition \"%s\"", name);
    return NULL;
}

static double metric(const json_t *evaluation, const char *side, const char *name)
{
    const json_t *metrics = json_object_get(evaluation, side);
    return cst_get_real(json_object_get(metrics, name), "value", NAN);
}

/* The evaluation of a run that ends with code, on rank 0 as on all. */
static json_t *evaluate(const char *options, const char *sections, cst_code code)
{
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    cst_code rc = run(&result, &cst_stage_evaluate, options, sections, &err);
    if (rc != code)
        fail_msg("%s: %s", cst_code_word(rc), err.text);
    json_t *evaluation = evaluation_of(&result);
    cst_stage_result_free(&result);
    return evaluation;
}

static void expect_figures(const json_t *evaluation)
{
    static const char *const keys[] = {"metrics", "against", "difference", "slices"};
    cst_error err = CST_ERROR_INIT;
    cst_digest digest;
    char hex[CST_DIGEST_HEX];
    json_t *figures = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_object_set(figures, keys[i], json_object_get(evaluation, keys[i]));
    assert_ok(cst_json_digest(&digest, figures, &err));
    json_decref(figures);
    cst_digest_hex(hex, &digest);
    assert_string_equal(hex, golden_figures);
}

static void a_first_model_needs_its_floor_only(void **state)
{
    (void)state;
    json_t *bad = evaluate("{'model': 'late@1'}", "{'gate': {'floor': 0.9}}", CST_REFUSED);
    assert_string_equal(cst_get_string(bad, "verdict", ""), "refused");
    json_decref(bad);
    json_t *good = evaluate("{'model': 'late@1'}", "{'gate': {'floor': 0.4}}", CST_OK);
    assert_true(cst_get_bool(good, "first", false));
    assert_string_equal(cst_get_string(good, "verdict", ""), "passed");
    assert_int_equal(cst_get_int(good, "clusters", 0), 14);
    json_decref(good);
    json_decref(evaluate("{'model': 'late@1'}", "{'gate': {'floor': 0.4}}", CST_SKIPPED));
}

static void the_better_model_passes_against_the_champion(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    if (comm->rank == 0) {
        cst_version *first = NULL;
        int64_t generation = 0;
        const cst_promotion promotion = {.alias = "champion", .expect = -1};
        assert_ok(cst_registry_find(&first, registry, CST_KIND_MODEL, "late@1", &err));
        assert_ok(cst_alias_promote(&generation, registry, first, &promotion, &err));
        assert_int_equal(generation, 1);
        cst_version_free(first);
    }
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
    cst_stage_result result;
    assert_ok(run(&result, &cst_stage_evaluate, "{'model': 'late@2'}",
                  "{'evaluate': {'metrics': ['auc', 'brier'], 'slices': ['site', 'temp > 10', "
                  "'morning']}, 'gate': {'also': ['log_loss']}}",
                  &err));
    json_t *evaluation = evaluation_of(&result);
    expect_figures(evaluation);
    assert_true(metric(evaluation, "metrics", "auc") > 0.8);
    assert_true(metric(evaluation, "against", "auc") < 0.6);
    const json_t *slices = json_object_get(evaluation, "slices");
    const char *const names[] = {"site=north", "site=south", "site=west", "temp > 10", "morning"};
    assert_int_equal(json_array_size(slices), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(cst_get_string(json_array_get(slices, i), "name", ""), names[i]);
    assert_string_equal(cst_get_string(condition(evaluation, "disjoint"), "sentence", ""),
                        "late@2 was fitted on rows up to 2013-01-26T23:50:24Z, the test rows begin "
                        "at 2013-01-27T00:00:00Z; late@1 was fitted on rows up to "
                        "2013-01-26T23:50:24Z, the test rows begin at 2013-01-27T00:00:00Z");
    json_decref(evaluation);
    char *path = path_of(&result, "manifest.json");
    json_t *manifest = NULL;
    assert_ok(cst_json_read(&manifest, path, &err));
    assert_int_equal(cst_get_int(manifest, "alias_generation", -1), 1);
    json_decref(manifest);
    free(path);
    cst_stage_result_free(&result);
}

static void the_worse_one_is_refused_and_published(void **state)
{
    (void)state;
    json_t *evaluation =
        evaluate("{'model': 'late@1', 'against': 'late@2', 'features': 'strong@1'}",
                 "{'gate': {'kind': 'refresh'}}", CST_REFUSED);
    assert_string_equal(cst_get_string(evaluation, "verdict", ""), "refused");
    assert_false(cst_get_bool(condition(evaluation, "not-worse"), "passed", true));
    json_decref(evaluation);
}

static void a_model_that_has_seen_the_rows_is_not_judged(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *evaluation = evaluate("{'model': 'late@2', 'against': 'late@3'}", "{}", CST_REFUSED);
    assert_string_equal(cst_get_string(evaluation, "verdict", ""), "not judged");
    assert_non_null(strstr(cst_get_string(condition(evaluation, "disjoint"), "sentence", ""),
                           "late@3 was fitted on rows up to 2013-02-09T"));
    json_decref(evaluation);
    cst_stage_result result;
    assert_fails(run(&result, &cst_stage_evaluate, "{'model': 'late@3'}", "{}", &err), CST_USAGE,
                 "whole@1 has no test rows");
    cst_stage_result_free(&result);
}

static void scores_are_written_row_by_row(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *path = cst_file_join(directory, "scores.csv", &err), options[512];
    cst_text text = CST_TEXT_INIT;
    (void)snprintf(options, sizeof options,
                   "{'model': 'late@2', 'against': 'late@1', 'scores': '%s'}", path);
    json_t *evaluation = evaluate(options, "{}", CST_OK);
    assert_ok(cst_file_read(&text, path, 0, &err));
    const char *head = "row,label,weight,score,score_against\n0,";
    assert_memory_equal(text.data, head, strlen(head));
    size_t lines = 0;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    assert_int_equal(lines, cst_get_int(evaluation, "rows", 0) + 1);
    cst_text_free(&text);
    json_decref(evaluation);
    free(path);
}

static void bad_use_is_told_on_every_rank(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *options, *sections;
        cst_code code;
        const char *words;
    } cases[] = {
        {"{'model': 'late@9'}", "{}", CST_MISSING, "late@9"},
        {"{'model': 'late@2', 'features': 'nowhere@1'}", "{}", CST_MISSING, "nowhere"},
        {"{'model': 'late@2'}", "{'evaluate': {'slices': ['sites']}}", CST_USAGE, "sites"},
        {"{'model': 'late@2'}", "{'evaluate': {'slices': ['temp']}}", CST_USAGE,
         "\"temp\" is neither a category column nor a truth"},
        {"{'model': 'late@2'}", "{'gate': {'metric': 'mae'}}", CST_USAGE, "not one of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cst_stage_result result;
        assert_fails(run(&result, &cst_stage_evaluate, cases[i].options, cases[i].sections, &err),
                     cases[i].code, cases[i].words);
        cst_stage_result_free(&result);
    }
}

/* Add the files of a version to a draft, with one golden score moved by a bit. Rank 0. */
static void add_files_with_another_golden_score(cst_draft *draft, const cst_version *model)
{
    cst_error err = CST_ERROR_INIT;
    const json_t *files = json_object_get(model->manifest, "files");
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *entry = json_array_get(files, i);
        const char *name = cst_get_string(entry, "name", "");
        char *path = cst_file_join(model->path, name, &err);
        cst_text text = CST_TEXT_INIT;
        if (strcmp(name, "golden.json") == 0) {
            json_t *golden = NULL;
            assert_ok(cst_json_read(&golden, path, &err));
            json_t *scores = json_object_get(golden, "scores");
            double score = json_number_value(json_array_get(scores, 0));
            assert_int_equal(json_array_set_new(scores, 0, json_real(nextafter(score, 1))), 0);
            assert_ok(cst_draft_add_json(draft, name, golden, false, &err));
            json_decref(golden);
        } else {
            assert_ok(cst_file_read(&text, path, 0, &err));
            assert_ok(cst_draft_add_bytes(draft, name, text.data, text.size,
                                          cst_get_bool(entry, "provenance", false), &err));
        }
        cst_text_free(&text);
        free(path);
    }
}

/* Publish late@2 again, but for a golden score, as the newest version. Rank 0. */
static void publish_with_another_golden_score(void)
{
    cst_error err = CST_ERROR_INIT;
    cst_version *model = NULL;
    cst_version *features = NULL;
    cst_version *made = NULL;
    cst_draft *draft = NULL;
    assert_ok(cst_registry_find(&model, registry, CST_KIND_MODEL, "late@2", &err));
    const json_t *input = json_array_get(json_object_get(model->manifest, "inputs"), 0);
    char *of = cst_text_format(&err, "sha256:%s", cst_get_string(input, "id", ""));
    assert_ok(cst_registry_find(&features, registry, CST_KIND_FEATURES, of, &err));
    assert_ok(cst_draft_new(&draft, registry, CST_KIND_MODEL, "late", &err));
    add_files_with_another_golden_score(draft, model);
    assert_ok(cst_draft_add_input(draft, "features", features, &err));
    json_t *provenance = json_object();
    cst_recipe recipe = {.stage = "train",
                         .revision = (int)cst_get_int(model->manifest, "revision", 0),
                         .params = json_object_get(model->manifest, "params"),
                         .summary = json_object_get(model->manifest, "summary"),
                         .provenance = provenance};
    assert_ok(cst_draft_publish(&made, draft, &recipe, CST_PARENT_ANY, &err));
    json_decref(provenance);
    cst_draft_free(draft);
    free(of);
    cst_version_free(made);
    cst_version_free(features);
    cst_version_free(model);
}

/* The last test: it publishes a model. */
static void golden_rows_that_come_out_otherwise_refuse(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    if (comm->rank == 0)
        publish_with_another_golden_score();
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
    json_t *evaluation = evaluate("{'model': 'late@latest', 'against': 'none'}", "{}", CST_REFUSED);
    assert_false(cst_get_bool(condition(evaluation, "golden"), "passed", true));
    json_decref(evaluation);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_model_needs_its_floor_only),
        cmocka_unit_test(the_better_model_passes_against_the_champion),
        cmocka_unit_test(the_worse_one_is_refused_and_published),
        cmocka_unit_test(a_model_that_has_seen_the_rows_is_not_judged),
        cmocka_unit_test(scores_are_written_row_by_row),
        cmocka_unit_test(bad_use_is_told_on_every_rank),
        cmocka_unit_test(golden_rows_that_come_out_otherwise_refuse),
    };
    int failed = cmocka_run_group_tests(tests, group_setup, world_teardown);
    MPI_Finalize();
    return failed;
}

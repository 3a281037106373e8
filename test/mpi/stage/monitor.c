/* monitor.c - facts about the stage monitor: alarms where the world changed, at any number of ranks
 */
#include "test/unit/test.h"

#include "exact/random.h"
#include "test/mpi/stage/world.h"

enum { ROWS = 4500, DAYS = 30 }; /* of a month */

/* Results of the stage: where one changes, CST_MONITOR_REVISION is raised and this written anew. */
static const char golden_quiet[] =
    "c58182b333028256e1297953433ef7042b5d75d1e6deb8529f680ca8f6698033";
static const char golden_alarm[] =
    "62a80fba5c35147dc8380a4ec85394ff6662633084e14919d813ab0695b851e7";

static const char schema_text[] =
    "{'dataset': 'trips', 'time': 'at', 'columns': [{'name': 'at', 'type': 'time'},"
    " {'name': 'load', 'type': 'float64'}, {'name': 'wind', 'type': 'float64'},"
    " {'name': 'late', 'type': 'bool', 'only': 'training'}]}";

static double unit(uint64_t column, int64_t month, size_t row)
{
    return cst_random_unit(21, CST_STREAM_INITIAL, column << 8 | (uint64_t)month, row);
}

/* A trip is late by chance, the more so the more load and wind; wind is that of the day, and
 * storms add to it. labels: whether it is known already which trips were late. */
static cst_table *trips(int64_t month, double storm, bool labels)
{
    cst_table *table = build_table(ROWS);
    double *load = calloc(ROWS, sizeof *load);
    double *wind = calloc(ROWS, sizeof *wind);
    double *late = calloc(ROWS, sizeof *late);
    int64_t *at = calloc(ROWS, sizeof *at);
    assert_true(load && wind && late && at);
    for (size_t r = 0; r < ROWS; r++) {
        size_t day = r * DAYS / ROWS;
        at[r] = ((month * DAYS + (int64_t)day) * 86400 + 43200) * 1000000;
        load[r] = unit(1, month, r);
        wind[r] = unit(2, month, day) + 0.3 * unit(3, month, r) + storm;
        late[r] = unit(4, month, r) < 0.1 + 0.3 * load[r] + 0.4 * (wind[r] - storm);
        if (!labels)
            late[r] = NAN;
    }
    build_times(table, "at", 1000000, at);
    build_numbers(table, "load", CST_FLOAT64, load);
    build_numbers(table, "wind", CST_FLOAT64, wind);
    build_numbers(table, "late", CST_BOOL, late);
    free(load);
    free(wind);
    free(late);
    free(at);
    return table;
}

/* options: JSON of the command line; section: its own, with the key of the section. */
static cst_code run(cst_stage_result *out, const cst_stage_kind *kind, const char *options_text,
                    const char *sections_text, cst_error *why)
{
    cst_error err = CST_ERROR_INIT;
    json_t *options = build_json(options_text);
    json_t *given = build_json(sections_text);
    json_t *sections = json_object();
    json_t *none = json_object();
    for (size_t i = 0; kind->sections[i]; i++) {
        const cst_section *section = kind->sections[i];
        json_t *checked = NULL;
        assert_ok(cst_section_check(&checked, json_object_get(given, section->name), NULL, "test",
                                    section, &err));
        json_object_set_new(sections, section->name, checked);
    }
    cst_stage stage = {.comm = comm,
                       .registry = registry,
                       .options = options,
                       .sections = sections,
                       .provenance = none,
                       .seed = 5};
    *out = (cst_stage_result){0};
    cst_error_clear(why);
    cst_code rc = cst_comm_agree(comm, kind->run(out, &stage, why), why);
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

static int group_setup(void **state)
{
    (void)state;
    world_setup();
    cst_table *first[] = {trips(1, 0, true), trips(2, 0, true)};
    cst_table *quiet[] = {trips(3, 0, true)};
    cst_table *storm[] = {trips(4, 0.8, true)};
    cst_table *early[] = {trips(3, 0.8, false)};
    publish_parts("trips", first, 2, schema_text, NULL);
    publish_parts("quiet", quiet, 1, schema_text, NULL);
    publish_parts("storm", storm, 1, schema_text, NULL);
    publish_parts("early", early, 1, schema_text, NULL);
    make(&cst_stage_prepare, "{'snapshot': 'trips@1', 'name': 'trips', 'all': false}",
         "{'prepare': {'label': 'late', 'split': {'test': '14d'}, 'features': [{'columns': "
         "['load', 'wind'], 'scale': 'standard'}]}}");
    make(&cst_stage_train, "{'features': 'trips@1', 'name': 'late'}",
         "{'train': {'model': 'glm'}}");
    make(&cst_stage_evaluate, "{'model': 'late@1', 'against': 'none'}",
         "{'evaluate': {'metrics': ['auc', 'log_loss']}, 'gate': {'metric': 'auc', 'floor': 0.5, "
         "'kind': 'change'}}");
    return 0;
}

static const json_t *score_of(const cst_stage_result *result)
{
    return json_object_get(json_object_get(result->extra, "drift"), "score");
}

static const char *verdict_of(const json_t *part)
{
    return cst_get_string(part, "verdict", "");
}

static void a_month_like_those_before_is_quiet(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(
        run(&result, &cst_stage_monitor, "{'model': 'late@1', 'snapshot': 'quiet@1'}", "{}", &err),
        CST_OK);
    assert_string_equal(verdict_of(result.extra), "no drift");
    assert_string_equal(verdict_of(json_object_get(result.extra, "quality")), "fine");
    assert_int_equal(cst_get_int(result.extra, "labelled", 0), ROWS);
    assert_true(cst_get_real(json_object_get(result.extra, "metrics"), "auc", 0) > 0.6);
    assert_true(json_is_number(
        json_object_get(json_object_get(result.extra, "quality"), "evaluated_loss")));
    expect_id(&result, golden_quiet);
    cst_stage_result_free(&result);
}

static void a_stormy_month_is_an_alarm_of_score_and_quality(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(
        run(&result, &cst_stage_monitor, "{'model': 'late@1', 'snapshot': 'storm@1'}", "{}", &err),
        CST_REFUSED);
    assert_string_equal(verdict_of(result.extra), "alarm");
    assert_string_equal(verdict_of(score_of(&result)), "drift");
    assert_string_equal(verdict_of(json_object_get(result.extra, "quality")), "alarm");
    assert_true(json_array_size(json_object_get(result.extra, "reasons")) >= 2);
    expect_id(&result, golden_alarm);
    cst_stage_result_free(&result);
}

/* Before labels come drift is seen by the scores alone. */
static void without_labels_drift_is_seen_all_the_same(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(
        run(&result, &cst_stage_monitor, "{'model': 'late@1', 'snapshot': 'early@1'}", "{}", &err),
        CST_REFUSED);
    assert_string_equal(verdict_of(score_of(&result)), "drift");
    assert_true(json_is_null(json_object_get(result.extra, "quality")));
    assert_int_equal(cst_get_int(result.extra, "labelled", -1), 0);
    cst_stage_result_free(&result);
}

/* An alarm within the cooldown of another one (the month before's) is told, not raised. */
static void an_alarm_cools_down(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(run(&result, &cst_stage_monitor, "{'model': 'late@1', 'snapshot': 'storm@1'}",
                         "{'monitor': {'cooldown': '90d'}}", &err),
                     CST_OK);
    assert_string_equal(verdict_of(result.extra), "alarm");
    assert_true(cst_get_bool(result.extra, "cooling", false));
    cst_stage_result_free(&result);
}

static void scores_are_written_row_by_row(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    char options[512];
    (void)snprintf(options, sizeof options,
                   "{'model': 'late@1', 'snapshot': 'quiet@1', 'scores': '%s/scores.csv'}",
                   directory);
    assert_int_equal(run(&result, &cst_stage_monitor, options, "{}", &err), CST_OK);
    cst_stage_result_free(&result);
    if (comm->rank == 0) {
        cst_text text = CST_TEXT_INIT;
        char *path = cst_file_join(directory, "scores.csv", &err);
        assert_ok(cst_file_read(&text, path, 0, &err));
        size_t lines = 0;
        for (size_t i = 0; i < text.size; i++)
            lines += text.data[i] == '\n';
        assert_int_equal(lines, ROWS + 1);
        assert_true(strncmp(text.data, "row,label,weight,score\n0,", 25) == 0);
        cst_text_free(&text);
        free(path);
    }
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_like_those_before_is_quiet),
        cmocka_unit_test(a_stormy_month_is_an_alarm_of_score_and_quality),
        cmocka_unit_test(without_labels_drift_is_seen_all_the_same),
        cmocka_unit_test(an_alarm_cools_down),
        cmocka_unit_test(scores_are_written_row_by_row),
    };
    int failed = cmocka_run_group_tests(tests, group_setup, world_teardown);
    MPI_Finalize();
    return failed;
}

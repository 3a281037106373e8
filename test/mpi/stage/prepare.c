/* prepare.c - facts about the stage prepare: the same ids at any number of ranks, what lies in a
 * features version, errors that all ranks leave with */
#include "test/unit/prepare/play.h"

#include "test/mpi/stage/world.h"

enum { ROWS = 9000, INSTANTS = ROWS / 3 };

/* Results of the stage: where one changes, CST_PREPARE_REVISION is raised and this written anew. */
static const char golden_split[] =
    "9345106bf33ebedd60c6a3630b2c2966a002396b4efa8340e11e41678e7690cb";
static const char golden_all[] = "05aa258e4dd9b001b95c469ebed0c3d752114cbbd08f2140538fea3fcc57e2df";

static cst_table *winds(void)
{
    cst_table *table = build_table(INSTANTS);
    int64_t *time = calloc(INSTANTS, sizeof *time);
    double *wind = calloc(INSTANTS, sizeof *wind);
    assert_true(time && wind);
    for (size_t r = 0; r < INSTANTS; r++) {
        time[r] = (1356998400 + (int64_t)r * 1800) * 1000000;
        wind[r] = r % 50 == 7 ? NAN : 40 * play_unit(90, r);
    }
    build_times(table, "at", 1000000, time);
    build_numbers(table, "wind", CST_FLOAT32, wind);
    free(time);
    free(wind);
    return table;
}

static int group_setup(void **state)
{
    (void)state;
    world_setup();
    publish("winds", winds(),
            "{'dataset': 'winds', 'key': ['at'], 'time': 'at', 'columns': ["
            "{'name': 'at', 'type': 'time'}, {'name': 'wind', 'type': 'float32'}]}");
    publish("trips", play_rows(ROWS, false),
            "{'dataset': 'trips', 'time': 'at', 'columns': ["
            "{'name': 'temp', 'type': 'float64'}, {'name': 'distance', 'type': 'int32'},"
            "{'name': 'at', 'type': 'time'}, {'name': 'carrier', 'type': 'category'},"
            "{'name': 'gate', 'type': 'int32'},"
            "{'name': 'delay', 'type': 'float64', 'only': 'training'},"
            "{'name': 'late', 'type': 'bool', 'only': 'training'}]}");
    return 0;
}

#define FEATURES                                                                                   \
    "[{'columns': ['temp', 'wind'], 'impute': 'median', 'scale': 'standard'},"                     \
    " {'columns': ['carrier', 'gate'], 'encode': 'target'}, {'columns': ['morning', 'carrier']}]"

static const char *const good =
    "{'where': 'temp > -290', 'derive': {'tardy': 'delay > 15', 'morning': 'hour(at) < 12'},"
    " 'join': [{'dataset': 'winds', 'on': ['at'], 'columns': ['wind']}], 'label': 'tardy',"
    " 'split': {'test': '10d', 'validation': '5d', 'gap': '1h'}, 'features': " FEATURES "}";

static cst_code prepare(cst_stage_result *out, const char *spec_text, bool all, cst_error *err)
{
    json_t *raw = build_json(spec_text);
    json_t *spec = NULL;
    cst_code rc = cst_section_check(&spec, raw, NULL, "test", &cst_section_prepare, err);
    json_t *options = json_pack("{s:s, s:s, s:b}", "snapshot", "trips@1", "name",
                                all ? "whole" : "trips", "all", all);
    json_t *sections = json_pack("{s:o}", "prepare", spec);
    json_t *none = json_object();
    cst_stage stage = {.comm = comm,
                       .registry = registry,
                       .options = options,
                       .sections = sections,
                       .provenance = none,
                       .seed = 5};
    *out = (cst_stage_result){0};
    if (rc == CST_OK)
        rc = cst_stage_prepare.run(out, &stage, err);
    json_decref(options);
    json_decref(sections);
    json_decref(none);
    json_decref(raw);
    return rc;
}

/* This rank's rows of test.h5. */
static cst_table *raw_rows(const cst_stage_result *result)
{
    cst_error err = CST_ERROR_INIT;
    cst_part *part = NULL;
    cst_table *rows = NULL;
    cst_part_ref ref = {.path = path_of(result, "test.h5")};
    assert_ok(cst_part_open(&part, ref.path, &err));
    ref.rows = cst_part_rows(part);
    cst_part_close(part);
    assert_ok(cst_rows_read(&rows, comm, &ref, 1, NULL, &err));
    free(ref.path);
    return rows;
}

static void the_id_is_the_same_at_any_number_of_ranks(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_ok(prepare(&result, good, false, &err));
    expect_id(&result, golden_split);
    assert_int_equal(json_array_size(result.inputs), 2);
    assert_int_equal(result.rows_read, ROWS);
    cst_stage_result_free(&result);
    cst_error_clear(&err);
    assert_int_equal(prepare(&result, good, false, &err), CST_SKIPPED);
    expect_id(&result, golden_split);
    cst_stage_result_free(&result);
}

static void a_version_holds_matrices_and_raw_test_rows(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    (void)prepare(&result, good, false, &err);
    cst_matrix *training = NULL;
    cst_matrix *validation = NULL;
    char *path = path_of(&result, "train.h5");
    assert_ok(cst_matrix_read(&training, comm, path, &err));
    free(path);
    path = path_of(&result, "validation.h5");
    assert_ok(cst_matrix_read(&validation, comm, path, &err));
    free(path);
    cst_table *test = raw_rows(&result);
    /* 62.5 days of 144 rows a day: the last ten, an hour, five before, an hour; a hundredth or so
     * has no temperature or too low a one. */
    assert_in_range(training->total, 5900, 6300);
    assert_in_range(validation->total, 630, 660);
    assert_in_range(test->total, 1250, 1320);
    assert_int_equal(training->columns, 6);
    assert_string_equal(training->feature[0].name, "temp");
    assert_string_equal(training->feature[2].name, "target(carrier)");
    assert_non_null(cst_table_find(test, "wind"));
    assert_non_null(cst_table_find(test, "late"));
    assert_null(cst_table_find(test, "tardy"));
    for (size_t r = 0; r < validation->rows; r++)
        assert_true(!isnan(validation->x[1][r]));
    cst_matrix_free(training);
    cst_matrix_free(validation);
    cst_table_free(test);
    cst_stage_result_free(&result);
}

/* What a features version says of itself is enough to make the same numbers of the raw rows. */
static void the_published_transform_scores_the_raw_test_rows(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    (void)prepare(&result, good, false, &err);
    json_t *json = NULL;
    cst_transform *transform = NULL;
    cst_matrix *matrix = NULL;
    char *path = path_of(&result, "transform.json");
    assert_ok(cst_json_read(&json, path, &err));
    free(path);
    assert_ok(cst_transform_from_json(&transform, json, &err));
    cst_table *test = raw_rows(&result);
    assert_ok(cst_transform_apply(&matrix, transform, test, true, NULL, &err));
    assert_int_equal(matrix->rows, test->rows);
    const cst_column *delay = cst_table_find(test, "delay");
    for (size_t r = 0; r < matrix->rows; r++)
        assert_true(matrix->label[r] == (delay->values.f64[r] > 15));
    cst_matrix_free(matrix);
    cst_table_free(test);
    cst_transform_free(transform);
    json_decref(json);
    cst_stage_result_free(&result);
}

static void all_rows_are_trained_on_for_a_refit(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_ok(prepare(&result, good, true, &err));
    expect_id(&result, golden_all);
    char *path = path_of(&result, "test.h5");
    assert_false(cst_file_exists(path));
    free(path);
    path = path_of(&result, "train.h5");
    cst_matrix *training = NULL;
    assert_ok(cst_matrix_read(&training, comm, path, &err));
    assert_int_equal(training->total, result.rows_kept);
    free(path);
    cst_matrix_free(training);
    cst_stage_result_free(&result);
}

static void errors_reach_every_rank(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *spec;
        cst_code code;
        const char *words;
    } cases[] = {
        {"{'label': 'tardy', 'split': {'test': '10d'}, 'features': [{'columns': ['temp']}]}",
         CST_USAGE, "tardy"},
        {"{'label': 'late', 'features': [{'columns': ['temp']}]}", CST_USAGE, "prepare.split"},
        {"{'label': 'late', 'split': {'test': '90d'}, 'features': [{'columns': ['temp']}]}",
         CST_INVALID, "test takes 90d, and the 9000 rows that count run from 2013-01-01"},
        {"{'label': 'late', 'split': {'test': '10d'}, 'features': [{'columns': ['delay']}]}",
         CST_USAGE, "only there in training"},
        {"{'label': 'late', 'split': {'test': '10d'}, 'features': [{'columns': ['temp']}],"
         " 'join': [{'dataset': 'fogs', 'on': ['at'], 'columns': ['fog']}]}",
         CST_MISSING, "fogs"},
        {"{'label': 'late', 'split': {'by': 'hash', 'test': '10%'}, 'features': [{'columns': "
         "['temp']}], 'join': [{'dataset': 'winds', 'on': ['at'], 'columns': ['wind']}]}",
         CST_USAGE, "winds"},
        {"{'label': 'late', 'split': {'test': '10d'}, 'derive': {'temp': 'temp + 1'},"
         " 'features': [{'columns': ['temp']}]}",
         CST_EXISTS, "\"temp\" already"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cst_stage_result result;
        assert_fails(prepare(&result, cases[i].spec, false, &err), cases[i].code, cases[i].words);
        cst_stage_result_free(&result);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_id_is_the_same_at_any_number_of_ranks),
        cmocka_unit_test(a_version_holds_matrices_and_raw_test_rows),
        cmocka_unit_test(the_published_transform_scores_the_raw_test_rows),
        cmocka_unit_test(all_rows_are_trained_on_for_a_refit),
        cmocka_unit_test(errors_reach_every_rank),
    };
    int failed = cmocka_run_group_tests(tests, group_setup, world_teardown);
    MPI_Finalize();
    return failed;
}

/* validate.c - facts about profile and validate on ranks: the same report and id at any number */
#include "test/unit/test.h"

#include "table/schema.h"
#include "test/mpi/stage/world.h"

enum { ROWS = 9000 };

/* Results of the stage: where one changes, its revision is raised and this written anew. */
static const char golden_report[] =
    "0df614c8e924c7a430f9e4d5523ee3230a4ef368ed7b006c913b52cb82e02495";
static const char golden_profile[] =
    "3ef9344a64b15204358f9afb030bef84ddf871f2a8b4b152fb779a761fd56b50";

static const char schema_text[] =
    "{'dataset': 'trips', 'key': ['trip'], 'time': 'at', 'rows': {'min': 100, 'max_drop': 0.4},"
    " 'columns': [{'name': 'trip', 'type': 'int64'}, {'name': 'at', 'type': 'time'},"
    " {'name': 'load', 'type': 'float64', 'min': 0, 'max': 100, 'missing': 0.05},"
    " {'name': 'site', 'type': 'category', 'levels': ['north', 'south'], 'unseen': 'error'}]}";

/* The trips of a month; a broken one has a load of -5 in row 5000, a site that nobody knows in row
 * 8999, and the key of row 17 once more in row 7777. */
static cst_table *trips(int64_t month, size_t rows, bool broken)
{
    static const char *const levels[] = {"north", "south", "west", NULL};
    cst_table *table = build_table(rows);
    double *trip = calloc(rows, sizeof *trip);
    double *load = calloc(rows, sizeof *load);
    int64_t *at = calloc(rows, sizeof *at);
    const char **site = calloc(rows, sizeof *site);
    assert_true(trip && load && at && site);
    for (size_t r = 0; r < rows; r++) {
        trip[r] = (double)(month * 100000 + (int64_t)r);
        load[r] = r % 97 == 3 ? NAN : (double)(r * 7919 % 1000) / 10;
        at[r] = (month * 30 * 86400 + (int64_t)(r * 30 * 86400 / rows)) * 1000000;
        site[r] = levels[r * 31 % 2];
    }
    if (broken) {
        trip[7777] = trip[17];
        load[5000] = -5;
        site[8999] = "west";
    }
    build_numbers(table, "trip", CST_INT64, trip);
    build_times(table, "at", 1000000, at);
    build_numbers(table, "load", CST_FLOAT64, load);
    build_categories(table, "site", levels, site);
    free(trip);
    free(load);
    free(at);
    free(site);
    return table;
}

static int group_setup(void **state)
{
    (void)state;
    world_setup();
    cst_table *good[] = {trips(1, ROWS, false), trips(2, ROWS, false)};
    cst_table *broken[] = {trips(1, ROWS, false), trips(2, ROWS, true)};
    cst_table *halved[] = {trips(1, ROWS, false), trips(2, ROWS / 2, false)};
    publish_parts("good", good, 2, schema_text, "{}");
    publish_parts("broken", broken, 2, schema_text, "{}");
    publish_parts("halved", halved, 2, schema_text, "{}");
    return 0;
}

/* Run a stage on a snapshot; against may be NULL. */
static cst_code run(cst_stage_result *out, const cst_stage_kind *kind, const char *snapshot,
                    const char *against, cst_error *why)
{
    cst_error err = CST_ERROR_INIT;
    json_t *options = json_pack("{s:s}", "snapshot", snapshot);
    json_t *spec = NULL;
    json_t *none = json_object();
    assert_ok(cst_section_check(&spec, none, NULL, "test", &cst_section_validate, &err));
    if (against)
        json_object_set_new(options, "against", json_string(against));
    json_t *sections = json_pack("{s:o}", "validate", spec);
    cst_stage stage = {.comm = comm,
                       .registry = registry,
                       .options = options,
                       .sections = sections,
                       .provenance = none};
    *out = (cst_stage_result){0};
    cst_error_clear(why);
    cst_code rc = cst_comm_agree(comm, kind->run(out, &stage, why), why);
    json_decref(options);
    json_decref(sections);
    json_decref(none);
    return rc;
}

static const json_t *anomaly_of(const cst_stage_result *result, const char *kind)
{
    size_t i;
    const json_t *anomaly;
    json_array_foreach(json_object_get(result->extra, "anomalies"), i, anomaly)
    {
        if (strcmp(cst_get_string(anomaly, "kind", ""), kind) == 0)
            return anomaly;
    }
    fail_msg("no anomaly %s", kind);
    return NULL;
}

static void a_good_month_passes(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(run(&result, &cst_stage_validate, "good@1", NULL, &err), CST_OK);
    assert_string_equal(cst_get_string(result.extra, "verdict", ""), "passed");
    assert_int_equal(cst_get_int(result.extra, "errors", -1), 0);
    cst_stage_result_free(&result);
}

static void a_broken_month_is_refused_with_file_and_line(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(run(&result, &cst_stage_validate, "broken@1", NULL, &err), CST_REFUSED);
    assert_string_equal(cst_get_string(anomaly_of(&result, "out-of-range"), "message", ""),
                        "column load: -5 in 1 row, the schema says 0 to 100: row 5000, "
                        "broken-2.csv:5002");
    assert_string_equal(cst_get_string(anomaly_of(&result, "unseen-level"), "message", ""),
                        "column site has levels that the schema does not list: west (1 row): "
                        "row 8999, broken-2.csv:9001");
    const json_t *repeated = json_object_get(anomaly_of(&result, "key-repeated"), "examples");
    assert_int_equal(cst_get_int(json_array_get(repeated, 0), "row", -1), 17);
    assert_int_equal(cst_get_int(json_array_get(repeated, 1), "row", -1), 7777);
    assert_int_equal(cst_get_int(json_array_get(repeated, 1), "line", -1), 7779);
    expect_id(&result, golden_report);
    cst_stage_result_free(&result);
}

/* The second time the report is there; what the programs are told is the verdict all the same. */
static void asked_again_the_answer_is_the_same(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(run(&result, &cst_stage_validate, "broken@1", NULL, &err), CST_REFUSED);
    expect_id(&result, golden_report);
    cst_stage_result_free(&result);
}

static void half_of_the_rows_gone_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_int_equal(run(&result, &cst_stage_validate, "halved@1", NULL, &err), CST_REFUSED);
    assert_non_null(
        strstr(cst_get_string(anomaly_of(&result, "rows-dropped"), "message", ""), "halved-2.csv"));
    cst_stage_result_free(&result);
    assert_int_equal(run(&result, &cst_stage_validate, "halved@1", "good@1", &err), CST_REFUSED);
    assert_non_null(
        strstr(cst_get_string(anomaly_of(&result, "rows-dropped"), "message", ""), "of good@1"));
    cst_stage_result_free(&result);
    assert_int_equal(run(&result, &cst_stage_validate, "halved@1", "none", &err), CST_OK);
    cst_stage_result_free(&result);
}

static void nothing_is_compared_with_itself_or_what_is_not_there(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_fails(run(&result, &cst_stage_validate, "good@1", "good@latest", &err), CST_USAGE,
                 "itself");
    cst_stage_result_free(&result);
    assert_fails(run(&result, &cst_stage_validate, "good@1", "champion", &err), CST_USAGE,
                 "--pipeline");
    cst_stage_result_free(&result);
    assert_fails(run(&result, &cst_stage_validate, "gone@1", NULL, &err), CST_MISSING, "gone");
    cst_stage_result_free(&result);
}

static void a_profile_covers_all_parts(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_ok(run(&result, &cst_stage_profile, "good@1", NULL, &err));
    assert_int_equal(cst_get_int(result.extra, "rows", 0), 2 * ROWS);
    assert_non_null(strstr(result.line, "18000 rows"));
    assert_non_null(strstr(result.line, "north 9000"));
    cst_digest digest;
    char hex[CST_DIGEST_HEX];
    assert_ok(cst_json_digest(&digest, result.extra, &err));
    cst_digest_hex(hex, &digest);
    assert_string_equal(hex, golden_profile);
    cst_stage_result_free(&result);
}

static void the_schema_proposed_is_one_that_the_rows_pass(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result;
    assert_ok(run(&result, &cst_stage_infer, "good@1", NULL, &err));
    char *path = NULL;
    if (comm->rank == 0) {
        path = cst_text_format(&err, "%s/inferred.yaml", directory);
        assert_ok(cst_file_publish(path, result.line, strlen(result.line), &err));
    }
    path = shared(path);
    cst_schema *schema = NULL;
    assert_ok(cst_schema_read(&schema, path, &err));
    assert_int_equal(schema->columns, 4);
    assert_string_equal(schema->time, "at");
    assert_int_equal(cst_schema_find(schema, "site")->levels.count, 2);
    assert_true(cst_schema_find(schema, "load")->min == 0);
    cst_schema_free(schema);
    free(path);
    cst_stage_result_free(&result);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_month_passes),
        cmocka_unit_test(a_broken_month_is_refused_with_file_and_line),
        cmocka_unit_test(asked_again_the_answer_is_the_same),
        cmocka_unit_test(half_of_the_rows_gone_is_refused),
        cmocka_unit_test(nothing_is_compared_with_itself_or_what_is_not_there),
        cmocka_unit_test(a_profile_covers_all_parts),
        cmocka_unit_test(the_schema_proposed_is_one_that_the_rows_pass),
    };
    int failed = cmocka_run_group_tests(tests, group_setup, world_teardown);
    MPI_Finalize();
    return failed;
}

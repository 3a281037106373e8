/* resources.c - what a step may use, and how srun is told */
#include "test/unit/test.h"

#include "config/json.h"
#include "pipeline/options.h"
#include "pipeline/resources.h"

static json_t *parsed(const char *text)
{
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    assert_ok(cst_json_parse(&value, text, strlen(text), "test", &err));
    return value;
}

static void the_words_for_srun_follow_the_resources(void **state)
{
    (void)state;
    static const struct {
        const char *resources, *srun;
    } row[] = {
        {"{}", " --ntasks=1"},
        {"{\"default\": {\"ranks\": 2}}", " --ntasks=2"},
        {"{\"default\": {\"ranks\": 2}, \"train\": {\"nodes\": 2, \"ranks\": 8}}",
         " --nodes=2 --ntasks=8"},
        {"{\"default\": {\"ranks\": 2}, \"train\": {\"nodes\": 2, \"ranks_per_node\": 4}}",
         " --nodes=2 --ntasks=8 --ntasks-per-node=4"},
        {"{\"default\": {\"ranks_per_node\": 4, \"nodes\": 2}, \"train\": {\"ranks\": 3}}",
         " --nodes=2 --ntasks=3"},
        {"{\"train\": {\"ranks\": 2, \"threads\": 3}, \"refit\": {\"ranks\": 5}}",
         " --ntasks=2 --cpus-per-task=3"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        char text[256];
        char all[256] = "";
        json_t *resources = NULL;
        json_t *srun = NULL;
        (void)snprintf(text, sizeof text, "{\"resources\": %s}", row[i].resources);
        json_t *pipeline = parsed(text);
        assert_ok(cst_resources_of(&resources, pipeline, "p.yaml", "train", "train", &err));
        assert_ok(cst_resources_srun(&srun, resources, &err));
        for (size_t k = 3; k < json_array_size(srun); k++) {
            size_t used = strlen(all);
            (void)snprintf(all + used, sizeof all - used, " %s",
                           json_string_value(json_array_get(srun, k)));
        }
        assert_string_equal(json_string_value(json_array_get(srun, 0)), "srun");
        assert_string_equal(json_string_value(json_array_get(srun, 1)), "--mpi=pmix");
        assert_string_equal(json_string_value(json_array_get(srun, 2)), "--kill-on-bad-exit=1");
        assert_string_equal(all, row[i].srun);
        json_decref(srun);
        json_decref(resources);
        json_decref(pipeline);
    }
}

static void resources_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *resources, *message;
    } row[] = {
        {"{\"train\": {\"nodes\": 3, \"ranks\": 2}}", "3 nodes for 2 ranks"},
        {"{\"train\": {\"nodes\": 2, \"ranks\": 9, \"ranks_per_node\": 4}}",
         "9 ranks do not fit on 2 nodes with 4 ranks each"},
        {"{\"train\": {\"memory\": \"lots\"}}", "\"lots\" is no amount of memory"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        char text[256];
        json_t *resources = NULL;
        (void)snprintf(text, sizeof text, "{\"resources\": %s}", row[i].resources);
        json_t *pipeline = parsed(text);
        assert_fails(cst_resources_of(&resources, pipeline, "p.yaml", "train", "train", &err),
                     CST_USAGE, row[i].message);
        json_decref(pipeline);
    }
}

static void a_step_that_no_pipeline_has_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *wrong = parsed("{\"resources\": {\"trian\": {\"ranks\": 2}}}");
    json_t *right = parsed("{\"resources\": {\"refit\": {\"ranks\": 2}}}");
    assert_fails(cst_resources_check(wrong, "p.yaml", &err), CST_USAGE,
                 "resources.trian: there is no such step; did you mean \"train\"?");
    cst_error_clear(&err);
    assert_ok(cst_resources_check(right, "p.yaml", &err));
    json_decref(wrong);
    json_decref(right);
}

static void amounts_of_memory_are_read_as_slurm_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t megabytes;
    } row[] = {{"4000", 4000}, {"4000M", 4000}, {"16G", 16384}, {"1T", 1048576}, {"1025K", 2}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        int64_t megabytes = 0;
        assert_ok(cst_memory_parse(&megabytes, row[i].text, &err));
        assert_int_equal(megabytes, row[i].megabytes);
    }
    static const char *const wrong[] = {"", "G", "4GB", "-1", "4 G", "12345678901"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        int64_t megabytes = 0;
        assert_fails(cst_memory_parse(&megabytes, wrong[i], &err), CST_USAGE, "no amount");
    }
}

static void a_retry_has_twice_as_much_up_to_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *slurm, *time, *memory;
    } row[] = {
        {"{}", "1200s", "6144M"},
        {"{\"most_time\": \"15m\", \"most_memory\": \"4G\"}", "900s", "4096M"},
        {"{\"most_time\": \"5m\", \"most_memory\": \"1G\"}", "10m", "3G"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        json_t *slurm = parsed(row[i].slurm);
        json_t *resources = parsed("{\"time\": \"10m\", \"memory\": \"3G\"}");
        assert_ok(cst_resources_raise(resources, slurm, true, true, &err));
        assert_string_equal(cst_get_string(resources, "time", ""), row[i].time);
        assert_string_equal(cst_get_string(resources, "memory", ""), row[i].memory);
        json_decref(slurm);
        json_decref(resources);
    }
}

static void an_unknown_key_of_slurm_is_an_error_with_a_suggestion(void **state)
{
    (void)state;
    static const struct {
        const char *slurm, *message;
    } row[] = {
        {"{\"partitoin\": \"main\"}", "did you mean \"partition\"?"},
        {"{\"retries\": {\"timeuot\": 1}}", "did you mean \"timeout\"?"},
        {"{\"tune\": {\"mode\": \"array\"}}", "arrays"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        json_t *checked = NULL;
        json_t *value = parsed(row[i].slurm);
        assert_fails(cst_section_check(&checked, value, NULL, "p.yaml", &cst_slurm_section, &err),
                     CST_USAGE, row[i].message);
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_for_srun_follow_the_resources),
        cmocka_unit_test(resources_that_contradict_each_other_are_refused),
        cmocka_unit_test(a_step_that_no_pipeline_has_is_refused),
        cmocka_unit_test(amounts_of_memory_are_read_as_slurm_writes_them),
        cmocka_unit_test(a_retry_has_twice_as_much_up_to_what_is_allowed),
        cmocka_unit_test(an_unknown_key_of_slurm_is_an_error_with_a_suggestion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

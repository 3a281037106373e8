/* arguments.c - what a step's program is given beside what the plan says */
#include "test/unit/test.h"

#include "config/json.h"
#include "pipeline/arguments.h"

/* The arguments of a step of this stage as one line of JSON; to be freed. */
static char *given(const char *stage, const char *first)
{
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    json_t *step = json_pack("{s:s, s:[s,s]}", "stage", stage, "arguments", first, "a file");
    json_t *arguments = cst_step_arguments(step, "reg/runs/r/step/attempt-2", &err);
    assert_non_null(arguments);
    assert_ok(cst_json_canonical(&text, arguments, &err));
    json_decref(arguments);
    json_decref(step);
    return text.data;
}

static void a_training_is_told_where_to_go_on_from(void **state)
{
    (void)state;
    char *arguments = given("train", "--");
    assert_string_equal(arguments, "[\"--attempt\",\"reg/runs/r/step/attempt-2\",\"--resume\","
                                   "\"--checkpoints\",\"reg/runs/r/step/checkpoints\","
                                   "\"--\",\"a file\"]");
    free(arguments);
}

static void behind_a_search_it_may_go_on_from_the_winner(void **state)
{
    (void)state;
    char *arguments = given("train", "--search");
    assert_non_null(strstr(arguments, "\"--trials\",\"reg/runs/r/search/trials\",\"--search\""));
    free(arguments);
}

static void another_step_is_told_its_attempt_alone(void **state)
{
    (void)state;
    char *arguments = given("ingest", "--");
    assert_string_equal(arguments,
                        "[\"--attempt\",\"reg/runs/r/step/attempt-2\",\"--\",\"a file\"]");
    free(arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_is_told_where_to_go_on_from),
        cmocka_unit_test(behind_a_search_it_may_go_on_from_the_winner),
        cmocka_unit_test(another_step_is_told_its_attempt_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

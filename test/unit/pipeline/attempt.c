/* attempt.c - one attempt of a step: submitted once, read whole */
#include "test/unit/test.h"

#include "pipeline/attempt.h"
#include "pipeline/run.h"
#include "test/unit/pipeline/world.h"

static cst_code submit(char **path, const world *w, int64_t number, const char *nonce,
                       cst_error *err)
{
    json_t *submission = json_pack("{s:s}", "nonce", nonce);
    cst_code rc = cst_attempt_submit(path, w->registry, "run", "train", number, submission, err);
    json_decref(submission);
    return rc;
}

static void put(const char *attempt, const char *file, json_t *value)
{
    cst_error err = CST_ERROR_INIT;
    assert_non_null(value);
    assert_ok(cst_receipt_write(attempt, file, value, &err));
    json_decref(value);
}

static void a_step_that_nobody_submitted_has_no_attempt(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    cst_attempt attempt;
    assert_ok(cst_attempt_load_newest(&attempt, w->registry, "run", "train", &err));
    assert_int_equal(attempt.number, 0);
    assert_ok(cst_attempt_load(&attempt, w->registry, "run", "train", 1, &err));
    assert_int_equal(attempt.number, 0);
}

static void of_two_that_submit_the_same_attempt_one_wins(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    cst_attempt attempt;
    char **names = NULL;
    size_t count = 0;
    assert_ok(submit(NULL, w, 1, "first", &err));
    assert_fails(submit(NULL, w, 1, "second", &err), CST_CONFLICT, "train/attempt-1");
    assert_ok(cst_attempt_load_newest(&attempt, w->registry, "run", "train", &err));
    assert_int_equal(attempt.number, 1);
    assert_string_equal(cst_get_string(attempt.submission, "nonce", ""), "first");
    assert_ok(cst_file_names(&names, &count, attempt.path, &err));
    assert_int_equal(count, 1); /* and the loser has left nothing */
    cst_file_names_free(names, count);
    cst_attempt_free(&attempt);
    assert_ok(submit(NULL, w, 2, "second", &err));
    assert_ok(cst_attempt_load_newest(&attempt, w->registry, "run", "train", &err));
    assert_int_equal(attempt.number, 2);
    cst_attempt_free(&attempt);
}

static void the_job_is_the_one_that_claimed_it(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    cst_attempt attempt;
    char *path = NULL;
    assert_ok(submit(&path, w, 1, "n", &err));
    assert_ok(cst_attempt_load(&attempt, w->registry, "run", "train", 1, &err));
    assert_null(cst_attempt_job(&attempt));
    cst_attempt_free(&attempt);
    put(path, "job.json", json_pack("{s:s, s:s}", "engine", "slurm", "job", "17"));
    assert_ok(cst_attempt_load(&attempt, w->registry, "run", "train", 1, &err));
    assert_string_equal(cst_attempt_job(&attempt), "17");
    cst_attempt_free(&attempt);
    put(path, "claim.json", json_pack("{s:s, s:i}", "job", "18", "restarts", 0));
    assert_ok(cst_attempt_load(&attempt, w->registry, "run", "train", 1, &err));
    assert_string_equal(cst_attempt_job(&attempt), "18");
    cst_attempt_free(&attempt);
    free(path);
}

static void a_receipt_of_another_restart_is_none(void **state)
{
    const world *w = *state;
    static const struct {
        const char *job;
        int restarts;
        bool believed;
    } row[] = {{"18", 1, true}, {"18", 0, false}, {"17", 1, false}};
    cst_error err = CST_ERROR_INIT;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        json_t *end = NULL;
        char *path = NULL;
        assert_ok(submit(&path, w, (int64_t)i + 1, "n", &err));
        put(path, "claim.json", json_pack("{s:s, s:i}", "job", "18", "restarts", 1));
        put(path, "end.json",
            json_pack("{s:s, s:{s:s, s:i}}", "class", "done", "slurm", "job", row[i].job,
                      "restarts", row[i].restarts));
        assert_ok(cst_attempt_read_end(&end, path, &err));
        assert_int_equal(end != NULL, row[i].believed);
        json_decref(end);
        free(path);
    }
}

static void an_alarm_makes_what_was_done_a_failure(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    json_t *end = NULL;
    char *path = NULL;
    assert_ok(submit(&path, w, 1, "n", &err));
    put(path, "end.json", json_pack("{s:s, s:s}", "class", "done", "message", ""));
    put(path, "alarm.json", json_pack("{s:s}", "message", "two ids"));
    assert_ok(cst_attempt_read_end(&end, path, &err));
    assert_int_equal(cst_receipt_code(end), CST_FAILED);
    assert_string_equal(cst_get_string(end, "message", ""), "two ids");
    json_decref(end);
    free(path);
}

static void only_attempts_have_numbers(void **state)
{
    (void)state;
    assert_int_equal(cst_attempt_number("/r/runs/x/train/attempt-12"), 12);
    assert_int_equal(cst_attempt_number("attempt-3"), 3);
    assert_int_equal(cst_attempt_number("/attempt-3/log"), 0);
    assert_int_equal(cst_attempt_number("checkpoints"), 0);
    assert_int_equal(cst_attempt_number("attempt-"), 0);
    assert_int_equal(cst_attempt_number("attempt-3x"), 0);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_new, world_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_step_that_nobody_submitted_has_no_attempt),
        WITH_WORLD(of_two_that_submit_the_same_attempt_one_wins),
        WITH_WORLD(the_job_is_the_one_that_claimed_it),
        WITH_WORLD(a_receipt_of_another_restart_is_none),
        WITH_WORLD(an_alarm_makes_what_was_done_a_failure),
        cmocka_unit_test(only_attempts_have_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* claim.c - the fence, with many that come at once */
#include "test/unit/test.h"

#include <sys/wait.h>

#include "pipeline/claim.h"
#include "test/unit/pipeline/world.h"

enum { MANY = 8 };

static void submit(const world *w, int64_t number, const char *nonce)
{
    cst_error err = CST_ERROR_INIT;
    json_t *submission = json_pack("{s:s}", "nonce", nonce);
    assert_ok(cst_attempt_submit(NULL, w->registry, "run", "train", number, submission, &err));
    json_decref(submission);
}

/* In a child: claim attempt 1 as job; its exit status is the code, the attempt's number + 100 where
 * that is CST_OK. */
static pid_t start_claiming(const world *w, const char *job)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    cst_error err = CST_ERROR_INIT;
    char *path = NULL;
    (void)setenv("SLURM_JOB_ID", job, 1);
    cst_code rc = cst_claim_attempt(&path, w->registry, "run", "train", 1, &err);
    _exit(rc == CST_OK ? 100 + (int)cst_attempt_number(path) : (int)rc);
}

/* Exit statuses of MANY that claim at once, shape [MANY]. */
static void claim_at_once(int *status, const world *w, bool same_job)
{
    pid_t child[MANY];
    for (int i = 0; i < MANY; i++) {
        char job[16];
        (void)snprintf(job, sizeof job, "%d", same_job ? 7 : 7 + i);
        child[i] = start_claiming(w, job);
        assert_true(child[i] > 0);
    }
    for (int i = 0; i < MANY; i++) {
        int how = 0;
        assert_int_equal(waitpid(child[i], &how, 0), child[i]);
        assert_true(WIFEXITED(how));
        status[i] = WEXITSTATUS(how);
    }
}

static void of_many_jobs_one_gets_the_attempt(void **state)
{
    const world *w = *state;
    int status[MANY];
    int won = 0;
    submit(w, 1, "n");
    claim_at_once(status, w, false);
    for (int i = 0; i < MANY; i++) {
        won += status[i] == 101;
        assert_true(status[i] == 101 || status[i] == CST_CONFLICT);
    }
    assert_int_equal(won, 1);
}

static void a_job_that_comes_many_times_gets_an_attempt_each_time(void **state)
{
    const world *w = *state;
    int status[MANY];
    bool seen[MANY + 1] = {false};
    submit(w, 1, "n");
    claim_at_once(status, w, true);
    for (int i = 0; i < MANY; i++) {
        int number = status[i] - 100;
        assert_in_range(number, 1, MANY);
        assert_false(seen[number]);
        seen[number] = true;
    }
}

static void of_many_that_submit_the_next_attempt_one_wins(void **state)
{
    const world *w = *state;
    pid_t child[MANY];
    int won = 0;
    for (int i = 0; i < MANY; i++) {
        child[i] = fork();
        assert_true(child[i] >= 0);
        if (child[i] == 0) {
            cst_error err = CST_ERROR_INIT;
            json_t *submission = json_pack("{s:i}", "nonce", i);
            _exit((int)cst_attempt_submit(NULL, w->registry, "run", "train", 1, submission, &err));
        }
    }
    for (int i = 0; i < MANY; i++) {
        int how = 0;
        assert_int_equal(waitpid(child[i], &how, 0), child[i]);
        assert_true(WIFEXITED(how));
        won += WEXITSTATUS(how) == CST_OK;
        assert_true(WEXITSTATUS(how) == CST_OK || WEXITSTATUS(how) == CST_CONFLICT);
    }
    assert_int_equal(won, 1);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_new, world_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(of_many_jobs_one_gets_the_attempt),
        WITH_WORLD(a_job_that_comes_many_times_gets_an_attempt_each_time),
        WITH_WORLD(of_many_that_submit_the_next_attempt_one_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

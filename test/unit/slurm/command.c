/* command.c - commands run with a limit, their output taken, their failures told apart */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "slurm/command.h"
#include "slurm/submit.h"
#include "test/unit/test.h"

/* Run a line of shell as if it were one of Slurm's commands. */
static cst_code run(cst_text *out, const char *line, int seconds, cst_error *err)
{
    json_t *words = json_pack("[s, s, s]", "sh", "-c", line);
    cst_code rc = cst_slurm_command(out, words, seconds, err);
    json_decref(words);
    return rc;
}

static void what_a_command_prints_is_taken_whole(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_ok(
        run(&out, "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done", 60, &err));
    assert_int_equal(out.size, 220000);
    cst_text_free(&out);
}

static void a_failure_says_the_command_its_status_and_its_first_lines(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_fails(
        run(&out, "echo row; for i in 1 2 3 4; do echo line $i >&2; done; exit 3", 60, &err),
        CST_FAILED, "sh ended with status 3: line 1 line 2 line 3");
    assert_null(strstr(err.text, "line 4"));
    assert_string_equal(out.data, "row\n"); /* squeue prints rows, and then fails, at times */
    assert_fails(run(NULL, "exit 1", 60, &err), CST_FAILED, "it said nothing");
    assert_fails(run(NULL, "kill -9 $$", 60, &err), CST_IO, "ended by signal 9");
    cst_text_free(&out);
}

static void a_command_that_is_not_there_is_told_from_one_that_fails(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *words = json_pack("[s]", "no-such-command-of-slurm");
    assert_fails(cst_slurm_command(NULL, words, 60, &err), CST_MISSING, "PATH");
    json_decref(words);
}

static void one_that_does_not_answer_is_killed_with_its_children(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    double start = cst_clock_elapsed();
    assert_fails(run(&out, "sleep 500 & echo $!; wait", 1, &err), CST_IO, "no answer in 1 seconds");
    assert_true(cst_clock_elapsed() - start < 60);
    pid_t child = (pid_t)strtol(out.data, NULL, 10);
    assert_true(child > 0);
    for (int tries = 0; kill(child, 0) == 0 && tries < 1000; tries++)
        (void)usleep(10000); /* until it is reaped by whoever has inherited it */
    char stat[64], letter[64] = "";
    (void)snprintf(stat, sizeof stat, "/proc/%ld/stat", (long)child);
    FILE *file = fopen(stat, "re");
    if (file) {
        (void)fgets(letter, sizeof letter, file);
        (void)fclose(file);
        assert_non_null(strstr(letter, ") Z ")); /* nobody reaps here: ended all the same */
    }
    cst_text_free(&out);
}

static void a_command_does_not_see_the_job_that_this_process_is_part_of(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_int_equal(setenv("SLURM_RESTART_COUNT", "2", 1), 0);
    assert_int_equal(setenv("SQUEUE_FORMAT", "%i", 1), 0);
    assert_int_equal(setenv("SLURM_CONF", "/a/slurm.conf", 1), 0);
    assert_ok(run(&out,
                  "echo \"${SLURM_RESTART_COUNT:-none} ${SQUEUE_FORMAT:-none} $SLURM_CONF "
                  "$SLURM_TIME_FORMAT\"",
                  60, &err));
    assert_string_equal(out.data, "none none /a/slurm.conf %s\n");
    cst_text_free(&out);
}

/* sbatch takes its options from there too, above those of the script. */
static void a_job_is_called_and_ends_as_its_script_says(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_int_equal(setenv("SBATCH_JOB_NAME", "mine", 1), 0);
    assert_int_equal(setenv("SBATCH_WAIT", "1", 1), 0);
    assert_int_equal(setenv("SBATCH_ACCOUNT", "phys", 1), 0);
    assert_int_equal(setenv("CAPSTAN_STOP_AT", "1", 1), 0);
    assert_ok(run(&out,
                  "echo \"${SBATCH_JOB_NAME:-none} ${SBATCH_WAIT:-none} $SBATCH_ACCOUNT "
                  "${CAPSTAN_STOP_AT:-none}\"",
                  60, &err));
    assert_string_equal(out.data, "none none phys none\n");
    cst_text_free(&out);
}

/* As after `trap '' CHLD` in a shell: the kernel then keeps no exit status. */
static void a_failure_is_one_where_ends_of_children_are_ignored(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    assert_fails(run(NULL, "exit 1", 60, &err), CST_IO, "exit status");
    assert_true(signal(SIGCHLD, before) == SIG_IGN);
}

static void no_such_job_is_an_answer(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    (void)run(NULL, "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", 60, &err);
    assert_true(cst_slurm_no_such_job(&err));
    cst_error_clear(&err);
    (void)run(NULL, "echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1", 60,
              &err);
    assert_false(cst_slurm_no_such_job(&err));
}

/* What becomes of a submission where sbatch says this and fails. */
static cst_code submit_saying(const char *said, cst_error *err)
{
    char path[512], script[512], *before = strdup(getenv("PATH"));
    char folder[] = "sbatch-XXXXXX";
    int64_t id = 0, when = 0;
    cst_slurm *slurm = NULL;
    json_t *options = json_array();
    assert_non_null(mkdtemp(folder));
    (void)snprintf(script, sizeof script, "%s/sbatch", folder);
    FILE *file = fopen(script, "we");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\necho 'sbatch: error: %s' >&2\nexit 1\n", said) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(script, 0700), 0);
    (void)snprintf(path, sizeof path, "%s:%s", folder, before);
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_int_equal(cst_slurm_new(&slurm, 60, err), CST_OK);
    cst_code rc = cst_slurm_submit(slurm, &id, &when, "script", options, err);
    assert_int_equal(setenv("PATH", before, 1), 0);
    assert_int_equal(unlink(script), 0);
    assert_int_equal(rmdir(folder), 0);
    cst_slurm_free(slurm);
    json_decref(options);
    free(before);
    return rc;
}

static void a_controller_that_is_busy_has_refused_nothing(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    assert_fails(submit_saying("Batch job submission failed: Socket timed out on send/recv "
                               "operation",
                               &err),
                 CST_IO, "timed out");
    assert_fails(submit_saying("Batch job submission failed: Unable to contact slurm controller "
                               "(connect failure)",
                               &err),
                 CST_IO, "contact");
    assert_fails(submit_saying("Batch job submission failed: Job dependency problem", &err), CST_IO,
                 "dependency"); /* what it was to wait for may have ended and be forgotten */
    assert_fails(
        submit_saying("Batch job submission failed: Invalid partition name specified", &err),
        CST_FAILED, "partition");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_command_prints_is_taken_whole),
        cmocka_unit_test(a_failure_says_the_command_its_status_and_its_first_lines),
        cmocka_unit_test(a_command_that_is_not_there_is_told_from_one_that_fails),
        cmocka_unit_test(one_that_does_not_answer_is_killed_with_its_children),
        cmocka_unit_test(a_command_does_not_see_the_job_that_this_process_is_part_of),
        cmocka_unit_test(a_job_is_called_and_ends_as_its_script_says),
        cmocka_unit_test(a_failure_is_one_where_ends_of_children_are_ignored),
        cmocka_unit_test(no_such_job_is_an_answer),
        cmocka_unit_test(a_controller_that_is_busy_has_refused_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

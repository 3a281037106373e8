/* command.c - commands run with a limit, their output taken, their failures told apart */
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "slurm/command.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_command_prints_is_taken_whole),
        cmocka_unit_test(a_failure_says_the_command_its_status_and_its_first_lines),
        cmocka_unit_test(a_command_that_is_not_there_is_told_from_one_that_fails),
        cmocka_unit_test(one_that_does_not_answer_is_killed_with_its_children),
        cmocka_unit_test(a_command_does_not_see_the_job_that_this_process_is_part_of),
        cmocka_unit_test(no_such_job_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

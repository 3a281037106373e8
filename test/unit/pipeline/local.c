/* local.c - steps as processes of this machine */
#include "test/unit/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "pipeline/engine.h"
#include "test/unit/pipeline/world.h"

/* Start a shell script as a step of this stage; its $2 is the attempt's folder. */
static cst_job started_as(const world *w, const char *stage, const char *script)
{
    cst_error err = CST_ERROR_INIT;
    cst_job job = {.handle = NULL};
    char path[256];
    char text[512];
    (void)snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    world_write(w, path, "program", text);
    assert_int_equal(chmod(path, 0700), 0);
    json_t *step = json_pack("{s:s, s:s, s:[s,s], s:i}", "stage", stage, "program", path,
                             "arguments", "--", "file", "ranks", 1);
    assert_ok(cst_engine_local.start(&job, step, w->folder, &err));
    json_decref(step);
    return job;
}

static cst_job started(const world *w, const char *script)
{
    return started_as(w, "ingest", script);
}

/* Wait for a file in the attempt's folder. */
static void wait_for_file(const world *w, const char *name)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", w->folder, name);
    while (!cst_file_exists(path))
        (void)nanosleep(&pause, NULL);
}

static void wait_for_end(cst_job *job)
{
    cst_error err = CST_ERROR_INIT;
    const struct timespec pause = {.tv_nsec = 10000000};
    while (job->state == CST_STEP_RUNNING) {
        assert_ok(cst_engine_local.poll(job, 1, &err));
        (void)nanosleep(&pause, NULL);
    }
    assert_int_equal(job->state, CST_STEP_ENDED);
}

static void the_status_is_the_process_own_and_its_words_are_in_the_log(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text log = CST_TEXT_INIT;
    char path[256];
    cst_job job = started(w, "echo out; echo err >&2; echo $*; exit 7");
    wait_for_end(&job);
    assert_int_equal(job.status, 7);
    (void)snprintf(path, sizeof path, "%s/log", w->folder);
    assert_ok(cst_file_read(&log, path, 0, &err));
    assert_non_null(strstr(log.data, "out\nerr\n--attempt /tmp/"));
    assert_int_equal(cst_process_state(job.handle), CST_STEP_ENDED);
    cst_text_free(&log);
    json_decref(job.handle);
}

static void a_killed_process_is_not_a_success(void **state)
{
    const world *w = *state;
    cst_job job = started(w, "kill -9 $$");
    wait_for_end(&job);
    assert_int_equal(job.status, 128 + SIGKILL);
    json_decref(job.handle);
}

static void what_cannot_be_started_ends_with_127_and_says_so(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text log = CST_TEXT_INIT;
    char path[256];
    cst_job job = {.handle = NULL};
    json_t *step =
        json_pack("{s:s, s:[], s:i}", "program", "capstan-nothing", "arguments", "ranks", 1);
    assert_ok(cst_engine_local.start(&job, step, w->folder, &err));
    wait_for_end(&job);
    assert_int_equal(job.status, 127);
    (void)snprintf(path, sizeof path, "%s/log", w->folder);
    assert_ok(cst_file_read(&log, path, 0, &err));
    assert_non_null(strstr(log.data, "cannot start capstan-nothing"));
    cst_text_free(&log);
    json_decref(job.handle);
    json_decref(step);
}

static void cancelling_ends_the_whole_group(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    const struct timespec pause = {.tv_nsec = 10000000};
    cst_text pid = CST_TEXT_INIT;
    char path[256];
    cst_job job = started(w, "sleep 1000 & echo $! >\"$2/child\"; wait");
    (void)snprintf(path, sizeof path, "%s/child", w->folder);
    while (!pid.size) {
        (void)nanosleep(&pause, NULL);
        cst_text_free(&pid);
        if (cst_file_exists(path))
            assert_ok(cst_file_read(&pid, path, 0, &err));
    }
    pid_t child = (pid_t)strtol(pid.data, NULL, 10);
    assert_int_equal(kill(child, 0), 0);
    assert_int_equal(cst_process_state(job.handle), CST_STEP_RUNNING);
    assert_ok(cst_engine_local.cancel(&job, &err));
    wait_for_end(&job);
    assert_int_equal(job.status, 128 + SIGTERM);
    json_t *handle = cst_process_handle(child);
    while (cst_process_state(handle) == CST_STEP_RUNNING) /* init takes a moment to bury it */
        (void)nanosleep(&pause, NULL);
    json_decref(handle);
    json_decref(job.handle);
    cst_text_free(&pid);
}

static void a_step_dies_with_its_driver(void **state)
{
    const world *w = *state;
    const struct timespec pause = {.tv_nsec = 10000000};
    int pipes[2];
    int64_t step = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t driver = fork();
    if (driver == 0) {
        cst_job job = started(w, "exec sleep 1000");
        step = (int64_t)cst_get_int(job.handle, "pid", 0);
        (void)!write(pipes[1], &step, sizeof step);
        for (;;)
            (void)nanosleep(&pause, NULL);
    }
    assert_int_equal(read(pipes[0], &step, sizeof step), sizeof step);
    json_t *handle = cst_process_handle(step);
    assert_int_equal(cst_process_state(handle), CST_STEP_RUNNING);
    assert_int_equal(kill(driver, SIGKILL), 0);
    assert_int_equal(waitpid(driver, NULL, 0), driver);
    while (cst_process_state(handle) == CST_STEP_RUNNING)
        (void)nanosleep(&pause, NULL);
    json_decref(handle);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
}

static void another_machines_process_is_unknown(void **state)
{
    (void)state;
    json_t *handle = cst_process_handle(getpid());
    assert_int_equal(cst_process_state(handle), CST_STEP_RUNNING);
    assert_int_equal(json_object_set_new(handle, "host", json_string("elsewhere")), 0);
    assert_int_equal(cst_process_state(handle), CST_STEP_UNKNOWN);
    json_decref(handle);
}

static void a_later_process_of_the_same_number_is_not_taken_for_it(void **state)
{
    (void)state;
    json_t *handle = cst_process_handle(getpid());
    json_int_t began = json_integer_value(json_object_get(handle, "started"));
    assert_int_equal(json_object_set_new(handle, "started", json_integer(began - 1)), 0);
    assert_int_equal(cst_process_state(handle), CST_STEP_ENDED);
    json_decref(handle);
}

static void a_training_that_is_cancelled_has_time_for_its_checkpoint(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    cst_job job = started_as(w, "train",
                             "trap 'sleep 0.3; exit 75' USR1; touch \"$2/ready\"; "
                             "while :; do sleep 0.02; done");
    wait_for_file(w, "ready");
    assert_ok(cst_engine_local.cancel(&job, &err));
    wait_for_end(&job);
    assert_int_equal(job.status, 75);
    json_decref(job.handle);
}

static void whoever_asks_twice_does_not_wait_for_it(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    sigset_t interrupt;
    sigset_t before;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    cst_job job =
        started_as(w, "train", "trap '' USR1; touch \"$2/ready\"; while :; do sleep 0.02; done");
    wait_for_file(w, "ready");
    assert_int_equal(sigprocmask(SIG_BLOCK, &interrupt, &before), 0);
    assert_int_equal(raise(SIGINT), 0); /* waits, as for a driver */
    assert_ok(cst_engine_local.cancel(&job, &err));
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    wait_for_end(&job);
    assert_int_equal(job.status, 128 + SIGTERM);
    json_decref(job.handle);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_new, world_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(the_status_is_the_process_own_and_its_words_are_in_the_log),
        WITH_WORLD(a_killed_process_is_not_a_success),
        WITH_WORLD(what_cannot_be_started_ends_with_127_and_says_so),
        WITH_WORLD(cancelling_ends_the_whole_group),
        WITH_WORLD(a_training_that_is_cancelled_has_time_for_its_checkpoint),
        WITH_WORLD(whoever_asks_twice_does_not_wait_for_it),
        WITH_WORLD(a_step_dies_with_its_driver),
        cmocka_unit_test(another_machines_process_is_unknown),
        cmocka_unit_test(a_later_process_of_the_same_number_is_not_taken_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

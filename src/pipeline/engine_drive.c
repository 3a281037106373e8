/* engine_drive.c - the steps of a run in order: found done, or started and waited for */
#include <math.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/json.h"
#include "pipeline/run.h"
#include "pipeline/step.h"

/* A run being driven. */
typedef struct {
    const char *run;
    const json_t *plan;
    const cst_engine *engine;
    cst_registry *registry;
    cst_log *log;
    const char *attempt; /* the driving's own */
    sigset_t signals;    /* that end the driving or a child's life, blocked while it lasts */
    json_t *results;     /* step → its receipt */
    bool worked;         /* a step has made something */
} driving;

/* Wait for a child's end or at most a second. True where the driving is to stop. */
static bool wait_a_moment(const driving *d)
{
    const struct timespec second = {.tv_sec = 1};
    int number = sigtimedwait(&d->signals, NULL, &second);
    return (number > 0 && number != SIGCHLD) || cst_run_cancelled(d->attempt);
}

/* Until the job has ended; CST_STOPPED where the driving was asked to stop, the job ended by it. */
static cst_code wait_for(const driving *d, cst_job *job, const char *step, cst_error *err)
{
    double began = cst_clock_elapsed();
    cst_code rc = CST_OK;
    while (rc == CST_OK && job->state != CST_STEP_ENDED) {
        if (wait_a_moment(d)) {
            rc = d->engine->cancel(job, err);
            return rc == CST_OK ? cst_error_set(err, CST_STOPPED,
                                                "stopped while %s ran: capstan resume %s goes on",
                                                step, d->run)
                                : rc;
        }
        rc = d->engine->poll(job, 1, err);
        cst_log_progress(d->log, step, floor(cst_clock_elapsed() - began), 0, "s");
    }
    cst_log_progress_end(d->log);
    return rc;
}

/* cst_driver's run_program: through the engine. */
static cst_code run_program(int *status, void *with, const json_t *step, const char *attempt,
                            cst_error *err)
{
    const driving *d = with;
    cst_job job = {.handle = NULL, .state = CST_STEP_PENDING, .status = -1};
    cst_code rc = d->engine->start(&job, step, attempt, err);
    if (rc == CST_OK)
        rc = cst_receipt_write(attempt, "job.json", job.handle, err);
    if (rc == CST_OK)
        rc = wait_for(d, &job, cst_get_string(step, "id", ""), err);
    *status = job.status;
    json_decref(job.handle);
    return rc;
}

/* Do the step, tell of it, keep its receipt. *last: nothing is left to do. */
static cst_code take_step(bool *last, driving *d, const char *id, cst_error *err)
{
    const cst_driver driver = {.run = d->run,
                               .plan = d->plan,
                               .registry = d->registry,
                               .log = d->log,
                               .engine = d->engine->name,
                               .run_program = run_program,
                               .with = d};
    cst_outcome outcome;
    cst_code rc = cst_step_do(&outcome, &driver, id, NULL, err);
    if (rc != CST_OK)
        return rc;
    cst_step_tell(d->log, id, outcome.end);
    cst_code code = cst_receipt_code(outcome.end);
    d->worked = d->worked || outcome.made;
    *last = outcome.last;
    if (code == CST_OK || code == CST_SKIPPED)
        rc = cst_json_put(d->results, id, json_incref(outcome.end), err);
    else
        rc = cst_error_set(err, code, "%s: %s", id, cst_get_string(outcome.end, "message", ""));
    json_decref(outcome.end);
    return rc;
}

static cst_code take_steps(driving *d, cst_error *err)
{
    const json_t *steps = json_object_get(d->plan, "steps");
    cst_code rc = CST_OK;
    bool last = false;
    for (size_t i = 0; i < json_array_size(steps) && rc == CST_OK && !last; i++)
        rc = take_step(&last, d, cst_get_string(json_array_get(steps, i), "id", ""), err);
    return rc == CST_OK && !d->worked ? CST_SKIPPED : rc;
}

/* One driver at a time: another that is alive, or of which nothing is known, is left alone. */
static cst_code check_alone(const driving *d, cst_error *err)
{
    json_t *begin = NULL;
    json_t *end = NULL;
    char *attempt = cst_run_attempt(d->registry, d->run, "pipeline", err);
    cst_code rc = attempt ? cst_receipt_read(&begin, attempt, "begin.json", err) : err->code;
    if (rc == CST_OK && attempt)
        rc = cst_receipt_read(&end, attempt, "end.json", err);
    const json_t *driver = json_object_get(begin, "driver");
    if (rc == CST_OK && driver && !end && cst_process_state(driver) != CST_STEP_ENDED)
        rc = cst_error_set(err, CST_CONFLICT,
                           "run %s is driven by process %lld on %s: capstan wait %s waits for it",
                           d->run, (long long)cst_get_int(driver, "pid", 0),
                           cst_get_string(driver, "host", "?"), d->run);
    json_decref(begin);
    json_decref(end);
    free(attempt);
    return rc;
}

static cst_code begin_driving(const driving *d, cst_error *err)
{
    char when[CST_TIME_TEXT];
    cst_clock_text(when, cst_clock_now());
    json_t *begin = json_pack("{s:s, s:s, s:o}", "stage", "pipeline", "when", when, "driver",
                              cst_process_handle(getpid()));
    cst_code rc =
        begin ? cst_receipt_begin(d->attempt, begin, err) : cst_error_nomem(err, "a receipt");
    json_decref(begin);
    return rc;
}

static cst_code end_driving(const driving *d, cst_code code, const cst_error *why, double seconds,
                            cst_error *err)
{
    static const char *const last[] = {"refit", "train", "prepare", "ingest"};
    json_t *outputs = NULL;
    for (size_t i = 0; i < sizeof last / sizeof last[0] && !outputs; i++)
        outputs = json_object_get(json_object_get(d->results, last[i]), "outputs");
    json_t *end = json_pack("{s:s, s:i, s:s, s:f, s:O*, s:[]}", "class", cst_code_word(code),
                            "status", cst_code_status(code), "message", why->text, "seconds",
                            seconds, "outputs", outputs, "inputs");
    cst_code rc = end ? cst_receipt_end(d->attempt, end, err) : cst_error_nomem(err, "a receipt");
    json_decref(end);
    return rc;
}

/* With signals blocked: TERM and INT are waited for beside the steps, so none of them is lost. */
static cst_code drive_blocked(cst_code *code, driving *d, cst_error *err)
{
    double began = cst_clock_elapsed();
    cst_error late = CST_ERROR_INIT;
    char *attempt = NULL;
    cst_code rc = check_alone(d, err);
    if (rc == CST_OK)
        rc = cst_receipt_attempt(&attempt, d->registry, d->run, "pipeline", err);
    d->attempt = attempt;
    if (rc == CST_OK)
        rc = begin_driving(d, err);
    if (rc == CST_OK) {
        *code = take_steps(d, err);
        rc = end_driving(d, *code, err, cst_clock_elapsed() - began, &late);
        if (rc != CST_OK)
            (void)cst_error_set(err, rc, "%s", late.text);
    }
    free(attempt);
    return rc;
}

cst_code cst_engine_drive(cst_code *code, const char *run, const cst_engine *engine,
                          cst_registry *registry, cst_log *log, cst_error *err)
{
    json_t *plan = NULL;
    sigset_t before;
    driving d = {.run = run, .engine = engine, .registry = registry, .log = log};
    cst_code rc = cst_run_plan(&plan, registry, run, err);
    d.plan = plan;
    d.results = json_object();
    if (rc == CST_OK && !d.results)
        rc = cst_error_nomem(err, "results");
    if (rc == CST_OK) {
        sigemptyset(&d.signals);
        sigaddset(&d.signals, SIGINT);
        sigaddset(&d.signals, SIGTERM);
        sigaddset(&d.signals, SIGHUP);
        sigaddset(&d.signals, SIGCHLD);
        (void)sigprocmask(SIG_BLOCK, &d.signals, &before);
        rc = drive_blocked(code, &d, err);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
    }
    json_decref(d.results);
    json_decref(plan);
    return rc;
}

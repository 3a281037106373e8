/* engine_drive.c - the steps of a run in order: found done, or started and waited for */
#include <math.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "config/json.h"
#include "pipeline/expand.h"
#include "pipeline/run.h"
#include "registry/alias.h"

/* A run being driven. */
typedef struct {
    const char *run;
    const json_t *plan;
    const cst_engine *engine;
    cst_registry *registry;
    cst_log *log;
    const char *attempt; /* the driving's own */
    sigset_t signals;    /* that end the driving or a child's life, blocked while it lasts */
    json_t *results; /* step → its end.json; "champion" → the champion when evaluation began */
    bool worked;     /* a step has made something */
} driving;

static double seconds_of(const json_t *end)
{
    return cst_get_real(end, "seconds", 0);
}

/* "prepare  done  flights@2  3.1 s" */
static void tell(const driving *d, const char *step, const json_t *end)
{
    const json_t *output = json_array_get(json_object_get(end, "outputs"), 0);
    char name[128] = "";
    if (output)
        (void)snprintf(name, sizeof name, "%s@%lld  ", cst_get_string(output, "name", ""),
                       (long long)cst_get_int(output, "version", 0));
    cst_log_info(d->log, "%-12s %-8s %s%s%.1f s", step, cst_get_string(end, "class", ""), name,
                 json_object_get(end, "reused") ? "unchanged  " : "", seconds_of(end));
}

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

/* What an attempt has left behind. No receipt is a failure here, whatever the exit status says. */
static cst_code read_end(json_t **end, const cst_job *job, const char *attempt, const char *step,
                         cst_error *err)
{
    cst_code rc = cst_receipt_read(end, attempt, "end.json", err);
    if (rc == CST_OK && !*end)
        rc = cst_error_set(err, CST_FAILED,
                           "%s ended with status %d and left no receipt: see %s/log", step,
                           job->status, attempt);
    return rc;
}

static cst_code write_submission(const driving *d, const char *attempt, const json_t *step,
                                 cst_error *err)
{
    char nonce[CST_NONCE];
    char when[CST_TIME_TEXT];
    cst_clock_text(when, cst_clock_now());
    cst_code rc = cst_file_nonce(nonce, err);
    if (rc != CST_OK)
        return rc;
    json_t *submission =
        json_pack("{s:s, s:s, s:s, s:s, s:O, s:O, s:O, s:O, s:O}", "nonce", nonce, "engine",
                  d->engine->name, "when", when, "step", cst_get_string(step, "id", ""), "key",
                  json_object_get(step, "key"), "program", json_object_get(step, "program"),
                  "arguments", json_object_get(step, "arguments"), "ranks",
                  json_object_get(step, "ranks"), "inputs", json_object_get(step, "inputs"));
    rc = submission ? cst_receipt_write(attempt, "submission.json", submission, err)
                    : cst_error_nomem(err, "a submission record");
    json_decref(submission);
    return rc;
}

static cst_code run_program(json_t **end, const driving *d, const json_t *step, const char *attempt,
                            cst_error *err)
{
    const char *id = cst_get_string(step, "id", "");
    cst_job job = {.handle = NULL, .state = CST_STEP_PENDING, .status = -1};
    cst_code rc = d->engine->start(&job, step, attempt, err);
    if (rc == CST_OK)
        rc = cst_receipt_write(attempt, "job.json", job.handle, err);
    if (rc == CST_OK)
        rc = wait_for(d, &job, id, err);
    if (rc == CST_OK)
        rc = read_end(end, &job, attempt, id, err);
    json_decref(job.handle);
    return rc;
}

/* Promotion moves an alias and reads no rows: the driver does it itself, with the same receipts. */
static cst_code run_promotion(json_t **end, const driving *d, const json_t *step,
                              const char *attempt, cst_error *err)
{
    cst_version *model = NULL;
    json_t *version = NULL;
    char *reason = cst_text_format(err, "pipeline %s, run %s",
                                   cst_get_string(d->plan, "pipeline", ""), d->run);
    const char *reference =
        json_string_value(json_array_get(json_object_get(step, "arguments"), 1));
    cst_promotion promotion = {.alias = "champion", .expect = -1, .reason = reason};
    cst_error why = CST_ERROR_INIT;
    int64_t generation = 0;
    double began = cst_clock_elapsed();
    cst_code rc = reason ? cst_receipt_write(attempt, "begin.json", step, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_registry_find(&model, d->registry, CST_KIND_MODEL, reference, err);
    if (rc == CST_OK)
        version = cst_version_to_json(model, err);
    if (rc == CST_OK && !version)
        rc = err->code;
    if (rc != CST_OK)
        goto out;
    cst_code moved = cst_alias_promote(&generation, d->registry, model, &promotion, &why);
    *end =
        json_pack("{s:s, s:i, s:s, s:[O], s:[], s:I, s:f}", "class", cst_code_word(moved), "status",
                  cst_code_status(moved), "message", why.text, "outputs", version, "inputs",
                  "generation", (json_int_t)generation, "seconds", cst_clock_elapsed() - began);
    rc = *end ? cst_receipt_end(attempt, *end, err) : cst_error_nomem(err, "a receipt");
out:
    json_decref(version);
    cst_version_free(model);
    free(reason);
    return rc;
}

/* Leave a receipt that says what was found instead of doing it. */
static cst_code leave_reused(const driving *d, const json_t *step, json_t *end, cst_error *err)
{
    char *attempt = NULL;
    cst_code rc = cst_json_put(end, "reused",
                               json_pack("{s:s, s:s}", "run", cst_get_string(end, "run", ""),
                                         "step", cst_get_string(end, "step", "")),
                               err);
    if (rc == CST_OK)
        rc = cst_json_put(end, "seconds", json_real(0), err);
    if (rc == CST_OK && cst_receipt_code(end) == CST_OK)
        rc = cst_json_put(end, "class", json_string(cst_code_word(CST_SKIPPED)), err);
    if (rc == CST_OK)
        rc =
            cst_receipt_attempt(&attempt, d->registry, d->run, cst_get_string(step, "id", ""), err);
    if (rc == CST_OK)
        rc = write_submission(d, attempt, step, err);
    if (rc == CST_OK)
        rc = cst_receipt_end(attempt, end, err);
    free(attempt);
    return rc;
}

static cst_code start_step(json_t **end, driving *d, const json_t *step, cst_error *err)
{
    char *attempt = NULL;
    bool promotion = !strcmp(cst_get_string(step, "stage", ""), "promote");
    cst_code rc =
        cst_receipt_attempt(&attempt, d->registry, d->run, cst_get_string(step, "id", ""), err);
    if (rc == CST_OK)
        rc = write_submission(d, attempt, step, err);
    if (rc == CST_OK)
        rc = promotion ? run_promotion(end, d, step, attempt, err)
                       : run_program(end, d, step, attempt, err);
    free(attempt);
    return rc;
}

/* What this very run has finished of a step, before its driver was stopped; NULL: nothing. */
static cst_code own_end(json_t **end, const driving *d, const char *step, cst_error *err)
{
    char *attempt = cst_run_attempt(d->registry, d->run, step, err);
    cst_code rc = attempt ? cst_receipt_read(end, attempt, "end.json", err) : err->code;
    cst_code code = *end ? cst_receipt_code(*end) : CST_OK;
    if (rc == CST_OK && *end && code != CST_OK && code != CST_SKIPPED && code != CST_REFUSED) {
        json_decref(*end);
        *end = NULL;
    }
    free(attempt);
    return rc;
}

/* One step, expanded: found done in this run, under its key in another, or started now. */
static cst_code do_step(json_t **end, driving *d, const json_t *step, cst_error *err)
{
    const char *key = cst_get_string(step, "key", NULL);
    bool promotion = !strcmp(cst_get_string(step, "stage", ""), "promote");
    cst_code rc = own_end(end, d, cst_get_string(step, "id", ""), err);
    if (rc != CST_OK || *end)
        return rc;
    if (key && !promotion)
        rc = cst_run_find(end, d->registry, key, err);
    if (rc == CST_OK && *end)
        return leave_reused(d, step, *end, err);
    if (rc == CST_OK)
        rc = start_step(end, d, step, err);
    if (rc == CST_OK && cst_receipt_code(*end) == CST_OK)
        d->worked = true;
    return rc;
}

/* Is what was trained the champion already, or what the champion was evaluated as? */
static cst_code is_champion_already(bool *already, driving *d, cst_error *err)
{
    json_t *champion = NULL;
    const json_t *trained =
        json_array_get(json_object_get(json_object_get(d->results, "train"), "outputs"), 0);
    const char *id = cst_get_string(trained, "id", "");
    cst_code rc =
        cst_expand_champion(&champion, d->registry, cst_get_string(d->plan, "pipeline", ""), err);
    if (rc != CST_OK)
        return rc;
    const json_t *version = json_array_get(json_object_get(champion, "outputs"), 0);
    *already = !strcmp(cst_get_string(version, "id", "none"), id) ||
               !strcmp(cst_get_string(champion, "evaluated_as", ""), id);
    return cst_json_put(d->results, "champion", champion, err);
}

/* CST_OK: go on with the next step; CST_SKIPPED: nothing is left to do; else the run's code. */
static cst_code take_step(driving *d, const json_t *planned, cst_error *err)
{
    const char *id = cst_get_string(planned, "id", "");
    json_t *step = NULL;
    json_t *end = NULL;
    bool already = false;
    cst_code rc = CST_OK;
    if (!strcmp(id, "evaluate"))
        rc = is_champion_already(&already, d, err);
    if (rc == CST_OK && already) {
        cst_log_info(d->log, "%-12s nothing to do: what was trained is the champion already", id);
        return CST_SKIPPED;
    }
    if (rc == CST_OK)
        rc = cst_expand_step(&step, planned, d->plan, d->results, err);
    if (rc == CST_OK)
        rc = do_step(&end, d, step, err);
    if (rc != CST_OK)
        goto out;
    tell(d, id, end);
    cst_code code = cst_receipt_code(end);
    if (code == CST_OK || code == CST_SKIPPED)
        rc = cst_json_put(d->results, id, json_incref(end), err);
    else
        rc = cst_error_set(err, code, "%s: %s", id, cst_get_string(end, "message", ""));
out:
    json_decref(step);
    json_decref(end);
    return rc;
}

static cst_code take_steps(driving *d, cst_error *err)
{
    const json_t *steps = json_object_get(d->plan, "steps");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(steps) && rc == CST_OK; i++)
        rc = take_step(d, json_array_get(steps, i), err);
    if (rc == CST_OK || rc == CST_SKIPPED)
        return d->worked ? CST_OK : CST_SKIPPED;
    return rc;
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

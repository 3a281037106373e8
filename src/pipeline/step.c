/* step.c - one planned step of a run: found done, or done now */
#include "pipeline/step.h"

#include <signal.h>

#include "base/clock.h"
#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/attempt.h"
#include "pipeline/expand.h"
#include "pipeline/run.h"

/* A step being done. */
typedef struct {
    const cst_driver *driver;
    const char *id;
    char *attempt;   /* the folder to work in; NULL: not submitted yet. Owned */
    json_t *results; /* step → the receipt of each step before it, "champion" → the champion */
    json_t *step;    /* expanded */
    bool last;       /* a step before it said that nothing is left to do */
    bool left;       /* its receipt was left, or is the program's to leave */
} doing;

void cst_step_tell(cst_log *log, const char *id, const json_t *end)
{
    const json_t *output = json_array_get(json_object_get(end, "outputs"), 0);
    char name[128] = "";
    if (output)
        (void)snprintf(name, sizeof name, "%s@%lld  ", cst_get_string(output, "name", ""),
                       (long long)cst_get_int(output, "version", 0));
    cst_log_info(log, "%-12s %-8s %s%s%.1f s", id, cst_get_string(end, "class", ""), name,
                 json_object_get(end, "reused") ? "unchanged  " : "",
                 cst_get_real(end, "seconds", 0));
}

/* ---------------------------------------------------------------------------- what has been done
 */

static bool is_finished(const json_t *end)
{
    cst_code code = cst_receipt_code(end);
    return end && (code == CST_OK || code == CST_SKIPPED || code == CST_REFUSED);
}

/* What a driver found damaged, after Slurm had contradicted its receipt (chain_suspect.c), is not
 * done as long as it stands: once it was moved aside, it is made again. */
static cst_code check_sound(bool *stands, const cst_driver *driver, const cst_attempt *attempt,
                            cst_error *err)
{
    json_t *finding = NULL;
    cst_code rc = cst_receipt_read(&finding, attempt->path, "verified.json", err);
    *stands = true;
    if (finding && !cst_get_bool(finding, "sound", false)) {
        *stands = cst_run_outputs_stand(driver->registry, attempt->end);
        if (*stands)
            rc = cst_error_set(err, CST_FAILED,
                               "what %s has made does not verify: %s. capstan verify --quarantine "
                               "moves it aside, then capstan resume makes it again",
                               attempt->path, cst_get_string(finding, "message", ""));
    }
    json_decref(finding);
    return rc;
}

/* The newest attempt of a step of this run that has finished; number 0 where none has. but: an
 * attempt that is not looked at, or NULL. */
static cst_code find_finished(cst_attempt *out, const cst_driver *driver, const char *step,
                              const char *but, cst_error *err)
{
    char *newest = cst_run_attempt(driver->registry, driver->run, step, err);
    cst_code rc = newest ? CST_OK : err->code;
    int64_t n = newest ? cst_attempt_number(newest) : 0;
    *out = (cst_attempt){0};
    for (; n > 0 && rc == CST_OK && !out->number; n--) {
        if (but && n == cst_attempt_number(but))
            continue;
        bool stands = true;
        rc = cst_attempt_load(out, driver->registry, driver->run, step, n, err);
        if (rc == CST_OK && is_finished(out->end))
            rc = check_sound(&stands, driver, out, err);
        if (rc != CST_OK || !stands || !is_finished(out->end))
            cst_attempt_free(out);
    }
    free(newest);
    return rc;
}

/* Take what a step before this one has left into the results. */
static cst_code take_result(doing *d, const char *step, cst_error *err)
{
    cst_attempt attempt;
    cst_code rc = find_finished(&attempt, d->driver, step, NULL, err);
    if (rc == CST_OK && !attempt.number)
        rc = cst_error_set(err, CST_FAILED, "%s comes before %s and has not finished in run %s",
                           step, d->id, d->driver->run);
    if (rc == CST_OK && cst_receipt_code(attempt.end) == CST_REFUSED)
        rc = cst_error_set(err, CST_REFUSED, "%s was refused, so nothing comes after it: %s", step,
                           cst_get_string(attempt.end, "message", ""));
    if (rc == CST_OK) {
        d->last = d->last || cst_get_bool(attempt.end, "last", false);
        rc = cst_json_put(d->results, step, json_incref(attempt.end), err);
    }
    cst_attempt_free(&attempt);
    return rc;
}

/* All steps before this one; *planned is the step itself, borrowed from the plan. */
static cst_code take_results(const json_t **planned, doing *d, cst_error *err)
{
    size_t i = 0;
    const json_t *step = NULL;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(d->driver->plan, "steps"), i, step)
    {
        const char *id = cst_get_string(step, "id", "");
        if (strcmp(id, d->id) == 0) {
            *planned = step;
            return CST_OK;
        }
        if ((rc = take_result(d, id, err)) != CST_OK)
            return rc;
    }
    return cst_error_set(err, CST_USAGE, "run %s has no step %s", d->driver->run, d->id);
}

/* Is what was trained the champion already, or what the champion was evaluated as? */
static cst_code look_at_champion(doing *d, cst_error *err)
{
    json_t *champion = NULL;
    const json_t *trained =
        json_array_get(json_object_get(json_object_get(d->results, "train"), "outputs"), 0);
    const char *id = cst_get_string(trained, "id", "");
    cst_code rc = cst_expand_champion(&champion, d->driver->registry,
                                      cst_get_string(d->driver->plan, "pipeline", ""), err);
    if (rc != CST_OK)
        return rc;
    const json_t *version = json_array_get(json_object_get(champion, "outputs"), 0);
    d->last = d->last || strcmp(cst_get_string(version, "id", "none"), id) == 0 ||
              strcmp(cst_get_string(champion, "evaluated_as", ""), id) == 0;
    return cst_json_put(d->results, "champion", champion, err);
}

/* --------------------------------------------------------------------------------- what is left */

/* The attempt to work in, with its submission record. */
static cst_code submit(doing *d, const json_t *step, cst_error *err)
{
    const cst_driver *driver = d->driver;
    char nonce[CST_NONCE];
    char when[CST_TIME_TEXT];
    if (d->attempt)
        return CST_OK;
    cst_clock_text(when, cst_clock_now());
    char *newest = cst_run_attempt(driver->registry, driver->run, d->id, err);
    cst_code rc = newest ? CST_OK : err->code;
    int64_t number = newest ? cst_attempt_number(newest) + 1 : 1;
    if (rc == CST_OK)
        rc = cst_file_nonce(nonce, err);
    if (rc == CST_OK) {
        json_t *submission =
            json_pack("{s:s, s:s, s:s, s:s, s:O, s:O, s:O, s:O, s:O}", "nonce", nonce, "engine",
                      driver->engine, "when", when, "step", d->id, "key",
                      json_object_get(step, "key"), "program", json_object_get(step, "program"),
                      "arguments", json_object_get(step, "arguments"), "ranks",
                      json_object_get(step, "ranks"), "inputs", json_object_get(step, "inputs"));
        rc = submission ? cst_attempt_submit(&d->attempt, driver->registry, driver->run, d->id,
                                             number, submission, err)
                        : cst_error_nomem(err, "a submission record");
        json_decref(submission);
    }
    free(newest);
    return rc;
}

/* The receipt of this attempt: where it tells of what another one has made, not in which job that
 * was, or it would not be believed of this one (cst_attempt_read_end). */
static cst_code leave_end(doing *d, const json_t *step, const json_t *end, cst_error *err)
{
    json_t *own = json_copy((json_t *)end);
    cst_code rc = own ? submit(d, step, err) : cst_error_nomem(err, "a receipt");
    d->left = true;
    if (rc == CST_OK) {
        (void)json_object_del(own, "slurm");
        rc = cst_receipt_end(d->attempt, own, err);
    }
    json_decref(own);
    return rc;
}

/* Nothing is left to do: neither this step nor those after it. */
static cst_code leave_last(cst_outcome *out, doing *d, const json_t *planned, cst_error *err)
{
    json_t *end = json_pack("{s:s, s:i, s:s, s:[], s:[], s:b, s:f}", "class",
                            cst_code_word(CST_SKIPPED), "status", cst_code_status(CST_SKIPPED),
                            "message", "nothing to do: what was trained is the champion already",
                            "outputs", "inputs", "last", 1, "seconds", 0.0);
    cst_code rc = end ? leave_end(d, planned, end, err) : cst_error_nomem(err, "a receipt");
    *out = (cst_outcome){.end = end, .last = true};
    return rc;
}

/* A receipt that says what was found instead of doing it. end is changed to it. */
static cst_code leave_reused(doing *d, json_t *end, cst_error *err)
{
    cst_code rc = cst_json_put(end, "reused",
                               json_pack("{s:s, s:s}", "run", cst_get_string(end, "run", ""),
                                         "step", cst_get_string(end, "step", "")),
                               err);
    if (rc == CST_OK)
        rc = cst_json_put(end, "seconds", json_real(0), err);
    if (rc == CST_OK && cst_receipt_code(end) == CST_OK)
        rc = cst_json_put(end, "class", json_string(cst_code_word(CST_SKIPPED)), err);
    return rc == CST_OK ? leave_end(d, d->step, end, err) : rc;
}

/* A claimed attempt whose program could not even be started. */
static void leave_failure(const doing *d, const cst_error *why)
{
    json_t *end = json_pack("{s:s, s:i, s:s, s:[], s:[], s:f}", "class", cst_code_word(why->code),
                            "status", cst_code_status(why->code), "message", why->text, "outputs",
                            "inputs", "seconds", 0.0);
    if (end)
        (void)cst_receipt_end(d->attempt, end, NULL); /* why is the error that is told */
    json_decref(end);
}

/* --------------------------------------------------------------------------------- doing it now */

/* What the program has left behind. No receipt is a failure, whatever the exit status says. */
static cst_code read_end(json_t **end, const doing *d, int status, cst_error *err)
{
    cst_code rc = cst_attempt_read_end(end, d->attempt, err);
    if (rc == CST_OK && !*end)
        rc = cst_error_set(err, status == 128 + SIGKILL ? CST_KILLED : CST_FAILED,
                           "%s ended with status %d and left no receipt: see %s/log", d->id, status,
                           d->attempt);
    return rc;
}

static cst_code start(json_t **end, doing *d, cst_error *err)
{
    const cst_driver *driver = d->driver;
    int status = -1;
    cst_code rc = submit(d, d->step, err);
    if (rc != CST_OK)
        return rc;
    const char *stage = cst_get_string(d->step, "stage", "");
    bool promotion = strcmp(stage, "promote") == 0;
    if (promotion || strcmp(stage, "trial") == 0) {
        rc = promotion ? cst_step_promote(end, driver, d->step, d->attempt, err)
                       : cst_step_search(end, driver, d->step, d->attempt, err);
        d->left = rc == CST_OK;
        return rc;
    }
    rc = driver->run_program(&status, driver->with, d->step, d->attempt, err);
    d->left = rc != CST_STOPPED;
    return rc == CST_OK ? read_end(end, d, status, err) : rc;
}

/* Put what was made on record; where it is not what the first has made, the receipt is read again,
 * with the alarm. */
static cst_code record(json_t **end, const doing *d, const char *key, const char *attempt,
                       cst_error *err)
{
    bool agrees = true;
    cst_code rc = cst_step_record(&agrees, d->driver->registry, d->driver->run, key, d->id, attempt,
                                  *end, err);
    if (rc != CST_OK || agrees)
        return rc;
    json_decref(*end);
    return cst_attempt_read_end(end, attempt, err);
}

/* Found done in this run by an earlier attempt; its end is not set where it was not. */
static cst_code take_own(cst_outcome *out, doing *d, cst_error *err)
{
    cst_attempt own;
    cst_code rc = find_finished(&own, d->driver, d->id, d->attempt, err);
    if (rc != CST_OK || !own.number)
        return rc;
    json_t *end = json_incref(own.end);
    rc = record(&end, d, cst_get_string(own.submission, "key", NULL), own.path, err);
    if (rc == CST_OK && d->attempt) /* the claimed attempt says so too */
        rc = leave_end(d, NULL, end, err);
    if (rc == CST_OK)
        *out = (cst_outcome){.end = end, .last = cst_get_bool(end, "last", false)};
    else
        json_decref(end);
    cst_attempt_free(&own);
    return rc;
}

/* Expanded: found done under its key, or done now. */
static cst_code take_step(cst_outcome *out, doing *d, cst_error *err)
{
    json_t *end = NULL;
    const char *key = cst_get_string(d->step, "key", NULL);
    bool promotion = strcmp(cst_get_string(d->step, "stage", ""), "promote") == 0;
    cst_code rc = CST_OK;
    bool made = false;
    if (promotion)
        key = NULL; /* an alias that was moved once may have been moved back */
    if (key)
        rc = cst_run_find(&end, d->driver->registry, key, err);
    if (rc == CST_OK && end)
        rc = leave_reused(d, end, err);
    else if (rc == CST_OK && (rc = start(&end, d, err)) == CST_OK)
        made = cst_receipt_code(end) == CST_OK;
    if (rc == CST_OK)
        rc = record(&end, d, key, d->attempt, err);
    if (rc == CST_OK)
        *out = (cst_outcome){.end = end, .made = made};
    else
        json_decref(end);
    return rc;
}

static cst_code do_step(cst_outcome *out, doing *d, cst_error *err)
{
    const json_t *planned = NULL;
    cst_code rc = take_results(&planned, d, err);
    if (rc == CST_OK)
        rc = take_own(out, d, err);
    if (rc != CST_OK || out->end)
        return rc;
    if (!d->last && strcmp(d->id, "evaluate") == 0)
        rc = look_at_champion(d, err);
    if (rc == CST_OK && d->last)
        return leave_last(out, d, planned, err);
    if (rc == CST_OK)
        rc = cst_expand_step(&d->step, planned, d->driver->plan, d->results, err);
    return rc == CST_OK ? take_step(out, d, err) : rc;
}

cst_code cst_step_expand(json_t **out, const cst_driver *driver, const char *id, cst_error *err)
{
    const json_t *planned = NULL;
    doing d = {.driver = driver, .id = id, .results = json_object()};
    cst_code rc =
        d.results ? take_results(&planned, &d, err) : cst_error_nomem(err, "the results of a run");
    if (rc == CST_OK)
        rc = cst_expand_step(out, planned, driver->plan, d.results, err);
    json_decref(d.results);
    return rc;
}

cst_code cst_step_do(cst_outcome *out, const cst_driver *driver, const char *id,
                     const char *attempt, cst_error *err)
{
    doing d = {.driver = driver, .id = id, .results = json_object()};
    cst_code rc = d.results ? CST_OK : cst_error_nomem(err, "results");
    *out = (cst_outcome){0};
    if (rc == CST_OK && attempt && !(d.attempt = cst_text_copy(attempt, err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = do_step(out, &d, err);
    if (rc != CST_OK && d.attempt && !d.left)
        leave_failure(&d, err);
    if (rc != CST_OK) {
        json_decref(out->end);
        *out = (cst_outcome){0};
    }
    json_decref(d.results);
    json_decref(d.step);
    free(d.attempt);
    return rc;
}

/* claim.c - the fence: of all that take an attempt for theirs, one works in it */
#include "pipeline/claim.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/engine.h"
#include "pipeline/run.h"

/* A claim being made. */
typedef struct {
    const cst_registry *registry;
    const char *run, *step;
    json_t *mine; /* claim.json */
} claiming;

static const char *nonce_of(const json_t *record)
{
    return cst_get_string(record, "nonce", "");
}

/* Who this is; NULL with err set on failure. */
static json_t *describe(const char *nonce, cst_error *err)
{
    char when[CST_TIME_TEXT];
    const char *job = getenv("SLURM_JOB_ID");
    const char *restarts = getenv("SLURM_RESTART_COUNT");
    json_t *process = cst_process_handle(getpid());
    cst_clock_text(when, cst_clock_now());
    json_t *claim = process
                        ? json_pack("{s:s, s:s, s:s, s:O}", "nonce", nonce, "when", when, "host",
                                    cst_get_string(process, "host", ""), "process", process)
                        : NULL;
    cst_code rc = claim ? CST_OK : cst_error_nomem(err, "a claim");
    if (rc == CST_OK && job)
        rc = cst_json_put(claim, "job", json_string(job), err);
    if (rc == CST_OK && job)
        rc = cst_json_put(claim, "restarts",
                          json_integer(restarts ? strtoll(restarts, NULL, 10) : 0), err);
    json_decref(process);
    if (rc == CST_OK)
        return claim;
    json_decref(claim);
    return NULL;
}

static cst_code say_taken(const claiming *c, const cst_attempt *attempt, cst_error *err)
{
    const char *job = cst_get_string(attempt->claim, "job", NULL);
    return cst_error_set(err, CST_CONFLICT,
                         "attempt %lld of %s belongs to %s %s on %s, which claimed it at %s: "
                         "nothing was done",
                         (long long)attempt->number, c->step, job ? "job" : "another process",
                         job ? job : "", cst_get_string(attempt->claim, "host", "?"),
                         cst_get_string(attempt->claim, "when", "?"));
}

static cst_code say_superseded(const claiming *c, const cst_attempt *newest, cst_error *err)
{
    return cst_error_set(err, CST_CONFLICT,
                         "%s was submitted again since, as attempt %lld: nothing was done", c->step,
                         (long long)newest->number);
}

/* This job has been here before: an attempt of its own, unless a later submission stands. */
static cst_code come_back(char **path, const claiming *c, cst_error *err)
{
    enum { TRIES = 100 }; /* each means that somebody else has made an attempt meanwhile */
    cst_code rc = CST_CONFLICT;
    for (int i = 0; i < TRIES && rc == CST_CONFLICT; i++) {
        cst_attempt newest;
        cst_error taken = CST_ERROR_INIT;
        rc = cst_attempt_load_newest(&newest, c->registry, c->run, c->step, err);
        if (rc != CST_OK)
            return rc;
        bool same = strcmp(nonce_of(newest.submission), nonce_of(c->mine)) == 0;
        rc = same ? cst_attempt_submit(path, c->registry, c->run, c->step, newest.number + 1,
                                       newest.submission, &taken)
                  : say_superseded(c, &newest, err);
        cst_attempt_free(&newest);
        if (!same)
            return rc;
        if (rc != CST_OK && rc != CST_CONFLICT)
            return cst_error_set(err, rc, "%s", taken.text);
    }
    if (rc != CST_OK)
        return cst_error_set(err, rc, "%s was submitted %d times while this job came back", c->step,
                             TRIES);
    return cst_receipt_write(*path, "claim.json", c->mine, err);
}

/* The claim stands: is it still of the newest submission? */
static cst_code check_newest(const claiming *c, cst_error *err)
{
    cst_attempt newest;
    cst_code rc = cst_attempt_load_newest(&newest, c->registry, c->run, c->step, err);
    if (rc == CST_OK && strcmp(nonce_of(newest.submission), nonce_of(c->mine)) != 0)
        rc = say_superseded(c, &newest, err);
    cst_attempt_free(&newest);
    return rc;
}

/* claim.json is there: whose? */
static cst_code look_again(char **path, const claiming *c, int64_t number, cst_error *err)
{
    cst_attempt attempt;
    const char *job = cst_get_string(c->mine, "job", NULL);
    cst_code rc = cst_attempt_load(&attempt, c->registry, c->run, c->step, number, err);
    if (rc == CST_OK && job && strcmp(job, cst_get_string(attempt.claim, "job", "")) == 0)
        rc = come_back(path, c, err);
    else if (rc == CST_OK)
        rc = say_taken(c, &attempt, err);
    cst_attempt_free(&attempt);
    return rc;
}

static cst_code claim(char **path, const claiming *c, const cst_attempt *attempt, cst_error *err)
{
    cst_error taken = CST_ERROR_INIT;
    cst_code rc = cst_receipt_write(attempt->path, "claim.json", c->mine, &taken);
    if (rc == CST_EXISTS)
        return look_again(path, c, attempt->number, err);
    if (rc != CST_OK)
        return cst_error_set(err, rc, "%s", taken.text);
    rc = check_newest(c, err);
    if (rc == CST_OK && !(*path = cst_text_copy(attempt->path, err)))
        rc = CST_NOMEM;
    return rc;
}

cst_code cst_claim_attempt(char **path, const cst_registry *registry, const char *run,
                           const char *step, int64_t number, cst_error *err)
{
    cst_attempt attempt;
    claiming c = {.registry = registry, .run = run, .step = step};
    *path = NULL;
    cst_code rc = cst_attempt_load(&attempt, registry, run, step, number, err);
    if (rc != CST_OK)
        return rc;
    if (!attempt.submission)
        rc = cst_error_set(err, CST_USAGE,
                           "attempt %lld of %s was never submitted in run %s: capstan submit and "
                           "capstan resume do that",
                           (long long)number, step, run);
    if (rc == CST_OK && !(c.mine = describe(nonce_of(attempt.submission), err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = claim(path, &c, &attempt, err);
    if (rc != CST_OK) {
        free(*path);
        *path = NULL;
    }
    json_decref(c.mine);
    cst_attempt_free(&attempt);
    return rc;
}

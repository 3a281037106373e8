/* pilot.c - works on a search until it is over */
#include "pipeline/pilot.h"

#include <signal.h>
#include <time.h>

#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/owner.h"
#include "pipeline/receipt.h"

enum { DEATHS_MOST = 3 /* of one trial under one pilot: then it is not chance */ };

/* A pilot at work. */
typedef struct {
    const cst_pilot *pilot;
    const cst_search *search;
    json_t *owner;  /* this process */
    json_t *memory; /* cst_owner_look's */
    cst_work last;  /* that ended without a result, and how often in a row */
    int deaths;
    double pause; /* seconds */
} flying;

/* ------------------------------------------------------------------------------- choosing a trial
 */

/* Claim as the next one after number; *taken is false where somebody else was faster. */
static cst_code claim(bool *taken, const flying *f, cst_work work, int64_t number, cst_error *err)
{
    cst_code rc = cst_search_claim(f->search, work, number + 1, f->owner, err);
    *taken = rc == CST_OK;
    return rc == CST_EXISTS ? CST_OK : rc;
}

/* The first that nobody has begun. */
static cst_code claim_open(bool *taken, cst_work *out, const flying *f, const cst_work *work,
                           size_t count, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < count && rc == CST_OK && !*taken; i++) {
        const cst_trial_cell *cell =
            CST_CELL(&f->search->schedule, f->search->cells, work[i].trial, work[i].rung);
        *out = work[i];
        if (cell->state == CST_TRIAL_OPEN)
            rc = claim(taken, f, work[i], 0, err);
    }
    return rc;
}

/* Claims of others, read. */
typedef struct {
    json_t **owner; /* NULL where its file cannot be read yet */
    int64_t *number;
    bool *gone;
} claims;

static void free_claims(claims *c, size_t count)
{
    for (size_t i = 0; i < count && c->owner; i++)
        json_decref(c->owner[i]);
    free(c->owner);
    free(c->number);
    free(c->gone);
}

static cst_code read_claims(claims *c, const flying *f, const cst_work *work, size_t count,
                            cst_error *err)
{
    c->owner = cst_array_new(count, sizeof *c->owner, "claims", err);
    c->number = cst_array_new(count, sizeof *c->number, "claims", err);
    c->gone = cst_array_new(count, sizeof *c->gone, "claims", err);
    cst_code rc = c->owner && c->number && c->gone ? CST_OK : CST_NOMEM;
    for (size_t i = 0; i < count && rc == CST_OK; i++)
        rc = cst_search_read_claim(&c->owner[i], &c->number[i], f->search, work[i], err);
    return rc;
}

/* One whose owner is gone, or which was this very pilot's. */
static cst_code claim_abandoned(bool *taken, cst_work *out, const flying *f, const cst_work *work,
                                size_t count, cst_error *err)
{
    claims c = {0};
    cst_code rc = read_claims(&c, f, work, count, err);
    if (rc == CST_OK)
        rc = cst_owner_look(c.gone, (const json_t *const *)c.owner, count, f->pilot->slurm,
                            f->pilot->lost_after, f->memory, err);
    for (size_t i = 0; i < count && rc == CST_OK && !*taken; i++) {
        *out = work[i];
        if (c.gone[i] || json_equal(c.owner[i], f->owner))
            rc = claim(taken, f, work[i], c.number[i], err);
    }
    free_claims(&c, count);
    return rc;
}

/* *over: no work is left. *taken: *out is this pilot's now. */
static cst_code choose(bool *over, bool *taken, cst_work *out, const flying *f, cst_error *err)
{
    cst_work *work = NULL;
    size_t count = 0;
    *taken = false;
    cst_code rc = cst_search_look(f->pilot->search, err);
    if (rc == CST_OK)
        rc = cst_rungs_work(&work, &count, &f->search->schedule, f->search->cells, err);
    *over = rc == CST_OK && count == 0;
    if (rc == CST_OK && count && f->pilot->helpers)
        rc = cst_helpers_call(f->pilot->helpers, work, count, err);
    if (rc == CST_OK && count)
        rc = claim_open(taken, out, f, work, count, err);
    if (rc == CST_OK && count && !*taken)
        rc = claim_abandoned(taken, out, f, work, count, err);
    free(work);
    return rc;
}

/* -------------------------------------------------------------------------------- running a trial
 */

/* "search 12/39, best 0.51234": what progress is shown under; to be freed. */
static char *label(const flying *f, cst_error *err)
{
    const cst_schedule *schedule = &f->search->schedule;
    char best[48] = "";
    int64_t done = 0;
    cst_work winner;
    for (size_t i = 0; i < (size_t)schedule->trials * schedule->rungs; i++)
        done += f->search->cells[i].state >= CST_TRIAL_DONE;
    if (cst_rungs_winner(&winner, schedule, f->search->cells))
        (void)snprintf(best, sizeof best, ", best %.6g",
                       CST_CELL(schedule, f->search->cells, winner.trial, winner.rung)->loss);
    return cst_text_format(err, "search %lld/%lld%s", (long long)done,
                           (long long)cst_schedule_results(schedule), best);
}

/* What is run, as a step; new reference or NULL. */
static json_t *make_step(const flying *f, cst_work work, const char *id)
{
    char trial[32];
    char rung[32];
    (void)snprintf(trial, sizeof trial, "%lld", (long long)work.trial);
    (void)snprintf(rung, sizeof rung, "%zu", work.rung);
    return json_pack("{s:s, s:s, s:s, s:I, s:[s,s,s,s,s,s,s,s]}", "id", id, "stage", "trial",
                     "program", "capstan-trial", "ranks", (json_int_t)f->pilot->ranks, "arguments",
                     "--registry", cst_registry_path(f->pilot->driver->registry), "--search",
                     f->search->path, "--trial", trial, "--rung", rung);
}

/* The attempt's folder; the claim's number is its own, so nobody else makes it. To be freed. */
static char *make_attempt(const flying *f, cst_work work, cst_error *err)
{
    json_t *claimed = NULL;
    int64_t number = 0;
    char *attempt = NULL;
    char *folder = cst_search_rung_path(f->search, work, err);
    cst_code rc =
        folder ? cst_search_read_claim(&claimed, &number, f->search, work, err) : CST_NOMEM;
    if (rc == CST_OK)
        attempt = cst_text_format(err, "%s/attempt-%lld", folder, (long long)number);
    if (attempt && cst_file_mkdirs(attempt, err) != CST_OK) {
        free(attempt);
        attempt = NULL;
    }
    json_decref(claimed);
    free(folder);
    return attempt;
}

/* A trial has ended without a result: once more, unless it was stopped in good order, or says that
 * it cannot be run. */
static cst_code take_death(flying *f, cst_work work, const char *attempt, int status,
                           cst_error *err)
{
    json_t *end = NULL;
    bool again = work.trial == f->last.trial && work.rung == f->last.rung;
    f->deaths = again ? f->deaths + 1 : 1;
    f->last = work;
    cst_code rc = cst_receipt_read(&end, attempt, "end.json", err);
    cst_code code = end ? cst_receipt_code(end) : CST_OK;
    if (rc == CST_OK && code != CST_OK && code != CST_SKIPPED)
        rc = cst_error_set(err, code, "trial %lld at rung %zu: %s", (long long)work.trial,
                           work.rung, cst_get_string(end, "message", ""));
    else if (rc == CST_OK && f->deaths >= DEATHS_MOST)
        rc = cst_error_set(err, CST_FAILED,
                           "trial %lld at rung %zu has ended %d times without a result, with "
                           "status %d the last time: see %s/log",
                           (long long)work.trial, work.rung, f->deaths, status, attempt);
    else if (rc == CST_OK)
        cst_log_warn(f->pilot->driver->log,
                     "trial %lld at rung %zu ended with status %d and no result: once more",
                     (long long)work.trial, work.rung, status);
    json_decref(end);
    return rc;
}

static cst_code run_trial(flying *f, cst_work work, cst_error *err)
{
    const cst_driver *driver = f->pilot->driver;
    json_t *result = NULL;
    int status = -1;
    char *name = label(f, err);
    char *attempt = name ? make_attempt(f, work, err) : NULL;
    json_t *step = attempt ? make_step(f, work, name) : NULL;
    cst_code rc = step ? CST_OK : cst_error_nomem(err, "a trial");
    if (rc == CST_OK)
        rc = driver->run_program(&status, driver->with, step, attempt, err);
    if (rc == CST_OK)
        rc = cst_search_read_result(&result, f->search, work, err);
    if (rc == CST_OK && !result)
        rc = take_death(f, work, attempt, status, err);
    else if (rc == CST_OK)
        cst_log_detail(driver->log, "trial %lld at rung %zu: %s", (long long)work.trial, work.rung,
                       cst_get_string(result, "class", ""));
    json_decref(result);
    json_decref(step);
    free(attempt);
    free(name);
    return rc;
}

/* ---------------------------------------------------------------------------------------- waiting
 */

/* Others work on what is left. False where this pilot is to stop. */
static bool wait_for_others(flying *f)
{
    static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    static const double least = 0.2; /* seconds */
    sigset_t watched;
    sigset_t before;
    f->pause = f->pause < least ? least : f->pause * 1.5;
    if (f->pause > (double)f->pilot->most_pause)
        f->pause = (double)f->pilot->most_pause;
    const struct timespec pause = {.tv_sec = (time_t)f->pause,
                                   .tv_nsec = (long)((f->pause - (double)(time_t)f->pause) * 1e9)};
    (void)sigemptyset(&watched);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        (void)sigaddset(&watched, ending[i]);
    (void)sigprocmask(SIG_BLOCK, &watched, &before);
    int number = sigtimedwait(&watched, NULL, &pause);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return number <= 0;
}

static cst_code fly(flying *f, cst_error *err)
{
    bool over = false;
    bool taken = false;
    cst_work work = {0};
    cst_code rc = CST_OK;
    for (;;) {
        rc = choose(&over, &taken, &work, f, err);
        if (rc != CST_OK || over)
            return rc;
        if (!taken && !wait_for_others(f))
            return cst_error_set(err, CST_STOPPED, "stopped while others work on the last trials");
        if (taken && (rc = run_trial(f, work, err)) != CST_OK)
            return rc;
        if (taken)
            f->pause = 0;
    }
}

/* One trial, again if it dies: as long as it has no result and nobody else works on it. */
static cst_code do_one(flying *f, cst_work work, cst_error *err)
{
    cst_code rc = CST_OK;
    bool taken = true;
    const cst_trial_cell *cell =
        CST_CELL(&f->search->schedule, f->search->cells, work.trial, work.rung);
    while (rc == CST_OK && taken) {
        cst_work claimed;
        taken = false;
        rc = cst_search_look(f->pilot->search, err);
        if (rc != CST_OK || cell->state >= CST_TRIAL_DONE)
            return rc;
        rc = claim_open(&taken, &claimed, f, &work, 1, err);
        if (rc == CST_OK && !taken)
            rc = claim_abandoned(&taken, &claimed, f, &work, 1, err);
        if (rc == CST_OK && taken)
            rc = run_trial(f, work, err);
    }
    return rc;
}

static cst_code start(flying *f, const cst_pilot *pilot, cst_error *err)
{
    *f = (flying){.pilot = pilot,
                  .search = pilot->search,
                  .owner = cst_owner_new(),
                  .memory = json_object(),
                  .last = {.trial = -1}};
    return f->owner && f->memory ? CST_OK : cst_error_nomem(err, "a pilot");
}

static void end(const flying *f)
{
    json_decref(f->owner);
    json_decref(f->memory);
}

cst_code cst_pilot_work(const cst_pilot *pilot, cst_error *err)
{
    flying f;
    cst_code rc = start(&f, pilot, err);
    if (rc == CST_OK)
        rc = fly(&f, err);
    end(&f);
    return rc;
}

cst_code cst_pilot_do(const cst_pilot *pilot, const cst_work *work, size_t count, cst_error *err)
{
    flying f;
    cst_code rc = start(&f, pilot, err);
    for (size_t i = 0; i < count && rc == CST_OK; i++)
        rc = do_one(&f, work[i], err);
    end(&f);
    return rc;
}

/* chain.c - a run on Slurm: opened, begun, waited for, cancelled */
#include "chain/chain.h"

#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "chain/state.h"
#include "config/json.h"
#include "pipeline/arguments.h"

cst_code cst_chain_is(bool *out, const cst_registry *registry, const char *run, cst_error *err)
{
    json_t *plan = NULL;
    cst_code rc = cst_run_plan(&plan, registry, run, err);
    *out = strcmp(cst_get_string(plan, "engine", ""), "slurm") == 0;
    json_decref(plan);
    return rc;
}

/* The folder that this program lies in; to be freed. */
static char *own_folder(cst_error *err)
{
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size <= 0) {
        (void)cst_error_errno(err, "cannot find out where this program lies");
        return NULL;
    }
    self[size] = '\0';
    return cst_file_parent(self, err);
}

static cst_code add_members(cst_chain *chain, cst_error *err)
{
    const json_t *steps = json_object_get(chain->plan, "steps");
    chain->steps = json_array_size(steps);
    chain->member = cst_array_new(chain->steps + 1, sizeof *chain->member, "steps", err);
    if (!chain->member)
        return CST_NOMEM;
    for (size_t i = 0; i < chain->steps; i++) {
        const json_t *step = json_array_get(steps, i);
        chain->member[i].id = cst_get_string(step, "id", "");
        chain->member[i].planned = step;
        chain->member[i].restarts = cst_step_checkpoints(step);
    }
    chain->member[chain->steps].id = CST_CHAIN_SENTINEL;
    return CST_OK;
}

cst_code cst_chain_open_plan(cst_chain **out, const char *run, const json_t *plan,
                             cst_registry *registry, cst_log *log, cst_error *err)
{
    cst_chain *chain = calloc(1, sizeof *chain);
    cst_code rc = CST_OK;
    if (!chain)
        return cst_error_nomem(err, "a run");
    chain->plan = json_incref((json_t *)plan);
    chain->slurm = json_object_get(plan, "slurm");
    chain->registry = registry;
    chain->log = log;
    chain->run = cst_text_copy(run, err);
    chain->folder = cst_text_format(err, "%s/runs/%s", cst_registry_path(registry), run);
    chain->bin = own_folder(err);
    if (!chain->run || !chain->folder || !chain->bin)
        rc = err->code;
    if (rc == CST_OK)
        rc = cst_slurm_new(&chain->cluster, 0, err);
    if (rc == CST_OK)
        rc = add_members(chain, err);
    if (rc == CST_OK)
        *out = chain;
    else
        cst_chain_close(chain);
    return rc;
}

cst_code cst_chain_open(cst_chain **out, const char *run, cst_registry *registry, cst_log *log,
                        cst_error *err)
{
    json_t *plan = NULL;
    cst_code rc = cst_run_plan(&plan, registry, run, err);
    if (rc == CST_OK)
        rc = cst_chain_open_plan(out, run, plan, registry, log, err);
    json_decref(plan);
    return rc;
}

void cst_chain_close(cst_chain *chain)
{
    if (!chain)
        return;
    for (size_t i = 0; chain->member && i <= chain->steps; i++) {
        cst_attempt_free(&chain->member[i].attempt);
        cst_slurm_job_clear(&chain->member[i].job);
        free(chain->member[i].name);
        free(chain->member[i].checkpoint);
    }
    free(chain->member);
    cst_slurm_free(chain->cluster);
    json_decref(chain->plan);
    json_decref(chain->end);
    free(chain->attempt);
    free(chain->run);
    free(chain->folder);
    free(chain->bin);
    free(chain);
}

cst_code cst_chain_begin(cst_chain *chain, cst_error *err)
{
    char when[CST_TIME_TEXT];
    char *attempt = NULL;
    int64_t now = cst_clock_now();
    cst_code rc = cst_chain_read(chain, err);
    if (rc == CST_OK && chain->driving > 0 && !chain->end && !chain->cancelled)
        return cst_error_set(err, CST_SKIPPED, "run %s is being driven", chain->run);
    if (rc == CST_OK && chain->end && cst_receipt_code(chain->end) == CST_OK)
        return cst_error_set(err, CST_SKIPPED, "run %s is done", chain->run);
    if (rc == CST_OK)
        rc = cst_receipt_attempt(&attempt, chain->registry, chain->run, "pipeline", err);
    cst_clock_text(when, now);
    json_t *begin = json_pack("{s:s, s:s, s:I, s:s}", "stage", "pipeline", "when", when, "seconds",
                              (json_int_t)(now / 1000000), "engine", "slurm");
    if (rc == CST_OK)
        rc = begin ? cst_receipt_begin(attempt, begin, err) : cst_error_nomem(err, "a receipt");
    json_decref(begin);
    free(attempt);
    return rc == CST_OK ? cst_chain_read(chain, err) : rc;
}

/* ------------------------------------------------------------------------------------ waiting */

static void pause_for(double seconds)
{
    struct timespec pause = {.tv_sec = (time_t)seconds,
                             .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&pause, NULL);
}

/* slurm.poll where it is given; else 30 s, growing by half to 180 s. */
static void pause_between(const cst_chain *chain, double *seconds)
{
    enum { FIRST = 30, LONGEST = 180 };
    int64_t poll = cst_get_duration(chain->slurm, "poll", 0);
    if (poll > 0) {
        pause_for((double)poll / 1e6);
        return;
    }
    *seconds = *seconds > 0 ? *seconds * 1.5 : FIRST;
    *seconds = *seconds < LONGEST ? *seconds : LONGEST;
    pause_for(*seconds);
}

/* A driver may have died between making the run and beginning to drive it. */
static cst_code begin_if_never(cst_chain *chain, cst_error *err)
{
    cst_code rc = cst_chain_read(chain, err);
    return rc == CST_OK && chain->driving == 0 ? cst_chain_begin(chain, err) : rc;
}

cst_code cst_chain_wait(cst_chain *chain, cst_code *code, cst_error *err)
{
    bool ended = false;
    double seconds = 0;
    cst_code rc = begin_if_never(chain, err);
    if (rc == CST_OK)
        rc = cst_chain_advance(chain, &ended, code, err);
    while (rc == CST_OK && !ended) {
        pause_between(chain, &seconds);
        rc = cst_chain_advance(chain, &ended, code, err);
    }
    return rc;
}

/* Is it known how the first step stands that is not done? */
static bool is_known(const cst_chain *chain)
{
    size_t head = 0;
    while (head < chain->steps && (chain->member[head].verdict.fate == CST_FATE_DONE ||
                                   chain->member[head].verdict.fate == CST_FATE_SKIPPED))
        head++;
    return head == chain->steps || (cst_chain_job(&chain->member[head]) && !chain->away &&
                                    chain->member[head].verdict.fate != CST_FATE_UNKNOWN);
}

cst_code cst_chain_once(cst_chain *chain, cst_code *code, cst_error *err)
{
    bool ended = false;
    double seconds = 0;
    *code = CST_OK;
    cst_code rc = begin_if_never(chain, err);
    if (rc == CST_OK)
        rc = cst_chain_advance(chain, &ended, code, err);
    while (rc == CST_OK && !ended && !is_known(chain)) {
        pause_between(chain, &seconds);
        rc = cst_chain_advance(chain, &ended, code, err);
    }
    return rc;
}

/* ------------------------------------------------------------------------------------ cancelling
 */

static cst_code ask_for_end(const cst_chain *chain, cst_error *err)
{
    cst_error taken = CST_ERROR_INIT;
    json_t *request = json_object();
    cst_code rc = request ? cst_receipt_write(chain->attempt, "cancel.json", request, &taken)
                          : cst_error_nomem(err, "a request");
    json_decref(request);
    if (rc == CST_OK || rc == CST_EXISTS)
        return CST_OK;
    return cst_error_set(err, rc, "%s", taken.text);
}

/* Is a job of this run still in the queue, on a node, or on its way there? What another driver has
 * sent meanwhile is ended as well. */
static cst_code end_what_is_left(bool *left, cst_chain *chain, cst_error *err)
{
    json_t *helpers = json_array();
    cst_code rc = helpers ? cst_chain_read(chain, err) : cst_error_nomem(err, "jobs");
    if (rc == CST_OK)
        rc = cst_chain_ask(chain, err);
    if (rc == CST_OK)
        rc = cst_chain_end_jobs(chain, 0, err);
    if (rc == CST_OK)
        rc = cst_chain_helpers(helpers, chain, err);
    *left = json_array_size(helpers) > 0;
    for (size_t i = 0; i <= chain->steps && rc == CST_OK; i++) {
        const cst_chain_member *member = &chain->member[i];
        bool lives =
            cst_chain_job(member) && !cst_chain_is_me(member) && cst_chain_is_queued(member);
        *left = *left || lives || cst_chain_on_its_way(member);
    }
    json_decref(helpers);
    return rc;
}

static cst_code see_that_none_is_left(cst_chain *chain, cst_error *err)
{
    enum { LOOKS = 120 };
    bool left = true;
    cst_code rc = CST_OK;
    for (int i = 0; i < LOOKS && rc == CST_OK && left; i++) {
        rc = end_what_is_left(&left, chain, err);
        if (rc == CST_OK && left)
            pause_for(1);
    }
    if (rc == CST_OK && left)
        rc = cst_error_set(err, CST_FAILED,
                           "run %s: its jobs were cancelled, and two minutes later some are still "
                           "ending: squeue shows them",
                           chain->run);
    return rc;
}

cst_code cst_chain_cancel(cst_chain *chain, cst_error *err)
{
    cst_code code = CST_OK;
    cst_error why = CST_ERROR_INIT; /* how the run ended: that it was cancelled */
    bool ended = false;
    cst_code rc = cst_chain_read(chain, err);
    if (rc == CST_OK && (chain->end || chain->driving == 0))
        rc = cst_error_set(err, CST_SKIPPED, "run %s %s", chain->run,
                           chain->end ? "has ended already" : "was never begun");
    if (rc == CST_OK)
        rc = ask_for_end(chain, err);
    if (rc != CST_OK)
        return rc;
    rc = cst_chain_advance(chain, &ended, &code, &why);
    if (rc != CST_OK)
        return cst_error_set(err, rc, "%s", why.text);
    if (!ended)
        return cst_error_set(err, CST_IO,
                             "run %s: Slurm does not answer, so its jobs may still be there: "
                             "capstan cancel %s asks again",
                             chain->run, chain->run);
    return see_that_none_is_left(chain, err);
}

/* ------------------------------------------------------------------------------------ telling */

cst_code cst_chain_jobs(json_t **out, const cst_chain *chain, cst_error *err)
{
    json_t *jobs = json_array();
    cst_code rc = jobs ? CST_OK : cst_error_nomem(err, "jobs");
    for (size_t i = 0; i < chain->steps && rc == CST_OK; i++)
        if (cst_chain_job(&chain->member[i]))
            rc = cst_json_append(jobs,
                                 json_pack("{s:s, s:s}", "step", chain->member[i].id, "job",
                                           cst_chain_job(&chain->member[i])),
                                 err);
    if (rc == CST_OK)
        *out = json_incref(jobs);
    json_decref(jobs);
    return rc;
}

/* act.c - what was decided about a run on Slurm, done */
#include "base/array.h"
#include "base/clock.h"
#include "chain/state.h"
#include "config/json.h"

void cst_chain_tell(cst_chain *chain, const char *text)
{
    if (!*text || strcmp(chain->told, text) == 0)
        return;
    (void)snprintf(chain->told, sizeof chain->told, "%s", text);
    cst_log_info(chain->log, "%s", text);
}

/* ------------------------------------------------------------------------------------ submitting
 */

/* Is its work over, whatever its job still does? Then nobody waits for the job. */
static bool is_over(const cst_chain_member *member)
{
    cst_fate fate = member->verdict.fate;
    return fate == CST_FATE_DONE || fate == CST_FATE_SKIPPED;
}

/* "afterok:7" where the step before has yet to end; to be freed. NULL without err set: for none. */
static char *dependency_of(const cst_chain *chain, size_t index, cst_error *err)
{
    const cst_chain_member *before = index > 0 ? &chain->member[index - 1] : NULL;
    if (!before || is_over(before) || !cst_chain_job(before))
        return NULL;
    return cst_text_format(err, "afterok:%s", cst_chain_job(before));
}

static cst_code submit_once(cst_chain *chain, size_t index, const cst_chain_decision *decided,
                            bool *taken, cst_error *err)
{
    cst_chain_member *member = &chain->member[index];
    char *dependency = dependency_of(chain, index, err);
    cst_code rc = err->code;
    if (rc == CST_OK)
        rc = cst_chain_submit(chain, member, decided,
                              index > 0 ? cst_chain_nonce(&chain->member[index - 1]) : "",
                              dependency, taken, err);
    free(dependency);
    return rc;
}

/* Too few nodes may be left when the failed ones are excluded: then the step waits for them. */
static cst_code submit_step(cst_chain *chain, size_t index, const cst_chain_decision *decided,
                            bool *taken, cst_error *err)
{
    cst_error refused = CST_ERROR_INIT;
    json_t **submission = &chain->member[index].attempt.submission;
    cst_code rc = submit_once(chain, index, decided, taken, &refused);
    if (rc == CST_FAILED && json_object_get(*submission, "exclude")) {
        cst_chain_decision again = decided ? *decided : (cst_chain_decision){0};
        again.exclude = again.more_time = again.more_memory = false; /* they are in the record */
        again.retried = CST_FAILURE_NONE;                            /* and it is counted */
        (void)json_object_del(*submission, "exclude");
        cst_error_clear(&refused);
        rc = submit_once(chain, index, &again, taken, &refused);
    }
    return rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", refused.text);
}

/* A step and all behind it, each waiting for the one before. Stops where another driver was
 * quicker, where Slurm does not answer, where the run was cancelled meanwhile: the next look finds
 * how it stands. */
static cst_code submit_from(cst_chain *chain, const cst_chain_decision *decided, cst_error *err)
{
    bool taken = false;
    cst_code rc = cst_chain_end_jobs(chain, decided->step, err);
    if (rc == CST_OK)
        cst_chain_tell(chain, decided->why);
    for (size_t i = decided->step; i < chain->steps && rc == CST_OK && !taken; i++) {
        rc = submit_step(chain, i, i == decided->step ? decided : NULL, &taken, err);
        if (rc == CST_OK && cst_run_cancelled(chain->attempt))
            break;
        if (!cst_chain_job(&chain->member[i]))
            break;
    }
    return rc;
}

static cst_code send_step(cst_chain *chain, size_t index, cst_error *err)
{
    char *dependency = dependency_of(chain, index, err);
    cst_code rc = err->code;
    if (rc == CST_OK)
        rc = cst_chain_send(chain, &chain->member[index], dependency, err);
    free(dependency);
    return rc;
}

/* ------------------------------------------------------------------------------------ the sentinel
 */

/* What the sentinel waits for: that the last job of the chain does not end well, or, where it has
 * ended already, that the head does. Only what is in the queue is waited for: a sentinel behind a
 * job that Slurm has forgotten would start at once, find that nothing is known yet, and leave
 * another one. To be freed. */
static char *sentinel_dependency(const cst_chain *chain, size_t head, cst_error *err)
{
    const cst_chain_member *first = &chain->member[head];
    const cst_chain_member *last = &chain->member[chain->steps - 1];
    if (cst_chain_job(last) && cst_chain_is_queued(last))
        return cst_text_format(err, "afternotok:%s", cst_chain_job(last));
    if (cst_chain_job(first) && cst_chain_is_queued(first))
        return cst_text_format(err, "afterany:%s", cst_chain_job(first));
    return NULL;
}

/* One sentinel is in the queue while the run goes on: behind the last submission, and not this
 * process itself. */
static cst_code send_sentinel(cst_chain *chain, size_t head, cst_error *err)
{
    cst_chain_member *sentinel = &chain->member[chain->steps];
    const char *last = cst_chain_nonce(&chain->member[chain->steps - 1]);
    const json_t *submission = sentinel->attempt.submission;
    bool fits = submission && !cst_chain_is_me(sentinel) &&
                strcmp(cst_get_string(submission, "after", ""), last) == 0 &&
                cst_get_int(submission, "driving", 0) == chain->driving;
    bool taken = false;
    if (chain->away) /* nothing can be sent */
        return CST_OK;
    if (fits && cst_chain_job(sentinel) && cst_chain_lives(sentinel))
        return CST_OK;
    char *dependency = sentinel_dependency(chain, head, err);
    cst_code rc = err->code;
    if (rc == CST_OK && dependency && fits && !cst_chain_job(sentinel)) {
        if (!cst_chain_sender_at_work(submission))
            rc = cst_chain_send(chain, sentinel, dependency, err);
    } else if (rc == CST_OK && dependency) {
        rc = cst_chain_end_jobs(chain, chain->steps, err);
        if (rc == CST_OK)
            rc = cst_chain_submit(chain, sentinel, NULL, last, dependency, &taken, err);
    }
    free(dependency);
    return rc;
}

/* A run can do without its sentinel: somebody has to wait for it then. */
static cst_code keep_sentinel(cst_chain *chain, size_t head, cst_error *err)
{
    cst_error refused = CST_ERROR_INIT;
    cst_code rc = send_sentinel(chain, head, &refused);
    if (rc != CST_FAILED)
        return rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", refused.text);
    if (!chain->alone)
        cst_log_warn(chain->log,
                     "run %s goes on without a sentinel, so capstan wait %s has to "
                     "mend it: %s",
                     chain->run, chain->run, refused.text);
    chain->alone = true;
    return CST_OK;
}

/* ------------------------------------------------------------------------------------ the end */

static const json_t *made_last(const cst_chain *chain)
{
    static const char *const steps[] = {"refit", "train", "prepare", "ingest"};
    for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++)
        for (size_t i = 0; i < chain->steps; i++)
            if (strcmp(chain->member[i].id, steps[k]) == 0 && is_over(&chain->member[i]))
                return json_object_get(chain->member[i].attempt.end, "outputs");
    return NULL;
}

static double seconds_since_begin(const cst_chain *chain)
{
    json_t *begin = NULL;
    cst_error ignored = CST_ERROR_INIT; /* how long it took is nothing to fail for */
    (void)cst_receipt_read(&begin, chain->attempt, "begin.json", &ignored);
    int64_t began = cst_get_int(begin, "seconds", 0);
    json_decref(begin);
    return began ? (double)(cst_clock_now() / 1000000 - began) : 0;
}

/* No job of the run is left, and its own receipt says how it ended. */
static cst_code finish(cst_chain *chain, cst_code code, const char *why, cst_error *err)
{
    cst_error taken = CST_ERROR_INIT;
    cst_code rc = cst_chain_end_jobs(chain, 0, err);
    json_t *end = json_pack("{s:s, s:i, s:s, s:f, s:O*, s:[]}", "class", cst_code_word(code),
                            "status", cst_code_status(code), "message", why, "seconds",
                            seconds_since_begin(chain), "outputs", made_last(chain), "inputs");
    if (rc == CST_OK && !end)
        rc = cst_error_nomem(err, "a receipt");
    if (rc == CST_OK)
        rc = cst_receipt_write(chain->attempt, "end.json", end, &taken);
    if (rc != CST_OK && rc != CST_EXISTS)
        (void)cst_error_set(err, rc, "%s", taken.text);
    json_decref(end);
    return rc == CST_EXISTS ? CST_OK : rc;
}

/* ------------------------------------------------------------------------------------ advancing */

/* A step is done and Slurm holds its job: after a start that failed, since a slurmctld that was
 * killed did not know that it had started it (Slurm 22.05). The job would be waited for by what
 * comes after it: it is ended, and the next look finds that nothing can wait for it any more. */
static cst_code end_held(cst_chain *chain, cst_error *err)
{
    json_t *ids = json_array();
    cst_code rc = ids ? CST_OK : cst_error_nomem(err, "job ids");
    for (size_t i = 0; i < chain->steps && rc == CST_OK; i++) {
        const cst_chain_member *member = &chain->member[i];
        const char *job = cst_chain_job(member);
        if (!job || !is_over(member) || !member->verdict.held)
            continue;
        cst_log_info(chain->log, "%s is done, and Slurm holds its job %s: it is ended", member->id,
                     job);
        rc = cst_json_append(ids, json_string(job), err);
    }
    if (rc == CST_OK)
        rc = cst_chain_cancel_jobs(chain, ids, err);
    json_decref(ids);
    return rc;
}

cst_code cst_chain_due(cst_chain_decision *out, const cst_chain *chain, cst_error *err)
{
    cst_chain_step *facts = cst_array_new(chain->steps, sizeof *facts, "steps", err);
    if (!facts)
        return CST_NOMEM;
    cst_chain_facts(facts, chain);
    cst_chain_rules rules = cst_chain_budgets(chain);
    *out = cst_chain_decide(facts, chain->steps, &rules);
    free(facts);
    return CST_OK;
}

static cst_code act(cst_chain *chain, const cst_chain_decision *decided, cst_error *err)
{
    switch (decided->act) {
    case CST_CHAIN_SUBMIT:
        return submit_from(chain, decided, err);
    case CST_CHAIN_SEND:
        return send_step(chain, decided->step, err);
    case CST_CHAIN_FINISH:
        return finish(chain, decided->code, decided->why, err);
    case CST_CHAIN_WAIT:
        break;
    }
    cst_chain_tell(chain, decided->why);
    return keep_sentinel(chain, decided->step, err);
}

/* Somebody may have cancelled the run since the last look, and have found nothing in the queue:
 * what was sent meanwhile is ended too. */
static cst_code end_if_cancelled(cst_chain *chain, cst_error *err)
{
    return cst_run_cancelled(chain->attempt) ? cst_chain_end_jobs(chain, 0, err) : CST_OK;
}

/* How the run has ended, as its receipt says. */
static cst_code take_end(const cst_chain *chain, cst_code *code, cst_error *err)
{
    *code = cst_receipt_code(chain->end);
    if (*code != CST_OK && *code != CST_SKIPPED)
        (void)cst_error_set(err, *code, "%s", cst_get_string(chain->end, "message", ""));
    return CST_OK;
}

/* A script that sbatch refuses ends the run: nobody could mend that by waiting. */
static cst_code end_refused(cst_chain *chain, const cst_error *why, cst_error *err)
{
    cst_error late = CST_ERROR_INIT;
    cst_code rc = cst_chain_read(chain, &late);
    if (rc == CST_OK)
        rc = finish(chain, why->code, why->text, &late);
    if (rc != CST_OK)
        cst_log_warn(chain->log, "run %s: %s", chain->run, late.text);
    return cst_error_set(err, why->code, "%s", why->text);
}

cst_code cst_chain_advance(cst_chain *chain, bool *ended, cst_code *code, cst_error *err)
{
    cst_chain_decision decided = {.act = CST_CHAIN_SUBMIT};
    cst_code rc = CST_OK;
    size_t most = 4 * (chain->steps + 1); /* whatever goes on: then a pause comes first */
    *ended = false;
    while (rc == CST_OK && !*ended && decided.act != CST_CHAIN_WAIT && most-- > 0) {
        rc = cst_chain_look(chain, err);
        if (rc == CST_OK && chain->driving == 0)
            rc = cst_error_set(err, CST_FAILED,
                               "run %s was never begun: capstan resume %s begins it", chain->run,
                               chain->run);
        if (rc == CST_OK && chain->end) {
            *ended = true;
            return take_end(chain, code, err);
        }
        if (rc == CST_OK)
            rc = cst_chain_due(&decided, chain, err);
        if (rc != CST_OK)
            return rc;
        cst_error why = CST_ERROR_INIT;
        rc = end_held(chain, &why);
        if (rc == CST_OK)
            rc = act(chain, &decided, &why);
        if (rc == CST_OK && decided.act != CST_CHAIN_FINISH)
            rc = end_if_cancelled(chain, &why);
        if (rc == CST_IO && chain->away)
            return CST_OK;
        if (rc == CST_FAILED || rc == CST_USAGE)
            return end_refused(chain, &why, err);
        if (rc != CST_OK)
            return cst_error_set(err, rc, "%s", why.text);
        if (chain->away || chain->full)
            break;
    }
    return rc;
}

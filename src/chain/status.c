/* status.c - a run on Slurm as a person sees it, and its scripts before it is one */
#include "chain/state.h"
#include "config/json.h"

/* What Slurm says of a step, put into its row. */
static cst_code put_slurm(json_t *row, const cst_chain_member *member, cst_error *err)
{
    const cst_verdict *verdict = &member->verdict;
    const char *job = cst_chain_job(member);
    const cst_sighting *seen =
        verdict->source < CST_SOURCE_COUNT ? &member->job.seen[verdict->source] : NULL;
    cst_code rc = job ? cst_json_put(row, "job", json_string(job), err) : CST_OK;
    if (rc == CST_OK && seen)
        rc = cst_json_put(row, "slurm", json_string(seen->state), err);
    if (rc == CST_OK && seen && *seen->reason && strcmp(seen->reason, "None") != 0)
        rc = cst_json_put(row, "reason", json_string(seen->reason), err);
    if (rc == CST_OK && verdict->suspect)
        rc = cst_json_put(row, "suspect", json_true(), err);
    if (rc == CST_OK && job && verdict->fate == CST_FATE_RUNNING)
        rc = cst_json_put(row, "attach", json_sprintf("srun --jobid=%s --overlap --pty bash", job),
                          err);
    return rc;
}

static const char *state_of(const cst_chain_member *member)
{
    switch (member->verdict.fate) {
    case CST_FATE_PENDING:
        return "pending";
    case CST_FATE_RUNNING:
        return "running";
    case CST_FATE_UNKNOWN:
        return "unknown";
    case CST_FATE_DONE:
    case CST_FATE_SKIPPED:
    case CST_FATE_REFUSED:
    case CST_FATE_STOPPED:
    case CST_FATE_FAILED:
        break;
    }
    return "ended";
}

static const char *class_of(const cst_verdict *verdict)
{
    bool never = verdict->failure == CST_FAILURE_DEPENDENCY;
    return never || verdict->failure == CST_FAILURE_CANCELLED ? "cancelled" : "failed";
}

/* A job that had not begun when the run ended is gone, and Slurm forgets such a one soon. */
static cst_code put_never_begun(json_t *row, cst_error *err)
{
    cst_code rc = cst_json_put(row, "state", json_string("ended"), err);
    if (rc == CST_OK)
        rc = cst_json_put(row, "class", json_string("cancelled"), err);
    return rc == CST_OK ? cst_json_put(row, "message", json_string("never begun"), err) : rc;
}

static cst_code put_member(json_t *row, const cst_chain *chain, const cst_chain_member *member,
                           cst_error *err)
{
    const cst_verdict *verdict = &member->verdict;
    bool told = member->attempt.end && !cst_chain_lives(member);
    cst_code rc = CST_OK;
    if (!member->attempt.submission)
        return CST_OK;
    if (chain->end && !member->attempt.claim && !member->attempt.end)
        return put_never_begun(row, err);
    if (!told)
        rc = cst_json_put(row, "state", json_string(state_of(member)), err);
    if (rc == CST_OK && verdict->fate == CST_FATE_FAILED && (!told || verdict->suspect))
        rc = cst_json_put(row, "class", json_string(class_of(verdict)), err);
    if (rc == CST_OK && (!told || verdict->suspect))
        rc = cst_json_put(row, "message", json_string(verdict->why), err);
    return rc == CST_OK ? put_slurm(row, member, err) : rc;
}

/* How the run stands as its next driver would find it. */
static cst_code put_run(json_t *status, const cst_chain *chain, cst_error *err)
{
    cst_chain_decision due;
    cst_code rc = cst_json_put(status, "engine", json_string("slurm"), err);
    if (rc != CST_OK || chain->end || (rc = cst_chain_due(&due, chain, err)) != CST_OK)
        return rc;
    bool ended = due.act == CST_CHAIN_FINISH;
    rc = cst_json_put(status, "state", json_string(ended ? "ended" : "running"), err);
    if (rc == CST_OK && ended)
        rc = cst_json_put(status, "class", json_string(cst_code_word(due.code)), err);
    return rc == CST_OK ? cst_json_put(status, "message", json_string(due.why), err) : rc;
}

cst_code cst_chain_status(json_t **out, cst_chain *chain, cst_error *err)
{
    json_t *status = NULL;
    cst_code rc = cst_chain_read(chain, err);
    if (rc == CST_OK)
        rc = cst_chain_ask(chain, err);
    if (rc == CST_OK)
        rc = cst_chain_check_suspects(chain, false, err);
    if (rc == CST_OK)
        rc = cst_run_status(&status, chain->registry, chain->run, err);
    json_t *rows = json_object_get(status, "steps");
    for (size_t i = 0; i < chain->steps && rc == CST_OK; i++)
        rc = put_member(json_array_get(rows, i), chain, &chain->member[i], err);
    if (rc == CST_OK)
        rc = put_run(status, chain, err);
    if (rc == CST_OK)
        *out = json_incref(status);
    json_decref(status);
    return rc;
}

/* The command line that a script is sent with, and the script. after: what it waits for, or NULL.
 */
static cst_code add_script(cst_text *out, const cst_chain *chain, const cst_chain_member *member,
                           const char *condition, const char *after, cst_error *err)
{
    json_t *submission = NULL;
    cst_code rc =
        cst_chain_submission(&submission, chain, member, NULL, CST_CHAIN_DRY_NONCE, "", err);
    if (rc == CST_OK && after)
        rc = cst_text_print(out, err,
                            "\n# sbatch --dependency=%s:<%s> --kill-on-invalid-dep=yes %s/script\n",
                            condition, after, member->id);
    else if (rc == CST_OK)
        rc = cst_text_print(out, err, "# sbatch %s/script\n", member->id);
    if (rc == CST_OK)
        rc = cst_chain_script(out, chain, member->id, 1, submission, err);
    json_decref(submission);
    return rc;
}

cst_code cst_chain_scripts(cst_text *out, const json_t *plan, cst_registry *registry, size_t first,
                           cst_error *err)
{
    cst_chain *chain = NULL;
    const char *after = NULL;
    cst_code rc = cst_chain_open_plan(&chain, CST_CHAIN_DRY_RUN, plan, registry, NULL, err);
    if (rc != CST_OK)
        return rc;
    chain->driving = 1;
    for (size_t i = first; rc == CST_OK && i < chain->steps; i++) {
        rc = add_script(out, chain, &chain->member[i], "afterok", after, err);
        after = chain->member[i].id;
    }
    if (rc == CST_OK)
        rc = add_script(out, chain, &chain->member[chain->steps], "afternotok", after, err);
    cst_chain_close(chain);
    return rc;
}

/* end.c - the jobs of a run on Slurm ended, those of its search too */
#include "chain/state.h"
#include "config/json.h"
#include "pipeline/helpers.h"

/* Which jobs have ended is not known: whoever drives tries again at the next look. */
static cst_code not_answered(cst_chain *chain, const char *why, cst_error *err)
{
    if (!chain->away)
        cst_log_warn(chain->log,
                     "run %s: jobs are to be ended, and Slurm does not answer; "
                     "trying on: %s",
                     chain->run, why);
    chain->away = true;
    return cst_error_set(err, CST_IO, "%s", why);
}

/* The arrays that help with a search. */
static cst_code add_helpers(json_t *ids, cst_chain *chain, const cst_chain_member *member,
                            cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    if (strcmp(cst_get_string(member->planned, "stage", ""), "trial") != 0)
        return CST_OK;
    char *folder = cst_text_format(err, "%s/%s", chain->folder, member->id);
    if (!folder)
        return CST_NOMEM;
    cst_code rc = cst_helpers_jobs(ids, folder, chain->run, chain->cluster, &why);
    free(folder);
    if (rc == CST_IO)
        return not_answered(chain, why.text, err);
    return rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", why.text);
}

cst_code cst_chain_helpers(json_t *ids, cst_chain *chain, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < chain->steps && rc == CST_OK; i++)
        rc = add_helpers(ids, chain, &chain->member[i], err);
    return rc;
}

/* The job of a submission that nobody has kept the id of is looked for by its name. */
static cst_code add_job(json_t *ids, cst_chain *chain, cst_chain_member *member, cst_error *err)
{
    cst_answer answer = CST_ANSWER_ABSENT;
    cst_error why = CST_ERROR_INIT;
    cst_code rc = CST_OK;
    if (!member->attempt.submission || cst_chain_is_me(member))
        return CST_OK;
    if (!cst_chain_job(member) && !member->attempt.end)
        rc = cst_chain_adopt(&answer, chain, member, &why, err);
    if (rc == CST_OK && answer == CST_ANSWER_FAILED)
        rc = not_answered(chain, why.text, err);
    const char *job = cst_chain_job(member);
    bool found = answer == CST_ANSWER_SEEN || cst_chain_is_queued(member);
    if (rc != CST_OK || !job || !found)
        return rc;
    return cst_json_append(ids, json_string(job), err);
}

cst_code cst_chain_cancel_jobs(cst_chain *chain, const json_t *ids, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    if (json_array_size(ids) == 0 || cst_slurm_cancel(chain->cluster, ids, &why) == CST_OK)
        return CST_OK;
    return not_answered(chain, why.text, err);
}

cst_code cst_chain_end_jobs(cst_chain *chain, size_t from, cst_error *err)
{
    if (chain->away)
        return not_answered(chain, "what is in the queue is not known", err);
    json_t *ids = json_array();
    cst_code rc = ids ? add_job(ids, chain, &chain->member[chain->steps], err)
                      : cst_error_nomem(err, "job ids");
    for (size_t i = chain->steps; i > from && rc == CST_OK; i--) {
        rc = add_job(ids, chain, &chain->member[i - 1], err);
        if (rc == CST_OK)
            rc = add_helpers(ids, chain, &chain->member[i - 1], err);
    }
    if (rc == CST_OK)
        rc = cst_chain_cancel_jobs(chain, ids, err);
    json_decref(ids);
    return rc;
}

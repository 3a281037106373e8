/* offer.c - a step's next attempt, for somebody else to send: Airflow, a script, a person */
#include "base/file.h"
#include "chain/state.h"
#include "config/json.h"

static cst_code find_member(cst_chain_member **out, cst_chain *chain, const char *step,
                            cst_error *err)
{
    for (size_t i = 0; i < chain->steps; i++)
        if (strcmp(chain->member[i].id, step) == 0) {
            *out = &chain->member[i];
            return CST_OK;
        }
    return cst_error_set(err, CST_USAGE, "run %s has no step %s", chain->run, step);
}

static cst_code describe(json_t **out, const cst_chain *chain, const cst_chain_member *member,
                         int64_t number, const char *path, const json_t *submission, cst_error *err)
{
    cst_text script = CST_TEXT_INIT;
    cst_code rc = cst_chain_script(&script, chain, member->id, number, submission, err);
    if (rc == CST_OK) {
        *out = json_pack("{s:s, s:s, s:I, s:s, s:b, s:s}", "run", chain->run, "step", member->id,
                         "attempt", (json_int_t)number, "folder", path, "requeues",
                         member->restarts, "script", script.data);
        rc = *out ? CST_OK : cst_error_nomem(err, "an attempt");
    }
    cst_text_free(&script);
    return rc;
}

cst_code cst_chain_offer(json_t **out, cst_chain *chain, const char *step, cst_error *err)
{
    char nonce[CST_NONCE];
    char *path = NULL;
    json_t *submission = NULL;
    cst_chain_member *member = NULL;
    cst_code rc = find_member(&member, chain, step, err);
    if (rc == CST_OK)
        rc = cst_chain_read(chain, err);
    int64_t number = member ? member->attempt.number + 1 : 0;
    if (rc == CST_OK)
        rc = cst_file_nonce(nonce, err);
    if (rc == CST_OK)
        rc = cst_chain_submission(&submission, chain, member, NULL, nonce, "", err);
    if (rc == CST_OK)
        rc = cst_attempt_submit(&path, chain->registry, chain->run, step, number, submission, err);
    if (rc == CST_OK)
        rc = describe(out, chain, member, number, path, submission, err);
    json_decref(submission);
    free(path);
    return rc;
}

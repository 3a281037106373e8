/* before.c - a chain that begins in the middle: what comes before was found done */
#include "base/clock.h"
#include "base/file.h"
#include "chain/state.h"
#include "config/json.h"
#include "pipeline/expand.h"

/* Ingestion has no key: it is done where there is a snapshot, the newest one. */
static cst_code find_snapshot(json_t **end, const json_t *step, cst_registry *registry,
                              cst_error *err)
{
    const json_t *arguments = json_object_get(step, "arguments");
    const char *dataset = "";
    cst_version *version = NULL;
    cst_error why = CST_ERROR_INIT;
    for (size_t i = 0; i + 1 < json_array_size(arguments); i++)
        if (strcmp(json_string_value(json_array_get(arguments, i)), "--dataset") == 0)
            dataset = json_string_value(json_array_get(arguments, i + 1));
    char *reference = cst_text_format(err, "%s@latest", dataset);
    if (!reference)
        return CST_NOMEM;
    cst_code rc = cst_registry_find(&version, registry, CST_KIND_SNAPSHOT, reference, &why);
    if (rc == CST_OK) {
        *end = json_pack("{s:[o], s:[]}", "outputs", cst_version_to_json(version, err), "inputs");
        rc = *end ? CST_OK : cst_error_nomem(err, "a receipt");
    } else {
        rc = cst_error_set(err, CST_FAILED, "step ingest was not done: %s", why.text);
    }
    cst_version_free(version);
    free(reference);
    return rc;
}

static cst_code find_by_key(json_t **end, const json_t *step, const json_t *plan,
                            const json_t *results, cst_registry *registry, json_t **expanded,
                            cst_error *err)
{
    const char *id = cst_get_string(step, "id", "");
    cst_code rc = cst_expand_step(expanded, step, plan, results, err);
    const char *key = cst_get_string(*expanded, "key", NULL);
    if (rc == CST_OK && key)
        rc = cst_run_find(end, registry, key, err);
    if (rc == CST_OK && !*end)
        rc = cst_error_set(err, CST_FAILED,
                           "step %s was not done with this file on these data, so nothing behind "
                           "it can begin: submit the whole pipeline, or from an earlier step",
                           id);
    if (rc == CST_OK && cst_receipt_code(*end) == CST_REFUSED)
        rc = cst_error_set(err, CST_REFUSED, "step %s was refused, so nothing comes after it: %s",
                           id, cst_get_string(*end, "message", ""));
    return rc;
}

/* One step before the first: found, and among the results. */
static cst_code find_step(json_t *found, json_t *results, const json_t *step, const json_t *plan,
                          cst_registry *registry, cst_error *err)
{
    json_t *end = NULL;
    json_t *expanded = NULL;
    const char *id = cst_get_string(step, "id", "");
    cst_code rc = CST_OK;
    if (strcmp(id, "ingest") == 0)
        rc = find_snapshot(&end, step, registry, err);
    else
        rc = find_by_key(&end, step, plan, results, registry, &expanded, err);
    json_t *key = json_object_get(expanded, "key");
    if (rc == CST_OK)
        rc = cst_json_put(end, "class", json_string(cst_code_word(CST_SKIPPED)), err);
    if (rc == CST_OK)
        rc = cst_json_put(end, "reused",
                          json_pack("{s:s, s:s}", "run", cst_get_string(end, "run", ""), "step",
                                    cst_get_string(end, "step", id)),
                          err);
    if (rc == CST_OK)
        rc = cst_json_put(end, "seconds", json_real(0), err);
    if (rc == CST_OK)
        rc = cst_json_put(results, id, json_incref(end), err);
    if (rc == CST_OK)
        rc = cst_json_append(
            found, json_pack("{s:s, s:O*, s:O}", "step", id, "key", key, "end", end), err);
    json_decref(expanded);
    json_decref(end);
    return rc;
}

static cst_code find_steps(json_t *found, const json_t *plan, const char *first,
                           cst_registry *registry, cst_error *err)
{
    json_t *champion = NULL;
    json_t *results = json_object();
    size_t i = 0;
    const json_t *step = NULL;
    cst_code rc =
        cst_expand_champion(&champion, registry, cst_get_string(plan, "pipeline", ""), err);
    if (rc == CST_OK)
        rc = cst_json_put(results, "champion", champion, err);
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        if (rc != CST_OK || strcmp(cst_get_string(step, "id", ""), first) == 0)
            break;
        rc = find_step(found, results, step, plan, registry, err);
    }
    json_decref(results);
    return rc;
}

cst_code cst_chain_find_before(json_t **out, const json_t *plan, const char *step,
                               cst_registry *registry, cst_error *err)
{
    json_t *found = json_array();
    cst_code rc =
        found ? find_steps(found, plan, step, registry, err) : cst_error_nomem(err, "steps");
    if (rc == CST_OK)
        *out = json_incref(found);
    json_decref(found);
    return rc;
}

static cst_code leave(const cst_chain *chain, const json_t *one, cst_error *err)
{
    char nonce[CST_NONCE];
    char when[CST_TIME_TEXT];
    char *path = NULL;
    const char *step = cst_get_string(one, "step", "");
    cst_clock_text(when, cst_clock_now());
    cst_code rc = cst_file_nonce(nonce, err);
    if (rc != CST_OK)
        return rc;
    json_t *submission = json_pack("{s:s, s:s, s:s, s:s, s:O*}", "nonce", nonce, "engine", "slurm",
                                   "when", when, "step", step, "key", json_object_get(one, "key"));
    rc = submission
             ? cst_attempt_submit(&path, chain->registry, chain->run, step, 1, submission, err)
             : cst_error_nomem(err, "a submission record");
    if (rc == CST_OK)
        rc = cst_receipt_end(path, json_object_get(one, "end"), err);
    json_decref(submission);
    free(path);
    return rc;
}

cst_code cst_chain_leave_before(cst_chain *chain, const json_t *found, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(found) && rc == CST_OK; i++)
        rc = leave(chain, json_array_get(found, i), err);
    return rc;
}

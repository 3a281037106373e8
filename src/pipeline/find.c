/* find.c - finished steps of all runs, by their key: what need not be done again */
#include "base/file.h"
#include "config/json.h"
#include "pipeline/attempt.h"
#include "pipeline/run.h"
#include "registry/step_key.h"

bool cst_run_outputs_stand(cst_registry *registry, const json_t *end)
{
    const json_t *outputs = json_object_get(end, "outputs");
    bool stand = json_array_size(outputs) > 0;
    for (size_t i = 0; i < json_array_size(outputs) && stand; i++) {
        const json_t *output = json_array_get(outputs, i);
        cst_error ignored = CST_ERROR_INIT;
        cst_version *version = NULL;
        char reference[128];
        char id[CST_DIGEST_HEX] = "";
        (void)snprintf(reference, sizeof reference, "%s@%lld", cst_get_string(output, "name", ""),
                       (long long)cst_get_int(output, "version", 0));
        cst_kind kind = cst_kind_parse(cst_get_string(output, "kind", ""));
        if (kind != CST_KIND_COUNT &&
            cst_registry_find(&version, registry, kind, reference, &ignored) == CST_OK)
            cst_digest_hex(id, &version->id);
        stand = version && !strcmp(id, cst_get_string(output, "id", ""));
        cst_version_free(version);
    }
    return stand;
}

static bool is_finished(const json_t *end)
{
    cst_code code = cst_receipt_code(end);
    return end && (code == CST_OK || code == CST_SKIPPED || code == CST_REFUSED);
}

/* The end of a step's newest attempt, if it was submitted under this key and has finished. */
static cst_code look_at_step(json_t **out, cst_registry *registry, const char *run,
                             const char *step, const char *key, cst_error *err)
{
    json_t *submission = NULL;
    json_t *end = NULL;
    char *attempt = cst_run_attempt(registry, run, step, err);
    cst_code rc =
        attempt ? cst_receipt_read(&submission, attempt, "submission.json", err) : err->code;
    bool same = !strcmp(cst_get_string(submission, "key", ""), key);
    if (rc == CST_OK && same)
        rc = cst_attempt_read_end(&end, attempt, err);
    if (rc == CST_OK && is_finished(end) && cst_run_outputs_stand(registry, end)) {
        rc = cst_json_put(end, "run", json_string(run), err);
        if (rc == CST_OK)
            rc = cst_json_put(end, "step", json_string(step), err);
        if (rc == CST_OK)
            *out = json_incref(end);
    }
    json_decref(submission);
    json_decref(end);
    free(attempt);
    return rc;
}

static cst_code look_at_run(json_t **out, cst_registry *registry, const char *run, const char *key,
                            cst_error *err)
{
    char **steps = NULL;
    size_t count = 0;
    char *folder = cst_text_format(err, "%s/runs/%s", cst_registry_path(registry), run);
    cst_code rc = folder ? cst_file_names(&steps, &count, folder, err) : CST_NOMEM;
    for (size_t i = 0; i < count && rc == CST_OK && !*out; i++)
        if (!strchr(steps[i], '.')) /* plan.json and pipeline.yaml are no steps */
            rc = look_at_step(out, registry, run, steps[i], key, err);
    cst_file_names_free(steps, count);
    free(folder);
    return rc;
}

/* What the key's record says was made, if it still stands. One that cannot be read is none: verify
 * tells of it. */
static cst_code look_at_record(json_t **out, cst_registry *registry, const char *key)
{
    json_t *record = NULL;
    cst_error ignored = CST_ERROR_INIT;
    if (cst_step_key_read(&record, registry, key, &ignored) == CST_OK && is_finished(record) &&
        cst_run_outputs_stand(registry, record))
        *out = json_incref(record);
    json_decref(record);
    return ignored.code == CST_NOMEM ? CST_NOMEM : CST_OK;
}

cst_code cst_run_find(json_t **out, cst_registry *registry, const char *key, cst_error *err)
{
    char **runs = NULL;
    size_t count = 0;
    *out = NULL;
    if (look_at_record(out, registry, key) != CST_OK)
        return cst_error_nomem(err, "a step key");
    if (*out)
        return CST_OK;
    char *folder = cst_file_join(cst_registry_path(registry), "runs", err);
    cst_code rc = folder ? cst_file_names(&runs, &count, folder, err) : CST_NOMEM;
    for (size_t i = count; i > 0 && rc == CST_OK && !*out; i--) /* names begin with the time */
        rc = look_at_run(out, registry, runs[i - 1], key, err);
    cst_file_names_free(runs, count);
    free(folder);
    return rc;
}

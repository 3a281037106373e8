/* step_record.c - the first to finish a step under its key wins; another result is an alarm */
#include "config/json.h"
#include "config/option.h"
#include "pipeline/attempt.h"
#include "pipeline/step.h"
#include "registry/step_key.h"

enum { REFERENCE = 128 };

/* Versions as a record names them: without the path, so that a registry can be moved. */
static json_t *versions_of(const json_t *end, cst_error *err)
{
    static const char *const keys[] = {"kind", "name", "version", "id"};
    json_t *out = json_array();
    size_t i = 0;
    const json_t *output = NULL;
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "a key's record");
    json_array_foreach(json_object_get(end, "outputs"), i, output)
    {
        json_t *kept = json_object();
        for (size_t k = 0; k < sizeof keys / sizeof keys[0] && rc == CST_OK; k++)
            rc = cst_json_put(kept, keys[k], json_incref(json_object_get(output, keys[k])), err);
        if (rc == CST_OK)
            rc = cst_json_append(out, json_incref(kept), err);
        json_decref(kept);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static bool same_ids(const json_t *a, const json_t *b)
{
    const json_t *first = json_object_get(a, "outputs");
    const json_t *second = json_object_get(b, "outputs");
    bool same = json_array_size(first) == json_array_size(second);
    for (size_t i = 0; i < json_array_size(first) && same; i++)
        same = strcmp(cst_get_string(json_array_get(first, i), "id", "-"),
                      cst_get_string(json_array_get(second, i), "id", "")) == 0;
    return same;
}

/* "late@3" of the first version that was made, and its id. */
static const char *reference(char out[REFERENCE], const json_t *made)
{
    const json_t *output = json_array_get(json_object_get(made, "outputs"), 0);
    (void)snprintf(out, REFERENCE, "%s@%lld", cst_get_string(output, "name", "nothing"),
                   (long long)cst_get_int(output, "version", 0));
    return cst_get_string(output, "id", "none");
}

/* alarm.json; that of an earlier look at this attempt says the same. */
static cst_code raise_alarm(const json_t *first, const json_t *mine, const char *attempt,
                            cst_error *err)
{
    char theirs[REFERENCE];
    char ours[REFERENCE];
    cst_error taken = CST_ERROR_INIT;
    const char *their_id = reference(theirs, first);
    const char *our_id = reference(ours, mine);
    const char *kind =
        cst_get_string(json_array_get(json_object_get(mine, "outputs"), 0), "kind", "version");
    json_t *alarm = json_pack(
        "{s:o, s:O, s:O}", "message",
        json_sprintf("alarm: two attempts under one key made different things: %s of run %s, the "
                     "first, %s (id %s), and %s of run %s %s (id %s). One of them is wrong: see "
                     "capstan diff --kind %s %s %s, and capstan replay for the model that was "
                     "made of each",
                     cst_get_string(first, "step", "?"), cst_get_string(first, "run", "?"), theirs,
                     their_id, cst_get_string(mine, "step", "?"), cst_get_string(mine, "run", "?"),
                     ours, our_id, kind, theirs, ours),
        "first", first, "second", mine);
    cst_code rc = alarm ? cst_receipt_write(attempt, "alarm.json", alarm, &taken)
                        : cst_error_nomem(err, "an alarm");
    json_decref(alarm);
    return rc == CST_EXISTS ? CST_OK : cst_error_set(err, rc, "%s", taken.text);
}

/* Publish the record of mine; *first is the one that stands where the key is taken. */
static cst_code publish(json_t **first, const cst_registry *registry, const char *key,
                        const json_t *mine, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    cst_code rc =
        cst_step_key_read(first, registry, key, &why); /* nothing is written where it stands */
    if (rc == CST_OK && !*first)
        rc = cst_step_key_publish(first, registry, key, mine, &why);
    if (rc == CST_OK || rc == CST_SKIPPED)
        return CST_OK;
    return cst_error_set(err, rc, "%s%s", why.text,
                         rc == CST_INVALID ? ": capstan verify --quarantine moves it aside" : "");
}

cst_code cst_step_record(bool *agrees, const cst_registry *registry, const char *run,
                         const char *key, const char *step, const char *attempt, const json_t *end,
                         cst_error *err)
{
    cst_code code = cst_receipt_code(end);
    bool finished = code == CST_OK || code == CST_SKIPPED || code == CST_REFUSED;
    json_t *first = NULL;
    json_t *mine = NULL;
    *agrees = true;
    if (!key || !finished || json_array_size(json_object_get(end, "outputs")) == 0)
        return CST_OK;
    json_t *outputs = versions_of(end, err);
    cst_code rc = outputs ? CST_OK : CST_NOMEM;
    if (rc == CST_OK) {
        mine = json_pack("{s:s, s:s, s:I, s:s, s:s, s:O}", "run", run, "step", step, "attempt",
                         (json_int_t)cst_attempt_number(attempt), "class",
                         cst_get_string(end, "class", ""), "message",
                         cst_get_string(end, "message", ""), "outputs", outputs);
        rc = mine ? publish(&first, registry, key, mine, err)
                  : cst_error_nomem(err, "a key's record");
    }
    *agrees = rc != CST_OK || !first || same_ids(first, mine);
    if (rc == CST_OK && !*agrees)
        rc = raise_alarm(first, mine, attempt, err);
    json_decref(outputs);
    json_decref(first);
    json_decref(mine);
    return rc;
}

/* promote.c - an alias is moved: compare and swap, with the gate's verdict behind it */
#include "base/clock.h"
#include "registry/alias.h"
#include "registry/internal.h"
#include "registry/verify.h"

/* What a new record says, beside what its place in the chain says. */
typedef struct {
    const cst_version *target;
    const cst_version *evaluation; /* or NULL */
    const char *verdict;           /* of the evaluation; NULL: none */
    bool first;                    /* judged by its floors alone */
    const char *reason;            /* or NULL */
    bool override;
} move;

/* An alias as it was read, and where it lies. */
typedef struct {
    const char *model, *alias;
    char *folder; /* owned */
    json_t *chain;
    cst_digest last; /* of the bytes of the last record */
} position;

static void position_free(position *at)
{
    free(at->folder);
    json_decref(at->chain);
}

static cst_code position_read(position *out, const cst_registry *registry, const char *model,
                              const char *alias, cst_error *err)
{
    *out = (position){.model = model, .alias = alias};
    cst_error lost = CST_ERROR_INIT;
    out->folder = cst_alias_folder(registry, model, alias, &lost);
    if (!out->folder)
        return cst_error_set(err, lost.code, "%s", lost.text);
    return cst_alias_walk(&out->chain, &out->last, out->folder, err);
}

static int64_t generation_of(const position *at)
{
    return (int64_t)json_array_size(at->chain);
}

static const json_t *record_at(const position *at, int64_t generation)
{
    return generation ? json_array_get(at->chain, (size_t)generation - 1) : NULL;
}

static int64_t target_at(const position *at, int64_t generation)
{
    const json_t *target = json_object_get(record_at(at, generation), "target");
    return json_integer_value(json_object_get(target, "version"));
}

static const char *text_of(const json_t *record, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(record, key));
    return text ? text : fallback;
}

static cst_code say_conflict(const position *at, int64_t expected, cst_error *err)
{
    int64_t now = generation_of(at);
    if (!now)
        return cst_error_set(err, CST_CONFLICT,
                             "%s@%s was never set, but generation %lld was expected: nothing was "
                             "changed",
                             at->model, at->alias, (long long)expected);
    const json_t *record = record_at(at, now);
    return cst_error_set(
        err, CST_CONFLICT,
        "%s@%s is at generation %lld, not %lld: %s on %s moved it to %s@%lld at %s "
        "(%s); nothing was changed",
        at->model, at->alias, (long long)now, (long long)expected, text_of(record, "actor", "?"),
        text_of(record, "host", "?"), at->model, (long long)target_at(at, now),
        text_of(record, "time", "?"), text_of(record, "reason", "no reason given"));
}

/* ------------------------------------------------------------------------------------- record */

static json_t *version_entry(const cst_version *version, cst_error *err)
{
    json_t *seal = json_object_get(version->manifest, "manifest_sha256");
    json_t *entry = json_pack("{s:I, s:O}", "version", (json_int_t)version->number,
                              "manifest_sha256", seal ? seal : json_null());
    if (entry && cst_json_put_digest(entry, "id", &version->id, err) != CST_OK) {
        json_decref(entry);
        return NULL;
    }
    return entry;
}

static cst_code put_evaluation(json_t *record, const move *wanted, cst_error *err)
{
    if (!wanted->evaluation)
        return cst_json_put(record, "evaluation", json_null(), err);
    json_t *entry = version_entry(wanted->evaluation, err);
    cst_code rc =
        entry ? cst_json_put(entry, "verdict",
                             wanted->verdict ? json_string(wanted->verdict) : json_null(), err)
              : CST_NOMEM;
    if (rc == CST_OK)
        return cst_json_put(record, "evaluation", entry, err);
    json_decref(entry);
    return rc;
}

static cst_code describe(json_t **out, const position *at, const move *wanted, cst_error *err)
{
    char now[CST_TIME_TEXT];
    char nonce[CST_NONCE];
    int64_t generation = generation_of(at) + 1;
    cst_code rc = cst_file_nonce(nonce, err);
    if (rc != CST_OK)
        return rc;
    cst_clock_text(now, cst_clock_now());
    json_t *record =
        json_pack("{s:I, s:s, s:s, s:b, s:s?}", "generation", (json_int_t)generation, "time", now,
                  "nonce", nonce, "override", wanted->override, "reason", wanted->reason);
    rc = record ? cst_registry_put_actor(record, err) : cst_error_nomem(err, "alias record");
    if (rc == CST_OK && generation == 1)
        rc = cst_json_put(record, "previous", json_null(), err);
    else if (rc == CST_OK)
        rc = cst_json_put_digest(record, "previous", &at->last, err);
    if (rc == CST_OK)
        rc = cst_json_put(record, "target", version_entry(wanted->target, err), err);
    if (rc == CST_OK)
        rc = put_evaluation(record, wanted, err);
    if (rc == CST_OK)
        rc = cst_seal_put(record, "record_sha256", err);
    if (rc == CST_OK)
        *out = record;
    else
        json_decref(record);
    return rc;
}

/* Publish the record of the next generation. CST_EXISTS where somebody was quicker. */
static cst_code publish_next(const position *at, const move *wanted, cst_error *err)
{
    json_t *record = NULL;
    cst_text text = CST_TEXT_INIT;
    char *path = cst_text_format(err, "%s/%0*lld.json", at->folder, CST_VERSION_DIGITS,
                                 (long long)generation_of(at) + 1);
    cst_code rc = path ? describe(&record, at, wanted, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_seal_text(&text, record, err);
    if (rc == CST_OK)
        rc = cst_file_mkdirs(at->folder, err);
    if (rc == CST_OK)
        rc = cst_file_publish(path, text.data, text.size, err);
    cst_text_free(&text);
    json_decref(record);
    free(path);
    return rc;
}

static cst_code swap(int64_t *generation, const cst_registry *registry, const position *at,
                     const move *wanted, cst_error *err)
{
    cst_error taken = CST_ERROR_INIT;
    cst_code rc = publish_next(at, wanted, &taken);
    if (rc == CST_OK) {
        *generation = generation_of(at) + 1;
        return CST_OK;
    }
    if (rc != CST_EXISTS)
        return cst_error_set(err, rc, "%s", taken.text);
    position now;
    rc = position_read(&now, registry, at->model, at->alias, err);
    if (rc == CST_OK)
        rc = say_conflict(&now, generation_of(at), err);
    position_free(&now);
    return rc;
}

/* --------------------------------------------------------------------------------- evaluation */

/* The id that an evaluation of this model names: a refit is judged as its challenger. */
static cst_code evaluated_id(cst_digest *out, const cst_version *model, cst_error *err)
{
    const json_t *as = json_object_get(model->manifest, "evaluated_as");
    *out = model->id;
    return json_is_object(as) ? cst_json_get_digest(out, as, "id", model->path, err) : CST_OK;
}

static bool is_of(const cst_version *evaluation, const cst_digest *model)
{
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(evaluation->manifest, "inputs"), i, input)
    {
        cst_digest id;
        if (strcmp(text_of(input, "role", ""), "model") == 0 &&
            cst_json_get_digest(&id, input, "id", evaluation->path, NULL) == CST_OK &&
            cst_digest_equal(&id, model))
            return true;
    }
    return false;
}

/* The newest evaluation of a model, NULL where it has none. *out is the caller's. */
static cst_code newest_evaluation(cst_version **out, cst_registry *registry, const char *name,
                                  const cst_digest *model, cst_error *err)
{
    cst_version **versions = NULL;
    size_t count = 0;
    cst_code rc = cst_registry_list(&versions, &count, registry, CST_KIND_EVALUATION, name, err);
    if (rc != CST_OK)
        return rc;
    *out = NULL;
    for (size_t i = count; i-- > 0 && !*out;) {
        if (!is_of(versions[i], model))
            continue;
        *out = versions[i];
        versions[i] = NULL;
    }
    cst_versions_free(versions, count);
    return CST_OK;
}

static cst_code read_verdict(json_t **out, const cst_version *evaluation, cst_error *err)
{
    char *path = cst_file_join(evaluation->path, "evaluation.json", err);
    cst_code rc = path ? cst_json_read(out, path, err) : CST_NOMEM;
    if (rc == CST_OK && !json_is_string(json_object_get(*out, "verdict")))
        rc = cst_error_set(err, CST_INVALID, "%s has no verdict", path);
    free(path);
    return rc;
}

/* ------------------------------------------------------------------------------------ promote */

/* A verdict counts against the champion that it was reached on: floors alone, or another opponent,
 * say nothing of the one that stands. Other aliases are free. */
static bool was_held_against_champion(const position *at, const move *wanted)
{
    if (generation_of(at) == 0 || strcmp(at->alias, "champion") != 0 || !wanted->evaluation)
        return true;
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(wanted->evaluation->manifest, "inputs"), i, input)
    {
        if (strcmp(text_of(input, "role", ""), "champion") == 0)
            return strcmp(text_of(input, "name", ""), at->model) == 0 &&
                   json_integer_value(json_object_get(input, "version")) ==
                       target_at(at, generation_of(at));
    }
    return !wanted->first;
}

static cst_code check_gate(const position *at, const move *wanted, cst_error *err)
{
    const cst_version *model = wanted->target;
    if (wanted->override && (!wanted->reason || !*wanted->reason))
        return cst_error_set(err, CST_USAGE, "--override needs --reason: it is kept in the log");
    if (wanted->override)
        return CST_OK;
    if (!was_held_against_champion(at, wanted))
        return cst_error_set(
            err, CST_REFUSED,
            "evaluation %s@%lld did not hold %s@%lld against the champion %s@%lld: capstan "
            "evaluate "
            "it without --against; to promote it all the same: --override --reason TEXT",
            wanted->evaluation->name, (long long)wanted->evaluation->number, model->name,
            (long long)model->number, model->name, (long long)target_at(at, generation_of(at)));
    if (wanted->verdict && strcmp(wanted->verdict, "passed") == 0)
        return CST_OK;
    if (!wanted->evaluation)
        return cst_error_set(
            err, CST_REFUSED, "%s@%lld was never evaluated: capstan evaluate %s@%lld first",
            model->name, (long long)model->number, model->name, (long long)model->number);
    return cst_error_set(err, CST_REFUSED,
                         "the gate does not let %s@%lld become %s: %s (evaluation %s@%lld); to do "
                         "it all the same: --override --reason TEXT",
                         model->name, (long long)model->number, at->alias, wanted->verdict,
                         wanted->evaluation->name, (long long)wanted->evaluation->number);
}

static int64_t expected(const cst_promotion *promotion, const cst_version *evaluation,
                        const position *at)
{
    if (promotion->expect >= 0)
        return promotion->expect;
    const json_t *seen =
        evaluation ? json_object_get(evaluation->manifest, "alias_generation") : NULL;
    return json_is_integer(seen) ? json_integer_value(seen) : generation_of(at);
}

static cst_code promote_from(int64_t *generation, cst_registry *registry, const position *at,
                             const move *wanted, int64_t expect, cst_error *err)
{
    *generation = generation_of(at);
    if (generation_of(at) && target_at(at, generation_of(at)) == wanted->target->number)
        return CST_SKIPPED;
    if (generation_of(at) != expect)
        return say_conflict(at, expect, err);
    cst_code rc = check_gate(at, wanted, err);
    if (rc == CST_OK)
        rc = cst_verify_version(registry, wanted->target, err);
    if (rc == CST_OK && wanted->evaluation)
        rc = cst_verify_version(registry, wanted->evaluation, err);
    return rc == CST_OK ? swap(generation, registry, at, wanted, err) : rc;
}

cst_code cst_alias_promote(int64_t *generation, cst_registry *registry, const cst_version *model,
                           const cst_promotion *promotion, cst_error *err)
{
    cst_digest subject;
    cst_version *newest = NULL;
    json_t *verdict = NULL;
    position at;
    cst_code rc = position_read(&at, registry, model->name, promotion->alias, err);
    if (rc != CST_OK || (rc = evaluated_id(&subject, model, err)) != CST_OK)
        goto out;
    const cst_version *evaluation = promotion->evaluation;
    if (evaluation && !is_of(evaluation, &subject)) {
        rc = cst_error_set(err, CST_USAGE, "evaluation %s@%lld is not of %s@%lld", evaluation->name,
                           (long long)evaluation->number, model->name, (long long)model->number);
        goto out;
    }
    if (!evaluation) {
        if ((rc = newest_evaluation(&newest, registry, model->name, &subject, err)) != CST_OK)
            goto out;
        evaluation = newest;
    }
    if (evaluation && (rc = read_verdict(&verdict, evaluation, err)) != CST_OK)
        goto out;
    move wanted = {.target = model,
                   .evaluation = evaluation,
                   .verdict = json_string_value(json_object_get(verdict, "verdict")),
                   .first = json_is_true(json_object_get(verdict, "first")),
                   .reason = promotion->reason,
                   .override = promotion->override};
    rc =
        promote_from(generation, registry, &at, &wanted, expected(promotion, evaluation, &at), err);
out:
    cst_version_free(newest);
    json_decref(verdict);
    position_free(&at);
    return rc;
}

/* ----------------------------------------------------------------------------------- rollback */

/* The version that was the alias's before the current one first became it; 0: none. */
static int64_t version_before(const position *at)
{
    int64_t current = target_at(at, generation_of(at));
    for (int64_t generation = 1; generation <= generation_of(at); generation++)
        if (target_at(at, generation) == current)
            return target_at(at, generation - 1);
    return 0;
}

static bool was_target(const position *at, int64_t version)
{
    for (int64_t generation = 1; generation <= generation_of(at); generation++)
        if (target_at(at, generation) == version)
            return true;
    return false;
}

static cst_code rollback_target(int64_t *out, const position *at, int64_t to_version,
                                cst_error *err)
{
    if (!generation_of(at))
        return cst_error_set(err, CST_MISSING, "%s@%s was never set", at->model, at->alias);
    int64_t current = target_at(at, generation_of(at));
    *out = to_version ? to_version : version_before(at);
    if (!*out)
        return cst_error_set(err, CST_MISSING,
                             "%s@%lld is the first %s: there is none before it; --to names a "
                             "version that was %s once",
                             at->model, (long long)current, at->alias, at->alias);
    if (!was_target(at, *out))
        return cst_error_set(err, CST_USAGE,
                             "%s@%lld was never %s: capstan promote is what makes it that",
                             at->model, (long long)*out, at->alias);
    if (*out == current)
        return cst_error_set(err, CST_USAGE, "%s@%lld is the %s already", at->model,
                             (long long)*out, at->alias);
    return CST_OK;
}

cst_code cst_alias_rollback(int64_t *generation, cst_registry *registry, const char *model,
                            const char *alias, int64_t to_version, const char *reason,
                            cst_error *err)
{
    cst_version *target = NULL;
    int64_t number = 0;
    position at;
    if (!reason || !*reason)
        return cst_error_set(err, CST_USAGE, "a rollback needs --reason: it is kept in the log");
    cst_code rc = position_read(&at, registry, model, alias, err);
    if (rc != CST_OK || (rc = rollback_target(&number, &at, to_version, err)) != CST_OK)
        goto out;
    rc = cst_version_read(&target, registry, CST_KIND_MODEL, model, number, err);
    if (rc != CST_OK || (rc = cst_verify_version(registry, target, err)) != CST_OK)
        goto out;
    move wanted = {.target = target, .reason = reason};
    rc = swap(generation, registry, &at, &wanted, err);
out:
    cst_version_free(target);
    position_free(&at);
    return rc;
}

/* validate_facts.c - what the newest part is compared with, and what its manifest knows */
#include "config/json.h"
#include "stage/contents.h"
#include "stage/profiling.h"
#include "stage/validating.h"
#include "store/rows.h"

static const json_t *part_at(const cst_version *snapshot, size_t from_end)
{
    const json_t *parts = json_object_get(snapshot->manifest, "parts");
    size_t n = json_array_size(parts);
    return from_end < n ? json_array_get(parts, n - 1 - from_end) : NULL;
}

const json_t *cst_validating_part(const cst_version *snapshot)
{
    return part_at(snapshot, 0);
}

/* The profile of one part, from its rows. Collective. */
static cst_code profile_part(json_t **out, const cst_validating *v, const cst_version *snapshot,
                             size_t from_end, cst_error *err)
{
    cst_part_ref *parts = NULL;
    size_t count = 0;
    cst_table *rows = NULL;
    size_t all = json_array_size(json_object_get(snapshot->manifest, "parts"));
    cst_code rc = cst_stage_parts(&parts, &count, v->stage, snapshot, all - 1 - from_end, err);
    if (rc == CST_OK)
        rc = cst_rows_read(&rows, v->stage->comm, parts, 1, NULL, err);
    if (rc == CST_OK)
        rc = cst_stage_profile_rows(out, v->stage->comm, rows, err);
    cst_table_free(rows);
    cst_stage_parts_free(parts, count);
    return rc;
}

/* The profile of a snapshot's newest part, as ingest kept it. Collective. */
static cst_code kept_profile(json_t **out, const cst_validating *v, const cst_version *snapshot,
                             cst_error *err)
{
    json_t *file = NULL;
    cst_code rc = cst_stage_read_json(&file, v->stage, snapshot, "profile.json", err);
    if (rc != CST_OK)
        return rc;
    const char *of = cst_get_string(file, "part", "");
    const char *newest = cst_get_string(cst_validating_part(snapshot), "id", "?");
    json_t *profile = json_object_get(file, "profile");
    if (profile && strcmp(of, newest) == 0)
        *out = json_incref(profile);
    else
        rc = profile_part(out, v, snapshot, 0, err);
    json_decref(file);
    return rc;
}

/* The version that a version was made of. Collective. */
static cst_code find_input(cst_version **out, const cst_validating *v, const cst_version *version,
                           const char *role, cst_kind kind, cst_error *err)
{
    size_t i;
    const json_t *input;
    json_array_foreach(json_object_get(version->manifest, "inputs"), i, input)
    {
        if (strcmp(cst_get_string(input, "role", ""), role) != 0)
            continue;
        char *reference = cst_text_format(err, "%s@%lld", cst_get_string(input, "name", ""),
                                          (long long)cst_get_int(input, "version", 0));
        cst_code rc = cst_comm_agree(v->stage->comm, reference ? CST_OK : CST_NOMEM, err);
        if (rc == CST_OK)
            rc = cst_stage_find(out, v->stage, kind, reference, err);
        free(reference);
        return rc;
    }
    return cst_error_set(err, CST_INVALID, "%s@%lld has no input in the role of %s", version->name,
                         (long long)version->number, role);
}

/* The snapshot that the pipeline's champion was trained on; none where there is no champion yet.
 * Collective. */
static cst_code find_champion(cst_version **out, const cst_validating *v, cst_error *err)
{
    const char *model = cst_get_string(v->stage->pipeline, "pipeline", NULL);
    cst_version *champion = NULL;
    cst_version *features = NULL;
    if (!model)
        return cst_error_set(err, CST_USAGE,
                             "against: champion needs --pipeline FILE: its name is the model's");
    char *reference = cst_text_format(err, "%s@champion", model);
    cst_code rc = cst_comm_agree(v->stage->comm, reference ? CST_OK : CST_NOMEM, err);
    if (rc == CST_OK)
        rc = cst_stage_find(&champion, v->stage, CST_KIND_MODEL, reference, err);
    free(reference);
    if (rc == CST_MISSING) {
        cst_log_info(v->stage->log, "%s has no champion yet: compared with nothing", model);
        cst_error_clear(err);
        return CST_OK;
    }
    if (rc == CST_OK)
        rc = find_input(&features, v, champion, "features", CST_KIND_FEATURES, err);
    if (rc == CST_OK)
        rc = find_input(out, v, features, "snapshot", CST_KIND_SNAPSHOT, err);
    cst_version_free(champion);
    cst_version_free(features);
    return rc;
}

static cst_code put_files(cst_validating *v, const char *key, const json_t *part, cst_error *err)
{
    size_t files = json_array_size(json_object_get(part, "sources"));
    return cst_json_put(v->facts, key, json_integer(files > 0 ? (json_int_t)files : 1), err);
}

/* What the newest part is compared with: a part, what a person calls it, and its profile, whose
 * reference is taken. */
static cst_code put_reference(cst_validating *v, const json_t *part, const char *name,
                              json_t *profile, cst_error *err)
{
    cst_code rc = cst_json_put(v->facts, "reference_name", json_string(name), err);
    if (rc == CST_OK)
        rc = put_files(v, "reference_files", part, err);
    if (rc == CST_OK)
        return cst_json_put(v->facts, "reference", profile, err);
    json_decref(profile);
    return rc;
}

/* The part before, in the snapshot itself. Collective. */
static cst_code compare_with_previous(cst_validating *v, cst_error *err)
{
    json_t *profile = NULL;
    const json_t *part = part_at(v->snapshot, 1);
    if (!part)
        return CST_OK;
    cst_code rc = profile_part(&profile, v, v->snapshot, 1, err);
    return rc == CST_OK ? put_reference(v, part, "the part before", profile, err) : rc;
}

/* The newest part of another snapshot. Collective. */
static cst_code compare_with(cst_validating *v, const char *against, cst_error *err)
{
    json_t *profile = NULL;
    cst_code rc = strcmp(against, "champion") == 0
                      ? find_champion(&v->reference, v, err)
                      : cst_stage_find(&v->reference, v->stage, CST_KIND_SNAPSHOT, against, err);
    if (rc != CST_OK || !v->reference)
        return rc;
    if (strcmp(cst_get_string(cst_validating_part(v->reference), "id", ""),
               cst_get_string(cst_validating_part(v->snapshot), "id", "")) == 0)
        return cst_error_set(err, CST_USAGE,
                             "%s@%lld ends with the part that is to be validated: it would be "
                             "compared with itself",
                             v->reference->name, (long long)v->reference->number);
    rc = kept_profile(&profile, v, v->reference, err);
    if (rc != CST_OK)
        return rc;
    char *name =
        cst_text_format(err, "%s@%lld", v->reference->name, (long long)v->reference->number);
    rc = name ? put_reference(v, cst_validating_part(v->reference), name, profile, err) : CST_NOMEM;
    free(name);
    return rc;
}

static cst_code put_rejected(cst_validating *v, const json_t *part, cst_error *err)
{
    size_t i;
    const json_t *source;
    int64_t rejected = 0;
    json_array_foreach(json_object_get(part, "sources"), i, source)
    {
        rejected += cst_get_int(source, "rejected", 0);
    }
    return cst_json_put(v->facts, "rejected", json_integer(rejected), err);
}

static cst_code put_names(cst_validating *v, const json_t *part, const char *key, cst_error *err)
{
    json_t *names = json_object_get(part, key);
    return cst_json_put(v->facts, key, names ? json_incref(names) : json_array(), err);
}

cst_code cst_validating_facts(cst_validating *v, cst_error *err)
{
    const json_t *part = cst_validating_part(v->snapshot);
    const char *against = cst_get_string(v->stage->options, "against",
                                         cst_get_string(v->spec, "against", "previous"));
    json_t *profile = NULL;
    v->facts = json_object();
    cst_code rc = v->facts ? put_rejected(v, part, err) : cst_error_nomem(err, "facts");
    if (rc == CST_OK)
        rc = put_files(v, "files", part, err);
    if (rc == CST_OK)
        rc = put_names(v, part, "absent", err);
    if (rc == CST_OK)
        rc = put_names(v, part, "unknown", err);
    if ((rc = cst_comm_agree(v->stage->comm, rc, err)) != CST_OK)
        return rc;
    if ((rc = kept_profile(&profile, v, v->snapshot, err)) != CST_OK)
        return rc;
    rc = cst_json_put(v->facts, "profile", profile, err);
    if ((rc = cst_comm_agree(v->stage->comm, rc, err)) != CST_OK)
        return rc;
    if (strcmp(against, "previous") == 0)
        rc = compare_with_previous(v, err);
    else if (strcmp(against, "none") != 0)
        rc = compare_with(v, against, err);
    return cst_comm_agree(v->stage->comm, rc, err);
}

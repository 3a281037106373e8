/* stage.c - what all stages share: versions found and published on rank 0, known on all */
#include "stage/stage.h"

#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "stage/sound.h"

void cst_stage_result_free(cst_stage_result *result)
{
    if (!result)
        return;
    json_decref(result->outputs);
    json_decref(result->inputs);
    json_decref(result->extra);
    free(result->line);
    *result = (cst_stage_result){0};
}

cst_code cst_stage_share(json_t **value, cst_comm *comm, cst_code code, const char *what,
                         cst_error *err)
{
    cst_code rc = code;
    char *text = NULL;
    if (comm->rank == 0 && rc == CST_OK && !(text = json_dumps(*value, JSON_COMPACT)))
        rc = cst_error_nomem(err, what);
    rc = cst_comm_share_text(comm, rc, &text, err);
    if (rc == CST_OK && comm->rank != 0)
        rc = cst_json_parse(value, text, strlen(text), what, err);
    free(text);
    return cst_comm_agree(comm, rc, err);
}

/* A version with its manifest, for the ranks that have none. */
static cst_code version_to_json(json_t **out, const cst_version *version, cst_error *err)
{
    char id[CST_DIGEST_HEX];
    cst_digest_hex(id, &version->id);
    *out = json_pack("{s:s, s:s, s:I, s:s, s:s, s:O}", "kind", cst_kind_name(version->kind), "name",
                     version->name, "number", (json_int_t)version->number, "id", id, "path",
                     version->path, "manifest", version->manifest);
    return *out ? CST_OK : cst_error_nomem(err, "version");
}

static cst_code version_from_json(cst_version **out, const json_t *all, cst_error *err)
{
    cst_code rc = CST_OK;
    cst_version *version = cst_array_new(1, sizeof *version, "version", err);
    if (!version)
        return CST_NOMEM;
    version->kind = cst_kind_parse(cst_get_string(all, "kind", ""));
    version->number = cst_get_int(all, "number", 0);
    version->name = cst_text_copy(cst_get_string(all, "name", ""), err);
    version->path = cst_text_copy(cst_get_string(all, "path", ""), err);
    version->manifest = json_incref(json_object_get(all, "manifest"));
    if (!version->name || !version->path)
        rc = CST_NOMEM;
    else if (!cst_digest_parse(&version->id, cst_get_string(all, "id", "")))
        rc = cst_error_set(err, CST_FAILED, "rank 0 sent no version");
    if (rc == CST_OK)
        *out = version;
    else
        cst_version_free(version);
    return rc;
}

/* Give rank 0's version to the ranks that have none. Collective. */
static cst_code version_share(cst_version **version, cst_comm *comm, cst_code code, cst_error *err)
{
    json_t *all = NULL;
    cst_code rc = code;
    if (comm->rank == 0 && rc == CST_OK)
        rc = version_to_json(&all, *version, err);
    rc = cst_stage_share(&all, comm, rc, "version", err);
    if (rc == CST_OK && comm->rank != 0)
        rc = version_from_json(version, all, err);
    json_decref(all);
    return cst_comm_agree(comm, rc, err);
}

cst_code cst_stage_find(cst_version **out, const cst_stage *stage, cst_kind kind,
                        const char *reference, cst_error *err)
{
    cst_version *version = NULL;
    cst_code rc = CST_OK;
    if (stage->comm->rank == 0)
        rc = cst_registry_find(&version, stage->registry, kind, reference, err);
    rc = version_share(&version, stage->comm, rc, err);
    if (rc == CST_OK)
        rc = cst_stage_sound(stage, version, err);
    if (rc == CST_OK)
        *out = version;
    else
        cst_version_free(version);
    return rc;
}

cst_code cst_stage_may_publish(const cst_stage *stage, cst_kind kind, const char *name,
                               cst_error *err)
{
    cst_code rc = CST_OK;
    if (stage->comm->rank == 0)
        rc = cst_draft_possible(stage->registry, kind, name, err);
    return cst_comm_agree(stage->comm, rc, err);
}

cst_code cst_stage_draft(cst_draft **draft, char **path, const cst_stage *stage, cst_kind kind,
                         const char *name, cst_error *err)
{
    cst_draft *made = NULL;
    char *where = NULL;
    cst_code rc = CST_OK;
    if (stage->comm->rank == 0) {
        rc = cst_draft_new(&made, stage->registry, kind, name, err);
        if (rc == CST_OK && !(where = cst_text_copy(cst_draft_path(made), err)))
            rc = CST_NOMEM;
    }
    rc = cst_comm_share_text(stage->comm, rc, &where, err);
    if (rc == CST_OK) {
        *draft = made;
        *path = where;
    } else {
        cst_draft_free(made);
    }
    return rc;
}

cst_code cst_stage_publish(cst_version **out, const cst_stage *stage, cst_draft *draft,
                           const cst_recipe *recipe, int64_t parent, cst_error *err)
{
    cst_version *version = NULL;
    int64_t skipped = 0;
    cst_code rc = CST_OK;
    if (stage->comm->rank == 0) {
        rc = cst_draft_publish(&version, draft, recipe, parent, err);
        skipped = rc == CST_SKIPPED;
        rc = skipped ? CST_OK : rc;
    }
    rc = version_share(&version, stage->comm, rc, err);
    if (rc == CST_OK)
        rc = cst_comm_max(stage->comm, &skipped, err);
    if (rc != CST_OK) {
        cst_version_free(version);
        return rc;
    }
    *out = version;
    return skipped ? CST_SKIPPED : CST_OK;
}

/* The registry that a version lies in: its path without folder, name and number. To be freed. */
static char *registry_of(const cst_version *version, cst_error *err)
{
    char *root = cst_text_copy(version->path, err);
    for (int level = 0; root && level < 3; level++) {
        char *slash = strrchr(root, '/');
        if (!slash) {
            free(root);
            cst_error_set(err, CST_INVALID, "%s is no path of a version", version->path);
            return NULL;
        }
        *slash = '\0';
    }
    return root;
}

static cst_code part_ref(cst_part_ref *ref, const json_t *part, const char *root,
                         const cst_version *snapshot, cst_error *err)
{
    const char *path = cst_get_string(part, "path", NULL);
    if (!path || !cst_digest_parse(&ref->id, cst_get_string(part, "id", "")))
        return cst_error_set(err, CST_INVALID, "%s/manifest.json: a part without path or id",
                             snapshot->path);
    ref->rows = cst_get_int(part, "rows", 0);
    ref->path = cst_file_join(root, path, err);
    return ref->path ? CST_OK : CST_NOMEM;
}

/* Local. */
static cst_code part_refs(cst_part_ref **out, const json_t *parts, size_t first, const char *root,
                          const cst_version *snapshot, cst_error *err)
{
    size_t count = json_array_size(parts) - first;
    cst_part_ref *refs = cst_array_new(count, sizeof *refs, "parts", err);
    cst_code rc = refs ? CST_OK : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        rc = part_ref(&refs[i], json_array_get(parts, first + i), root, snapshot, err);
    if (rc == CST_OK)
        *out = refs;
    else
        cst_stage_parts_free(refs, count);
    return rc;
}

cst_code cst_stage_parts(cst_part_ref **out, size_t *count, const cst_stage *stage,
                         const cst_version *snapshot, size_t first, cst_error *err)
{
    const json_t *parts = json_object_get(snapshot->manifest, "parts");
    size_t all = json_array_size(parts);
    cst_part_ref *refs = NULL;
    if (first >= all)
        return cst_error_set(err, CST_INVALID, "%s@%lld has no rows to read", snapshot->name,
                             (long long)snapshot->number);
    char *root = registry_of(snapshot, err);
    cst_code rc = root ? part_refs(&refs, parts, first, root, snapshot, err) : err->code;
    if ((rc = cst_comm_agree(stage->comm, rc, err)) == CST_OK)
        rc = cst_stage_sound_parts(stage, snapshot, first, root, err);
    if (rc == CST_OK) {
        *out = refs;
        *count = all - first;
        refs = NULL;
    }
    cst_stage_parts_free(refs, all - first);
    free(root);
    return rc;
}

void cst_stage_parts_free(cst_part_ref *parts, size_t count)
{
    for (size_t i = 0; parts && i < count; i++)
        free(parts[i].path);
    free(parts);
}

cst_code cst_stage_add(json_t **array, const cst_version *version, cst_error *err)
{
    if (!*array && !(*array = json_array()))
        return cst_error_nomem(err, "versions");
    json_t *value = cst_version_to_json(version, err);
    return value ? cst_json_append(*array, value, err) : CST_NOMEM;
}

/* draft.c - a version being built in a temporary directory, and how it is published */
#include <errno.h>
#include <unistd.h>

#include "base/array.h"
#include "registry/internal.h"

struct cst_draft {
    cst_registry *registry;
    cst_kind kind;
    char *name;
    char *folder;                   /* of the versions of this name */
    char *path;                     /* of the temporary directory */
    json_t *files, *parts, *inputs; /* arrays as they will stand in the manifest */
};

cst_code cst_draft_new(cst_draft **out, cst_registry *registry, cst_kind kind, const char *name,
                       cst_error *err)
{
    cst_code rc = cst_registry_check_name(cst_kind_name(kind), name, err);
    if (rc != CST_OK)
        return rc;
    cst_draft *draft = cst_array_new(1, sizeof *draft, "draft", err);
    if (!draft)
        return CST_NOMEM;
    draft->registry = registry;
    draft->kind = kind;
    draft->name = cst_text_copy(name, err);
    draft->folder = cst_registry_folder(registry, kind, name, err);
    draft->files = json_array();
    draft->parts = json_array();
    draft->inputs = json_array();
    if (!draft->name || !draft->folder || !draft->files || !draft->parts || !draft->inputs) {
        rc = cst_error_nomem(err, "draft");
        goto out;
    }
    if ((rc = cst_file_mkdirs(draft->folder, err)) != CST_OK ||
        (rc = cst_file_temporary_directory(&draft->path, draft->folder, err)) != CST_OK)
        goto out;
    *out = draft;
    draft = NULL;
out:
    cst_draft_free(draft);
    return rc;
}

cst_code cst_draft_possible(const cst_registry *registry, cst_kind kind, const char *name,
                            cst_error *err)
{
    cst_code rc = cst_registry_check_name(cst_kind_name(kind), name, err);
    if (rc != CST_OK)
        return rc;
    char *folder = cst_registry_folder(registry, kind, name, err);
    if (!folder)
        return CST_NOMEM;
    while (rc == CST_OK && access(folder, W_OK) != 0) {
        char *slash = strrchr(folder, '/');
        if (errno == ENOENT && slash && slash != folder)
            *slash = '\0'; /* it would be made in the one above */
        else
            rc = cst_error_errno(err, "cannot publish %s in %s", name, folder);
    }
    free(folder);
    return rc;
}

void cst_draft_free(cst_draft *draft)
{
    if (!draft)
        return;
    if (draft->path)
        (void)cst_file_remove(draft->path, NULL);
    free(draft->name);
    free(draft->folder);
    free(draft->path);
    json_decref(draft->files);
    json_decref(draft->parts);
    json_decref(draft->inputs);
    free(draft);
}

const char *cst_draft_path(const cst_draft *draft)
{
    return draft->path;
}

/* -------------------------------------------------------------------------------------- files */

static cst_code check_file_name(const cst_draft *draft, const char *file, cst_error *err)
{
    if (!*file || *file == '.' || strchr(file, '/') || strcmp(file, "manifest.json") == 0 ||
        strcmp(file, "gone.json") == 0)
        return cst_error_set(err, CST_USAGE, "\"%s\" is no name for a file of a version", file);
    size_t i = 0;
    json_t *there = NULL;
    json_array_foreach(draft->files, i, there)
    {
        const char *name = json_string_value(json_object_get(there, "name"));
        if (name && strcmp(name, file) == 0)
            return cst_error_set(err, CST_EXISTS, "this %s has a file %s already",
                                 cst_kind_name(draft->kind), file);
    }
    return CST_OK;
}

static cst_code record_file(cst_draft *draft, const char *file, const cst_digest *content,
                            const cst_digest *sha256, int64_t bytes, bool provenance,
                            cst_error *err)
{
    json_t *entry = json_pack("{s:s, s:I, s:b}", "name", file, "bytes", (json_int_t)bytes,
                              "provenance", provenance);
    cst_code rc = entry ? cst_json_put_digest(entry, "content", content, err)
                        : cst_error_nomem(err, "manifest");
    if (rc == CST_OK)
        rc = cst_json_put_digest(entry, "sha256", sha256, err);
    if (rc == CST_OK)
        rc = cst_json_append(draft->files, json_incref(entry), err);
    json_decref(entry);
    return rc;
}

/* The digest that cst_sha256_file will find of these bytes. */
static cst_code digest_by_pieces(cst_digest *out, const void *bytes, size_t size, cst_error *err)
{
    cst_sha256 *whole = NULL;
    cst_code rc = cst_sha256_new(&whole, err);
    size_t first = 0;
    do {
        cst_digest piece;
        size_t length = size - first < CST_PIECE_SIZE ? size - first : CST_PIECE_SIZE;
        if (rc == CST_OK)
            rc = cst_sha256_of(&piece, (const char *)bytes + first, length, err);
        if (rc == CST_OK)
            rc = cst_sha256_add(whole, &piece, sizeof piece, err);
        first += length;
    } while (rc == CST_OK && first < size);
    if (rc == CST_OK)
        rc = cst_sha256_end(out, whole, err);
    cst_sha256_free(whole);
    return rc;
}

cst_code cst_draft_add_bytes(cst_draft *draft, const char *file, const void *bytes, size_t size,
                             bool provenance, cst_error *err)
{
    cst_digest digest;
    cst_code rc = check_file_name(draft, file, err);
    if (rc != CST_OK || (rc = digest_by_pieces(&digest, bytes, size, err)) != CST_OK)
        return rc;
    char *path = cst_file_join(draft->path, file, err);
    rc = path ? cst_file_write(path, bytes, size, err) : CST_NOMEM;
    free(path);
    if (rc == CST_OK)
        rc = record_file(draft, file, &digest, &digest, (int64_t)size, provenance, err);
    return rc;
}

cst_code cst_draft_add_json(cst_draft *draft, const char *file, const json_t *value,
                            bool provenance, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_json_canonical(&text, value, err);
    if (rc == CST_OK)
        rc = cst_draft_add_bytes(draft, file, text.data, text.size, provenance, err);
    cst_text_free(&text);
    return rc;
}

cst_code cst_draft_add_file(cst_draft *draft, const char *file, const cst_digest *content,
                            const cst_digest *sha256, int64_t bytes, cst_error *err)
{
    int64_t size = 0;
    cst_code rc = check_file_name(draft, file, err);
    if (rc != CST_OK)
        return rc;
    char *path = cst_file_join(draft->path, file, err);
    rc = path ? cst_file_size(&size, path, err) : CST_NOMEM;
    if (rc == CST_OK && size != bytes)
        rc = cst_error_set(err, CST_INVALID, "%s has %lld bytes, %lld were written", path,
                           (long long)size, (long long)bytes);
    free(path);
    return rc == CST_OK ? record_file(draft, file, content, sha256, bytes, false, err) : rc;
}

cst_code cst_draft_add_part(cst_draft *draft, const json_t *part, cst_error *err)
{
    cst_digest digest;
    cst_code rc = cst_json_get_digest(&digest, part, "id", "a part", err);
    if (rc == CST_OK)
        rc = cst_json_get_digest(&digest, part, "sha256", "a part", err);
    if (rc == CST_OK && !json_is_string(json_object_get(part, "path")))
        rc = cst_error_set(err, CST_INVALID, "a part: \"path\" is missing");
    return rc == CST_OK ? cst_json_append(draft->parts, json_deep_copy(part), err) : rc;
}

cst_code cst_draft_add_input(cst_draft *draft, const char *role, const cst_version *input,
                             cst_error *err)
{
    json_t *seal = json_object_get(input->manifest, "manifest_sha256");
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:I, s:O}", "role", role, "kind", cst_kind_name(input->kind),
                  "name", input->name, "version", (json_int_t)input->number, "manifest_sha256",
                  seal ? seal : json_null());
    cst_code rc = entry ? cst_json_put_digest(entry, "id", &input->id, err)
                        : cst_error_nomem(err, "manifest");
    if (rc == CST_OK)
        rc = cst_json_append(draft->inputs, json_incref(entry), err);
    json_decref(entry);
    return rc;
}

/* ----------------------------------------------------------------------------------- manifest */

static cst_code put_copy(json_t *manifest, const char *key, const json_t *value, cst_error *err)
{
    return cst_json_put(manifest, key, value ? json_deep_copy(value) : json_object(), err);
}

static cst_code put_extra(json_t *manifest, const json_t *extra, cst_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)extra, key, value)
    {
        if (json_object_get(manifest, key))
            return cst_error_set(err, CST_FAILED, "a manifest has a key \"%s\" of its own", key);
        cst_code rc = cst_json_put(manifest, key, json_deep_copy(value), err);
        if (rc != CST_OK)
            return rc;
    }
    return CST_OK;
}

/* Everything but the digests. *out is a new reference. */
static cst_code describe(json_t **out, const cst_draft *draft, const cst_recipe *recipe,
                         cst_error *err)
{
    json_t *manifest =
        json_pack("{s:i, s:s, s:s, s:s, s:i, s:I, s:O, s:O, s:O}", "format", CST_MANIFEST_FORMAT,
                  "kind", cst_kind_name(draft->kind), "name", draft->name, "stage", recipe->stage,
                  "revision", recipe->revision, "seed", (json_int_t)recipe->seed, "inputs",
                  draft->inputs, "files", draft->files, "parts", draft->parts);
    cst_code rc = manifest ? put_copy(manifest, "params", recipe->params, err)
                           : cst_error_nomem(err, "manifest");
    if (rc == CST_OK)
        rc = put_copy(manifest, "summary", recipe->summary, err);
    if (rc == CST_OK)
        rc = put_copy(manifest, "provenance", recipe->provenance, err);
    if (rc == CST_OK)
        rc = put_extra(manifest, recipe->extra, err);
    if (rc == CST_OK)
        *out = manifest;
    else
        json_decref(manifest);
    return rc;
}

cst_code cst_draft_id(cst_digest *out, const cst_draft *draft, const cst_recipe *recipe,
                      cst_error *err)
{
    json_t *manifest = NULL;
    cst_code rc = describe(&manifest, draft, recipe, err);
    if (rc == CST_OK)
        rc = cst_manifest_id(out, manifest, err);
    json_decref(manifest);
    return rc;
}

static cst_code write_manifest(const cst_draft *draft, const cst_recipe *recipe,
                               const cst_digest *id, cst_error *err)
{
    json_t *manifest = NULL;
    cst_text text = CST_TEXT_INIT;
    char *path = cst_file_join(draft->path, "manifest.json", err);
    cst_code rc = path ? describe(&manifest, draft, recipe, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_put_digest(manifest, "id", id, err);
    if (rc == CST_OK)
        rc = cst_seal_put(manifest, "manifest_sha256", err);
    if (rc == CST_OK)
        rc = cst_seal_text(&text, manifest, err);
    if (rc == CST_OK)
        rc = cst_file_remove(path, err); /* of a publication that found its number taken */
    if (rc == CST_OK)
        rc = cst_file_write(path, text.data, text.size, err);
    json_decref(manifest);
    cst_text_free(&text);
    free(path);
    return rc;
}

/* ------------------------------------------------------------------------------------ publish */

/* What stands under the draft's name now. */
typedef struct {
    cst_version *same; /* a version with this id, or NULL */
    int64_t latest;    /* the newest version that is there, 0: none */
    int64_t used;      /* the highest number ever used */
} standing;

static cst_code look(standing *out, const cst_draft *draft, const cst_digest *id, cst_error *err)
{
    int64_t *numbers = NULL;
    size_t count = 0;
    cst_code rc = cst_registry_numbers(&numbers, &count, draft->folder, "", err);
    *out = (standing){0};
    if (count)
        out->used = numbers[count - 1];
    for (size_t i = count; rc == CST_OK && i-- > 0 && !out->same;) {
        cst_version *version = NULL;
        cst_error lost = CST_ERROR_INIT;
        cst_code read = cst_version_read(&version, draft->registry, draft->kind, draft->name,
                                         numbers[i], &lost);
        if (read != CST_OK && read != CST_MISSING && read != CST_INVALID)
            rc = cst_error_set(err, read, "%s", lost.text);
        if (read == CST_OK && !out->latest)
            out->latest = numbers[i];
        if (read == CST_OK && cst_digest_equal(&version->id, id))
            out->same = version;
        else
            cst_version_free(version);
    }
    free(numbers);
    return rc;
}

static cst_code check_parent(const cst_draft *draft, int64_t latest, int64_t parent, cst_error *err)
{
    if (parent == CST_PARENT_ANY || parent == latest)
        return CST_OK;
    return cst_error_set(err, CST_EXISTS,
                         "somebody published %s %s@%lld meanwhile: read it and build on it",
                         cst_kind_name(draft->kind), draft->name, (long long)latest);
}

static cst_code publish_number(const cst_draft *draft, int64_t number, cst_error *err)
{
    char *path =
        cst_text_format(err, "%s/%0*lld", draft->folder, CST_VERSION_DIGITS, (long long)number);
    cst_code rc = path ? cst_file_publish_directory(path, draft->path, err) : CST_NOMEM;
    free(path);
    return rc;
}

cst_code cst_draft_publish(cst_version **out, cst_draft *draft, const cst_recipe *recipe,
                           int64_t parent, cst_error *err)
{
    cst_digest id;
    cst_code rc = cst_draft_id(&id, draft, recipe, err);
    if (rc != CST_OK || (rc = write_manifest(draft, recipe, &id, err)) != CST_OK)
        return rc;
    /* A number found taken was taken by somebody else's success, so this ends. */
    for (;;) {
        standing now;
        if ((rc = look(&now, draft, &id, err)) != CST_OK)
            return rc;
        if (now.same) {
            *out = now.same;
            return CST_SKIPPED;
        }
        if ((rc = check_parent(draft, now.latest, parent, err)) != CST_OK)
            return rc;
        cst_error taken = CST_ERROR_INIT;
        rc = publish_number(draft, now.used + 1, &taken);
        if (rc == CST_OK)
            return cst_version_read(out, draft->registry, draft->kind, draft->name, now.used + 1,
                                    err);
        if (rc != CST_EXISTS)
            return cst_error_set(err, rc, "%s", taken.text);
    }
}

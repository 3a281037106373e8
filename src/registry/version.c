/* version.c - a published version is read and checked against its id; all of them are listed */
#include "base/array.h"
#include "registry/internal.h"

void cst_version_free(cst_version *version)
{
    if (!version)
        return;
    free(version->name);
    free(version->path);
    json_decref(version->manifest);
    free(version);
}

void cst_versions_free(cst_version **versions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cst_version_free(versions[i]);
    free(versions);
}

static cst_code say_missing(const cst_version *version, cst_error *err)
{
    json_t *gone = NULL;
    char *path = cst_file_join(version->path, "gone.json", err);
    cst_error lost = CST_ERROR_INIT;
    if (path && cst_seal_read(&gone, NULL, path, "record_sha256", &lost) == CST_OK)
        cst_error_set(err, CST_MISSING, "%s %s@%lld is gone since %s: %s",
                      cst_kind_name(version->kind), version->name, (long long)version->number,
                      json_string_value(json_object_get(gone, "time")),
                      json_string_value(json_object_get(gone, "why")));
    else
        cst_error_set(err, CST_MISSING, "there is no %s %s@%lld", cst_kind_name(version->kind),
                      version->name, (long long)version->number);
    json_decref(gone);
    free(path);
    return CST_MISSING;
}

/* The manifest must be that of this kind and name, and its id must be that of what it says. */
static cst_code check_manifest(cst_version *version, const char *path, cst_error *err)
{
    const char *kind = json_string_value(json_object_get(version->manifest, "kind"));
    const char *name = json_string_value(json_object_get(version->manifest, "name"));
    json_int_t format = json_integer_value(json_object_get(version->manifest, "format"));
    if (format > CST_MANIFEST_FORMAT)
        return cst_error_set(err, CST_INVALID,
                             "%s has format %lld, this capstan knows %d: use a newer capstan", path,
                             (long long)format, CST_MANIFEST_FORMAT);
    if (!kind || !name || strcmp(kind, cst_kind_name(version->kind)) != 0 ||
        strcmp(name, version->name) != 0)
        return cst_error_set(err, CST_INVALID, "%s is the manifest of another version: %s %s", path,
                             kind ? kind : "?", name ? name : "?");
    cst_digest found;
    cst_code rc = cst_json_get_digest(&version->id, version->manifest, "id", path, err);
    if (rc == CST_OK)
        rc = cst_manifest_id(&found, version->manifest, err);
    if (rc == CST_OK && !cst_digest_equal(&found, &version->id))
        rc = cst_error_set(err, CST_INVALID, "%s: the id is not that of what it describes", path);
    return rc;
}

cst_code cst_version_read(cst_version **out, const cst_registry *registry, cst_kind kind,
                          const char *name, int64_t number, cst_error *err)
{
    char *manifest = NULL;
    cst_code rc = CST_NOMEM;
    cst_version *version = cst_array_new(1, sizeof *version, "version", err);
    if (!version)
        return CST_NOMEM;
    version->kind = kind;
    version->number = number;
    version->name = cst_text_copy(name, err);
    version->path = cst_text_format(err, "%s/%s/%s/%0*lld", registry->path, cst_kind_folder(kind),
                                    name, CST_VERSION_DIGITS, (long long)number);
    if (!version->name || !version->path ||
        !(manifest = cst_file_join(version->path, "manifest.json", err)))
        goto out;
    if (!cst_file_exists(manifest)) {
        rc = say_missing(version, err);
        goto out;
    }
    rc = cst_seal_read(&version->manifest, NULL, manifest, "manifest_sha256", err);
    if (rc != CST_OK || (rc = check_manifest(version, manifest, err)) != CST_OK)
        goto out;
    *out = version;
    version = NULL;
out:
    free(manifest);
    cst_version_free(version);
    return rc;
}

cst_code cst_version_read_json(json_t **out, const cst_version *version, const char *file,
                               cst_error *err)
{
    char *path = cst_file_join(version->path, file, err);
    cst_code rc = path ? cst_json_read(out, path, err) : CST_NOMEM;
    free(path);
    return rc;
}

json_t *cst_version_to_json(const cst_version *version, cst_error *err)
{
    json_t *value =
        json_pack("{s:s, s:s, s:I, s:s}", "kind", cst_kind_name(version->kind), "name",
                  version->name, "version", (json_int_t)version->number, "path", version->path);
    if (!value)
        cst_error_nomem(err, "version");
    else if (cst_json_put_digest(value, "id", &version->id, err) != CST_OK) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

/* --------------------------------------------------------------------------------------- list */

typedef struct {
    cst_version **version;
    size_t count;
    size_t room;
} listing;

/* Versions that are gone or do not verify are no versions: verify is who speaks of those. */
static cst_code list_name(listing *list, const cst_registry *registry, cst_kind kind,
                          const char *name, cst_error *err)
{
    int64_t *numbers = NULL;
    size_t count = 0;
    char *folder = cst_registry_folder(registry, kind, name, err);
    cst_code rc = folder ? cst_registry_numbers(&numbers, &count, folder, "", err) : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        cst_version *version = NULL;
        cst_error lost = CST_ERROR_INIT;
        rc = cst_version_read(&version, registry, kind, name, numbers[i], &lost);
        if (rc == CST_MISSING || rc == CST_INVALID) {
            rc = CST_OK;
            continue;
        }
        if (rc != CST_OK) {
            rc = cst_error_set(err, rc, "%s", lost.text);
            break;
        }
        cst_version **grown = cst_array_grow(list->version, &list->room, list->count + 1,
                                             sizeof(cst_version *), "versions", err);
        if (!grown) {
            cst_version_free(version);
            rc = CST_NOMEM;
            break;
        }
        list->version = grown;
        grown[list->count++] = version;
    }
    free(numbers);
    free(folder);
    return rc;
}

static cst_code list_kind(listing *list, const cst_registry *registry, cst_kind kind,
                          const char *name, cst_error *err)
{
    if (name)
        return list_name(list, registry, kind, name, err);
    char **names = NULL;
    size_t count = 0;
    cst_code rc = cst_registry_names(&names, &count, registry, kind, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        if (cst_registry_check_name(cst_kind_name(kind), names[i], NULL) == CST_OK)
            rc = list_name(list, registry, kind, names[i], err);
    cst_file_names_free(names, count);
    return rc;
}

cst_code cst_registry_list(cst_version ***out, size_t *count, cst_registry *registry, cst_kind kind,
                           const char *name, cst_error *err)
{
    listing list = {0};
    cst_code rc = name ? cst_registry_check_name("a version", name, err) : CST_OK;
    for (cst_kind k = 0; rc == CST_OK && k < CST_KIND_COUNT; k++)
        if (kind == CST_KIND_ANY || kind == k)
            rc = list_kind(&list, registry, k, name, err);
    if (rc != CST_OK) {
        cst_versions_free(list.version, list.count);
        return rc;
    }
    *out = list.version;
    *count = list.count;
    return CST_OK;
}

/* verify.c - the whole registry is walked: names, versions, chains of aliases */
#include "registry/verify.h"

#include <sys/stat.h>

#include "registry/alias.h"
#include "registry/findings.h"

/* What may stand in a registry beside the folders of versions. */
static const char *const places[] = {"registry.json", "parts",  "requests",   "components",
                                     "approvals",     "pins",   "aliases",    "runs",
                                     "keys",          "leases", "quarantine", "checkpoints"};

static bool is_place(const char *name)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i], name) == 0)
            return true;
    for (cst_kind kind = 0; kind < CST_KIND_COUNT; kind++)
        if (strcmp(cst_kind_folder(kind), name) == 0)
            return true;
    return false;
}

/* Call visit with every entry of a directory, sorted. */
static cst_code each_entry(cst_findings *findings, const char *directory,
                           cst_code (*visit)(cst_findings *, const char *path, const char *name,
                                             cst_error *),
                           cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    cst_code rc = cst_file_names(&names, &count, directory, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        char *path = cst_file_join(directory, names[i], err);
        rc = path ? visit(findings, path, names[i], err) : CST_NOMEM;
        free(path);
    }
    cst_file_names_free(names, count);
    return rc;
}

/* A directory that only those who may write the registry can write. *sound: it may be walked. */
static cst_code check_directory(bool *sound, cst_findings *findings, const char *path,
                                cst_error *err)
{
    struct stat status;
    *sound = false;
    if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return cst_findings_add(findings, path, err, "is not a directory");
    *sound = true;
    if (status.st_mode & S_IWOTH)
        return cst_findings_add(findings, path, err, "can be written by everybody (mode %04o)",
                                (unsigned)(status.st_mode & 07777));
    return CST_OK;
}

static cst_code visit_place(cst_findings *findings, const char *path, const char *name,
                            cst_error *err)
{
    if (!is_place(name))
        return cst_findings_add(findings, path, err, "does not belong into a registry");
    bool sound = false;
    if (strcmp(name, "registry.json") != 0)
        return check_directory(&sound, findings, path, err);
    json_t *description = NULL;
    cst_error lost = CST_ERROR_INIT;
    cst_code rc = cst_seal_read(&description, NULL, path, "record_sha256", &lost);
    json_decref(description);
    return rc == CST_OK ? CST_OK : cst_findings_add(findings, path, err, "%s", lost.text);
}

/* ------------------------------------------------------------------------------------ versions */

/* One version's directory; the names of kind and version are the last two but one of its path. */
static cst_code check_numbered(cst_findings *findings, cst_kind kind, const char *name,
                               const char *entry, const char *path, cst_error *err)
{
    bool sound = false;
    cst_version *version = NULL;
    cst_error lost = CST_ERROR_INIT;
    int64_t number = strlen(entry) == CST_VERSION_DIGITS ? cst_registry_number(entry) : 0;
    cst_code rc = check_directory(&sound, findings, path, err);
    if (rc != CST_OK || !sound)
        return rc;
    if (!number)
        return cst_findings_add(findings, path, err, "is no number of a version");
    char *gone = cst_file_join(path, "gone.json", err);
    if (!gone)
        return CST_NOMEM;
    rc = cst_version_read(&version, findings->registry, kind, name, number, &lost);
    if (rc == CST_OK)
        rc = cst_findings_version(findings, version, err);
    else if (rc == CST_MISSING && cst_file_exists(gone))
        rc = CST_OK;
    else if (rc == CST_NOMEM)
        rc = cst_error_set(err, rc, "%s", lost.text);
    else
        rc = cst_findings_add(findings, path, err, "%s", lost.text);
    cst_version_free(version);
    free(gone);
    cst_log_progress(findings->log, "verifying", (double)findings->versions, 0, NULL);
    return rc;
}

static cst_code check_name(cst_findings *findings, cst_kind kind, const char *name,
                           const char *folder, cst_error *err)
{
    char **numbers = NULL;
    size_t count = 0;
    bool sound = false;
    cst_code rc = check_directory(&sound, findings, folder, err);
    if (rc != CST_OK || !sound)
        return rc;
    if (cst_registry_check_name(cst_kind_name(kind), name, NULL) != CST_OK)
        return cst_findings_add(findings, folder, err, "is no name of a %s", cst_kind_name(kind));
    rc = cst_file_names(&numbers, &count, folder, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        char *path = cst_file_join(folder, numbers[i], err);
        rc = path ? check_numbered(findings, kind, name, numbers[i], path, err) : CST_NOMEM;
        free(path);
    }
    cst_file_names_free(numbers, count);
    return rc;
}

static cst_code check_kind(cst_findings *findings, cst_kind kind, cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    cst_code rc = cst_registry_names(&names, &count, findings->registry, kind, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        char *folder = cst_registry_folder(findings->registry, kind, names[i], err);
        rc = folder ? check_name(findings, kind, names[i], folder, err) : CST_NOMEM;
        free(folder);
    }
    cst_file_names_free(names, count);
    return rc;
}

/* ------------------------------------------------------------------------------------- aliases */

/* A version that an alias points at may be gone, but not be another one. */
static cst_code check_target(cst_findings *findings, const char *folder, const char *model,
                             const json_t *record, cst_error *err)
{
    const json_t *target = json_object_get(record, "target");
    int64_t number = json_integer_value(json_object_get(target, "version"));
    const char *seal = json_string_value(json_object_get(target, "manifest_sha256"));
    cst_version *version = NULL;
    cst_digest id;
    if (cst_version_read(&version, findings->registry, CST_KIND_MODEL, model, number, NULL) !=
        CST_OK)
        return CST_OK;
    const char *found = json_string_value(json_object_get(version->manifest, "manifest_sha256"));
    bool same = cst_json_get_digest(&id, target, "id", folder, NULL) == CST_OK &&
                cst_digest_equal(&id, &version->id) && seal && strcmp(seal, found) == 0;
    cst_version_free(version);
    if (same)
        return CST_OK;
    return cst_findings_add(findings, folder, err,
                            "generation %lld points at %s@%lld, which is another one now",
                            (long long)json_integer_value(json_object_get(record, "generation")),
                            model, (long long)number);
}

static cst_code visit_alias(cst_findings *findings, const char *path, const char *name,
                            cst_error *err)
{
    (void)name;
    json_t *chain = NULL;
    cst_digest last = {0};
    cst_error lost = CST_ERROR_INIT;
    char *parent = cst_file_parent(path, err);
    if (!parent)
        return CST_NOMEM;
    const char *model = strrchr(parent, '/') + 1;
    cst_code rc = cst_alias_walk(&chain, &last, path, &lost);
    if (rc != CST_OK)
        rc = cst_findings_add(findings, path, err, "%s", lost.text);
    size_t i = 0;
    const json_t *record = NULL;
    json_array_foreach(chain, i, record)
    {
        if (rc == CST_OK)
            rc = check_target(findings, path, model, record, err);
    }
    json_decref(chain);
    free(parent);
    return rc;
}

static cst_code visit_aliases_of_model(cst_findings *findings, const char *path, const char *name,
                                       cst_error *err)
{
    bool sound = false;
    (void)name;
    cst_code rc = check_directory(&sound, findings, path, err);
    return rc == CST_OK && sound ? each_entry(findings, path, visit_alias, err) : rc;
}

/* ---------------------------------------------------------------------------------------- keys */

static cst_code visit_key(cst_findings *findings, const char *path, const char *name,
                          cst_error *err)
{
    static const char ending[] = ".json";
    char key[CST_DIGEST_HEX] = "";
    cst_error lost = CST_ERROR_INIT;
    size_t size = strlen(name);
    if (size == CST_DIGEST_HEX - 1 + sizeof ending - 1)
        memcpy(key, name, CST_DIGEST_HEX - 1);
    if (!*key || strcmp(name + CST_DIGEST_HEX - 1, ending) != 0)
        return cst_findings_add(findings, path, err, "is no record of a step key");
    cst_code rc = cst_step_key_check(NULL, path, key, &lost);
    return rc == CST_OK ? CST_OK : cst_findings_add(findings, path, err, "%s", lost.text);
}

/* -------------------------------------------------------------------------------------- verify */

static cst_code walk(cst_findings *findings, cst_error *err)
{
    char *aliases = cst_file_join(findings->registry->path, "aliases", err);
    char *keys = cst_file_join(findings->registry->path, "keys", err);
    if (!aliases || !keys) {
        free(aliases);
        free(keys);
        return CST_NOMEM;
    }
    cst_code rc = each_entry(findings, findings->registry->path, visit_place, err);
    for (cst_kind kind = 0; rc == CST_OK && kind < CST_KIND_COUNT; kind++)
        rc = check_kind(findings, kind, err);
    if (rc == CST_OK)
        rc = each_entry(findings, aliases, visit_aliases_of_model, err);
    if (rc == CST_OK)
        rc = each_entry(findings, keys, visit_key, err);
    free(aliases);
    free(keys);
    return rc;
}

static cst_code quarantine_all(json_t *moved, const cst_findings *findings, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *finding = NULL;
    json_array_foreach(findings->list, i, finding)
    {
        bool done = false;
        const char *path = json_string_value(json_object_get(finding, "path"));
        const char *problem = json_string_value(json_object_get(finding, "problem"));
        if (rc == CST_OK)
            rc = cst_findings_quarantine(&done, findings->registry, path, problem, err);
        if (rc == CST_OK && done)
            rc = cst_json_append(moved, json_string(path), err);
    }
    return rc;
}

cst_code cst_verify(json_t **out, cst_registry *registry, const cst_version *version, int level,
                    bool quarantine, cst_verify_open open, cst_log *log, cst_error *err)
{
    cst_findings findings = {.registry = registry,
                             .level = level,
                             .open = open,
                             .log = log,
                             .list = json_array(),
                             .parts_seen = json_object()};
    json_t *moved = json_array();
    cst_code rc = findings.list && findings.parts_seen && moved
                      ? CST_OK
                      : cst_error_nomem(err, "verification");
    if (rc == CST_OK)
        rc = version ? cst_findings_version(&findings, version, err) : walk(&findings, err);
    cst_log_progress_end(log);
    if (rc == CST_OK && quarantine)
        rc = quarantine_all(moved, &findings, err);
    if (rc == CST_OK) {
        *out =
            json_pack("{s:i, s:I, s:I, s:I, s:O, s:O}", "level", level, "versions",
                      (json_int_t)findings.versions, "files", (json_int_t)findings.files, "bytes",
                      (json_int_t)findings.bytes, "findings", findings.list, "quarantined", moved);
        if (!*out)
            rc = cst_error_nomem(err, "verification");
    }
    json_decref(findings.list);
    json_decref(findings.parts_seen);
    json_decref(moved);
    return rc;
}

/* verify_version.c - one version's files against its manifest */
#include <stdarg.h>
#include <sys/stat.h>

#include "registry/findings.h"

cst_code cst_findings_add(cst_findings *findings, const char *path, cst_error *err,
                          const char *format, ...)
{
    char problem[CST_ERROR_SIZE];
    size_t root = strlen(findings->registry->path);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(problem, sizeof problem, format, args);
    va_end(args);
    if (strncmp(path, findings->registry->path, root) == 0 && path[root] == '/')
        path += root + 1;
    return cst_json_append(findings->list,
                           json_pack("{s:s, s:s}", "path", path, "problem", problem), err);
}

/* A published file is a regular one, which nobody writes to. */
static cst_code check_mode(bool *sound, cst_findings *findings, const char *path, int64_t *size,
                           cst_error *err)
{
    struct stat status;
    *sound = false;
    if (lstat(path, &status) != 0)
        return cst_findings_add(findings, path, err, "is missing");
    if (!S_ISREG(status.st_mode))
        return cst_findings_add(findings, path, err, "is not a regular file");
    *sound = true;
    *size = status.st_size;
    if (status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH))
        return cst_findings_add(findings, path, err, "can be written (mode %04o, not 0444)",
                                (unsigned)(status.st_mode & 07777));
    return CST_OK;
}

static cst_code check_digest(cst_findings *findings, const char *path, const json_t *entry,
                             cst_error *err)
{
    cst_digest said;
    cst_digest found;
    cst_error lost = CST_ERROR_INIT;
    cst_code rc = cst_json_get_digest(&said, entry, "sha256", path, &lost);
    if (rc == CST_OK)
        rc = cst_sha256_file(&found, path, &lost);
    if (rc == CST_NOMEM)
        return cst_error_set(err, rc, "%s", lost.text);
    if (rc != CST_OK)
        return cst_findings_add(findings, path, err, "%s", lost.text);
    if (!cst_digest_equal(&said, &found))
        return cst_findings_add(findings, path, err,
                                "its bytes are not those that were published (SHA-256 differs)");
    return CST_OK;
}

static cst_code check_content(cst_findings *findings, const char *path, const json_t *entry,
                              const char *key, cst_error *err)
{
    cst_digest content;
    cst_error lost = CST_ERROR_INIT;
    cst_code rc = cst_json_get_digest(&content, entry, key, path, &lost);
    if (rc == CST_OK)
        rc = findings->open(path, &content, &lost);
    if (rc == CST_NOMEM)
        return cst_error_set(err, rc, "%s", lost.text);
    return rc == CST_OK ? CST_OK : cst_findings_add(findings, path, err, "%s", lost.text);
}

/* entry has "bytes" and "sha256", and its content digest under key. */
static cst_code check_file(cst_findings *findings, const char *path, const json_t *entry,
                           const char *key, cst_error *err)
{
    bool sound = false;
    int64_t size = 0;
    cst_code rc = check_mode(&sound, findings, path, &size, err);
    if (rc != CST_OK || !sound)
        return rc;
    findings->files++;
    findings->bytes += size;
    int64_t said = json_integer_value(json_object_get(entry, "bytes"));
    if (findings->level >= 1 && size != said)
        return cst_findings_add(findings, path, err, "has %lld bytes, %lld were published",
                                (long long)size, (long long)said);
    if (findings->level >= 2)
        rc = check_digest(findings, path, entry, err);
    if (rc == CST_OK && findings->level >= 3 && findings->open)
        rc = check_content(findings, path, entry, key, err);
    return rc;
}

static bool is_recorded(const json_t *files, const char *name)
{
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(files, i, entry)
    {
        const char *recorded = json_string_value(json_object_get(entry, "name"));
        if (recorded && strcmp(recorded, name) == 0)
            return true;
    }
    return strcmp(name, "manifest.json") == 0;
}

static cst_code check_strangers(cst_findings *findings, const cst_version *version, cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    const json_t *files = json_object_get(version->manifest, "files");
    cst_code rc = cst_file_names(&names, &count, version->path, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        if (is_recorded(files, names[i]))
            continue;
        char *path = cst_file_join(version->path, names[i], err);
        rc = path ? cst_findings_add(findings, path, err, "was not published with this version")
                  : CST_NOMEM;
        free(path);
    }
    cst_file_names_free(names, count);
    return rc;
}

static cst_code check_files(cst_findings *findings, const cst_version *version, cst_error *err)
{
    size_t i = 0;
    const json_t *entry = NULL;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(version->manifest, "files"), i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "name"));
        char *path = cst_file_join(version->path, name ? name : "?", err);
        if (rc == CST_OK)
            rc = path ? check_file(findings, path, entry, "content", err) : CST_NOMEM;
        free(path);
    }
    return rc;
}

static cst_code check_part(cst_findings *findings, const cst_version *version, const json_t *part,
                           cst_error *err)
{
    const char *relative = json_string_value(json_object_get(part, "path"));
    if (!relative || *relative == '/' || strstr(relative, ".."))
        return cst_findings_add(findings, version->path, err, "names a part outside the registry");
    if (json_object_get(findings->parts_seen, relative))
        return CST_OK;
    cst_code rc = cst_json_put(findings->parts_seen, relative, json_true(), err);
    char *path = cst_file_join(findings->registry->path, relative, err);
    if (rc == CST_OK)
        rc = path ? check_file(findings, path, part, "id", err) : CST_NOMEM;
    free(path);
    return rc;
}

static cst_code check_parts(cst_findings *findings, const cst_version *version, cst_error *err)
{
    size_t i = 0;
    const json_t *part = NULL;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(version->manifest, "parts"), i, part)
    {
        if (rc == CST_OK)
            rc = check_part(findings, version, part, err);
    }
    return rc;
}

/* An input may be gone; what stands under its number must be it. */
static cst_code check_input(cst_findings *findings, const cst_version *version, const json_t *input,
                            cst_error *err)
{
    const char *kind = json_string_value(json_object_get(input, "kind"));
    const char *name = json_string_value(json_object_get(input, "name"));
    int64_t number = json_integer_value(json_object_get(input, "version"));
    cst_version *there = NULL;
    cst_digest id;
    cst_error lost = CST_ERROR_INIT;
    if (!kind || !name || cst_kind_parse(kind) == CST_KIND_COUNT)
        return cst_findings_add(findings, version->path, err, "names an input of no known kind");
    cst_code rc =
        cst_version_read(&there, findings->registry, cst_kind_parse(kind), name, number, &lost);
    if (rc == CST_OK && (cst_json_get_digest(&id, input, "id", version->path, NULL) != CST_OK ||
                         !cst_digest_equal(&id, &there->id)))
        rc = cst_findings_add(findings, version->path, err,
                              "was made of %s %s@%lld, which is another one now", kind, name,
                              (long long)number);
    else if (rc == CST_NOMEM)
        rc = cst_error_set(err, rc, "%s", lost.text);
    else
        rc = CST_OK; /* gone, or a finding of its own */
    cst_version_free(there);
    return rc;
}

static cst_code check_inputs(cst_findings *findings, const cst_version *version, cst_error *err)
{
    size_t i = 0;
    const json_t *input = NULL;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(version->manifest, "inputs"), i, input)
    {
        if (rc == CST_OK)
            rc = check_input(findings, version, input, err);
    }
    return rc;
}

static cst_code check_own_mode(cst_findings *findings, const cst_version *version, cst_error *err)
{
    bool sound = false;
    int64_t size = 0;
    char *path = cst_file_join(version->path, "manifest.json", err);
    cst_code rc = path ? check_mode(&sound, findings, path, &size, err) : CST_NOMEM;
    free(path);
    findings->files++;
    findings->bytes += size;
    return rc;
}

cst_code cst_findings_version(cst_findings *findings, const cst_version *version, cst_error *err)
{
    cst_code rc = check_own_mode(findings, version, err);
    findings->versions++;
    if (rc == CST_OK)
        rc = check_strangers(findings, version, err);
    if (rc == CST_OK)
        rc = check_files(findings, version, err);
    if (rc == CST_OK)
        rc = check_parts(findings, version, err);
    if (rc == CST_OK)
        rc = check_inputs(findings, version, err);
    return rc;
}

cst_code cst_verify_version(cst_registry *registry, const cst_version *version, cst_error *err)
{
    enum { EVERY_HASH = 2 };
    cst_findings findings = {.registry = registry,
                             .level = EVERY_HASH,
                             .list = json_array(),
                             .parts_seen = json_object()};
    cst_code rc = findings.list && findings.parts_seen
                      ? cst_findings_version(&findings, version, err)
                      : cst_error_nomem(err, "verification");
    const json_t *first = json_array_get(findings.list, 0);
    if (rc == CST_OK && first)
        rc = cst_error_set(err, CST_INVALID, "%s %s: %s %s; capstan verify tells all that is wrong",
                           cst_kind_name(version->kind), version->name,
                           json_string_value(json_object_get(first, "path")),
                           json_string_value(json_object_get(first, "problem")));
    json_decref(findings.list);
    json_decref(findings.parts_seen);
    return rc;
}

/* find.c - from "name@3", "name@champion", "sha256:…" to a version */
#include "base/array.h"
#include "registry/alias.h"
#include "registry/internal.h"

/* A reference taken apart. */
typedef struct {
    char *name;       /* owned */
    const char *what; /* behind the '@': "3", "champion", "latest"; "latest" where there is none */
    int64_t number;   /* of "3"; 0: what is an alias or "latest" */
} reference_parts;

static cst_code take_apart(reference_parts *out, const char *reference, cst_error *err)
{
    const char *at = strchr(reference, '@');
    size_t length = at ? (size_t)(at - reference) : strlen(reference);
    *out = (reference_parts){.what = at ? at + 1 : "latest"};
    out->name = cst_text_format(err, "%.*s", (int)length, reference);
    if (!out->name)
        return CST_NOMEM;
    enum { MOST_DIGITS = 10 };
    size_t digits = strspn(out->what, "0123456789");
    cst_code rc = cst_registry_check_name("a version", out->name, err);
    if (rc == CST_OK && digits && !out->what[digits] && digits <= MOST_DIGITS)
        out->number = strtoll(out->what, NULL, 10);
    bool valid = digits ? out->number > 0 : *out->what != '\0';
    if (rc == CST_OK && !valid)
        rc = cst_error_set(err, CST_USAGE,
                           "\"%s\" names no version: write name@3, name@champion, name@latest or "
                           "sha256: and at least 8 hex digits",
                           reference);
    return rc;
}

/* The highest number that has a manifest, 0 where there is none. */
static cst_code latest_number(int64_t *out, const cst_registry *registry, cst_kind kind,
                              const char *name, cst_error *err)
{
    int64_t *numbers = NULL;
    size_t count = 0;
    char *folder = cst_registry_folder(registry, kind, name, err);
    cst_code rc = folder ? cst_registry_numbers(&numbers, &count, folder, "", err) : CST_NOMEM;
    *out = 0;
    while (rc == CST_OK && count-- > 0 && !*out) {
        char *manifest = cst_text_format(err, "%s/%0*lld/manifest.json", folder, CST_VERSION_DIGITS,
                                         (long long)numbers[count]);
        if (!manifest)
            rc = CST_NOMEM;
        else if (cst_file_exists(manifest))
            *out = numbers[count];
        free(manifest);
    }
    free(numbers);
    free(folder);
    return rc;
}

/* The number that the reference stands for among versions of a kind; 0: no such name there. */
static cst_code number_of(int64_t *out, cst_registry *registry, cst_kind kind,
                          const reference_parts *reference, cst_error *err)
{
    int64_t latest = 0;
    cst_code rc = latest_number(&latest, registry, kind, reference->name, err);
    if (rc != CST_OK)
        return rc;
    *out = reference->number && latest ? reference->number : latest;
    if (reference->number || strcmp(reference->what, "latest") == 0)
        return CST_OK;
    *out = 0;
    if (kind != CST_KIND_MODEL || !latest)
        return CST_OK;
    cst_alias alias = {0};
    rc = cst_alias_read(&alias, registry, reference->name, reference->what, err);
    const json_t *target = json_object_get(alias.record, "target");
    *out = json_integer_value(json_object_get(target, "version"));
    cst_alias_free(&alias);
    return rc;
}

/* ---------------------------------------------------------------------------------- not found */

static cst_code say_no_alias(cst_registry *registry, const reference_parts *reference,
                             cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    cst_text known = CST_TEXT_INIT;
    char *folder = cst_text_format(err, "%s/aliases/%s", registry->path, reference->name);
    cst_code rc = folder ? cst_file_names(&names, &count, folder, err) : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        rc = cst_text_print(&known, err, "%s%s", i ? ", " : "", names[i]);
    if (rc == CST_OK)
        rc = cst_error_set(err, CST_MISSING, "%s has no alias %s; it has %s", reference->name,
                           reference->what, count ? known.data : "none");
    cst_file_names_free(names, count);
    cst_text_free(&known);
    free(folder);
    return rc;
}

/* Names that kind (or every kind) has, NULL-ended, for a suggestion. */
static cst_code all_names(char ***out, size_t *count, cst_registry *registry, cst_kind kind,
                          cst_error *err)
{
    size_t room = 0;
    cst_code rc = CST_OK;
    for (cst_kind k = 0; rc == CST_OK && k < CST_KIND_COUNT; k++) {
        char **names = NULL;
        size_t n = 0;
        if (kind != CST_KIND_ANY && kind != k)
            continue;
        if ((rc = cst_registry_names(&names, &n, registry, k, err)) != CST_OK)
            break;
        char **grown = cst_array_grow(*out, &room, *count + n + 1, sizeof **out, "names", err);
        if (!grown) {
            cst_file_names_free(names, n);
            return CST_NOMEM;
        }
        *out = grown;
        for (size_t i = 0; i < n; i++)
            grown[(*count)++] = names[i];
        grown[*count] = NULL;
        free(names);
    }
    return rc;
}

static cst_code say_no_name(cst_registry *registry, cst_kind kind, const char *name, cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    cst_code rc = all_names(&names, &count, registry, kind, err);
    if (rc == CST_OK) {
        const char *nearest = cst_text_nearest(name, (const char *const *)names);
        rc = cst_error_set(err, CST_MISSING, "there is no %s %s%s%s%s", cst_kind_name(kind), name,
                           nearest ? "; did you mean " : "", nearest ? nearest : "",
                           nearest ? "?" : "");
    }
    cst_file_names_free(names, count);
    return rc;
}

static cst_code say_no_number(int64_t latest, cst_kind kind, const reference_parts *reference,
                              cst_error *err)
{
    return cst_error_set(err, CST_MISSING, "there is no %s %s@%lld; the latest is %s@%lld",
                         cst_kind_name(kind), reference->name, (long long)reference->number,
                         reference->name, (long long)latest);
}

/* --------------------------------------------------------------------------------------- find */

/* Is the version there, and not gone? */
static cst_code is_there(bool *out, const cst_registry *registry, cst_kind kind, const char *name,
                         int64_t number, cst_error *err)
{
    char *path = cst_text_format(err, "%s/%s/%s/%0*lld", registry->path, cst_kind_folder(kind),
                                 name, CST_VERSION_DIGITS, (long long)number);
    if (!path)
        return CST_NOMEM;
    *out = cst_file_exists(path);
    free(path);
    return CST_OK;
}

static cst_code say_ambiguous(const char *reference, cst_kind first, cst_kind second,
                              cst_error *err)
{
    return cst_error_set(err, CST_USAGE, "%s is a %s and a %s: say which with --kind", reference,
                         cst_kind_name(first), cst_kind_name(second));
}

/* The only kind that has the version; its number is 0 where no kind has it. */
static cst_code find_kind(cst_kind *kind, int64_t *number, cst_registry *registry,
                          const char *reference, const reference_parts *parts, cst_error *err)
{
    cst_kind found = CST_KIND_ANY;
    *number = 0;
    for (cst_kind k = 0; k < CST_KIND_COUNT; k++) {
        int64_t n = 0;
        bool there = false;
        cst_code rc = number_of(&n, registry, k, parts, err);
        if (rc == CST_OK && n)
            rc = is_there(&there, registry, k, parts->name, n, err);
        if (rc != CST_OK)
            return rc;
        if (!there)
            continue;
        if (found != CST_KIND_ANY)
            return say_ambiguous(reference, found, k, err);
        found = k;
        *number = n;
    }
    *kind = found;
    return CST_OK;
}

static cst_code find_named(cst_version **out, cst_registry *registry, cst_kind kind,
                           const char *reference, cst_error *err)
{
    reference_parts parts;
    int64_t number = 0;
    bool there = false;
    cst_code rc = take_apart(&parts, reference, err);
    if (rc != CST_OK)
        goto out;
    cst_kind asked = kind;
    rc = kind == CST_KIND_ANY ? find_kind(&kind, &number, registry, reference, &parts, err)
                              : number_of(&number, registry, kind, &parts, err);
    if (rc == CST_OK && number)
        rc = is_there(&there, registry, kind, parts.name, number, err);
    if (rc != CST_OK)
        goto out;
    if (there) {
        rc = cst_version_read(out, registry, kind, parts.name, number, err);
        goto out;
    }
    int64_t latest = 0;
    cst_kind nearest = CST_KIND_ANY;
    for (cst_kind k = 0; k < CST_KIND_COUNT && !latest; k++) {
        if (asked != CST_KIND_ANY && asked != k)
            continue;
        if ((rc = latest_number(&latest, registry, k, parts.name, err)) != CST_OK)
            goto out;
        nearest = k;
    }
    if (!latest)
        rc = say_no_name(registry, asked, parts.name, err);
    else if (parts.number)
        rc = say_no_number(latest, nearest, &parts, err);
    else
        rc = say_no_alias(registry, &parts, err);
out:
    free(parts.name);
    return rc;
}

static cst_code find_digest(cst_version **out, cst_registry *registry, cst_kind kind,
                            const char *reference, cst_error *err)
{
    enum { FEWEST = 8 };
    const char *digits = reference + strlen("sha256:");
    size_t length = strlen(digits);
    if (length < FEWEST || length >= CST_DIGEST_HEX || strspn(digits, "0123456789abcdef") != length)
        return cst_error_set(err, CST_USAGE, "%s is no id: write sha256: and 8 to 64 hex digits",
                             reference);
    cst_version **versions = NULL;
    size_t count = 0;
    cst_version *found = NULL;
    cst_code rc = cst_registry_list(&versions, &count, registry, kind, NULL, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        char hex[CST_DIGEST_HEX];
        cst_digest_hex(hex, &versions[i]->id);
        if (strncmp(hex, digits, length) != 0)
            continue;
        if (found && !cst_digest_equal(&found->id, &versions[i]->id))
            rc =
                cst_error_set(err, CST_USAGE, "%s stands for %s@%lld and %s@%lld: give more digits",
                              reference, found->name, (long long)found->number, versions[i]->name,
                              (long long)versions[i]->number);
        if (!found) {
            found = versions[i];
            versions[i] = NULL;
        }
    }
    cst_versions_free(versions, count);
    if (rc == CST_OK && !found)
        rc = cst_error_set(err, CST_MISSING, "there is no %s with an id that begins with %s",
                           cst_kind_name(kind), digits);
    if (rc == CST_OK)
        *out = found;
    else
        cst_version_free(found);
    return rc;
}

cst_code cst_registry_find(cst_version **out, cst_registry *registry, cst_kind kind,
                           const char *reference, cst_error *err)
{
    if (strncmp(reference, "sha256:", strlen("sha256:")) == 0)
        return find_digest(out, registry, kind, reference, err);
    return find_named(out, registry, kind, reference, err);
}

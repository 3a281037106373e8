/* registry.c - a registry is made, opened, closed; its names and numbers */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "registry/internal.h"

/* ---------------------------------------------------------------------------- names, numbers */

cst_code cst_registry_check_name(const char *what, const char *name, cst_error *err)
{
    enum { LONGEST = 64 };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);
    if (length && length <= LONGEST && strspn(name, letters) == length && !strchr("._-", name[0]))
        return CST_OK;
    return cst_error_set(err, CST_USAGE,
                         "\"%s\" is no name of %s: up to 64 lower-case letters, digits, dots, "
                         "underscores and hyphens, a letter or digit first",
                         name, what);
}

char *cst_registry_folder(const cst_registry *registry, cst_kind kind, const char *name,
                          cst_error *err)
{
    return cst_text_format(err, "%s/%s/%s", registry->path, cst_kind_folder(kind), name);
}

int64_t cst_registry_number(const char *name)
{
    if (strspn(name, "0123456789") != CST_VERSION_DIGITS)
        return 0;
    return strtoll(name, NULL, 10);
}

cst_code cst_registry_numbers(int64_t **out, size_t *count, const char *directory,
                              const char *suffix, cst_error *err)
{
    char **names = NULL;
    size_t n = 0;
    *out = NULL;
    *count = 0;
    cst_code rc = cst_file_names(&names, &n, directory, err);
    if (rc != CST_OK)
        return rc;
    int64_t *numbers = cst_array_new(n, sizeof *numbers, "version numbers", err);
    for (size_t i = 0; numbers && i < n; i++) {
        int64_t number = cst_registry_number(names[i]);
        if (number && strcmp(names[i] + CST_VERSION_DIGITS, suffix) == 0)
            numbers[(*count)++] = number;
    }
    cst_file_names_free(names, n);
    *out = numbers;
    return numbers ? CST_OK : CST_NOMEM;
}

cst_code cst_registry_names(char ***out, size_t *count, const cst_registry *registry, cst_kind kind,
                            cst_error *err)
{
    char *folder = cst_file_join(registry->path, cst_kind_folder(kind), err);
    if (!folder)
        return CST_NOMEM;
    cst_code rc = cst_file_names(out, count, folder, err);
    free(folder);
    return rc;
}

/* ------------------------------------------------------------------------------------- init */

/* link(2) must fail where the name exists. */
static cst_code try_link(const char *directory, cst_error *err)
{
    char *path = cst_file_join(directory, "probe", err);
    if (!path)
        return CST_NOMEM;
    cst_code rc = cst_file_publish(path, "first", 5, err);
    if (rc == CST_OK) {
        cst_error second = CST_ERROR_INIT;
        if (cst_file_publish(path, "second", 6, &second) != CST_EXISTS)
            rc = cst_error_set(err, CST_IO,
                               "the file system of %s cannot hold a registry: link(2) does not "
                               "fail where the name exists; choose a directory on another one",
                               directory);
    }
    free(path);
    return rc;
}

static cst_code make_with_file(const char *path, cst_error *err)
{
    char *file = cst_file_join(path, "file", err);
    cst_code rc = file ? cst_file_mkdirs(path, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_file_write(file, "", 0, err);
    free(file);
    return rc;
}

/* rename(2) of a directory onto a non-empty one must fail. */
static cst_code try_rename(const char *directory, cst_error *err)
{
    char *from = cst_file_join(directory, "from", err);
    char *to = cst_file_join(directory, "to", err);
    cst_code rc = from && to ? make_with_file(from, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = make_with_file(to, err);
    if (rc == CST_OK && rename(from, to) == 0)
        rc = cst_error_set(err, CST_IO,
                           "the file system of %s cannot hold a registry: rename(2) replaces a "
                           "directory that is not empty; choose a directory on another one",
                           directory);
    free(from);
    free(to);
    return rc;
}

cst_code cst_registry_try(const char *path, cst_error *err)
{
    char *directory = NULL;
    cst_code rc = cst_file_temporary_directory(&directory, path, err);
    if (rc != CST_OK)
        return rc;
    if ((rc = try_link(directory, err)) == CST_OK)
        rc = try_rename(directory, err);
    cst_code removed = cst_file_remove(directory, err);
    free(directory);
    return rc == CST_OK ? removed : rc;
}

static cst_code publish_description(const char *file, cst_error *err)
{
    char now[CST_TIME_TEXT];
    cst_text text = CST_TEXT_INIT;
    cst_clock_text(now, cst_clock_now());
    json_t *seen = json_pack("{s:s, s:s}", "link", "fails where the name exists", "rename",
                             "fails onto a directory that is not empty");
    json_t *value = json_pack("{s:i, s:s, s:o}", "format", CST_REGISTRY_FORMAT, "created", now,
                              "file_system", seen);
    cst_code rc =
        value ? cst_seal_put(value, "record_sha256", err) : cst_error_nomem(err, "registry.json");
    if (rc == CST_OK)
        rc = cst_seal_text(&text, value, err);
    if (rc == CST_OK)
        rc = cst_file_publish(file, text.data, text.size, err);
    cst_text_free(&text);
    json_decref(value);
    return rc;
}

/* CST_SKIPPED where a registry stands there already. */
static cst_code check_place(const char *path, const char *file, cst_error *err)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        return cst_error_set(err, CST_INVALID,
                             "%s is a file; a registry is a directory: name another place", path);
    if (cst_file_exists(file)) {
        cst_registry *there = NULL;
        cst_code rc = cst_registry_open(&there, path, err);
        cst_registry_close(there);
        return rc == CST_OK ? CST_SKIPPED : rc;
    }
    char **names = NULL;
    size_t count = 0;
    cst_code rc = cst_file_names(&names, &count, path, err);
    if (rc == CST_OK && count)
        rc = cst_error_set(err, CST_INVALID,
                           "%s is not empty (there is %s) and no registry: name a new or an empty "
                           "directory",
                           path, names[0]);
    cst_file_names_free(names, count);
    return rc;
}

cst_code cst_registry_init(const char *path, cst_error *err)
{
    char *file = cst_file_join(path, "registry.json", err);
    if (!file)
        return CST_NOMEM;
    cst_code rc = check_place(path, file, err);
    if (rc != CST_OK)
        goto out;
    if ((rc = cst_file_mkdirs(path, err)) != CST_OK || (rc = cst_registry_try(path, err)) != CST_OK)
        goto out;
    cst_error lost = CST_ERROR_INIT;
    rc = publish_description(file, &lost);
    if (rc == CST_EXISTS) /* somebody else made it just now */
        rc = check_place(path, file, err);
    else if (rc != CST_OK)
        rc = cst_error_set(err, rc, "%s", lost.text);
out:
    free(file);
    return rc;
}

/* ------------------------------------------------------------------------------------- open */

static cst_code check_directory(const char *path, cst_error *err)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        if (errno == ENOENT)
            return cst_error_set(err, CST_MISSING,
                                 "there is no registry at %s: capstan init %s makes one", path,
                                 path);
        return cst_error_errno(err, "cannot look at registry %s", path);
    }
    if (!S_ISDIR(status.st_mode))
        return cst_error_set(err, CST_INVALID, "%s is a file; a registry is a directory", path);
    if (status.st_mode & S_IWOTH)
        return cst_error_set(err, CST_INVALID,
                             "registry %s can be written by everybody on this machine, so nothing "
                             "in it can be trusted: chmod o-w %s",
                             path, path);
    return CST_OK;
}

static cst_code check_description(const char *path, cst_error *err)
{
    enum { LARGEST = 1 << 16 };
    json_t *value = NULL;
    cst_text text = CST_TEXT_INIT;
    char *file = cst_file_join(path, "registry.json", err);
    if (!file)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    if (!cst_file_exists(file)) {
        rc = cst_error_set(err, CST_MISSING,
                           "%s is no registry (it has no registry.json): capstan init makes one in "
                           "a new or empty directory",
                           path);
        goto out;
    }
    if ((rc = cst_file_read(&text, file, LARGEST, err)) != CST_OK ||
        (rc = cst_json_parse(&value, text.data, text.size, file, err)) != CST_OK)
        goto out;
    json_int_t format = json_integer_value(json_object_get(value, "format"));
    if (format < 1)
        rc = cst_error_set(err, CST_INVALID, "%s: \"format\" is not a number from 1", file);
    else if (format > CST_REGISTRY_FORMAT)
        rc =
            cst_error_set(err, CST_INVALID,
                          "registry %s has format %lld, this capstan knows %d: use a newer capstan",
                          path, (long long)format, CST_REGISTRY_FORMAT);
out:
    json_decref(value);
    cst_text_free(&text);
    free(file);
    return rc;
}

cst_code cst_registry_open(cst_registry **out, const char *path, cst_error *err)
{
    cst_code rc = check_directory(path, err);
    if (rc != CST_OK || (rc = check_description(path, err)) != CST_OK)
        return rc;
    cst_registry *registry = cst_array_new(1, sizeof *registry, "registry", err);
    if (!registry)
        return CST_NOMEM;
    registry->path = realpath(path, NULL);
    if (!registry->path) {
        rc = cst_error_errno(err, "cannot find the absolute path of registry %s", path);
        cst_registry_close(registry);
        return rc;
    }
    *out = registry;
    return CST_OK;
}

void cst_registry_close(cst_registry *registry)
{
    if (!registry)
        return;
    free(registry->path);
    free(registry);
}

const char *cst_registry_path(const cst_registry *registry)
{
    return registry->path;
}

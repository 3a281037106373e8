/* quarantine.c - what is bad is moved aside, and its number stays used */
#include <errno.h>

#include "base/clock.h"
#include "registry/findings.h"

enum { DATE = 10 /* "2013-04-01" */ };

static cst_code make_gone(const char *path, const char *now, const char *why, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    char *file = cst_file_join(path, "gone.json", err);
    json_t *gone = json_pack("{s:s, s:s}", "time", now, "why", why);
    cst_code rc = file && gone ? cst_registry_put_actor(gone, err) : cst_error_nomem(err, "gone");
    if (rc == CST_OK)
        rc = cst_seal_put(gone, "record_sha256", err);
    if (rc == CST_OK)
        rc = cst_seal_text(&text, gone, err);
    if (rc == CST_OK)
        rc = cst_file_mkdirs(path, err);
    if (rc == CST_OK)
        rc = cst_file_publish(file, text.data, text.size, err);
    cst_text_free(&text);
    json_decref(gone);
    free(file);
    return rc;
}

static cst_code move_aside(const char *from, const char *to, cst_error *err)
{
    if (rename(from, to) != 0)
        return cst_error_errno(err, "cannot move %s to %s", from, to);
    char *parent = cst_file_parent(from, err);
    cst_code rc = parent ? cst_file_sync_directory(parent, err) : CST_NOMEM;
    free(parent);
    return rc;
}

/* The length of the leading part of a finding's path that is moved: "models/m/0000000001" of
 * "models/m/0000000001/text", the whole of "parts/d/<id>.h5" and of "keys/<key>.json"; 0 where
 * nothing is to be moved. */
static size_t movable(const char *relative, bool *version)
{
    const char *name = strchr(relative, '/');
    const char *number = name ? strchr(name + 1, '/') : NULL;
    *version = false;
    if (strncmp(relative, "keys/", strlen("keys/")) == 0)
        return strlen(relative);
    if (!number)
        return 0;
    if (strncmp(relative, "parts/", strlen("parts/")) == 0)
        return strlen(relative);
    size_t folder = (size_t)(name - relative);
    for (cst_kind kind = 0; kind < CST_KIND_COUNT; kind++)
        *version = *version || (strncmp(relative, cst_kind_folder(kind), folder) == 0 &&
                                strlen(cst_kind_folder(kind)) == folder);
    number++;
    size_t digits = strcspn(number, "/");
    if (!*version || digits != CST_VERSION_DIGITS || !cst_registry_number(number))
        return 0;
    return (size_t)(number - relative) + digits;
}

cst_code cst_findings_quarantine(bool *moved, const cst_registry *registry, const char *relative,
                                 const char *why, cst_error *err)
{
    char now[CST_TIME_TEXT];
    bool version = false;
    size_t length = movable(relative, &version);
    cst_code rc = CST_OK;
    *moved = false;
    if (!length)
        return CST_OK;
    cst_clock_text(now, cst_clock_now());
    char *from = cst_text_format(err, "%s/%.*s", registry->path, (int)length, relative);
    char *folder = cst_text_format(err, "%s/quarantine/%.*s", registry->path, DATE, now);
    char *to = folder ? cst_text_format(err, "%s/%.*s", folder, (int)length, relative) : NULL;
    char *above = to ? cst_file_parent(to, err) : NULL;
    char *gone = from ? cst_file_join(from, "gone.json", err) : NULL;
    if (!from || !to || !above || !gone) {
        rc = CST_NOMEM;
        goto out;
    }
    if (!cst_file_exists(from) || cst_file_exists(gone)) /* moved by a finding before this one */
        goto out;
    if ((rc = cst_file_mkdirs(above, err)) != CST_OK || (rc = move_aside(from, to, err)) != CST_OK)
        goto out;
    *moved = true;
    if (version)
        rc = make_gone(from, now, why, err);
out:
    free(from);
    free(folder);
    free(to);
    free(above);
    free(gone);
    return rc;
}

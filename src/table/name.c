/* name.c - names that a column may have */
#include <utf8proc.h>

#include "base/text.h"
#include "table/schema.h"

static bool is_reserved(const char *name)
{
    static const char *const suffixes[] = {"_levels", "_offsets", "_missing"};
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t suffix = strlen(suffixes[i]);
        if (size >= suffix && strcmp(name + size - suffix, suffixes[i]) == 0)
            return true;
    }
    return strcmp(name, "row") == 0 || strncmp(name, "id:", 3) == 0;
}

static bool has_control(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < 0x20 || *name == 0x7f)
            return true;
    return false;
}

static cst_code check_normal(const char *name, cst_error *err)
{
    utf8proc_uint8_t *normal = utf8proc_NFC((const utf8proc_uint8_t *)name);
    if (!normal)
        return cst_error_nomem(err, "column name");
    bool same = strcmp((const char *)normal, name) == 0;
    cst_code rc = same ? CST_OK
                       : cst_error_set(err, CST_INVALID,
                                       "column name \"%s\" is not in Unicode's composed form "
                                       "(NFC): write \"%s\", or use rename:",
                                       name, (const char *)normal);
    free(normal);
    return rc;
}

cst_code cst_schema_check_name(const char *name, cst_error *err)
{
    const char *why = NULL;
    size_t size = strlen(name);
    if (size == 0)
        why = "is empty";
    else if (size > 255)
        why = "is longer than 255 bytes";
    else if (!cst_text_is_utf8(name, size))
        return cst_error_set(err, CST_INVALID, "a column name is not UTF-8: use rename:");
    else if (has_control(name))
        return cst_error_set(err, CST_INVALID,
                             "a column name holds control characters: use rename:");
    else if (strchr(name, '/'))
        why = "holds a '/'";
    else if (name[size - 1] == ' ')
        why = "ends in a blank";
    else if (strcmp(name, ".") == 0)
        why = "is a name that files cannot hold";
    else if (is_reserved(name))
        why = "is reserved (row, id:…, …_levels, …_offsets, …_missing)";
    if (why)
        return cst_error_set(err, CST_INVALID, "column name \"%s\" %s: use rename:", name, why);
    return check_normal(name, err);
}

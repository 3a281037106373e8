/* diff.c - what differs between two versions of a kind */
#include "registry/internal.h"
#include "registry/lineage.h"

/* Put every leaf of value under its path ("split.test") into map; lists are leaves. */
static cst_code flatten(json_t *map, const char *path, json_t *value, cst_error *err)
{
    if (!json_is_object(value))
        return cst_json_put(map, path, json_incref(value), err);
    const char *key = NULL;
    json_t *member = NULL;
    cst_code rc = CST_OK;
    json_object_foreach(value, key, member)
    {
        char *below = cst_text_format(err, "%s%s%s", path, *path ? "." : "", key);
        if (rc == CST_OK)
            rc = below ? flatten(map, below, member, err) : CST_NOMEM;
        free(below);
    }
    return rc;
}

static cst_code put_if_different(json_t *into, const char *key, json_t *a, json_t *b,
                                 cst_error *err)
{
    if (a && b && json_equal(a, b))
        return CST_OK;
    json_t *pair = json_pack("[O, O]", a ? a : json_null(), b ? b : json_null());
    return cst_json_put(into, key, pair, err);
}

/* Put {path: [value in a, value in b]} of all that differs under key; null is "not there". */
static cst_code put_difference(json_t *out, const char *key, const json_t *a, const json_t *b,
                               cst_error *err)
{
    json_t *left = json_object();
    json_t *right = json_object();
    json_t *different = json_object();
    cst_code rc = left && right && different ? CST_OK : cst_error_nomem(err, "difference");
    if (rc == CST_OK && a)
        rc = flatten(left, "", (json_t *)a, err);
    if (rc == CST_OK && b)
        rc = flatten(right, "", (json_t *)b, err);
    const char *path = NULL;
    json_t *value = NULL;
    json_object_foreach(left, path, value)
    {
        if (rc == CST_OK)
            rc = put_if_different(different, path, value, json_object_get(right, path), err);
    }
    json_object_foreach(right, path, value)
    {
        if (rc == CST_OK && !json_object_get(left, path))
            rc = put_if_different(different, path, NULL, value, err);
    }
    if (rc == CST_OK)
        rc = cst_json_put(out, key, json_incref(different), err);
    json_decref(left);
    json_decref(right);
    json_decref(different);
    return rc;
}

/* {role: "flights@1 sha256:12345678"}. */
static cst_code inputs_by_role(json_t **out, const json_t *manifest, cst_error *err)
{
    json_t *map = json_object();
    cst_code rc = map ? CST_OK : cst_error_nomem(err, "difference");
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(manifest, "inputs"), i, input)
    {
        const char *role = json_string_value(json_object_get(input, "role"));
        const char *name = json_string_value(json_object_get(input, "name"));
        const char *id = json_string_value(json_object_get(input, "id"));
        if (rc == CST_OK && role && name && id)
            rc = cst_json_put(
                map, role,
                json_sprintf("%s@%lld sha256:%.8s", name,
                             (long long)json_integer_value(json_object_get(input, "version")), id),
                err);
    }
    *out = map;
    return rc;
}

/* {name: content digest} of the files, {"parts": [ids]} of the parts. */
static cst_code files_by_name(json_t **out, const json_t *manifest, cst_error *err)
{
    json_t *map = json_object();
    cst_code rc = map ? CST_OK : cst_error_nomem(err, "difference");
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(json_object_get(manifest, "files"), i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "name"));
        if (rc == CST_OK && name && !json_is_true(json_object_get(entry, "provenance")))
            rc = cst_json_put(map, name, json_incref(json_object_get(entry, "content")), err);
    }
    json_array_foreach(json_object_get(manifest, "parts"), i, entry)
    {
        const char *id = json_string_value(json_object_get(entry, "id"));
        char *name = cst_text_format(err, "part %.16s", id ? id : "?");
        json_t *rows = json_object_get(entry, "rows");
        if (rc == CST_OK)
            rc = name ? cst_json_put(map, name, rows ? json_incref(rows) : json_null(), err)
                      : CST_NOMEM;
        free(name);
    }
    *out = map;
    return rc;
}

static cst_code put_mapped(json_t *out, const char *key,
                           cst_code (*map)(json_t **, const json_t *, cst_error *),
                           const cst_version *a, const cst_version *b, cst_error *err)
{
    json_t *left = NULL;
    json_t *right = NULL;
    cst_code rc = map(&left, a->manifest, err);
    if (rc == CST_OK)
        rc = map(&right, b->manifest, err);
    if (rc == CST_OK)
        rc = put_difference(out, key, left, right, err);
    json_decref(left);
    json_decref(right);
    return rc;
}

static cst_code put_members(json_t *out, const char *key, const cst_version *a,
                            const cst_version *b, cst_error *err)
{
    return put_difference(out, key, json_object_get(a->manifest, key),
                          json_object_get(b->manifest, key), err);
}

cst_code cst_lineage_diff(json_t **out, const cst_version *a, const cst_version *b, cst_error *err)
{
    if (a->kind != b->kind)
        return cst_error_set(
            err, CST_USAGE, "%s@%lld is a %s, %s@%lld a %s: only versions of one kind are compared",
            a->name, (long long)a->number, cst_kind_name(a->kind), b->name, (long long)b->number,
            cst_kind_name(b->kind));
    json_t *value = json_pack("{s:b}", "identical", cst_digest_equal(&a->id, &b->id));
    cst_code rc = value ? put_members(value, "params", a, b, err) : cst_error_nomem(err, "diff");
    if (rc == CST_OK)
        rc = put_mapped(value, "inputs", inputs_by_role, a, b, err);
    if (rc == CST_OK)
        rc = put_mapped(value, "files", files_by_name, a, b, err);
    if (rc == CST_OK)
        rc = put_members(value, "summary", a, b, err);
    if (rc == CST_OK)
        *out = value;
    else
        json_decref(value);
    return rc;
}

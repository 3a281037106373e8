/* manifest.c - sealed JSON files; the content id of a manifest */
#include <pwd.h>
#include <unistd.h>

#include "registry/internal.h"

cst_code cst_json_put_digest(json_t *object, const char *key, const cst_digest *digest,
                             cst_error *err)
{
    char hex[CST_DIGEST_HEX];
    cst_digest_hex(hex, digest);
    return cst_json_put(object, key, json_string(hex), err);
}

cst_code cst_json_get_digest(cst_digest *out, const json_t *object, const char *key,
                             const char *where, cst_error *err)
{
    const char *hex = json_string_value(json_object_get(object, key));
    if (!hex || !cst_digest_parse(out, hex))
        return cst_error_set(err, CST_INVALID, "%s: \"%s\" is not a digest of 64 hex digits", where,
                             key);
    return CST_OK;
}

/* ------------------------------------------------------------------------------- sealed files */

cst_code cst_seal_put(json_t *value, const char *key, cst_error *err)
{
    cst_digest digest;
    cst_code rc = cst_json_digest(&digest, value, err);
    return rc == CST_OK ? cst_json_put_digest(value, key, &digest, err) : rc;
}

cst_code cst_seal_text(cst_text *out, const json_t *sealed, cst_error *err)
{
    cst_code rc = cst_json_pretty(out, sealed, err);
    if (rc == CST_OK && out->size && out->data[out->size - 1] != '\n')
        rc = cst_text_puts(out, "\n", err);
    return rc;
}

static cst_code check_seal(const json_t *value, const cst_text *text, const char *path,
                           const char *key, cst_error *err)
{
    cst_digest said;
    cst_digest found;
    cst_text again = CST_TEXT_INIT;
    json_t *rest = NULL;
    cst_code rc = CST_OK;
    if (!json_is_object(value)) {
        rc = cst_error_set(err, CST_INVALID, "%s is not a JSON object", path);
        goto out;
    }
    if ((rc = cst_json_get_digest(&said, value, key, path, err)) != CST_OK)
        goto out;
    if (!(rest = json_copy((json_t *)value))) {
        rc = cst_error_nomem(err, "manifest");
        goto out;
    }
    (void)json_object_del(rest, key);
    if ((rc = cst_json_digest(&found, rest, err)) != CST_OK ||
        (rc = cst_seal_text(&again, value, err)) != CST_OK)
        goto out;
    bool same = again.size == text->size && memcmp(again.data, text->data, text->size) == 0;
    if (!cst_digest_equal(&said, &found) || !same)
        rc = cst_error_set(err, CST_INVALID,
                           "%s was changed after it was written: its %s does not hold", path, key);
out:
    json_decref(rest);
    cst_text_free(&again);
    return rc;
}

cst_code cst_seal_read(json_t **out, cst_digest *bytes, const char *path, const char *key,
                       cst_error *err)
{
    enum { LARGEST = 1 << 28 };
    cst_text text = CST_TEXT_INIT;
    json_t *value = NULL;
    cst_code rc = cst_file_read_no_links(&text, path, LARGEST, err);
    if (rc != CST_OK || (rc = cst_json_parse(&value, text.data, text.size, path, err)) != CST_OK)
        goto out;
    if ((rc = check_seal(value, &text, path, key, err)) != CST_OK)
        goto out;
    if (bytes && (rc = cst_sha256_of(bytes, text.data, text.size, err)) != CST_OK)
        goto out;
    *out = value;
    value = NULL;
out:
    json_decref(value);
    cst_text_free(&text);
    return rc;
}

/* ----------------------------------------------------------------------------------------- id */

/* Copy the named keys of each object in list into a new list, objects with the key skip left out.
 */
static json_t *project(const json_t *list, const char *const *keys, const char *skip)
{
    json_t *out = json_array();
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach(list, i, item)
    {
        if (skip && json_is_true(json_object_get(item, skip)))
            continue;
        json_t *kept = json_object();
        for (const char *const *key = keys; *key; key++)
            (void)json_object_set(kept, *key, json_object_get(item, *key));
        if (json_array_append_new(out, kept) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

cst_code cst_manifest_id(cst_digest *out, const json_t *manifest, cst_error *err)
{
    static const char *const copied[] = {"kind", "format", "stage", "revision", "params", "seed"};
    static const char *const of_input[] = {"role", "id", NULL};
    static const char *const of_file[] = {"name", "content", NULL};
    static const char *const of_part[] = {"id", NULL};
    json_t *value = json_object();
    cst_code rc = value ? CST_OK : cst_error_nomem(err, "manifest");
    for (size_t i = 0; rc == CST_OK && i < sizeof copied / sizeof *copied; i++) {
        json_t *member = json_object_get(manifest, copied[i]);
        rc = cst_json_put(value, copied[i], member ? json_incref(member) : json_null(), err);
    }
    const json_t *inputs = json_object_get(manifest, "inputs");
    const json_t *files = json_object_get(manifest, "files");
    const json_t *parts = json_object_get(manifest, "parts");
    if (rc == CST_OK)
        rc = cst_json_put(value, "inputs", project(inputs, of_input, NULL), err);
    if (rc == CST_OK)
        rc = cst_json_put(value, "files", project(files, of_file, "provenance"), err);
    if (rc == CST_OK)
        rc = cst_json_put(value, "parts", project(parts, of_part, NULL), err);
    if (rc == CST_OK)
        rc = cst_json_digest(out, value, err);
    json_decref(value);
    return rc;
}

/* -------------------------------------------------------------------------------------- actor */

cst_code cst_registry_put_actor(json_t *record, cst_error *err)
{
    enum { HOST = 256 };
    char host[HOST] = "";
    const struct passwd *user = getpwuid(geteuid());
    const char *job = getenv("SLURM_JOB_ID");
    if (gethostname(host, sizeof host - 1) != 0)
        return cst_error_errno(err, "this host has no name");
    json_t *actor = user ? json_string(user->pw_name) : json_sprintf("uid %ld", (long)geteuid());
    cst_code rc = cst_json_put(record, "actor", actor, err);
    if (rc == CST_OK)
        rc = cst_json_put(record, "host", json_string(host), err);
    if (rc == CST_OK)
        rc = cst_json_put(record, "job", job ? json_string(job) : json_null(), err);
    return rc;
}

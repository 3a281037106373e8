/* step_key.c - who first finished a step under its key: one record a key, published once */
#include "registry/step_key.h"

#include "base/clock.h"
#include "registry/internal.h"

/* "<registry>/keys/<key>.json", to be freed; NULL with err set where key is none. */
static char *record_path(const cst_registry *registry, const char *key, cst_error *err)
{
    if (strlen(key) != CST_DIGEST_HEX - 1 || strspn(key, "0123456789abcdef") != strlen(key)) {
        (void)cst_error_set(err, CST_USAGE, "\"%s\" is no step key: 64 hex digits are", key);
        return NULL;
    }
    return cst_text_format(err, "%s/keys/%s.json", registry->path, key);
}

cst_code cst_step_key_check(json_t **out, const char *path, const char *key, cst_error *err)
{
    json_t *record = NULL;
    cst_code rc = cst_seal_read(&record, NULL, path, "record_sha256", err);
    const char *own = json_string_value(json_object_get(record, "key"));
    if (rc == CST_OK && (!own || strcmp(own, key) != 0))
        rc = cst_error_set(err, CST_INVALID, "%s is the record of another key, %s", path,
                           own ? own : "none");
    if (rc == CST_OK && !json_is_array(json_object_get(record, "outputs")))
        rc = cst_error_set(err, CST_INVALID, "%s does not say what was made: no outputs", path);
    if (rc == CST_OK && out)
        *out = json_incref(record);
    json_decref(record);
    return rc;
}

cst_code cst_step_key_read(json_t **out, const cst_registry *registry, const char *key,
                           cst_error *err)
{
    *out = NULL;
    char *path = record_path(registry, key, err);
    cst_code rc = path ? CST_OK : err->code;
    if (rc == CST_OK && cst_file_exists(path))
        rc = cst_step_key_check(out, path, key, err);
    free(path);
    return rc;
}

/* The record's bytes. */
static cst_code describe(cst_text *out, const char *key, const json_t *made, cst_error *err)
{
    char now[CST_TIME_TEXT];
    cst_clock_text(now, cst_clock_now());
    json_t *record = json_copy((json_t *)made);
    cst_code rc = record ? cst_json_put(record, "key", json_string(key), err)
                         : cst_error_nomem(err, "a key's record");
    if (rc == CST_OK)
        rc = cst_json_put(record, "time", json_string(now), err);
    if (rc == CST_OK)
        rc = cst_seal_put(record, "record_sha256", err);
    if (rc == CST_OK)
        rc = cst_seal_text(out, record, err);
    json_decref(record);
    return rc;
}

static cst_code publish(const cst_registry *registry, const char *path, const cst_text *text,
                        cst_error *err)
{
    char *folder = cst_file_join(registry->path, "keys", err);
    cst_code rc = folder ? cst_file_mkdirs(folder, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_file_publish(path, text->data, text->size, err);
    free(folder);
    return rc;
}

cst_code cst_step_key_publish(json_t **first, const cst_registry *registry, const char *key,
                              const json_t *made, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_error taken = CST_ERROR_INIT;
    *first = NULL;
    char *path = record_path(registry, key, err);
    if (!path)
        return err->code;
    cst_code rc = describe(&text, key, made, err);
    if (rc == CST_OK && (rc = publish(registry, path, &text, &taken)) == CST_EXISTS) {
        rc = cst_step_key_check(first, path, key, err);
        rc = rc == CST_OK ? CST_SKIPPED : rc;
    } else if (rc != CST_OK) {
        (void)cst_error_set(err, rc, "%s", taken.text);
    }
    cst_text_free(&text);
    free(path);
    return rc;
}

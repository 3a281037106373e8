/* alias.c - the chain of generations of an alias: read and walked */
#include "registry/alias.h"

#include "base/array.h"
#include "registry/internal.h"

/* An alias begins with a letter, so that it cannot be taken for a version number. */
static cst_code check_alias(const char *alias, cst_error *err)
{
    cst_code rc = cst_registry_check_name("an alias", alias, err);
    if (rc == CST_OK && ((*alias >= '0' && *alias <= '9') || strcmp(alias, "latest") == 0))
        rc = cst_error_set(err, CST_USAGE,
                           "\"%s\" cannot be an alias: it begins with a letter and is not latest",
                           alias);
    return rc;
}

char *cst_alias_folder(const cst_registry *registry, const char *model, const char *alias,
                       cst_error *err)
{
    if (cst_registry_check_name("a model", model, err) != CST_OK ||
        check_alias(alias, err) != CST_OK)
        return NULL;
    return cst_text_format(err, "%s/aliases/%s/%s", registry->path, model, alias);
}

void cst_alias_free(cst_alias *alias)
{
    json_decref(alias->record);
    *alias = (cst_alias){0};
}

/* The record must say what its place in the chain says. */
static cst_code check_link(const json_t *record, int64_t generation, const cst_digest *previous,
                           const char *path, cst_error *err)
{
    json_int_t said = json_integer_value(json_object_get(record, "generation"));
    cst_digest digest;
    if (said != generation)
        return cst_error_set(err, CST_INVALID, "%s is the record of generation %lld: it was moved",
                             path, (long long)said);
    if (generation == 1)
        return CST_OK;
    cst_code rc = cst_json_get_digest(&digest, record, "previous", path, err);
    if (rc == CST_OK && !cst_digest_equal(&digest, previous))
        rc = cst_error_set(err, CST_INVALID,
                           "%s does not follow from the record before it: the chain is broken",
                           path);
    return rc;
}

cst_code cst_alias_walk(json_t **out, cst_digest *last, const char *folder, cst_error *err)
{
    int64_t *numbers = NULL;
    size_t count = 0;
    json_t *chain = json_array();
    cst_code rc = chain ? cst_registry_numbers(&numbers, &count, folder, ".json", err)
                        : cst_error_nomem(err, "alias");
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        json_t *record = NULL;
        cst_digest digest;
        int64_t generation = (int64_t)i + 1;
        if (numbers[i] != generation) {
            rc = cst_error_set(err, CST_INVALID, "%s: the record of generation %lld is missing",
                               folder, (long long)generation);
            break;
        }
        char *path = cst_text_format(err, "%s/%0*lld.json", folder, CST_VERSION_DIGITS,
                                     (long long)generation);
        rc = path ? cst_seal_read(&record, &digest, path, "record_sha256", err) : CST_NOMEM;
        if (rc == CST_OK)
            rc = check_link(record, generation, last, path, err);
        free(path);
        if (rc == CST_OK)
            rc = cst_json_append(chain, json_incref(record), err);
        json_decref(record);
        if (rc == CST_OK)
            *last = digest;
    }
    free(numbers);
    if (rc == CST_OK)
        *out = chain;
    else
        json_decref(chain);
    return rc;
}

cst_code cst_alias_log(json_t **out, cst_registry *registry, const char *model, const char *alias,
                       cst_error *err)
{
    cst_digest last = {0};
    char *folder = cst_alias_folder(registry, model, alias, err);
    if (!folder)
        return err ? err->code : CST_USAGE;
    cst_code rc = cst_alias_walk(out, &last, folder, err);
    free(folder);
    return rc;
}

cst_code cst_alias_read(cst_alias *out, cst_registry *registry, const char *model,
                        const char *alias, cst_error *err)
{
    json_t *chain = NULL;
    cst_code rc = cst_alias_log(&chain, registry, model, alias, err);
    if (rc != CST_OK)
        return rc;
    size_t count = json_array_size(chain);
    out->generation = (int64_t)count;
    out->record = count ? json_incref(json_array_get(chain, count - 1)) : NULL;
    json_decref(chain);
    return CST_OK;
}

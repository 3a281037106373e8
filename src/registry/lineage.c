/* lineage.c - why: up to the files a version was made of, down to what was made of it */
#include "registry/lineage.h"

#include "registry/internal.h"

/* The files that the parts of a snapshot were read from. */
static cst_code put_sources(json_t *node, const json_t *manifest, cst_error *err)
{
    json_t *sources = json_array();
    cst_code rc = sources ? CST_OK : cst_error_nomem(err, "lineage");
    size_t i = 0;
    const json_t *part = NULL;
    json_array_foreach(json_object_get(manifest, "parts"), i, part)
    {
        size_t k = 0;
        json_t *source = NULL;
        json_array_foreach(json_object_get(part, "sources"), k, source)
        {
            if (rc == CST_OK)
                rc = cst_json_append(sources, json_incref(source), err);
        }
    }
    if (rc == CST_OK && json_array_size(sources))
        rc = cst_json_put(node, "sources", json_incref(sources), err);
    json_decref(sources);
    return rc;
}

static cst_code put_known(json_t *node, const char *key, json_t *value, cst_error *err)
{
    return value ? cst_json_put(node, key, json_incref(value), err) : CST_OK;
}

/* What one version says of itself, without its inputs. */
static cst_code describe(json_t **out, const cst_version *version, cst_error *err)
{
    static const char *const own[] = {"stage",   "revision", "params",       "seed",
                                      "summary", "split",    "evaluated_as", "parent"};
    static const char *const provenance[] = {"build", "who", "when", "host"};
    const json_t *manifest = version->manifest;
    json_t *node = cst_version_to_json(version, err);
    cst_code rc = node ? put_sources(node, manifest, err) : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < sizeof own / sizeof *own; i++)
        rc = put_known(node, own[i], json_object_get(manifest, own[i]), err);
    for (size_t i = 0; rc == CST_OK && i < sizeof provenance / sizeof *provenance; i++)
        rc =
            put_known(node, provenance[i],
                      json_object_get(json_object_get(manifest, "provenance"), provenance[i]), err);
    if (rc == CST_OK)
        *out = node;
    else
        json_decref(node);
    return rc;
}

static cst_code up(json_t **out, cst_registry *registry, const cst_version *version, int depth,
                   cst_error *err);

/* The version that an input names, as it is now: with what it is made of, or, where it is not
 * there any more or is another one, with what is known of it and why. */
static cst_code input_node(json_t **out, cst_registry *registry, const json_t *input, int depth,
                           cst_error *err)
{
    const char *name = json_string_value(json_object_get(input, "name"));
    const char *kind = json_string_value(json_object_get(input, "kind"));
    int64_t number = json_integer_value(json_object_get(input, "version"));
    cst_version *version = NULL;
    cst_digest id = {0};
    cst_error lost = CST_ERROR_INIT;
    json_t *node = NULL;
    cst_code rc = CST_OK;
    if (!name || !kind || cst_kind_parse(kind) == CST_KIND_COUNT)
        return cst_error_set(err, CST_INVALID, "a manifest has an input without kind or name");
    rc = cst_json_get_digest(&id, input, "id", "an input", &lost);
    if (rc == CST_OK)
        rc = cst_version_read(&version, registry, cst_kind_parse(kind), name, number, &lost);
    if (rc == CST_OK && !cst_digest_equal(&version->id, &id))
        rc = cst_error_set(&lost, CST_INVALID, "what is there now has another id");
    if (rc == CST_OK) {
        rc = up(&node, registry, version, depth, err);
    } else {
        node = json_deep_copy(input);
        rc = node ? cst_json_put(node, "gone", json_string(lost.text), err)
                  : cst_error_nomem(err, "lineage");
    }
    if (rc == CST_OK)
        rc = cst_json_put(node, "role", json_incref(json_object_get(input, "role")), err);
    cst_version_free(version);
    if (rc == CST_OK)
        *out = node;
    else
        json_decref(node);
    return rc;
}

static cst_code up(json_t **out, cst_registry *registry, const cst_version *version, int depth,
                   cst_error *err)
{
    enum { DEEPEST = 64 };
    json_t *node = NULL;
    json_t *inputs = NULL;
    if (depth > DEEPEST)
        return cst_error_set(err, CST_INVALID, "%s: its inputs go deeper than %d versions",
                             version->path, DEEPEST);
    cst_code rc = describe(&node, version, err);
    if (rc == CST_OK && !(inputs = json_array()))
        rc = cst_error_nomem(err, "lineage");
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(version->manifest, "inputs"), i, input)
    {
        json_t *above = NULL;
        if (rc == CST_OK)
            rc = input_node(&above, registry, input, depth + 1, err);
        if (rc == CST_OK)
            rc = cst_json_append(inputs, above, err);
    }
    if (rc == CST_OK)
        rc = cst_json_put(node, "inputs", json_incref(inputs), err);
    json_decref(inputs);
    if (rc == CST_OK)
        *out = node;
    else
        json_decref(node);
    return rc;
}

cst_code cst_lineage_up(json_t **out, cst_registry *registry, const cst_version *version,
                        cst_error *err)
{
    return up(out, registry, version, 0, err);
}

/* Append what made is, once a role, where version is among its inputs. */
static cst_code add_if_made_of(json_t *list, const cst_version *made, const cst_version *version,
                               cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(made->manifest, "inputs"), i, input)
    {
        cst_digest id;
        if (rc != CST_OK || (rc = cst_json_get_digest(&id, input, "id", made->path, err)) != CST_OK)
            break;
        if (!cst_digest_equal(&id, &version->id))
            continue;
        json_t *entry = cst_version_to_json(made, err);
        rc = entry ? cst_json_put(entry, "role", json_incref(json_object_get(input, "role")), err)
                   : CST_NOMEM;
        if (rc == CST_OK)
            rc = cst_json_append(list, json_incref(entry), err);
        json_decref(entry);
    }
    return rc;
}

cst_code cst_lineage_down(json_t **out, cst_registry *registry, const cst_version *version,
                          cst_error *err)
{
    cst_version **versions = NULL;
    size_t count = 0;
    json_t *list = json_array();
    cst_code rc = list ? cst_registry_list(&versions, &count, registry, CST_KIND_ANY, NULL, err)
                       : cst_error_nomem(err, "lineage");
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        rc = add_if_made_of(list, versions[i], version, err);
    cst_versions_free(versions, count);
    if (rc == CST_OK)
        *out = list;
    else
        json_decref(list);
    return rc;
}

/* make_version.c - publishes small versions, for tests of commands that look at them
 *
 * make_version KIND NAME RECIPE.json
 * The recipe: {"stage", "params": {}, "summary": {}, "extra": {}, "provenance": {},
 * "files": {name: text or JSON}, "inputs": [[role, kind, reference]], "parts": [{…}]}.
 */
#include "base/log.h"
#include "config/json.h"
#include "registry/registry.h"

static cst_code add_files(cst_draft *draft, const json_t *recipe, cst_error *err)
{
    cst_code rc = CST_OK;
    const char *name = NULL;
    json_t *content = NULL;
    json_object_foreach(json_object_get(recipe, "files"), name, content)
    {
        if (rc != CST_OK)
            break;
        if (json_is_string(content))
            rc = cst_draft_add_bytes(draft, name, json_string_value(content),
                                     json_string_length(content), false, err);
        else
            rc = cst_draft_add_json(draft, name, content, false, err);
    }
    return rc;
}

static cst_code add_inputs(cst_draft *draft, cst_registry *registry, const json_t *recipe,
                           cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(recipe, "inputs"), i, input)
    {
        const char *role = json_string_value(json_array_get(input, 0));
        const char *kind = json_string_value(json_array_get(input, 1));
        const char *reference = json_string_value(json_array_get(input, 2));
        cst_version *version = NULL;
        if (rc == CST_OK)
            rc = cst_registry_find(&version, registry, cst_kind_parse(kind), reference, err);
        if (rc == CST_OK)
            rc = cst_draft_add_input(draft, role, version, err);
        cst_version_free(version);
    }
    json_array_foreach(json_object_get(recipe, "parts"), i, input)
    {
        if (rc == CST_OK)
            rc = cst_draft_add_part(draft, input, err);
    }
    return rc;
}

static cst_code make(cst_registry *registry, cst_kind kind, const char *name, const json_t *recipe,
                     cst_error *err)
{
    cst_draft *draft = NULL;
    cst_version *version = NULL;
    const char *stage = json_string_value(json_object_get(recipe, "stage"));
    cst_recipe how = {.stage = stage ? stage : "test",
                      .revision = 1,
                      .params = json_object_get(recipe, "params"),
                      .summary = json_object_get(recipe, "summary"),
                      .extra = json_object_get(recipe, "extra"),
                      .provenance = json_object_get(recipe, "provenance")};
    cst_code rc = cst_draft_new(&draft, registry, kind, name, err);
    if (rc == CST_OK)
        rc = add_files(draft, recipe, err);
    if (rc == CST_OK)
        rc = add_inputs(draft, registry, recipe, err);
    if (rc == CST_OK)
        rc = cst_draft_publish(&version, draft, &how, CST_PARENT_ANY, err);
    if (version)
        (void)printf("%s@%lld\n", version->name, (long long)version->number);
    cst_version_free(version);
    cst_draft_free(draft);
    return rc;
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    cst_registry *registry = NULL;
    json_t *recipe = NULL;
    cst_log log = cst_log_new("make_version", CST_LOG_NORMAL, "none");
    const char *place = getenv("CAPSTAN_REGISTRY");
    if (argc != 4 || !place || cst_kind_parse(argv[1]) == CST_KIND_COUNT) {
        (void)fputs("usage: CAPSTAN_REGISTRY=DIR make_version KIND NAME RECIPE.json\n", stderr);
        return 2;
    }
    cst_code rc = cst_registry_open(&registry, place, &err);
    if (rc == CST_OK)
        rc = cst_json_read(&recipe, argv[3], &err);
    if (rc == CST_OK)
        rc = make(registry, cst_kind_parse(argv[1]), argv[2], recipe, &err);
    if (rc != CST_OK && rc != CST_SKIPPED)
        cst_log_error(&log, &err);
    json_decref(recipe);
    cst_registry_close(registry);
    return cst_code_status(rc);
}

/* expand.c - a planned step with what earlier steps have made in its arguments, inputs and key */
#include "pipeline/expand.h"

#include "config/json.h"
#include "config/option.h"
#include "pipeline/plan.h"
#include "registry/alias.h"

static const char champion_step[] = "champion";

static const json_t *output_of(const json_t *results, const char *step)
{
    return json_array_get(json_object_get(json_object_get(results, step), "outputs"), 0);
}

/* "name@version" of what a step has made; to be freed. */
static char *reference_of(const json_t *results, const char *step, cst_error *err)
{
    const json_t *output = output_of(results, step);
    if (!output && !strcmp(step, champion_step))
        return cst_text_copy("none", err);
    if (!output) {
        cst_error_set(err, CST_FAILED, "step %s has made nothing that a later one could use", step);
        return NULL;
    }
    return cst_text_format(err, "%s@%lld", cst_get_string(output, "name", ""),
                           (long long)cst_get_int(output, "version", 0));
}

/* "{train}" → "flight-delay@2"; anything else as it is. To be freed. */
static char *expand_argument(const char *argument, const json_t *results, cst_error *err)
{
    size_t size = strlen(argument);
    if (size < 3 || argument[0] != '{' || argument[size - 1] != '}')
        return cst_text_copy(argument, err);
    char *step = cst_text_format(err, "%.*s", (int)(size - 2), argument + 1);
    char *reference = step ? reference_of(results, step, err) : NULL;
    free(step);
    return reference;
}

static cst_code expand_arguments(json_t *step, const json_t *results, cst_error *err)
{
    const json_t *arguments = json_object_get(step, "arguments");
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "arguments");
    for (size_t i = 0; i < json_array_size(arguments) && rc == CST_OK; i++) {
        char *text = expand_argument(json_string_value(json_array_get(arguments, i)), results, err);
        rc = text ? cst_json_append(out, json_string(text), err) : CST_FAILED;
        free(text);
    }
    if (rc == CST_OK)
        return cst_json_put(step, "arguments", out, err);
    json_decref(out);
    return rc;
}

/* An input of the plan as the version it is now; new reference, or NULL with err set. */
static json_t *expand_input(const json_t *input, const json_t *results, cst_error *err)
{
    const char *step = cst_get_string(input, "step", NULL);
    if (!step)
        return json_deep_copy(input);
    const json_t *output = output_of(results, step);
    json_t *out = NULL;
    if (output)
        out = json_copy((json_t *)output);
    else if (!strcmp(step, champion_step))
        out = json_pack("{s:s}", "id", "none");
    else
        cst_error_set(err, CST_FAILED, "step %s has made nothing that a later one could use", step);
    if (out &&
        cst_json_put(out, "role", json_string(cst_get_string(input, "role", "")), err) == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static cst_code expand_inputs(json_t *step, const json_t *results, cst_error *err)
{
    const json_t *inputs = json_object_get(step, "inputs");
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "inputs");
    for (size_t i = 0; i < json_array_size(inputs) && rc == CST_OK; i++)
        rc = cst_json_append(out, expand_input(json_array_get(inputs, i), results, err), err);
    if (rc == CST_OK)
        return cst_json_put(step, "inputs", out, err);
    json_decref(out);
    return rc;
}

cst_code cst_expand_step(json_t **out, const json_t *step, const json_t *plan,
                         const json_t *results, cst_error *err)
{
    json_t *expanded = json_copy((json_t *)step);
    cst_code rc =
        expanded ? expand_arguments(expanded, results, err) : cst_error_nomem(err, "a step");
    if (rc == CST_OK)
        rc = expand_inputs(expanded, results, err);
    if (rc == CST_OK)
        rc = cst_plan_put_key(expanded, cst_get_int(plan, "seed", 0), err);
    if (rc == CST_OK)
        *out = expanded;
    else
        json_decref(expanded);
    return rc;
}

cst_code cst_expand_champion(json_t **out, cst_registry *registry, const char *model,
                             cst_error *err)
{
    cst_alias alias = {0};
    cst_version *version = NULL;
    json_t *result = json_object();
    char *reference = cst_text_format(err, "%s@champion", model);
    cst_code rc = reference ? cst_alias_read(&alias, registry, model, "champion", err) : CST_NOMEM;
    if (rc == CST_OK && alias.generation > 0)
        rc = cst_registry_find(&version, registry, CST_KIND_MODEL, reference, err);
    if (rc == CST_OK && version)
        rc = cst_json_put(result, "outputs", json_pack("[o]", cst_version_to_json(version, err)),
                          err);
    const json_t *as = version ? json_object_get(version->manifest, "evaluated_as") : NULL;
    if (rc == CST_OK && as)
        rc = cst_json_put(result, "evaluated_as", json_string(cst_get_string(as, "id", "")), err);
    if (rc == CST_OK)
        *out = json_incref(result);
    json_decref(result);
    cst_alias_free(&alias);
    cst_version_free(version);
    free(reference);
    return rc;
}

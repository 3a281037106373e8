/* plan_rows.c - the planned steps from files to features */
#include "base/file.h"
#include "config/json.h"
#include "pipeline/plan_parts.h"

/* The newest snapshot of a dataset, pinned. */
cst_code cst_plan_pin(const cst_planning *p, const char *dataset, cst_error *err)
{
    cst_version *version = NULL;
    cst_error why = CST_ERROR_INIT;
    char *reference = cst_text_format(err, "%s@latest", dataset);
    if (!reference)
        return CST_NOMEM;
    cst_code rc = cst_registry_find(&version, p->registry, CST_KIND_SNAPSHOT, reference, &why);
    if (rc == CST_OK)
        rc = cst_json_put(p->pins, dataset, cst_version_to_json(version, err), err);
    else
        rc = cst_error_set(err, rc, "%s: the dataset %s is needed: %s", p->file, dataset, why.text);
    cst_version_free(version);
    free(reference);
    return rc;
}

cst_code cst_plan_pin_joins(const cst_planning *p, cst_error *err)
{
    const json_t *joins = json_object_get(json_object_get(p->pipeline, "prepare"), "join");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(joins) && rc == CST_OK; i++)
        rc = cst_plan_pin(p, cst_get_string(json_array_get(joins, i), "dataset", ""), err);
    return rc;
}

cst_code cst_plan_ingest(cst_planning *p, const json_t *files, cst_error *err)
{
    static const char *const sections[] = {"source", NULL};
    const char *schema = cst_get_string(p->pipeline, "schema", NULL);
    json_t *arguments =
        json_pack("[s,s,s,s,s,s]", "--registry", cst_registry_path(p->registry), "--pipeline",
                  p->file, "--dataset", cst_get_string(p->pipeline, "dataset", ""));
    cst_code rc = arguments ? CST_OK : cst_error_nomem(err, "a plan");
    if (rc == CST_OK && schema)
        rc = cst_json_append(arguments, json_string("--schema"), err);
    if (rc == CST_OK && schema)
        rc = cst_json_append(arguments, json_string(schema), err);
    if (rc == CST_OK)
        rc = cst_json_append(arguments, json_string("--"), err);
    if (rc == CST_OK && json_is_string(files))
        rc = cst_json_append_files(arguments, json_string_value(files), "source.files", err);
    for (size_t i = 0; i < json_array_size(files) && rc == CST_OK; i++)
        rc = cst_json_append_files(arguments, json_string_value(json_array_get(files, i)),
                                   "source.files", err);
    if (rc != CST_OK) {
        json_decref(arguments);
        return rc;
    }
    cst_plan_draft step = {.id = "ingest",
                           .stage = "ingest",
                           .program = "capstan-ingest",
                           .arguments = arguments,
                           .inputs = json_array(),
                           .sections = sections};
    return cst_plan_add_step(p, &step, err);
}

/* The snapshot as an input: what ingest makes, or the pinned one where nothing is ingested. */
static json_t *snapshot_input(const cst_planning *p)
{
    const char *dataset = cst_get_string(p->pipeline, "dataset", "");
    json_t *pinned = json_copy(json_object_get(p->pins, dataset));
    if (!pinned)
        return json_pack("{s:s, s:s}", "role", "snapshot", "step", "ingest");
    if (json_object_set_new(pinned, "role", json_string("snapshot")) == 0)
        return pinned;
    json_decref(pinned);
    return NULL;
}

/* How the snapshot stands in arguments; to be freed. */
static char *snapshot_reference(const cst_planning *p, cst_error *err)
{
    const char *dataset = cst_get_string(p->pipeline, "dataset", "");
    const json_t *pinned = json_object_get(p->pins, dataset);
    if (!pinned)
        return cst_text_copy("{ingest}", err);
    return cst_text_format(err, "%s@%lld", dataset, (long long)cst_get_int(pinned, "version", 0));
}

/* The content of the schema file is an input of validation, though no version of the registry. */
static cst_code add_schema_input(const cst_planning *p, json_t *inputs, cst_error *err)
{
    cst_digest digest;
    char hex[CST_DIGEST_HEX];
    const char *schema = cst_get_string(p->pipeline, "schema", NULL);
    if (!schema)
        return CST_OK;
    cst_code rc = cst_sha256_file(&digest, schema, err);
    if (rc != CST_OK)
        return rc;
    cst_digest_hex(hex, &digest);
    return cst_json_append(inputs, json_pack("{s:s, s:s}", "role", "schema", "id", hex), err);
}

cst_code cst_plan_validate(cst_planning *p, cst_error *err)
{
    static const char *const sections[] = {"validate", NULL};
    const char *schema = cst_get_string(p->pipeline, "schema", NULL);
    char *snapshot = snapshot_reference(p, err);
    cst_plan_draft step = {.id = "validate",
                           .stage = "validate",
                           .program = "capstan-validate",
                           .arguments =
                               json_pack("[s*,s,s,s,s]", snapshot, "--registry",
                                         cst_registry_path(p->registry), "--pipeline", p->file),
                           .inputs = json_pack("[o]", snapshot_input(p)),
                           .sections = sections};
    cst_code rc =
        snapshot && step.arguments && step.inputs ? CST_OK : cst_error_nomem(err, "a plan");
    if (rc == CST_OK && schema)
        rc = cst_json_append(step.arguments, json_string("--schema"), err);
    if (rc == CST_OK && schema)
        rc = cst_json_append(step.arguments, json_string(schema), err);
    if (rc == CST_OK)
        rc = add_schema_input(p, step.inputs, err);
    free(snapshot);
    if (rc == CST_OK)
        return cst_plan_add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

/* Joined snapshots: as arguments, and as inputs. */
static cst_code add_joins(const cst_planning *p, cst_plan_draft *step, cst_error *err)
{
    const json_t *joins = json_object_get(json_object_get(p->pipeline, "prepare"), "join");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(joins) && rc == CST_OK; i++) {
        const char *dataset = cst_get_string(json_array_get(joins, i), "dataset", "");
        json_t *input = json_copy(json_object_get(p->pins, dataset));
        char *role = cst_text_format(err, "join:%s", dataset);
        char *value = cst_text_format(err, "%s=%s@%lld", dataset, dataset,
                                      (long long)cst_get_int(input, "version", 0));
        rc = input && role && value ? cst_json_put(input, "role", json_string(role), err)
                                    : cst_error_nomem(err, "a plan");
        if (rc == CST_OK)
            rc = cst_json_append(step->inputs, json_incref(input), err);
        if (rc == CST_OK)
            rc = cst_json_append(step->arguments, json_string("--join"), err);
        if (rc == CST_OK)
            rc = cst_json_append(step->arguments, json_string(value), err);
        json_decref(input);
        free(role);
        free(value);
    }
    return rc;
}

/* The features to learn from; all: every row, for the refit. */
cst_code cst_plan_prepare(cst_planning *p, bool all, cst_error *err)
{
    static const char *const sections[] = {"prepare", NULL};
    char *snapshot = snapshot_reference(p, err);
    char *name = cst_text_format(err, "%s%s", p->name, all ? "-all" : "");
    cst_plan_draft step = {.id = all ? "prepare-all" : "prepare",
                           .stage = "prepare",
                           .program = "capstan-prepare",
                           .arguments = json_pack("[s*,s,s,s,s,s,s*,s*]", snapshot, "--registry",
                                                  cst_registry_path(p->registry), "--pipeline",
                                                  p->file, "--name", name, all ? "--all" : NULL),
                           .inputs = json_pack("[o]", snapshot_input(p)),
                           .sections = sections};
    cst_code rc = snapshot && name && step.arguments && step.inputs
                      ? add_joins(p, &step, err)
                      : cst_error_nomem(err, "a plan");
    if (rc == CST_OK && all)
        rc =
            cst_json_append(step.inputs, json_pack("{s:s, s:s}", "role", "all", "id", "true"), err);
    free(snapshot);
    free(name);
    if (rc == CST_OK)
        return cst_plan_add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

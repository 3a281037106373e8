/* validate.c - the data gate: is the newest part of a snapshot what its schema says */
#include "profile/validate.h"
#include "config/json.h"
#include "stage/contents.h"
#include "stage/validating.h"

enum { WARNINGS_SHOWN = 10 };

static void validating_end(cst_validating *v)
{
    cst_version_free(v->snapshot);
    cst_version_free(v->reference);
    cst_schema_free(v->schema);
    cst_table_free(v->rows);
    json_decref(v->facts);
    json_decref(v->report);
}

/* From --schema, the pipeline file, or the snapshot itself. Collective. */
static cst_code find_schema(cst_validating *v, cst_error *err)
{
    const cst_stage *stage = v->stage;
    const char *file =
        cst_get_string(stage->options, "schema", cst_get_string(stage->pipeline, "schema", NULL));
    if (!file)
        return cst_stage_read_schema(&v->schema, stage, v->snapshot, err);
    return cst_comm_agree(stage->comm, cst_schema_read(&v->schema, file, err), err);
}

/* Collective. */
static cst_code look(cst_validating *v, cst_error *err)
{
    cst_comm *comm = v->stage->comm;
    cst_validation *validation = NULL;
    bool done = false;
    cst_code rc = cst_validation_new(&validation, v->schema, v->spec, v->facts, err);
    rc = cst_comm_agree(comm, rc, err);
    while (rc == CST_OK && !done) {
        rc = cst_comm_agree(comm, cst_validation_local(validation, v->rows, err), err);
        if (rc != CST_OK)
            break;
        cst_mergeable state = cst_validation_state(validation);
        rc = cst_comm_merge(comm, &state, err);
        if (rc == CST_OK)
            rc = cst_comm_agree(comm, cst_validation_advance(validation, &done, err), err);
    }
    if (rc == CST_OK && !(v->report = cst_validation_report(validation, err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_validating_places(v->report, cst_validating_part(v->snapshot), err);
    cst_validation_free(validation);
    return cst_comm_agree(comm, rc, err);
}

static int64_t errors_of(const cst_validating *v)
{
    return cst_get_int(v->report, "errors", 0);
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* Anomalies of a severity, the first so many of them; returns how many there are. */
static int64_t tell_some(const cst_validating *v, const char *severity, int64_t most)
{
    int64_t told = 0;
    size_t i;
    const json_t *anomaly;
    json_array_foreach(json_object_get(v->report, "anomalies"), i, anomaly)
    {
        if (strcmp(cst_get_string(anomaly, "severity", ""), severity) == 0 && told++ < most)
            cst_log_info(v->stage->log, "%s: %s: %s", severity, cst_get_string(anomaly, "kind", ""),
                         cst_get_string(anomaly, "message", ""));
    }
    return told;
}

/* The verdict for a person: every error, the first warnings. */
static void tell(const cst_validating *v)
{
    cst_log *log = v->stage->log;
    int64_t errors = tell_some(v, "error", INT64_MAX);
    int64_t warnings = tell_some(v, "warning", WARNINGS_SHOWN);
    if (warnings > WARNINGS_SHOWN)
        cst_log_info(log, "and %lld more warnings, in the report",
                     (long long)(warnings - WARNINGS_SHOWN));
    cst_log_info(log, "%s@%lld %s: %lld rows, %lld error%s, %lld warning%s", v->snapshot->name,
                 (long long)v->snapshot->number, cst_get_string(v->report, "verdict", ""),
                 (long long)cst_get_int(v->report, "rows", 0), (long long)errors, plural(errors),
                 (long long)warnings, plural(warnings));
}

/* The section and the schema: what the verdict hangs on beside the rows. */
static json_t *make_params(const cst_validating *v, cst_error *err)
{
    json_t *out = NULL;
    const char *against = cst_get_string(v->stage->options, "against", NULL);
    cst_code rc = cst_option_resolved(&out, v->spec, cst_validate_options, err);
    if (rc == CST_OK && against)
        rc = cst_json_put(out, "against", json_string(against), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "schema", cst_schema_to_json(v->schema, err), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *make_summary(const cst_validating *v)
{
    return json_pack("{s:O, s:O, s:O, s:O}", "verdict", json_object_get(v->report, "verdict"),
                     "rows", json_object_get(v->report, "rows"), "errors",
                     json_object_get(v->report, "errors"), "warnings",
                     json_object_get(v->report, "warnings"));
}

static cst_code fill_draft(const cst_validating *v, cst_draft *draft, cst_error *err)
{
    cst_code rc = cst_draft_add_json(draft, "validation.json", v->report, false, err);
    if (rc == CST_OK)
        rc = cst_draft_add_input(draft, "snapshot", v->snapshot, err);
    if (rc == CST_OK && v->reference)
        rc = cst_draft_add_input(draft, "reference", v->reference, err);
    return rc;
}

static cst_code give_result(cst_stage_result *out, const cst_validating *v,
                            const cst_version *version, cst_error *err)
{
    int64_t rows = cst_get_int(v->report, "rows", 0);
    cst_code rc = cst_stage_add(&out->outputs, version, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, v->snapshot, err);
    if (rc == CST_OK && v->reference)
        rc = cst_stage_add(&out->inputs, v->reference, err);
    out->extra = json_incref(v->report);
    out->rows_read = out->rows_kept = rows;
    return rc;
}

/* Publish the report, whatever it says. Collective. */
static cst_code publish(cst_stage_result *out, const cst_validating *v, cst_error *err)
{
    const cst_stage *stage = v->stage;
    cst_draft *draft = NULL;
    char *directory = NULL;
    cst_version *version = NULL;
    char *name = cst_text_format(err, "%s-validation", v->snapshot->name);
    json_t *params = make_params(v, err);
    json_t *summary = make_summary(v);
    cst_code rc = name && params && summary ? CST_OK : cst_error_nomem(err, "report");
    if ((rc = cst_comm_agree(stage->comm, rc, err)) != CST_OK)
        goto out;
    if ((rc = cst_stage_draft(&draft, &directory, stage, CST_KIND_REPORT, name, err)) != CST_OK)
        goto out;
    rc = cst_comm_agree(stage->comm, draft ? fill_draft(v, draft, err) : CST_OK, err);
    if (rc != CST_OK)
        goto out;
    cst_recipe recipe = {.stage = "validate",
                         .revision = CST_VALIDATE_REVISION,
                         .params = params,
                         .summary = summary,
                         .provenance = stage->provenance};
    rc = cst_stage_publish(&version, stage, draft, &recipe, CST_PARENT_ANY, err);
    if (rc == CST_SKIPPED) { /* the same report once more: the verdict is what counts */
        cst_error_clear(err);
        rc = CST_OK;
    }
    if (rc == CST_OK)
        rc = cst_comm_agree(stage->comm, give_result(out, v, version, err), err);
    if (rc == CST_OK && errors_of(v) > 0)
        rc = cst_error_set(err, CST_REFUSED, "%s@%lld is refused: %s@%lld says why",
                           v->snapshot->name, (long long)v->snapshot->number, version->name,
                           (long long)version->number);
out:
    cst_version_free(version);
    cst_draft_free(draft);
    free(directory);
    free(name);
    json_decref(params);
    json_decref(summary);
    return rc;
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_validating v = {.stage = stage, .spec = json_object_get(stage->sections, "validate")};
    cst_code rc = cst_stage_find(&v.snapshot, stage, CST_KIND_SNAPSHOT,
                                 cst_get_string(stage->options, "snapshot", ""), err);
    if (rc == CST_OK)
        rc = find_schema(&v, err);
    if (rc == CST_OK)
        rc = cst_validating_facts(&v, err);
    if (rc == CST_OK)
        rc = cst_stage_read_rows(&v.rows, stage, v.snapshot, true, err);
    if (rc == CST_OK)
        rc = look(&v, err);
    if (rc == CST_OK) {
        tell(&v);
        rc = publish(out, &v, err);
    }
    validating_end(&v);
    return rc;
}

static const cst_section *const sections[] = {&cst_section_validate, NULL};

const cst_stage_kind cst_stage_validate = {
    .command = &cst_command_validate,
    .sections = sections,
    .revision = CST_VALIDATE_REVISION,
    .run = run,
};

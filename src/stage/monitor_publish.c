/* monitor_publish.c - the report of a window as a version */
#include "config/json.h"
#include "profile/drift.h"
#include "stage/monitoring.h"

/* Figures for list and show, and at the top of --json. */
static json_t *make_summary(const cst_monitoring *m, cst_error *err)
{
    const json_t *score = json_object_get(m->drift, "score");
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "summary");
    if (rc == CST_OK)
        rc = cst_json_put(out, "verdict", json_incref(json_object_get(m->report, "verdict")), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", json_integer((json_int_t)m->read), err);
    if (rc == CST_OK && score)
        rc = cst_json_put(out, "score_psi", json_incref(json_object_get(score, "psi")), err);
    if (rc == CST_OK && m->quality)
        rc = cst_json_put(out, "base_log_loss",
                          json_incref(json_object_get(m->quality, "base_loss")), err);
    if (rc == CST_OK && m->metrics && json_object_update_missing(out, m->metrics) != 0)
        rc = cst_error_nomem(err, "summary");
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* A dataset that is joined twice is one input. */
static cst_code add_joins(const cst_monitoring *m, cst_draft *draft, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t j = 0; rc == CST_OK && j < m->joins; j++) {
        bool known = false;
        for (size_t k = 0; k < j; k++)
            known = known || strcmp(m->joined[k]->name, m->joined[j]->name) == 0;
        if (known)
            continue;
        char *role = cst_text_format(err, "join:%s", m->joined[j]->name);
        rc = role ? cst_draft_add_input(draft, role, m->joined[j], err) : CST_NOMEM;
        free(role);
    }
    return rc;
}

static cst_code fill_draft(const cst_monitoring *m, cst_draft *draft, cst_error *err)
{
    cst_code rc = cst_draft_add_json(draft, "drift.json", m->report, false, err);
    if (rc == CST_OK)
        rc = cst_draft_add_input(draft, "model", m->model, err);
    if (rc == CST_OK)
        rc = cst_draft_add_input(draft, "snapshot", m->snapshot, err);
    if (rc == CST_OK)
        rc = add_joins(m, draft, err);
    if (rc == CST_OK && m->evaluation)
        rc = cst_draft_add_input(draft, "evaluation", m->evaluation, err);
    for (size_t i = 0; rc == CST_OK && i < m->report_count; i++) {
        char *role = cst_text_format(err, "before:%zu", i + 1);
        rc = role ? cst_draft_add_input(draft, role, m->reports[i], err) : CST_NOMEM;
        free(role);
    }
    return rc;
}

static cst_code give_result(cst_stage_result *out, const cst_monitoring *m,
                            const cst_version *version, const json_t *summary, cst_error *err)
{
    cst_code rc = cst_stage_add(&out->outputs, version, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, m->model, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, m->snapshot, err);
    out->rows_read = m->read;
    out->rows_kept = (int64_t)m->labelled.rows;
    out->extra = json_copy(m->report);
    if (!out->extra || json_object_update_missing(out->extra, (json_t *)summary) != 0)
        return cst_error_nomem(err, "result");
    return rc;
}

static json_t *make_params(const cst_monitoring *m, cst_error *err)
{
    json_t *out = NULL;
    cst_code rc = cst_option_resolved(&out, m->spec, cst_monitor_options, err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows",
                          json_string(cst_get_string(m->stage->options, "rows", "newest")), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

cst_code cst_monitoring_publish(cst_stage_result *out, const cst_monitoring *m, cst_error *err)
{
    const cst_stage *stage = m->stage;
    cst_draft *draft = NULL;
    char *directory = NULL;
    cst_version *version = NULL;
    char *name = cst_text_format(err, "%s-drift", m->model->name);
    json_t *params = make_params(m, err);
    json_t *summary = make_summary(m, err);
    cst_code rc = name && params && summary ? CST_OK : cst_error_nomem(err, "report");
    if ((rc = cst_comm_agree(stage->comm, rc, err)) != CST_OK)
        goto out;
    if ((rc = cst_stage_draft(&draft, &directory, stage, CST_KIND_REPORT, name, err)) != CST_OK)
        goto out;
    rc = cst_comm_agree(stage->comm, draft ? fill_draft(m, draft, err) : CST_OK, err);
    if (rc != CST_OK)
        goto out;
    cst_recipe recipe = {.stage = "monitor",
                         .revision = CST_MONITOR_REVISION,
                         .params = params,
                         .seed = stage->seed,
                         .summary = summary,
                         .provenance = stage->provenance};
    rc = cst_stage_publish(&version, stage, draft, &recipe, CST_PARENT_ANY, err);
    if (rc == CST_SKIPPED) { /* the same report once more: the verdict is what counts */
        cst_error_clear(err);
        rc = CST_OK;
    }
    if (rc == CST_OK)
        rc = cst_comm_agree(stage->comm, give_result(out, m, version, summary, err), err);
    if (rc == CST_OK && m->alarm)
        rc = cst_error_set(
            err, CST_REFUSED, "alarm: %s; %s@%lld says more",
            json_string_value(json_array_get(json_object_get(m->report, "reasons"), 0)),
            version->name, (long long)version->number);
out:
    cst_version_free(version);
    cst_draft_free(draft);
    free(directory);
    free(name);
    json_decref(params);
    json_decref(summary);
    return rc;
}

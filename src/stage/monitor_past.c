/* monitor_past.c - the reports before this one, and what the model's evaluation said */
#include "base/array.h"
#include "config/json.h"
#include "stage/monitoring.h"

/* True if a version was made of another one in some role. */
static bool has_input(const cst_version *version, const char *role, const char *id)
{
    size_t i;
    const json_t *input;
    json_array_foreach(json_object_get(version->manifest, "inputs"), i, input)
    {
        if (strcmp(cst_get_string(input, "role", ""), role) == 0 &&
            strcmp(cst_get_string(input, "id", ""), id) == 0)
            return true;
    }
    return false;
}

/* The newest reports on this model's name, those on the same snapshot left out: newest first. */
static cst_code find_reports(cst_monitoring *m, json_t *history, cst_error *err)
{
    size_t count = 0;
    cst_version **all = NULL;
    char snapshot[CST_DIGEST_HEX];
    cst_digest_hex(snapshot, &m->snapshot->id);
    const json_t *windows = json_object_get(m->spec, "windows");
    int64_t among = json_integer_value(json_array_get(windows, 1));
    size_t wanted = among > 1 ? (size_t)among - 1 : 0;
    char *name = cst_text_format(err, "%s-drift", m->model->name);
    cst_code rc =
        name ? cst_registry_list(&all, &count, m->stage->registry, CST_KIND_REPORT, name, err)
             : CST_NOMEM;
    m->reports = cst_array_new(wanted, sizeof(cst_version *), "reports", err);
    if (rc == CST_OK && !m->reports)
        rc = CST_NOMEM;
    for (size_t i = count; rc == CST_OK && i > 0 && m->report_count < wanted; i--) {
        json_t *report = NULL;
        if (has_input(all[i - 1], "snapshot", snapshot))
            continue;
        rc = cst_version_read_json(&report, all[i - 1], "drift.json", err);
        if (rc != CST_OK)
            break;
        rc = cst_json_append(history, report, err);
        m->reports[m->report_count++] = all[i - 1];
        all[i - 1] = NULL;
    }
    cst_versions_free(all, count);
    free(name);
    return rc;
}

static cst_code find_evaluation(cst_monitoring *m, json_t **out, cst_error *err)
{
    size_t count = 0;
    cst_version **all = NULL;
    char id[CST_DIGEST_HEX];
    cst_digest_hex(id, &m->model->id);
    const json_t *as = json_object_get(m->model->manifest, "evaluated_as");
    const char *other = cst_get_string(as, "id", id);
    cst_code rc = cst_registry_list(&all, &count, m->stage->registry, CST_KIND_EVALUATION,
                                    m->model->name, err);
    for (size_t i = count; rc == CST_OK && i > 0 && !m->evaluation; i--) {
        if (!has_input(all[i - 1], "model", id) && !has_input(all[i - 1], "model", other))
            continue;
        rc = cst_version_read_json(out, all[i - 1], "evaluation.json", err);
        m->evaluation = all[i - 1];
        all[i - 1] = NULL;
    }
    cst_versions_free(all, count);
    return rc;
}

static cst_code look_back(cst_monitoring *m, cst_error *err)
{
    json_t *history = json_array();
    json_t *evaluation = NULL;
    m->past = json_object();
    cst_code rc = m->past && history ? find_reports(m, history, err) : cst_error_nomem(err, "past");
    if (rc == CST_OK)
        rc = find_evaluation(m, &evaluation, err);
    if (rc == CST_OK)
        rc = cst_json_put(m->past, "history", json_incref(history), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->past, "evaluation", evaluation ? json_incref(evaluation) : json_null(),
                          err);
    json_decref(history);
    json_decref(evaluation);
    return rc;
}

cst_code cst_monitoring_past(cst_monitoring *m, cst_error *err)
{
    cst_code rc = m->stage->comm->rank == 0 ? look_back(m, err) : CST_OK;
    return cst_stage_share(&m->past, m->stage->comm, rc, "the past", err);
}

/* monitor_judge.c - drift, quality and metrics of a window, and the report of them */
#include <math.h>

#include "config/json.h"
#include "evaluate/metrics.h"
#include "profile/drift.h"
#include "stage/contents.h"
#include "stage/monitoring.h"

/* Drift.json's of before, as cst_drift_report wants them. New reference. */
static json_t *drifts_before(const cst_monitoring *m)
{
    json_t *out = json_array();
    size_t i;
    const json_t *report;
    json_array_foreach(json_object_get(m->past, "history"), i, report)
    {
        if (json_array_append(out, json_object_get(report, "drift")) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

static cst_code judge_drift(cst_monitoring *m, cst_error *err)
{
    cst_comm *comm = m->stage->comm;
    json_t *reference = NULL;
    json_t *history = NULL;
    cst_window *window = NULL;
    cst_code rc = cst_stage_read_json(&reference, m->stage, m->model, "reference.json", err);
    if (rc != CST_OK)
        goto out;
    rc = cst_window_new(&window, reference, err);
    if (rc == CST_OK)
        rc = cst_window_update(window, m->rows, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    cst_mergeable state = cst_window_state(window);
    if ((rc = cst_comm_merge(comm, &state, err)) != CST_OK)
        goto out;
    if (!(history = drifts_before(m)))
        rc = cst_error_nomem(err, "history");
    else if (!(m->drift = cst_drift_report(window, m->spec, history, m->stage->seed, err)))
        rc = CST_NOMEM;
    rc = cst_comm_agree(comm, rc, err);
out:
    json_decref(reference);
    json_decref(history);
    cst_window_free(window);
    return rc;
}

static bool classifies(const cst_monitoring *m)
{
    return strcmp(cst_transform_objective(m->bundle->transform), "binary") == 0;
}

static cst_code measure(cst_monitoring *m, cst_error *err)
{
    const cst_labelled *l = &m->labelled;
    m->metrics = json_object();
    cst_code rc = m->metrics ? CST_OK : cst_error_nomem(err, "metrics");
    for (int metric = 0; rc == CST_OK && metric < CST_METRIC_COUNT; metric++) {
        double value = NAN;
        if (cst_metric_of_classification((cst_metric)metric) != classifies(m))
            continue;
        rc = cst_metric_value(&value, (cst_metric)metric, l->score, l->label, l->weight, l->rows,
                              err);
        if (rc == CST_OK)
            rc = cst_json_put(m->metrics, cst_metric_name((cst_metric)metric), cst_json_real(value),
                              err);
    }
    return rc;
}

static cst_code judge_quality(cst_monitoring *m, cst_error *err)
{
    const cst_labelled *l = &m->labelled;
    const json_t *evaluation = json_object_get(m->past, "evaluation");
    if (l->rows == 0)
        return CST_OK;
    m->quality = cst_drift_quality(l->score, l->label, l->weight, l->day, l->rows, classifies(m),
                                   json_object_get(evaluation, "metrics"), m->spec, err);
    return m->quality ? measure(m, err) : CST_NOMEM;
}

static const char *verdict_of(const json_t *part)
{
    return cst_get_string(part, "verdict", "");
}

/* An alarm whose window ends less than the cooldown after that of another one is not raised. */
static bool is_cooling(const cst_monitoring *m)
{
    int64_t cooldown = cst_get_duration(m->spec, "cooldown", 0);
    size_t i;
    const json_t *before;
    json_array_foreach(json_object_get(m->past, "history"), i, before)
    {
        const json_t *last = json_object_get(json_object_get(before, "window"), "last");
        if (!cst_get_bool(before, "alarm", false) || !json_is_integer(last) || m->last == INT64_MIN)
            continue;
        int64_t since = m->last - json_integer_value(last);
        if (since >= 0 && since < cooldown)
            return true;
    }
    return false;
}

static const char *overall(const cst_monitoring *m, bool alarm)
{
    if (alarm)
        return "alarm";
    return verdict_of(m->drift);
}

/* What raises an alarm comes first: quality, then the score, which stands first in drift. */
static json_t *all_reasons(const cst_monitoring *m)
{
    json_t *out = json_array();
    json_t *quality = json_object_get(m->quality, "reasons");
    json_t *drift = json_object_get(m->drift, "reasons");
    if (out &&
        ((quality && json_array_extend(out, quality) != 0) || json_array_extend(out, drift) != 0)) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static json_t *window_json(const cst_monitoring *m)
{
    bool timed = m->last != INT64_MIN;
    return json_pack("{s:o, s:o}", "first",
                     timed ? json_integer((json_int_t)m->first) : json_null(), "last",
                     timed ? json_integer((json_int_t)m->last) : json_null());
}

static json_t *known(const json_t *value)
{
    return value ? json_incref((json_t *)value) : json_null();
}

static cst_code make_report(cst_monitoring *m, cst_error *err)
{
    bool found =
        strcmp(verdict_of(m->drift), "drift") == 0 || strcmp(verdict_of(m->quality), "alarm") == 0;
    bool cooling = found && is_cooling(m);
    m->alarm = found && !cooling;
    m->report = json_object();
    cst_code rc = m->report ? CST_OK : cst_error_nomem(err, "report");
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "verdict", json_string(overall(m, found)), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "alarm", json_boolean(m->alarm), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "cooling", json_boolean(cooling), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "reasons", all_reasons(m), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "rows", json_integer((json_int_t)m->read), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "labelled", json_integer((json_int_t)m->labelled.rows), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "window", window_json(m), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "drift", json_incref(m->drift), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "quality", known(m->quality), err);
    if (rc == CST_OK)
        rc = cst_json_put(m->report, "metrics", known(m->metrics), err);
    return rc;
}

cst_code cst_monitoring_judge(cst_monitoring *m, cst_error *err)
{
    cst_code rc = judge_drift(m, err);
    if (rc != CST_OK)
        return rc;
    rc = judge_quality(m, err);
    if (rc == CST_OK)
        rc = make_report(m, err);
    return cst_comm_agree(m->stage->comm, rc, err);
}

static void tell_score(const cst_monitoring *m)
{
    const json_t *score = json_object_get(m->drift, "score");
    if (score)
        cst_log_info(m->stage->log, "score: PSI %.3f, p %.3f: %s", cst_get_real(score, "psi", NAN),
                     cst_get_real(score, "p", NAN), verdict_of(score));
}

static void tell_features(const cst_monitoring *m)
{
    char names[160] = "";
    int64_t flagged = 0;
    int64_t lasting = 0;
    size_t i;
    const json_t *column;
    json_array_foreach(json_object_get(m->drift, "columns"), i, column)
    {
        size_t used = strlen(names);
        lasting += cst_get_bool(column, "persistent", false);
        if (cst_get_bool(column, "flagged", false) && flagged++ < 5)
            (void)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                           cst_get_string(column, "name", ""));
    }
    if (flagged > 0)
        cst_log_info(m->stage->log, "%lld of %zu features drifted, %lld of them lastingly: %s%s",
                     (long long)flagged, json_array_size(json_object_get(m->drift, "columns")),
                     (long long)lasting, names, flagged > 5 ? ", …" : "");
}

static void tell_quality(const cst_monitoring *m)
{
    if (!m->quality)
        return;
    cst_log_info(
        m->stage->log, "quality: loss %.4f (evaluated %.4f, z %.1f; a constant has %.4f): %s",
        cst_get_real(m->quality, "loss", NAN), cst_get_real(m->quality, "evaluated_loss", NAN),
        cst_get_real(m->quality, "z", NAN), cst_get_real(m->quality, "base_loss", NAN),
        verdict_of(m->quality));
}

void cst_monitoring_tell(const cst_monitoring *m)
{
    tell_score(m);
    tell_features(m);
    tell_quality(m);
    cst_log_info(
        m->stage->log, "%s@%lld on %s@%lld: %s%s", m->model->name, (long long)m->model->number,
        m->snapshot->name, (long long)m->snapshot->number, verdict_of(m->report),
        cst_get_bool(m->report, "cooling", false) ? ", cooling down after the last one" : "");
}

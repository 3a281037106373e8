/* monitor.c - the drift watch: new rows against what a model was trained and judged on */
#include "config/json.h"
#include "profile/drift.h"
#include "stage/joins.h"
#include "stage/monitoring.h"
#include "stage/scores.h"

static void monitoring_end(cst_monitoring *m)
{
    cst_version_free(m->model);
    cst_version_free(m->snapshot);
    cst_versions_free(m->joined, m->joins);
    cst_bundle_free(m->bundle);
    cst_table_free(m->rows);
    free(m->labelled.score);
    free(m->labelled.label);
    free(m->labelled.weight);
    free(m->labelled.day);
    free(m->labelled.position);
    cst_versions_free(m->reports, m->report_count);
    cst_version_free(m->evaluation);
    json_decref(m->past);
    json_decref(m->drift);
    json_decref(m->quality);
    json_decref(m->metrics);
    json_decref(m->report);
}

/* [k, m] with k of m windows. */
static cst_code check_windows(const json_t *spec, cst_error *err)
{
    const json_t *windows = json_object_get(spec, "windows");
    int64_t least = json_integer_value(json_array_get(windows, 0));
    int64_t among = json_integer_value(json_array_get(windows, 1));
    if (json_array_size(windows) != 2 || least > among)
        return cst_error_set(err, CST_USAGE,
                             "monitor.windows: expected [k, m], k of the last m windows, such as "
                             "[2, 3]");
    return CST_OK;
}

static cst_code find_inputs(cst_monitoring *m, cst_error *err)
{
    const cst_stage *stage = m->stage;
    cst_code rc = cst_stage_find(&m->model, stage, CST_KIND_MODEL,
                                 cst_get_string(stage->options, "model", ""), err);
    if (rc == CST_OK)
        rc = cst_stage_find(&m->snapshot, stage, CST_KIND_SNAPSHOT,
                            cst_get_string(stage->options, "snapshot", ""), err);
    if (rc == CST_OK)
        rc = cst_comm_agree(stage->comm, cst_bundle_read(&m->bundle, m->model->path, err), err);
    if (rc == CST_OK)
        rc = cst_stage_joins_find(&m->joined, &m->joins, stage,
                                  cst_transform_joins(m->bundle->transform),
                                  json_object_get(stage->options, "join"), err);
    return rc;
}

static cst_code write_scores(const cst_monitoring *m, cst_error *err)
{
    const char *path = cst_get_string(m->stage->options, "scores", NULL);
    const cst_scores scores = {.rows = m->labelled.rows,
                               .position = m->labelled.position,
                               .label = m->labelled.label,
                               .weight = m->labelled.weight,
                               .score = m->labelled.score};
    cst_code rc = CST_OK;
    if (path && m->stage->comm->rank == 0)
        rc = cst_scores_write(&scores, path, err);
    return cst_comm_agree(m->stage->comm, rc, err);
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_monitoring m = {.stage = stage, .spec = json_object_get(stage->sections, "monitor")};
    cst_code rc = check_windows(m.spec, err);
    if (rc == CST_OK)
        rc = find_inputs(&m, err);
    if (rc == CST_OK)
        rc = cst_monitoring_window(&m, err);
    if (rc == CST_OK)
        rc = cst_monitoring_past(&m, err);
    if (rc == CST_OK)
        rc = cst_monitoring_judge(&m, err);
    if (rc == CST_OK)
        rc = write_scores(&m, err);
    if (rc == CST_OK) {
        cst_monitoring_tell(&m);
        rc = cst_monitoring_publish(out, &m, err);
    }
    monitoring_end(&m);
    return rc;
}

static const cst_section *const sections[] = {&cst_section_monitor, NULL};

const cst_stage_kind cst_stage_monitor = {
    .command = &cst_command_monitor,
    .sections = sections,
    .revision = CST_MONITOR_REVISION,
    .run = run,
};

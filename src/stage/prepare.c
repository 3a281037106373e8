/* prepare.c - rows of a snapshot to a fitted transform, matrices, and raw test rows */
#include "base/array.h"
#include "prepare/rows.h"
#include "prepare/transform.h"
#include "stage/joins.h"
#include "stage/preparing.h"
#include "stage/profiling.h"
#include "stage/stage.h"

static void preparing_end(cst_preparing *p)
{
    cst_version_free(p->snapshot);
    cst_versions_free(p->joined, p->joins);
    cst_schema_free(p->schema);
    cst_table_free(p->rows);
    for (int s = 0; s < CST_NOWHERE; s++)
        cst_table_free(p->side[s]);
    cst_split_free(p->split);
    json_decref(p->split_json);
    cst_transform_free(p->transform);
    cst_matrix_free(p->training);
    cst_matrix_free(p->validation);
    json_decref(p->reference);
}

static cst_code find_inputs(cst_preparing *p, cst_error *err)
{
    const cst_stage *stage = p->stage;
    cst_code rc = cst_stage_find(&p->snapshot, stage, CST_KIND_SNAPSHOT,
                                 cst_get_string(stage->options, "snapshot", ""), err);
    if (rc == CST_OK)
        rc = cst_stage_joins_find(&p->joined, &p->joins, stage, json_object_get(p->spec, "join"),
                                  json_object_get(stage->options, "join"), err);
    if (rc != CST_OK)
        return rc;
    rc = cst_preparing_schema(&p->schema, p->snapshot, err);
    if (rc == CST_OK)
        rc = cst_preparing_check(p, err);
    return cst_comm_agree(stage->comm, rc, err);
}

/* Raw rows of all columns, with those of the joins. */
static cst_code read_rows(cst_preparing *p, cst_error *err)
{
    const cst_stage *stage = p->stage;
    cst_part_ref *parts = NULL;
    size_t count = 0;
    cst_code rc = cst_stage_parts(&parts, &count, stage, p->snapshot, 0, err);
    if (rc == CST_OK)
        rc = cst_rows_read(&p->rows, stage->comm, parts, count, NULL, err);
    if (rc == CST_OK)
        rc = cst_stage_join(p->rows, stage, json_object_get(p->spec, "join"), p->joined, err);
    if (rc == CST_OK)
        p->read = p->rows->total;
    cst_stage_parts_free(parts, count);
    return rc;
}

static cst_code sum_ranks(cst_preparing *p, int64_t *value, size_t n, cst_error *err)
{
    cst_mergeable state = {.sum = value, .sums = n};
    return cst_comm_merge(p->stage->comm, &state, err);
}

/* Replace the rows by those that count. */
static cst_code keep_rows(cst_preparing *p, cst_error *err)
{
    cst_table *kept = NULL;
    uint8_t *keep = NULL;
    cst_code rc = cst_prepare_derive(p->rows, json_object_get(p->spec, "derive"), err);
    if (rc == CST_OK && !(keep = cst_array_new(p->rows->rows, 1, "rows", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_prepare_keep(keep, p->dropped, p->rows, p->spec, err);
    if (rc == CST_OK)
        rc = cst_table_select(&kept, p->rows, keep, err);
    free(keep);
    if ((rc = cst_comm_agree(p->stage->comm, rc, err)) != CST_OK) {
        cst_table_free(kept);
        return rc;
    }
    cst_table_free(p->rows);
    p->rows = kept;
    return sum_ranks(p, p->dropped, 2, err);
}

static cst_code split_rounds(cst_preparing *p, cst_error *err)
{
    bool done = false;
    cst_code rc = CST_OK;
    while (rc == CST_OK && !done) {
        rc = cst_comm_agree(p->stage->comm, cst_split_local(p->split, p->rows, err), err);
        cst_mergeable state = cst_split_state(p->split);
        if (rc == CST_OK)
            rc = cst_comm_merge(p->stage->comm, &state, err);
        if (rc == CST_OK)
            rc = cst_comm_agree(p->stage->comm, cst_split_advance(p->split, &done, err), err);
    }
    return rc;
}

static cst_code take_side(cst_preparing *p, const uint8_t *side, cst_side which, uint8_t *keep,
                          cst_error *err)
{
    for (size_t r = 0; r < p->rows->rows; r++)
        keep[r] = side[r] == which;
    return cst_table_select(&p->side[which], p->rows, keep, err);
}

static cst_code place_side(cst_preparing *p, cst_side which, cst_error *err)
{
    cst_table *table = p->side[which];
    return cst_comm_offset(p->stage->comm, (int64_t)table->rows, &table->first, &table->total, err);
}

static cst_code take_sides(cst_preparing *p, cst_error *err)
{
    size_t n = p->rows->rows;
    uint8_t *side = cst_array_new(n, 1, "sides", err);
    uint8_t *keep = cst_array_new(n, 1, "sides", err);
    cst_code rc = side && keep ? cst_split_sides(side, p->split, p->rows, err) : CST_NOMEM;
    for (int s = 0; rc == CST_OK && s < CST_NOWHERE; s++)
        rc = take_side(p, side, (cst_side)s, keep, err);
    free(side);
    free(keep);
    rc = cst_comm_agree(p->stage->comm, rc, err);
    for (int s = 0; rc == CST_OK && s < CST_NOWHERE; s++)
        rc = place_side(p, (cst_side)s, err);
    cst_table_free(p->rows);
    p->rows = NULL;
    return rc;
}

static cst_code split_rows(cst_preparing *p, cst_error *err)
{
    cst_code rc = cst_split_new(&p->split, json_object_get(p->spec, "split"), p->all, p->schema,
                                json_object_get(p->spec, "join"), p->stage->seed, err);
    if ((rc = cst_comm_agree(p->stage->comm, rc, err)) != CST_OK)
        return rc;
    if ((rc = split_rounds(p, err)) != CST_OK)
        return rc;
    if (!(p->split_json = cst_split_to_json(p->split, err)))
        rc = CST_NOMEM;
    rc = cst_comm_agree(p->stage->comm, rc, err);
    return rc == CST_OK ? take_sides(p, err) : rc;
}

static cst_code fit_rounds(cst_preparing *p, cst_fit *fit, cst_error *err)
{
    bool done = false;
    cst_code rc = CST_OK;
    for (int round = 1; rc == CST_OK && !done; round++) {
        rc = cst_comm_agree(p->stage->comm, cst_fit_local(fit, err), err);
        cst_mergeable state = cst_fit_state(fit);
        if (rc == CST_OK)
            rc = cst_comm_merge(p->stage->comm, &state, err);
        if (rc == CST_OK)
            rc = cst_comm_agree(p->stage->comm, cst_fit_advance(fit, &done, err), err);
        cst_log_progress(p->stage->log, "fit", round, 0, NULL);
    }
    cst_log_progress_end(p->stage->log);
    return rc;
}

static cst_code fit_transform(cst_preparing *p, cst_error *err)
{
    cst_comm *comm = p->stage->comm;
    cst_fit *fit = NULL;
    cst_code rc =
        cst_fit_new(&fit, p->spec, p->side[CST_TRAINING], p->schema->time, p->stage->seed, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    if ((rc = fit_rounds(p, fit, err)) != CST_OK)
        goto out;
    rc = cst_fit_finish(&p->transform, &p->training, fit, err);
    if (rc == CST_OK)
        rc = cst_transform_set_split(p->transform, p->split_json, err);
    if (rc == CST_OK && cst_split_rows(p->split, CST_VALIDATION) > 0)
        rc = cst_transform_apply(&p->validation, p->transform, p->side[CST_VALIDATION], true, NULL,
                                 err);
    rc = cst_comm_agree(comm, rc, err);
out:
    cst_fit_free(fit);
    return rc;
}

/* Freeze the distributions of the columns that features are made of. */
static cst_code make_reference(cst_preparing *p, cst_error *err)
{
    return cst_stage_reference(&p->reference, p->stage->comm, p->side[CST_TRAINING],
                               cst_transform_columns(p->transform), p->schema->time, p->schema,
                               err);
}

/* The test rows are kept raw: each model that is scored on them derives its own. */
static void drop_derived(cst_preparing *p)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(json_object_get(p->spec, "derive"), name, value)
        cst_table_drop(p->side[CST_TEST], name);
}

static void tell(const cst_preparing *p)
{
    cst_log_info(p->stage->log,
                 "%lld rows read, %lld left out by where:, %lld without a label, %lld by the split",
                 (long long)p->read, (long long)p->dropped[0], (long long)p->dropped[1],
                 (long long)cst_split_rows(p->split, CST_NOWHERE));
    cst_log_info(p->stage->log, "%lld rows for training, %lld for validation, %lld for the test",
                 (long long)cst_split_rows(p->split, CST_TRAINING),
                 (long long)cst_split_rows(p->split, CST_VALIDATION),
                 (long long)cst_split_rows(p->split, CST_TEST));
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_preparing p = {.stage = stage,
                       .spec = json_object_get(stage->sections, "prepare"),
                       .all = cst_get_bool(stage->options, "all", false)};
    cst_code rc = cst_stage_may_publish(stage, CST_KIND_FEATURES,
                                        cst_get_string(stage->options, "name", ""), err);
    if (rc != CST_OK || (rc = find_inputs(&p, err)) != CST_OK ||
        (rc = read_rows(&p, err)) != CST_OK || (rc = keep_rows(&p, err)) != CST_OK ||
        (rc = split_rows(&p, err)) != CST_OK)
        goto out;
    tell(&p);
    if ((rc = fit_transform(&p, err)) != CST_OK || (rc = make_reference(&p, err)) != CST_OK)
        goto out;
    drop_derived(&p);
    rc = cst_preparing_publish(out, &p, err);
    if (rc != CST_OK && rc != CST_SKIPPED)
        goto out;
    out->rows_read = p.read;
    out->rows_kept = p.read - p.dropped[0] - p.dropped[1];
    out->rows_rejected = p.dropped[0] + p.dropped[1];
out:
    preparing_end(&p);
    return rc;
}

static const cst_section *const sections[] = {&cst_section_prepare, NULL};

const cst_stage_kind cst_stage_prepare = {
    .command = &cst_command_prepare,
    .sections = sections,
    .revision = CST_PREPARE_REVISION,
    .run = run,
};

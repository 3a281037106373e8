/* monitor_window.c - the rows that have come in, as the model sees them, with their scores */
#include "base/array.h"
#include "prepare/rows.h"
#include "stage/contents.h"
#include "stage/joins.h"
#include "stage/monitoring.h"
#include "table/time.h"

/* What this rank scored. */
typedef struct {
    double *score;
    cst_matrix *matrix;
    uint8_t *kept;   /* shape [rows read] */
    int64_t outside; /* rows for which where: is not true */
} scored;

static void scored_free(scored *s)
{
    free(s->score);
    cst_matrix_free(s->matrix);
    free(s->kept);
    *s = (scored){0};
}

/* How many rows are none of those that the model is for. */
static cst_code count_outside(scored *out, const cst_monitoring *m, cst_error *err)
{
    int64_t dropped[2] = {0, 0};
    json_t *spec = cst_transform_to_json(m->bundle->transform, err);
    uint8_t *keep = spec ? cst_array_new(m->rows->rows, 1, "rows", err) : NULL;
    cst_code rc = keep ? cst_prepare_keep(keep, dropped, m->rows, spec, err) : CST_NOMEM;
    out->outside = dropped[0];
    free(keep);
    json_decref(spec);
    return rc;
}

/* Score the rows whose label is known; none where the columns behind the label are not there. */
static cst_code score_labelled(scored *out, const cst_monitoring *m, cst_error *err)
{
    out->kept = cst_array_new(m->rows->rows, 1, "rows", err);
    if (!out->kept)
        return CST_NOMEM;
    cst_code rc =
        cst_bundle_score(&out->score, &out->matrix, m->bundle, m->rows, true, out->kept, err);
    if (rc == CST_OK)
        return count_outside(out, m, err);
    if (rc != CST_MISSING)
        return rc;
    cst_error_clear(err);
    for (size_t r = 0; r < m->rows->rows; r++)
        out->kept[r] = 0;
    return CST_OK;
}

static cst_code add_score(cst_table *rows, const double *score, cst_error *err)
{
    cst_column *column = NULL;
    cst_code rc = cst_table_add(&column, rows, "score", CST_FLOAT64, err);
    if (rc == CST_OK)
        rc = cst_column_reserve(column, rows->rows, err);
    if (rc != CST_OK)
        return rc;
    if (rows->rows > 0)
        memcpy(column->values.f64, score, rows->rows * sizeof *score);
    column->rows = rows->rows;
    return CST_OK;
}

/* Whether half of the labels are there, of the rows that the model is for. Collective. */
static cst_code has_most_labels(bool *out, const cst_monitoring *m, const scored *mine,
                                cst_error *err)
{
    int64_t outside = mine->outside;
    cst_mergeable state = {.sum = &outside, .sums = 1};
    cst_code rc = cst_comm_merge(m->stage->comm, &state, err);
    int64_t labelled = (int64_t)m->labelled.rows;
    *out = labelled > 0 && 2 * labelled >= m->read - outside;
    return rc;
}

/* The window that drift is looked for in: like the training rows those with a label, as soon as
 * half of the labels are there; before that, all rows. */
static cst_code choose_rows(cst_monitoring *m, const scored *labelled, bool most, cst_error *err)
{
    cst_table *kept = NULL;
    scored all = {0};
    const double *score = labelled->score;
    cst_code rc = CST_OK;
    if (most) {
        rc = cst_table_select(&kept, m->rows, labelled->kept, err);
        if (rc == CST_OK) {
            cst_table_free(m->rows);
            m->rows = kept;
        }
    } else {
        rc = cst_bundle_score(&all.score, &all.matrix, m->bundle, m->rows, false, NULL, err);
        score = all.score;
    }
    if (rc == CST_OK)
        rc = add_score(m->rows, score, err);
    scored_free(&all);
    return rc;
}

/* One array of all ranks' elements, in rank order, on every rank. Collective. */
static cst_code gather(void **out, cst_comm *comm, const void *mine, size_t bytes, cst_error *err)
{
    size_t *offsets = NULL;
    cst_code rc = cst_comm_gather(comm, out, &offsets, mine, bytes, err);
    free(offsets);
    return rc;
}

static cst_code gather_labelled(cst_monitoring *m, const scored *mine, cst_error *err)
{
    cst_comm *comm = m->stage->comm;
    const cst_matrix *x = mine->matrix;
    size_t n = x ? x->rows : 0;
    int64_t *day = cst_array_new(n, sizeof *day, "days", err);
    int64_t *position = cst_array_new(n, sizeof *position, "rows", err);
    cst_code rc = cst_comm_agree(comm, day && position ? CST_OK : CST_NOMEM, err);
    int64_t known[3] = {(int64_t)n, x && x->weight, x && x->time};
    cst_mergeable state = {.sum = known, .sums = 1, .max = known + 1, .maxima = 2};
    if (rc == CST_OK)
        rc = cst_comm_merge(comm, &state, err);
    if (rc != CST_OK || known[0] == 0)
        goto out;
    m->labelled.rows = (size_t)known[0];
    for (size_t r = 0, at = 0; n > 0 && at < n; r++)
        if (mine->kept[r])
            position[at++] = m->rows->first + (int64_t)r;
    for (size_t r = 0; n > 0 && known[2] && r < n; r++)
        day[r] = cst_time_day(x->time[r], 1000000);
    rc = gather((void **)&m->labelled.score, comm, mine->score, n * sizeof(double), err);
    if (rc == CST_OK)
        rc =
            gather((void **)&m->labelled.label, comm, x ? x->label : NULL, n * sizeof(double), err);
    if (rc == CST_OK && known[1])
        rc = gather((void **)&m->labelled.weight, comm, x ? x->weight : NULL, n * sizeof(double),
                    err);
    if (rc == CST_OK && known[2])
        rc = gather((void **)&m->labelled.day, comm, day, n * sizeof *day, err);
    if (rc == CST_OK)
        rc = gather((void **)&m->labelled.position, comm, position, n * sizeof *position, err);
out:
    free(day);
    free(position);
    return rc;
}

/* The first and the last instant of the window. Collective. */
static cst_code find_span(cst_monitoring *m, const cst_schema *schema, cst_error *err)
{
    const cst_column *time = schema->time ? cst_table_find(m->rows, schema->time) : NULL;
    int64_t extreme[2] = {INT64_MIN, INT64_MIN}; /* last, minus first; in microseconds */
    for (size_t r = 0; time && time->type == CST_TIME && r < time->rows; r++) {
        int64_t value = time->values.i64[r];
        if (value == CST_MISSING_INT64)
            continue;
        int64_t at = (int64_t)((__int128)value * 1000000 / time->ticks);
        extreme[0] = at > extreme[0] ? at : extreme[0];
        extreme[1] = -at > extreme[1] ? -at : extreme[1];
    }
    cst_mergeable state = {.max = extreme, .maxima = 2};
    cst_code rc = cst_comm_merge(m->stage->comm, &state, err);
    m->last = extreme[0];
    m->first = extreme[1] == INT64_MIN ? INT64_MAX : -extreme[1];
    return rc;
}

static cst_code read_window(cst_monitoring *m, cst_error *err)
{
    const cst_stage *stage = m->stage;
    cst_schema *schema = NULL;
    bool newest = strcmp(cst_get_string(stage->options, "rows", "newest"), "newest") == 0;
    const json_t *joins = cst_transform_joins(m->bundle->transform);
    cst_code rc = cst_stage_read_rows(&m->rows, stage, m->snapshot, newest, err);
    if (rc == CST_OK)
        rc = cst_stage_join(m->rows, stage, joins, m->joined, err);
    if (rc == CST_OK)
        rc = cst_stage_read_schema(&schema, stage, m->snapshot, err);
    if (rc == CST_OK)
        rc = find_span(m, schema, err);
    cst_schema_free(schema);
    return rc;
}

cst_code cst_monitoring_window(cst_monitoring *m, cst_error *err)
{
    cst_comm *comm = m->stage->comm;
    scored mine = {0};
    cst_code rc = read_window(m, err);
    if (rc != CST_OK)
        return rc;
    m->read = m->rows->total;
    rc = cst_comm_agree(comm, score_labelled(&mine, m, err), err);
    if (rc == CST_OK)
        rc = gather_labelled(m, &mine, err);
    bool most = false;
    if (rc == CST_OK)
        rc = has_most_labels(&most, m, &mine, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(comm, choose_rows(m, &mine, most, err), err);
    scored_free(&mine);
    return rc;
}

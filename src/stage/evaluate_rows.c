/* evaluate_rows.c - the test rows scored by both models, each through its own transform */
#include "base/array.h"
#include "base/clock.h"
#include "config/json.h"
#include "stage/evaluating.h"
#include "table/time.h"

enum { TICKS = 1000000 };

cst_code cst_evaluating_gather(void **out, cst_evaluating *e, const void *mine, size_t rows,
                               size_t size, cst_error *err)
{
    size_t *offset = NULL;
    cst_code rc = cst_comm_gather(e->stage->comm, out, &offset, mine, rows * size, err);
    free(offset);
    return rc;
}

/* This rank's rows of the challenger's matrix; the raw rows that have no label are dropped. */
typedef struct {
    double *score, *champion_score;
    int64_t *cluster;
    cst_matrix *matrix;
} scored_rows;

static void scored_rows_free(scored_rows *mine)
{
    free(mine->score);
    free(mine->champion_score);
    free(mine->cluster);
    cst_matrix_free(mine->matrix);
}

static cst_code score_challenger(scored_rows *mine, cst_evaluating *e, cst_error *err)
{
    uint8_t *kept = cst_array_new(e->rows->rows, 1, "test rows", err);
    cst_table *rows = NULL;
    double started = cst_clock_elapsed();
    cst_code rc =
        kept ? cst_bundle_score(&mine->score, &mine->matrix, e->bundle, e->rows, true, kept, err)
             : CST_NOMEM;
    if (rc == CST_OK && mine->matrix->rows)
        e->row_seconds = (cst_clock_elapsed() - started) / (double)mine->matrix->rows;
    if (rc == CST_OK && mine->matrix->rows < e->rows->rows)
        rc = cst_table_select(&rows, e->rows, kept, err);
    if (rc == CST_OK && rows) {
        cst_table_free(e->rows);
        e->rows = rows;
    }
    free(kept);
    return rc;
}

static cst_code score_champion(scored_rows *mine, cst_evaluating *e, cst_error *err)
{
    cst_matrix *matrix = NULL;
    const char *ours = cst_model_objective(e->bundle->model);
    const char *theirs = cst_model_objective(e->champion_bundle->model);
    if (strcmp(ours, theirs) != 0)
        return cst_error_set(err, CST_USAGE,
                             "%s@%lld has the objective %s and %s@%lld %s: they cannot be compared",
                             e->model->name, (long long)e->model->number, ours, e->champion->name,
                             (long long)e->champion->number, theirs);
    cst_code rc = cst_bundle_score(&mine->champion_score, &matrix, e->champion_bundle, e->rows,
                                   false, NULL, err);
    cst_matrix_free(matrix);
    return rc;
}

/* The day of each row, or its position among all rows from first on. */
static cst_code cluster_rows(scored_rows *mine, const cst_evaluating *e, int64_t first,
                             cst_error *err)
{
    const int64_t *time = mine->matrix->time;
    const char *wanted = cst_get_string(e->gate, "cluster", NULL);
    bool by_day = wanted ? strcmp(wanted, "day") == 0 : time != NULL;
    if (by_day && !time && mine->matrix->rows)
        return cst_error_set(err, CST_USAGE,
                             "gate.cluster: the rows have no time to tell days by; say row");
    mine->cluster = cst_array_new(mine->matrix->rows, sizeof *mine->cluster, "clusters", err);
    if (!mine->cluster)
        return CST_NOMEM;
    for (size_t r = 0; r < mine->matrix->rows; r++)
        mine->cluster[r] = by_day ? cst_time_day(time[r], TICKS) : first + (int64_t)r;
    return CST_OK;
}

/* All ranks' doubles; *out stays NULL where there are none to give. Collective. */
static cst_code gather_doubles(double **out, cst_evaluating *e, const double *mine, size_t rows,
                               cst_error *err)
{
    void *all = NULL;
    cst_code rc = cst_evaluating_gather(&all, e, mine, rows, sizeof *mine, err);
    *out = all;
    return rc;
}

/* Collective. */
static cst_code gather_all(cst_evaluating *e, const scored_rows *mine, cst_error *err)
{
    size_t rows = mine->matrix->rows;
    int64_t weighted = mine->matrix->weight != NULL;
    void *cluster = NULL;
    cst_code rc = cst_comm_max(e->stage->comm, &weighted, err);
    if (rc == CST_OK)
        rc = gather_doubles(&e->label, e, mine->matrix->label, rows, err);
    if (rc == CST_OK)
        rc = gather_doubles(&e->score, e, mine->score, rows, err);
    if (rc == CST_OK && weighted)
        rc = gather_doubles(&e->weight, e, mine->matrix->weight, rows, err);
    if (rc == CST_OK && e->champion)
        rc = gather_doubles(&e->champion_score, e, mine->champion_score, rows, err);
    if (rc == CST_OK)
        rc = cst_evaluating_gather(&cluster, e, mine->cluster, rows, sizeof *mine->cluster, err);
    e->cluster = cluster;
    return rc;
}

/* Collective. */
static cst_code slowest(cst_evaluating *e, cst_error *err)
{
    int64_t key = cst_order_key(e->row_seconds);
    cst_code rc = cst_comm_max(e->stage->comm, &key, err);
    e->row_seconds = cst_order_value(key);
    return rc;
}

cst_code cst_evaluating_score(cst_evaluating *e, cst_error *err)
{
    cst_comm *comm = e->stage->comm;
    scored_rows mine = {0};
    int64_t first = 0, total = 0;
    cst_code rc = cst_comm_agree(comm, score_challenger(&mine, e, err), err);
    if (rc == CST_OK)
        rc = cst_comm_offset(comm, (int64_t)mine.matrix->rows, &first, &total, err);
    if (rc == CST_OK && total == 0)
        rc = cst_error_set(err, CST_INVALID, "none of the test rows has a label");
    if (rc == CST_OK) {
        e->count = (size_t)total;
        rc = cst_comm_agree(comm, cluster_rows(&mine, e, first, err), err);
    }
    if (rc == CST_OK)
        rc = cst_evaluating_slice(e, err);
    if (rc == CST_OK && e->champion)
        rc = cst_comm_agree(comm, score_champion(&mine, e, err), err);
    if (rc == CST_OK)
        rc = gather_all(e, &mine, err);
    if (rc == CST_OK)
        rc = slowest(e, err);
    scored_rows_free(&mine);
    return rc;
}

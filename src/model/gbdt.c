/* gbdt.c - gradient-boosted trees as a learner: rounds, early stopping
 *
 * One round surveys the data (sample for cut points, mean label), then for every tree one round
 * for the loss and the scale of gradients and one round a histogram.
 */
#include "base/array.h"
#include "config/json.h"
#include "model/gbdt_draw.h"
#include "model/gbdt_forest.h"
#include "model/gbdt_grow.h"
#include "model/gbdt_options.h"
#include "model/gbdt_quantise.h"
#include "model/learner_list.h"
#include "model/model_kind.h"

#include <math.h>

enum { REVISION = 1 };

typedef enum { SURVEY, SLOPES, HISTOGRAMS } phase;

/* Lanes of sums: what is added up over all rows in a round. */
enum { TRAINING_LOSS, TRAINING_WEIGHT, VALIDATION_LOSS, VALIDATION_WEIGHT, SUMS };
enum { LABELS = TRAINING_LOSS, WEIGHTS = TRAINING_WEIGHT }; /* in the survey */

typedef struct {
    cst_task task;
    cst_objective objective;
    cst_gbdt_split_rules rules;
    int64_t trees, patience;
    double rate, row_share, feature_share;
    phase phase;
    cst_sum sum[SUMS];
    int64_t largest[2];
    cst_sorted *sample;
    cst_gbdt_bins *bins;
    cst_gbdt_rows *binned;
    cst_grower *grower;
    cst_forest *forest;
    double *score, *validation_score; /* before the link, shape [rows] */
    cst_slope *slope;                 /* shape [rows] */
    cst_quantum *quantum;             /* shape [rows] */
    uint8_t *bag;                     /* shape [rows]; NULL: all rows take part */
    uint32_t *used;                   /* features of the tree, shape [columns] */
    size_t used_count;
    cst_standing standing;
    double best_loss; /* on validation rows, and the number of trees that had it */
    int64_t best_trees;
} gbdt;

static void end(void *fit)
{
    gbdt *g = fit;
    if (!g)
        return;
    cst_sorted_free(g->sample);
    cst_grower_free(g->grower);
    cst_gbdt_rows_free(g->binned);
    cst_gbdt_bins_free(g->bins);
    cst_forest_free(g->forest);
    free(g->score);
    free(g->validation_score);
    free(g->slope);
    free(g->quantum);
    free(g->bag);
    free(g->used);
    free(g);
}

static cst_code check(const gbdt *g, cst_error *err)
{
    const cst_matrix *training = g->task.training;
    if (training->total == 0 || training->columns == 0)
        return cst_error_set(err, CST_INVALID, "there are no rows or no features to learn from");
    if (g->patience > 0 && !g->task.validation)
        return cst_error_set(err, CST_USAGE,
                             "early_stopping needs validation rows: give prepare.split a "
                             "validation share, or set early_stopping: 0");
    cst_code rc = cst_objective_check(g->objective, training, err);
    if (rc == CST_OK && g->task.validation)
        rc = cst_objective_check(g->objective, g->task.validation, err);
    return rc;
}

static cst_code allocate(gbdt *g, cst_error *err)
{
    size_t rows = g->task.training->rows;
    size_t validation = g->task.validation ? g->task.validation->rows : 0;
    g->score = cst_array_new(rows, sizeof *g->score, "scores", err);
    g->validation_score = cst_array_new(validation, sizeof *g->validation_score, "scores", err);
    g->slope = cst_array_new(rows, sizeof *g->slope, "gradients", err);
    g->quantum = cst_array_new(rows, sizeof *g->quantum, "gradients", err);
    g->used = cst_array_new(g->task.training->columns, sizeof *g->used, "features", err);
    if (!g->score || !g->validation_score || !g->slope || !g->quantum || !g->used)
        return CST_NOMEM;
    if (g->row_share < 1 && !(g->bag = cst_array_new(rows, 1, "rows of trees", err)))
        return CST_NOMEM;
    return cst_forest_new(&g->forest, err);
}

static cst_code begin(void **fit, const cst_task *task, cst_error *err)
{
    gbdt *g = cst_array_new(1, sizeof *g, "gbdt", err);
    if (!g)
        return CST_NOMEM;
    g->task = *task;
    if (task->validation && task->validation->total == 0)
        g->task.validation = NULL;
    g->rules = cst_gbdt_rules(task->params);
    g->trees = cst_get_int(task->params, "trees", 100);
    g->patience = cst_get_int(task->params, "early_stopping", 0);
    g->rate = cst_get_real(task->params, "learning_rate", 0.1);
    g->row_share = cst_get_real(task->params, "row_share", 1);
    g->feature_share = cst_get_real(task->params, "feature_share", 1);
    g->standing = (cst_standing){.steps = g->trees, .training_loss = NAN, .validation_loss = NAN};
    g->best_loss = INFINITY;
    cst_code rc = cst_objective_parse(&g->objective, task->objective, err);
    if (rc == CST_OK)
        rc = check(g, err);
    if (rc == CST_OK)
        rc = allocate(g, err);
    if (rc != CST_OK) {
        end(g);
        return rc;
    }
    *fit = g;
    return CST_OK;
}

/* Labels times weights, and weights, a block at a time. */
static void sum_labels(gbdt *g)
{
    const cst_matrix *m = g->task.training;
    double weight[CST_BLOCK_ROWS];
    for (size_t from = 0; from < m->rows; from += CST_BLOCK_ROWS) {
        size_t n = m->rows - from < CST_BLOCK_ROWS ? m->rows - from : CST_BLOCK_ROWS;
        for (size_t i = 0; i < n; i++)
            weight[i] = cst_objective_weight(m, from + i);
        cst_sum_add(&g->sum[LABELS], cst_block_dot(m->label + from, weight, n));
        cst_sum_add(&g->sum[WEIGHTS], cst_block_sum(weight, n));
    }
}

static void compute_slopes(gbdt *g)
{
    cst_slopes_compute(g->slope, &g->sum[TRAINING_LOSS], &g->sum[TRAINING_WEIGHT], g->largest,
                       g->objective, g->score, g->task.training);
    if (g->task.validation)
        cst_objective_sum(&g->sum[VALIDATION_LOSS], &g->sum[VALIDATION_WEIGHT], g->objective,
                          g->validation_score, g->task.validation);
}

static cst_code local(void *fit, cst_error *err)
{
    gbdt *g = fit;
    memset(g->sum, 0, sizeof g->sum);
    switch (g->phase) {
    case SURVEY:
        sum_labels(g);
        return cst_gbdt_sample(&g->sample, g->task.training, g->task.seed, err);
    case SLOPES:
        compute_slopes(g);
        return CST_OK;
    case HISTOGRAMS:
        cst_grower_local(g->grower);
        return CST_OK;
    }
    return CST_OK;
}

static cst_mergeable state(void *fit)
{
    gbdt *g = fit;
    cst_mergeable view = {.sum = (int64_t *)g->sum, .sums = SUMS * CST_SUM_WORDS};
    switch (g->phase) {
    case SURVEY:
        view.set = &g->sample;
        view.sets = 1;
        break;
    case SLOPES:
        view.max = g->largest;
        view.maxima = 2;
        break;
    case HISTOGRAMS:
        view = cst_grower_state(g->grower);
        break;
    }
    return view;
}

/* The scores of the trees so far, added up as when each was finished: of none at first. */
static cst_code start_scores(gbdt *g, cst_error *err)
{
    const cst_matrix *training = g->task.training;
    const cst_matrix *validation = g->task.validation;
    for (size_t r = 0; r < training->rows; r++)
        g->score[r] = g->forest->start;
    for (size_t r = 0; validation && r < validation->rows; r++)
        g->validation_score[r] = g->forest->start;
    cst_code rc = cst_forest_add_scores(g->score, g->forest, 0, g->forest->trees, training, err);
    if (rc == CST_OK && validation)
        rc = cst_forest_add_scores(g->validation_score, g->forest, 0, g->forest->trees, validation,
                                   err);
    return rc;
}

static cst_code finish_survey(gbdt *g, cst_error *err)
{
    const cst_matrix *training = g->task.training;
    double weight = cst_sum_value(&g->sum[WEIGHTS]);
    if (!(weight > 0))
        return cst_error_set(err, CST_INVALID, "the weights of all rows add up to %g", weight);
    g->forest->start = cst_objective_start(g->objective, cst_sum_value(&g->sum[LABELS]) / weight);
    cst_code rc = start_scores(g, err);
    const json_t *params = g->task.params;
    if (rc == CST_OK)
        rc = cst_gbdt_bins_new(&g->bins, training, g->sample, (int)cst_get_int(params, "bins", 255),
                               (int)cst_get_int(params, "min_bin_rows", 3), err);
    cst_sorted_free(g->sample);
    g->sample = NULL;
    if (rc == CST_OK)
        rc = cst_gbdt_rows_new(&g->binned, g->bins, training, err);
    if (rc == CST_OK)
        rc = cst_grower_new(&g->grower, g->bins, g->binned, (int)cst_get_int(params, "leaves", 31),
                            (int)cst_get_int(params, "depth", 0), err);
    g->phase = SLOPES;
    return rc;
}

/* The losses of the trees so far. */
static void take_stock(gbdt *g)
{
    const cst_sum *sum = g->sum;
    g->standing.step = (int64_t)g->forest->trees;
    g->standing.training_loss =
        cst_sum_value(&sum[TRAINING_LOSS]) / cst_sum_value(&sum[TRAINING_WEIGHT]);
    if (!g->task.validation)
        return;
    g->standing.validation_loss =
        cst_sum_value(&sum[VALIDATION_LOSS]) / cst_sum_value(&sum[VALIDATION_WEIGHT]);
    if (g->standing.validation_loss < g->best_loss) {
        g->best_loss = g->standing.validation_loss;
        g->best_trees = g->standing.step;
    }
}

/* With early stopping the trees of the lowest validation loss are kept, else all. */
static int64_t kept_trees(const gbdt *g)
{
    return g->patience > 0 ? g->best_trees : g->standing.step;
}

static cst_code start_tree(gbdt *g, bool *done, cst_error *err)
{
    take_stock(g);
    bool worse = g->patience > 0 && g->standing.step - g->best_trees >= g->patience;
    *done = worse || g->standing.step >= g->trees;
    if (*done)
        return CST_OK;
    const cst_matrix *m = g->task.training;
    cst_code rc =
        cst_slopes_quantise(g->quantum, &g->rules, g->slope, m->rows, m->total, g->largest, err);
    if (rc != CST_OK)
        return rc;
    if (g->bag)
        cst_gbdt_draw_rows(g->bag, m, g->row_share, g->task.seed, g->forest->trees);
    g->used_count = cst_gbdt_draw_features(g->used, m->columns, g->feature_share, g->task.seed,
                                           g->forest->trees);
    g->phase = HISTOGRAMS;
    return cst_grower_start(g->grower, g->forest, g->quantum, g->bag, g->used, g->used_count,
                            &g->rules, err);
}

static cst_code finish_tree(gbdt *g, bool *done, cst_error *err)
{
    size_t trees = g->forest->trees;
    bool sampled = g->bag || g->feature_share < 1;
    if (cst_forest_last_leaves(g->forest) == 1 && !sampled) {
        *done = true; /* nothing more to learn: every tree would be empty */
        return CST_OK;
    }
    cst_grower_finish(g->grower, g->rate);
    cst_code rc = CST_OK;
    if (g->bag)
        rc = cst_forest_add_scores(g->score, g->forest, trees - 1, trees, g->task.training, err);
    else
        cst_grower_add_scores(g->score, g->grower);
    if (rc == CST_OK && g->task.validation)
        rc = cst_forest_add_scores(g->validation_score, g->forest, trees - 1, trees,
                                   g->task.validation, err);
    g->phase = SLOPES;
    return rc;
}

static cst_code advance(void *fit, bool *done, cst_error *err)
{
    gbdt *g = fit;
    *done = false;
    if (g->phase == SURVEY)
        return finish_survey(g, err);
    if (g->phase == SLOPES)
        return start_tree(g, done, err);
    bool grown = false;
    cst_code rc = cst_grower_advance(g->grower, &grown, err);
    return rc == CST_OK && grown ? finish_tree(g, done, err) : rc;
}

static cst_standing standing(const void *fit)
{
    return ((const gbdt *)fit)->standing;
}

static cst_code save(const void *fit, cst_tensors *out, cst_error *err)
{
    const gbdt *g = fit;
    cst_forest kept = cst_forest_first(g->forest, (size_t)kept_trees(g));
    cst_code rc = cst_model_describe(out, cst_learner_gbdt.name, REVISION,
                                     cst_objective_name(g->objective), g->task.training, err);
    return rc == CST_OK ? cst_forest_save(out, &kept, err) : rc;
}

/* Cut points and scores follow from the rows and the trees; a tree just begun is begun again. */
static cst_code checkpoint(const void *fit, cst_tensors *out, cst_error *err)
{
    const gbdt *g = fit;
    cst_forest whole = cst_forest_first(g->forest, (size_t)g->standing.step);
    cst_code rc = cst_forest_save(out, &whole, err);
    if (rc == CST_OK)
        rc = cst_tensors_add_values(out, "best.loss", CST_TENSOR_F64, &g->best_loss, 1, err);
    if (rc == CST_OK)
        rc = cst_tensors_add_values(out, "best.trees", CST_TENSOR_I64, &g->best_trees, 1, err);
    return rc;
}

static cst_code restore(void *fit, const cst_tensors *from, cst_error *err)
{
    gbdt *g = fit;
    cst_forest *forest = NULL;
    cst_code rc = cst_forest_load(&forest, from, g->task.training->columns, err);
    if (rc == CST_OK)
        rc = cst_tensors_get_values(&g->best_loss, from, "best.loss", CST_TENSOR_F64, 1, err);
    if (rc == CST_OK)
        rc = cst_tensors_get_values(&g->best_trees, from, "best.trees", CST_TENSOR_I64, 1, err);
    if (rc == CST_OK && (g->best_trees < 0 || (uint64_t)g->best_trees > forest->trees))
        rc = cst_error_set(err, CST_INVALID, "the best of %zu trees cannot be %lld", forest->trees,
                           (long long)g->best_trees);
    if (rc != CST_OK) {
        cst_forest_free(forest);
        return rc;
    }
    cst_forest_free(g->forest);
    g->forest = forest;
    g->standing.step = (int64_t)forest->trees;
    return CST_OK;
}

static json_t *resolved(const void *fit, cst_error *err)
{
    const gbdt *g = fit;
    json_t *out = json_pack("{s:I}", "trees", (json_int_t)kept_trees(g));
    if (!out)
        cst_error_nomem(err, "gbdt");
    return out;
}

const cst_learner cst_learner_gbdt = {
    .name = "gbdt",
    .summary = "gradient-boosted trees on histograms, grown leaf by leaf",
    .revision = REVISION,
    .options = cst_gbdt_options,
    .begin = begin,
    .local = local,
    .state = state,
    .advance = advance,
    .standing = standing,
    .save = save,
    .checkpoint = checkpoint,
    .restore = restore,
    .resolved = resolved,
    .end = end,
};

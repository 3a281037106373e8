/* glm.c - linear and logistic regression by Newton's method, as a learner
 *
 * Columns are centred and scaled inside (two rounds: means, spreads), so that the penalty means the
 * same for all and the normal equations stay well conditioned. Then every round adds up loss,
 * gradient and Hessian, all exactly, and takes a Newton step, halved while it does not descend.
 */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "model/glm_fit.h"
#include "model/glm_options.h"
#include "model/glm_solve.h"
#include "model/learner_list.h"
#include "model/model_kind.h"

enum { REVISION = 3, COLUMNS_MOST = 360, HALVINGS_MOST = 40 };

/* The sums of a Newton round; gradient and the Hessian's lower triangle stand behind them. */
enum { TRAINING_LOSS, TRAINING_WEIGHT, VALIDATION_LOSS, VALIDATION_WEIGHT, SUMS };
/* Of the first round: labels and weights; weighted features behind them. */
enum { LABELS, WEIGHTS, FEATURES };

static void end(void *fit)
{
    cst_glm_fit *g = fit;
    if (!g)
        return;
    cst_glm_design_free(g->design);
    free(g->sum);
    free(g->coefficient);
    free(g->accepted);
    free(g->step);
    free(g->gradient);
    free(g->hessian);
    free(g->factor);
    free(g->scratch);
    free(g->validation_score);
    free(g);
}

static cst_code check(const cst_glm_fit *g, cst_error *err)
{
    const cst_matrix *training = g->task.training;
    if (training->total == 0)
        return cst_error_set(err, CST_INVALID, "there are no rows to learn from");
    if (training->columns > COLUMNS_MOST)
        return cst_error_set(err, CST_INVALID,
                             "%zu columns; glm takes up to %d: use encode: target for categories "
                             "of many levels, or model: gbdt",
                             training->columns, COLUMNS_MOST);
    cst_code rc = cst_objective_check(g->objective, training, err);
    if (rc == CST_OK)
        rc = cst_glm_check(training, err);
    if (rc == CST_OK && g->task.validation)
        rc = cst_objective_check(g->objective, g->task.validation, err);
    if (rc == CST_OK && g->task.validation)
        rc = cst_glm_check(g->task.validation, err);
    return rc;
}

static cst_code allocate(cst_glm_fit *g, cst_error *err)
{
    size_t triangle = g->size * (g->size + 1) / 2;
    size_t validation = g->task.validation ? g->task.validation->rows : 0;
    g->sums = SUMS + g->size + triangle;
    g->sum = cst_array_new(g->sums, sizeof *g->sum, "sums", err);
    double **array[] = {&g->coefficient, &g->accepted, &g->step, &g->gradient, &g->scratch};
    for (size_t i = 0; i < sizeof array / sizeof array[0]; i++)
        if (!(*array[i] = cst_array_new(g->size, sizeof **array[i], "coefficients", err)))
            return CST_NOMEM;
    g->hessian = cst_array_new(triangle, sizeof *g->hessian, "Hessian", err);
    g->factor = cst_array_new(triangle, sizeof *g->factor, "Hessian", err);
    g->validation_score = cst_array_new(validation, sizeof *g->validation_score, "scores", err);
    if (!g->sum || !g->hessian || !g->factor || !g->validation_score)
        return CST_NOMEM;
    return cst_glm_design_new(&g->design, g->columns, err);
}

static cst_code begin(void **fit, const cst_task *task, cst_error *err)
{
    cst_glm_fit *g = cst_array_new(1, sizeof *g, "glm", err);
    if (!g)
        return CST_NOMEM;
    g->task = *task;
    if (task->validation && task->validation->total == 0)
        g->task.validation = NULL;
    g->l2 = cst_get_real(task->params, "l2", 1);
    g->tolerance = cst_get_real(task->params, "tolerance", 1e-12);
    g->iterations = cst_get_int(task->params, "iterations", 100);
    g->columns = task->training->columns;
    g->size = g->columns + 1;
    g->lowest = INFINITY;
    g->standing = (cst_standing){.training_loss = NAN, .validation_loss = NAN};
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

static void add_means(cst_glm_fit *g, const cst_glm_block *block)
{
    const double *label = g->task.training->label + block->from;
    cst_sum_add(&g->sum[LABELS], cst_block_dot(label, block->weight, block->rows));
    cst_sum_add(&g->sum[WEIGHTS], cst_block_sum(block->weight, block->rows));
    for (size_t c = 0; c < g->columns; c++)
        cst_sum_add(&g->sum[FEATURES + c],
                    cst_block_dot(cst_glm_column(block, c), block->weight, block->rows));
}

static void add_spreads(cst_glm_fit *g, const cst_glm_block *block)
{
    for (size_t c = 0; c < g->columns; c++) {
        const double *z = cst_glm_column(block, c);
        for (size_t i = 0; i < block->rows; i++)
            block->slope[i] = z[i] * z[i];
        cst_sum_add(&g->sum[c], cst_block_dot(block->slope, block->weight, block->rows));
    }
}

/* Loss, gradient and Hessian of a block at the coefficients tried. */
static void add_newton(cst_glm_fit *g, const cst_glm_block *block)
{
    size_t n = block->rows;
    double losses[CST_BLOCK_ROWS];
    cst_glm_scores(block->score, block, g->coefficient, g->size);
    for (size_t i = 0; i < n; i++) {
        cst_loss at = cst_objective_loss(g->objective, block->score[i],
                                         g->task.training->label[block->from + i]);
        losses[i] = at.loss;
        block->slope[i] = at.gradient * block->weight[i];
        block->curvature[i] = at.hessian * block->weight[i];
    }
    cst_sum_add(&g->sum[TRAINING_LOSS], cst_block_dot(losses, block->weight, n));
    cst_sum_add(&g->sum[TRAINING_WEIGHT], cst_block_sum(block->weight, n));
    cst_sum *gradient = g->sum + SUMS;
    cst_sum *hessian = gradient + g->size;
    for (size_t c = 0; c < g->size; c++) {
        const double *z = cst_glm_column(block, c);
        cst_sum_add(gradient++, cst_block_dot(block->slope, z, n));
        for (size_t i = 0; i < n; i++)
            block->weighted[i] = block->curvature[i] * z[i];
        for (size_t other = 0; other <= c; other++)
            cst_sum_add(hessian++, cst_block_dot(block->weighted, cst_glm_column(block, other), n));
    }
}

static cst_code local(void *fit, cst_error *err)
{
    cst_glm_fit *g = fit;
    cst_glm_block *block = NULL;
    cst_code rc = cst_glm_block_new(&block, g->columns, err);
    if (rc != CST_OK)
        return rc;
    memset(g->sum, 0, g->sums * sizeof *g->sum);
    while (cst_glm_block_next(block, g->design, g->task.training)) {
        if (g->phase == CST_GLM_MEANS)
            add_means(g, block);
        else if (g->phase == CST_GLM_SPREADS)
            add_spreads(g, block);
        else
            add_newton(g, block);
    }
    const cst_matrix *validation = g->task.validation;
    if (g->phase == CST_GLM_NEWTON && validation) {
        cst_glm_block_rewind(block);
        while (cst_glm_block_next(block, g->design, validation))
            cst_glm_scores(g->validation_score + block->from, block, g->coefficient, g->size);
        cst_objective_sum(&g->sum[VALIDATION_LOSS], &g->sum[VALIDATION_WEIGHT], g->objective,
                          g->validation_score, validation);
    }
    cst_glm_block_free(block);
    return CST_OK;
}

static cst_mergeable state(void *fit)
{
    cst_glm_fit *g = fit;
    size_t sums = g->phase == CST_GLM_NEWTON ? g->sums : g->columns + FEATURES;
    return (cst_mergeable){.sum = (int64_t *)g->sum, .sums = sums * CST_SUM_WORDS};
}

static cst_code take_means(cst_glm_fit *g, cst_error *err)
{
    double weight = cst_sum_value(&g->sum[WEIGHTS]);
    if (!(weight > 0))
        return cst_error_set(err, CST_INVALID, "the weights of all rows add up to %g", weight);
    for (size_t c = 0; c < g->columns; c++)
        g->design->mean[c] = cst_sum_value(&g->sum[FEATURES + c]) / weight;
    g->design->weight = weight;
    g->coefficient[g->columns] =
        cst_objective_start(g->objective, cst_sum_value(&g->sum[LABELS]) / weight);
    g->phase = CST_GLM_SPREADS;
    return CST_OK;
}

/* A weighted mean of equal values may be off by the rounding of a block's sums (2^-44 of it at
 * most), and that alone is no spread: one float32 of 2^31 that differs by one place gives 2^-40. */
static void take_spreads(cst_glm_fit *g)
{
    for (size_t c = 0; c < g->columns; c++) {
        double spread = sqrt(cst_sum_value(&g->sum[c]) / g->design->weight);
        bool constant = spread <= 0x1p-42 * fabs(g->design->mean[c]);
        g->design->scale[c] = constant ? 0 : spread;
    }
    g->phase = CST_GLM_NEWTON;
}

/* The penalised loss, its gradient and Hessian, from the round's sums. */
static double take_sums(cst_glm_fit *g)
{
    double loss = cst_sum_value(&g->sum[TRAINING_LOSS]);
    const cst_sum *sum = g->sum + SUMS;
    for (size_t c = 0; c < g->size; c++)
        g->gradient[c] = cst_sum_value(sum++);
    for (size_t i = 0; i < g->size * (g->size + 1) / 2; i++)
        g->hessian[i] = cst_sum_value(sum++);
    for (size_t c = 0; c < g->columns; c++) {
        double *diagonal = &g->hessian[c * (c + 1) / 2 + c];
        loss += 0.5 * g->l2 * g->coefficient[c] * g->coefficient[c];
        g->gradient[c] += g->l2 * g->coefficient[c];
        *diagonal += g->l2;
        if (g->design->scale[c] == 0)
            *diagonal = 1; /* a constant column: its coefficient stays 0 */
    }
    return loss;
}

static void take_stock(cst_glm_fit *g)
{
    g->standing.step++;
    g->standing.training_loss =
        cst_sum_value(&g->sum[TRAINING_LOSS]) / cst_sum_value(&g->sum[TRAINING_WEIGHT]);
    if (g->task.validation)
        g->standing.validation_loss =
            cst_sum_value(&g->sum[VALIDATION_LOSS]) / cst_sum_value(&g->sum[VALIDATION_WEIGHT]);
}

static cst_code solve(cst_glm_fit *g, cst_error *err)
{
    size_t singular = 0;
    cst_glm_solve(g->step, &singular, g->hessian, g->gradient, g->factor, g->scratch, g->size);
    if (singular == g->size)
        return CST_OK;
    const char *name =
        singular < g->columns ? g->task.training->feature[singular].name : "the intercept";
    return cst_error_set(err, CST_FAILED,
                         "feature %s is a sum of the features before it, or the classes are "
                         "separated: leave it out or set l2 above 0",
                         name);
}

static void move(cst_glm_fit *g, double share)
{
    for (size_t c = 0; c < g->size; c++)
        g->coefficient[c] = g->accepted[c] - share * g->step[c];
}

static cst_code descend(cst_glm_fit *g, bool *done, cst_error *err)
{
    double loss = take_sums(g);
    take_stock(g);
    double slack = 1e-14 * fabs(g->lowest); /* rounding of the loss itself */
    if (!(loss <= g->lowest + slack) && isfinite(g->lowest)) {
        g->halvings++;
        *done = g->halvings > HALVINGS_MOST;
        move(g, *done ? 0 : ldexp(1, -g->halvings));
        return CST_OK;
    }
    if (!isfinite(loss))
        return cst_error_set(err, CST_FAILED, "the loss is not finite: look for extreme values");
    if (!(loss < g->lowest)) { /* all that is left is rounding, as where labels are met exactly */
        *done = true;
        move(g, 0);
        return CST_OK;
    }
    cst_code rc = solve(g, err);
    if (rc != CST_OK)
        return rc;
    double promise = 0; /* twice what the step takes off the loss, were it a parabola */
    for (size_t c = 0; c < g->size; c++)
        promise += g->gradient[c] * g->step[c];
    memcpy(g->accepted, g->coefficient, g->size * sizeof *g->accepted);
    g->lowest = loss;
    g->halvings = 0;
    move(g, 1);
    *done = promise <= 2 * g->tolerance * fabs(loss);
    if (!*done && g->standing.step >= g->iterations)
        return cst_error_set(err, CST_FAILED,
                             "not converged after %lld iterations: raise l2 or iterations",
                             (long long)g->iterations);
    return CST_OK;
}

static cst_code advance(void *fit, bool *done, cst_error *err)
{
    cst_glm_fit *g = fit;
    *done = false;
    if (g->phase == CST_GLM_MEANS)
        return take_means(g, err);
    if (g->phase == CST_GLM_SPREADS)
        take_spreads(g);
    else
        return descend(g, done, err);
    return CST_OK;
}

static cst_standing standing(const void *fit)
{
    return ((const cst_glm_fit *)fit)->standing;
}

static cst_code save(const void *fit, cst_tensors *out, cst_error *err)
{
    const cst_glm_fit *g = fit;
    cst_code rc = cst_model_describe(out, cst_learner_glm.name, REVISION,
                                     cst_objective_name(g->objective), g->task.training, err);
    return rc == CST_OK ? cst_glm_save(out, g->design, g->coefficient, err) : rc;
}

static json_t *resolved(const void *fit, cst_error *err)
{
    (void)fit;
    json_t *out = json_object();
    if (!out)
        cst_error_nomem(err, "glm");
    return out;
}

const cst_learner cst_learner_glm = {
    .name = "glm",
    .summary = "linear and logistic regression by Newton's method",
    .revision = REVISION,
    .options = cst_glm_options,
    .begin = begin,
    .local = local,
    .state = state,
    .advance = advance,
    .standing = standing,
    .save = save,
    .checkpoint = cst_glm_checkpoint,
    .restore = cst_glm_restore,
    .resolved = resolved,
    .end = end,
};

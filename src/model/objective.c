/* objective.c - what a score is measured by */
#include "model/objective.h"

#include <math.h>

#include "exact/elementary.h"

static const char *const names[CST_OBJECTIVE_COUNT] = {
    [CST_OBJECTIVE_BINARY] = "binary",
    [CST_OBJECTIVE_REGRESSION] = "regression",
};

cst_code cst_objective_parse(cst_objective *out, const char *name, cst_error *err)
{
    for (int i = 0; name && i < CST_OBJECTIVE_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (cst_objective)i;
            return CST_OK;
        }
    return cst_error_set(err, CST_USAGE, "objective \"%s\" is none of binary, regression",
                         name ? name : "");
}

const char *cst_objective_name(cst_objective objective)
{
    return names[objective];
}

cst_code cst_objective_check(cst_objective objective, const cst_matrix *matrix, cst_error *err)
{
    if (!matrix->label)
        return cst_error_set(err, CST_INVALID, "the matrix has no labels to learn from");
    for (size_t r = 0; r < matrix->rows; r++) {
        double label = matrix->label[r];
        double weight = cst_objective_weight(matrix, r);
        long long at = (long long)matrix->first + (long long)r + 1;
        if (objective == CST_OBJECTIVE_BINARY && label != 0 && label != 1)
            return cst_error_set(err, CST_INVALID,
                                 "the label of row %lld is %g: objective binary wants 0 or 1", at,
                                 label);
        if (!isfinite(label))
            return cst_error_set(err, CST_INVALID, "the label of row %lld is %g", at, label);
        if (!isfinite(weight) || weight < 0)
            return cst_error_set(err, CST_INVALID,
                                 "the weight of row %lld is %g: expected a number from 0 up", at,
                                 weight);
    }
    return CST_OK;
}

double cst_objective_start(cst_objective objective, double mean)
{
    static const double least = 1e-15; /* one class alone: far out, but finite */
    if (objective == CST_OBJECTIVE_REGRESSION)
        return mean;
    double p = mean < least ? least : mean > 1 - least ? 1 - least : mean;
    return cst_log(p / (1 - p));
}

double cst_objective_link(cst_objective objective, double score)
{
    return objective == CST_OBJECTIVE_BINARY ? cst_sigmoid(score) : score;
}

cst_loss cst_objective_loss(cst_objective objective, double score, double label)
{
    if (objective == CST_OBJECTIVE_REGRESSION) {
        double error = score - label;
        return (cst_loss){.loss = 0.5 * error * error, .gradient = error, .hessian = 1};
    }
    /* One exp for all: e = exp(-|s|); p(s) = 1/(1+e) for s >= 0 and e/(1+e) below. */
    double e = cst_exp(score < 0 ? score : -score);
    double large = 1 / (1 + e);
    double small = e * large;
    double p = score < 0 ? small : large;
    double softplus = cst_log1p(e) + (score > 0 ? score : 0);
    return (cst_loss){
        .loss = softplus - label * score, .gradient = p - label, .hessian = small * large};
}

void cst_objective_sum(cst_sum *loss, cst_sum *weight, cst_objective objective, const double *score,
                       const cst_matrix *matrix)
{
    double losses[CST_BLOCK_ROWS];
    double weights[CST_BLOCK_ROWS];
    for (size_t from = 0; from < matrix->rows; from += CST_BLOCK_ROWS) {
        size_t n = matrix->rows - from < CST_BLOCK_ROWS ? matrix->rows - from : CST_BLOCK_ROWS;
        for (size_t i = 0; i < n; i++) {
            size_t r = from + i;
            weights[i] = cst_objective_weight(matrix, r);
            losses[i] = cst_objective_loss(objective, score[r], matrix->label[r]).loss;
        }
        cst_sum_add(loss, cst_block_dot(losses, weights, n));
        cst_sum_add(weight, cst_block_sum(weights, n));
    }
}

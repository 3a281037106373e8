/* objective.h - what a score is measured by: loss, gradient, link */
#ifndef CST_MODEL_OBJECTIVE_H
#define CST_MODEL_OBJECTIVE_H

#include "exact/sum.h"
#include "table/matrix.h"

typedef enum {
    CST_OBJECTIVE_BINARY,     /* log loss; scores are log-odds before the link */
    CST_OBJECTIVE_REGRESSION, /* half the squared error */
    CST_OBJECTIVE_COUNT
} cst_objective;

/** "binary", "regression"; CST_USAGE for anything else (or NULL). */
cst_code cst_objective_parse(cst_objective *out, const char *name, cst_error *err);
const char *cst_objective_name(cst_objective objective);

/** Labels that fit the objective (0 and 1 for binary, finite for regression), weights that are
 *  finite and not negative; CST_INVALID names the row. Local. */
cst_code cst_objective_check(cst_objective objective, const cst_matrix *matrix, cst_error *err);

/** The score that a constant model has for a mean label. */
double cst_objective_start(cst_objective objective, double mean);

/** From a score before the link to what is published: probability or value. */
double cst_objective_link(cst_objective objective, double score);

/** Loss of one row, and its first and second derivative by the score. */
typedef struct {
    double loss, gradient, hessian;
} cst_loss;
cst_loss cst_objective_loss(cst_objective objective, double score, double label);

/** Add the weighted losses of all rows to loss and their weights to weight, a block at a time.
 *  score: before the link, shape [rows]. */
void cst_objective_sum(cst_sum *loss, cst_sum *weight, cst_objective objective, const double *score,
                       const cst_matrix *matrix);

/** The weight of a row: 1 where the matrix has none. */
static inline double cst_objective_weight(const cst_matrix *matrix, size_t row)
{
    return matrix->weight ? matrix->weight[row] : 1.0;
}

#endif

/* glm_fit.h - a linear model in the making, and its way to a checkpoint and back */
#ifndef CST_MODEL_GLM_FIT_H
#define CST_MODEL_GLM_FIT_H

#include "model/glm_design.h"
#include "model/learner.h"

typedef enum { CST_GLM_MEANS, CST_GLM_SPREADS, CST_GLM_NEWTON } cst_glm_phase;

typedef struct {
    cst_task task;
    cst_objective objective;
    double l2, tolerance;
    int64_t iterations;
    cst_glm_phase phase;
    size_t columns, size;   /* size: the intercept (last) included */
    cst_glm_design *design; /* means and scales */
    cst_sum *sum;           /* of the round, shape [sums] */
    size_t sums;
    double *coefficient;     /* tried in this round; shape [size] */
    double *accepted, *step; /* the last point that descended, and the step from it; shape [size] */
    double *gradient;        /* shape [size] */
    double *hessian, *factor; /* shape [size * (size + 1) / 2] */
    double *scratch;          /* shape [size] */
    double *validation_score;
    double lowest; /* the penalised loss at accepted */
    int halvings;
    cst_standing standing;
} cst_glm_fit;

/** checkpoint and restore of cst_learner_glm: fit is a cst_glm_fit. */
cst_code cst_glm_checkpoint(const void *fit, cst_tensors *out, cst_error *err);
cst_code cst_glm_restore(void *fit, const cst_tensors *from, cst_error *err);

#endif

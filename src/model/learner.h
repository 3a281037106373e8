/* learner.h - what a learner is: local functions around one merge
 *
 * The loop around them (rounds, progress, early stopping, checkpoints, signals) is written once, in
 * train/. Nothing here knows of ranks or files.
 */
#ifndef CST_MODEL_LEARNER_H
#define CST_MODEL_LEARNER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/option.h"
#include "exact/mergeable.h"
#include "model/tensors.h"
#include "table/matrix.h"

/** What is learned from: this rank's rows. Borrowed for as long as the fit lives. */
typedef struct {
    const cst_matrix *training;
    const cst_matrix *validation; /* or NULL: no early stopping */
    const json_t *params;         /* checked against options (and cst_train_options) */
    const char *objective;        /* "binary", "regression" */
    uint64_t seed;
} cst_task;

/** Where a fit stands, for progress and metrics by step: equal on all ranks. */
typedef struct {
    int64_t step, steps;    /* trees, iterations */
    double training_loss;   /* mean; NaN: not known */
    double validation_loss; /* mean; NaN: not known */
} cst_standing;

typedef struct {
    const char *name; /* "gbdt" */
    const char *summary;
    int revision;              /* raised whenever results change */
    const cst_option *options; /* its keys under train: */
    cst_code (*begin)(void **fit, const cst_task *task, cst_error *err);
    cst_code (*local)(void *fit, cst_error *err);               /* look at my rows */
    cst_mergeable (*state)(void *fit);                          /* what all must merge now */
    cst_code (*advance)(void *fit, bool *done, cst_error *err); /* the same on every rank */
    cst_standing (*standing)(const void *fit);
    cst_code (*save)(const void *fit, cst_tensors *out, cst_error *err);
    /** What else decides the rest of the fit, beside its task, added to out: asked for right after
     *  an advance that counted a step, or that was the last; the same on every rank. */
    cst_code (*checkpoint)(const void *fit, cst_tensors *out, cst_error *err);
    /** Right after begin: be where the fit was that gave this checkpoint, as if it had come here
     *  by itself, whatever rows this rank holds. Its standing is known to the loop, and unknown
     *  here until the next advance. CST_INVALID where it is of another task. */
    cst_code (*restore)(void *fit, const cst_tensors *checkpoint, cst_error *err);
    /** What a refit on other rows must be told: {"trees": 87}. New reference or NULL. */
    json_t *(*resolved)(const void *fit, cst_error *err);
    void (*end)(void *fit);
} cst_learner;

/** The learners by name; NULL where there is none. cst_learners is NULL-ended. */
extern const cst_learner *const cst_learners[];
const cst_learner *cst_learner_find(const char *name);

/** A model for prediction: immutable, may be shared by threads. */
typedef struct cst_model cst_model;
cst_code cst_model_load(cst_model **out, const cst_tensors *tensors, cst_error *err);
void cst_model_free(cst_model *model);
const char *cst_model_objective(const cst_model *model);
const char *cst_model_learner(const cst_model *model);

/** Scores of all rows: probability of class 1 for binary, value for regression. score has shape
 *  [rows]. A row's score depends on that row alone, to the bit. CST_INVALID where the matrix's
 *  features are not the model's (names and kinds in order). Local. */
cst_code cst_model_predict(double *score, const cst_model *model, const cst_matrix *matrix,
                           cst_error *err);

/** Split gains by feature for trees, absolute standardised coefficients for linear models, under
 *  the features' names. New reference or NULL. */
json_t *cst_model_importance(const cst_model *model, cst_error *err);

#endif

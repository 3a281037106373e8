/* model_kind.h - what a kind of model must be able to do once it is fitted
 *
 * Inside this room only: model.c holds what all have in common (features, objective), a kind the
 * rest.
 */
#ifndef CST_MODEL_MODEL_KIND_H
#define CST_MODEL_MODEL_KIND_H

#include <jansson.h>

#include "model/tensors.h"
#include "table/matrix.h"

typedef struct {
    const char *learner; /* "gbdt" */
    /** From tensors, every bound checked against columns. */
    cst_code (*load)(void **out, const cst_tensors *tensors, size_t columns, cst_error *err);
    void (*free)(void *fitted);
    /** Scores before the link (log-odds, values) of all rows; score has shape [rows]. */
    cst_code (*predict)(double *score, const void *fitted, const cst_matrix *matrix,
                        cst_error *err);
    /** One figure a column; importance has shape [columns], zeroed. */
    void (*importance)(double *importance, const void *fitted);
} cst_model_kind;

extern const cst_model_kind cst_model_glm, cst_model_gbdt;

/** What every model says of itself: learner, revision, objective, the features in order. */
cst_code cst_model_describe(cst_tensors *out, const char *learner, int revision,
                            const char *objective, const cst_matrix *matrix, cst_error *err);

#endif

/* gbdt_quantise.h - gradients as integers on one scale a tree
 *
 * The scale comes from the largest magnitudes over all ranks, so that the sums of a histogram are
 * exact and the same however the rows lie.
 */
#ifndef CST_MODEL_GBDT_QUANTISE_H
#define CST_MODEL_GBDT_QUANTISE_H

#include "model/gbdt_grow.h"
#include "model/objective.h"

/** First and second derivatives of rows, weights and all. */
typedef struct {
    double gradient, hessian;
} cst_slope;

/** Slopes of all rows at their scores (both of shape [rows]); the weighted losses and the weights
 *  are added to loss and weight; largest[0] and [1] become the order keys of the largest |gradient|
 *  and hessian. */
void cst_slopes_compute(cst_slope *slope, cst_sum *loss, cst_sum *weight, int64_t largest[2],
                        cst_objective objective, const double *score, const cst_matrix *matrix);

/** Slopes as integers, rint(x * 2^k), of min(40, 62 - ceil(log2 total)) bits, so that total of
 *  them add up within 62; units (powers of two) go into rules. CST_FAILED where a slope is not
 *  finite. */
cst_code cst_slopes_quantise(cst_quantum *out, cst_gbdt_split_rules *rules, const cst_slope *slope,
                             size_t rows, int64_t total, const int64_t largest[2], cst_error *err);

#endif

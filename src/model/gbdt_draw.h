/* gbdt_draw.h - the rows and features that a tree is grown on, drawn by seed and number of the tree
 */
#ifndef CST_MODEL_GBDT_DRAW_H
#define CST_MODEL_GBDT_DRAW_H

#include "table/matrix.h"

/** A share of the rows, each by its own id: bag (shape [rows]) is 1 for those that take part. */
void cst_gbdt_draw_rows(uint8_t *bag, const cst_matrix *matrix, double share, uint64_t seed,
                        size_t tree);

/** A share of the features: those with the smallest random numbers, in ascending order, into used
 *  (shape [columns]). Returns how many. */
size_t cst_gbdt_draw_features(uint32_t *used, size_t columns, double share, uint64_t seed,
                              size_t tree);

#endif

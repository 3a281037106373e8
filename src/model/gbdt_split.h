/* gbdt_split.h - the best split of a node, from its histogram */
#ifndef CST_MODEL_GBDT_SPLIT_H
#define CST_MODEL_GBDT_SPLIT_H

#include "model/gbdt_bins.h"

/** Sums over rows: of a bin, of a node. Gradients and hessians are integers: rint(g * 2^k). */
typedef struct {
    int64_t gradient, hessian, rows;
} cst_cell;

enum { CST_SET_MOST = 64 }; /* levels that one split may send left */

/** What a split must satisfy. The defaults are LightGBM's (docs/Parameters.rst of it). */
typedef struct {
    double gradient_unit, hessian_unit; /* what an integer 1 is worth: powers of two */
    double l2, min_gain, min_hessian;
    int64_t min_rows;
    double category_smooth, category_l2;
    int64_t category_rows; /* rows that a group of levels must have */
    int category_most;     /* levels that may go left */
    int category_onehot;   /* up to so many levels: one against the rest */
} cst_gbdt_split_rules;

typedef struct {
    double gain; /* 0: no split was found */
    int32_t feature;
    int32_t bin; /* NUMERIC: bins up to it go left */
    bool missing_left;
    uint16_t level[CST_SET_MOST]; /* CATEGORY: these go left */
    int32_t levels;
    cst_cell left;
    double l2; /* that the children's values are shrunk by */
} cst_gbdt_split;

/** A level by its mean gradient, smoothed. */
typedef struct {
    double order;
    uint16_t bin;
} cst_ranked_level;

/** The best split of a node. scratch has room for the bins of any feature. histogram has shape
 * [bins->bins]; used names the used features, in ascending order. The first of equals wins: the
 * lowest feature, then the lowest bin. */
void cst_gbdt_split_find(cst_gbdt_split *out, const cst_gbdt_bins *bins, const cst_cell *histogram,
                         const cst_cell *total, const uint32_t *used, size_t count,
                         const cst_gbdt_split_rules *rules, cst_ranked_level *scratch);

/** The value of a leaf before the learning rate: -G / (H + l2). */
double cst_gbdt_split_value(const cst_cell *total, double l2, const cst_gbdt_split_rules *rules);

/** For every bin of the feature: 1 where its rows go left. left has shape
 *  [values + 1], the last for missing. */
void cst_gbdt_split_sides(uint8_t *left, const cst_gbdt_split *split,
                          const cst_gbdt_feature *feature);

#endif

/* gbdt_grow.h - one tree, leaf by leaf: the best leaf first
 *
 * Rounds: build the histogram of a leaf from this rank's rows, merge it, advance: take the sibling
 * by subtraction, find the best splits, split the best leaf, name the next histogram to build.
 */
#ifndef CST_MODEL_GBDT_GROW_H
#define CST_MODEL_GBDT_GROW_H

#include "model/gbdt_forest.h"
#include "model/gbdt_split.h"

/** A row's part in a histogram. */
typedef struct {
    int64_t gradient, hessian;
} cst_quantum;

typedef struct cst_grower cst_grower;

/** For trees of up to leaves leaves and depth levels (0: any) over rows in bins. bins and binned
 *  are borrowed. */
cst_code cst_grower_new(cst_grower **out, const cst_gbdt_bins *bins, const cst_gbdt_rows *binned,
                        int leaves, int depth, cst_error *err);
void cst_grower_free(cst_grower *grower);

/** Begin a tree, added to forest: rows in the bag (bag has shape [rows]; NULL: all) with their
 *  quanta (shape [rows]), on the features used (shape [count], ascending). All borrowed until the
 *  tree is done. */
cst_code cst_grower_start(cst_grower *grower, cst_forest *forest, const cst_quantum *quantum,
                          const uint8_t *bag, const uint32_t *used, size_t count,
                          const cst_gbdt_split_rules *rules, cst_error *err);

/** A round: local, merge the state over all ranks, advance until done. */
void cst_grower_local(cst_grower *grower);
cst_mergeable cst_grower_state(cst_grower *grower);
cst_code cst_grower_advance(cst_grower *grower, bool *done, cst_error *err);

/** After the last round: the leaves' values times rate go into the forest. */
void cst_grower_finish(cst_grower *grower, double rate);

/** Add the finished tree's values to the scores of the rows in the bag (shape [rows]). */
void cst_grower_add_scores(double *score, const cst_grower *grower);

#endif

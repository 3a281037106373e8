/* gbdt_forest.h - trees as flat arrays: built a split at a time, saved, loaded, walked */
#ifndef CST_MODEL_GBDT_FOREST_H
#define CST_MODEL_GBDT_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tensors.h"
#include "table/matrix.h"

/** Where a row goes: left or right are nodes of the same tree, or (negative) the leaf ~child. */
typedef struct {
    float threshold; /* numbers up to it go left */
    int32_t feature;
    int32_t left, right;
    int32_t set; /* categories: the set of levels that goes left; -1: a number */
    bool missing_left;
} cst_tree_node;

/** Trees one after the other. Leaves and nodes are counted from 0 in each tree; the tree's own
 *  begin at node_first[tree] and leaf_first[tree] (both of shape [trees + 1]). A set of levels is a
 *  run of 32-bit words, level c being bit c mod 32 of word c / 32; levels past its end are not in
 *  it. */
typedef struct {
    double start; /* the score before the first tree */
    size_t trees;
    int64_t *node_first, *leaf_first, *word_first;
    size_t node_first_room, leaf_first_room, word_first_room;
    cst_tree_node *node;
    double *gain; /* shape [nodes] */
    size_t nodes, node_room, gain_room;
    double *value; /* shape [leaves] */
    int64_t *rows; /* training rows in each leaf, shape [leaves] */
    size_t leaves, value_room, rows_room;
    uint32_t *word;
    size_t sets, words, word_room;
} cst_forest;

cst_code cst_forest_new(cst_forest **out, cst_error *err);
void cst_forest_free(cst_forest *forest);

/** Begin a tree of one leaf, of value 0. */
cst_code cst_forest_add_tree(cst_forest *forest, cst_error *err);

/** Split a leaf of the last tree: it becomes the left child, a new leaf the right one. node: all
 *  but left and right (and set, where levels are given: the count levels that go left). */
cst_code cst_forest_split(cst_forest *forest, int32_t leaf, const cst_tree_node *node, double gain,
                          const uint16_t *levels, size_t count, cst_error *err);

/** Leaves of the last tree, and the place of its first one in value and rows. */
size_t cst_forest_last_leaves(const cst_forest *forest);
size_t cst_forest_last_first(const cst_forest *forest);

/** The first trees alone: a view that borrows forest's arrays, to be read until a tree is added. */
cst_forest cst_forest_first(const cst_forest *forest, size_t trees);

/** Add the values of trees first … last-1, in order, to score (shape [rows]). */
cst_code cst_forest_add_scores(double *score, const cst_forest *forest, size_t first, size_t last,
                               const cst_matrix *matrix, cst_error *err);

/** Add the trees to out as tensors; and back, of columns features, every index checked. */
cst_code cst_forest_save(cst_tensors *out, const cst_forest *forest, cst_error *err);
cst_code cst_forest_load(cst_forest **out, const cst_tensors *tensors, size_t columns,
                         cst_error *err);

#endif

/* gbdt_forest.c - trees built a split at a time, and walked */
#include "model/gbdt_forest.h"

#include <math.h>

#include "base/array.h"

enum { BLOCK = 512 }; /* rows walked together: their features stay in the nearest cache */

cst_code cst_forest_new(cst_forest **out, cst_error *err)
{
    cst_forest *forest = cst_array_new(1, sizeof *forest, "trees", err);
    if (!forest)
        return CST_NOMEM;
    forest->node_first = cst_array_new(1, sizeof *forest->node_first, "trees", err);
    forest->leaf_first = cst_array_new(1, sizeof *forest->leaf_first, "trees", err);
    forest->word_first = cst_array_new(1, sizeof *forest->word_first, "trees", err);
    if (!forest->node_first || !forest->leaf_first || !forest->word_first) {
        cst_forest_free(forest);
        return CST_NOMEM;
    }
    forest->node_first_room = forest->leaf_first_room = forest->word_first_room = 1;
    *out = forest;
    return CST_OK;
}

void cst_forest_free(cst_forest *forest)
{
    if (!forest)
        return;
    free(forest->node_first);
    free(forest->leaf_first);
    free(forest->word_first);
    free(forest->node);
    free(forest->gain);
    free(forest->value);
    free(forest->rows);
    free(forest->word);
    free(forest);
}

#define GROW(array, room, needed)                                                                  \
    do {                                                                                           \
        void *grown_ = cst_array_grow(array, &(room), needed, sizeof *(array), "trees", err);      \
        if (!grown_)                                                                               \
            return CST_NOMEM;                                                                      \
        (array) = grown_;                                                                          \
    } while (0)

static cst_code add_leaf(cst_forest *forest, cst_error *err)
{
    GROW(forest->value, forest->value_room, forest->leaves + 1);
    GROW(forest->rows, forest->rows_room, forest->leaves + 1);
    forest->value[forest->leaves] = 0;
    forest->rows[forest->leaves] = 0;
    forest->leaves++;
    forest->leaf_first[forest->trees] = (int64_t)forest->leaves;
    return CST_OK;
}

cst_code cst_forest_add_tree(cst_forest *forest, cst_error *err)
{
    GROW(forest->node_first, forest->node_first_room, forest->trees + 2);
    GROW(forest->leaf_first, forest->leaf_first_room, forest->trees + 2);
    forest->trees++;
    forest->node_first[forest->trees] = (int64_t)forest->nodes;
    forest->leaf_first[forest->trees] = (int64_t)forest->leaves;
    return add_leaf(forest, err);
}

static cst_code add_set(cst_forest *forest, const uint16_t *levels, size_t count, cst_error *err)
{
    size_t largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = levels[i] > largest ? levels[i] : largest;
    size_t words = count ? largest / 32 + 1 : 0;
    GROW(forest->word, forest->word_room, forest->words + words);
    GROW(forest->word_first, forest->word_first_room, forest->sets + 2);
    uint32_t *word = forest->word + forest->words;
    memset(word, 0, words * sizeof *word);
    for (size_t i = 0; i < count; i++)
        word[levels[i] / 32] |= UINT32_C(1) << (levels[i] % 32);
    forest->words += words;
    forest->sets++;
    forest->word_first[forest->sets] = (int64_t)forest->words;
    return CST_OK;
}

/* Let the node that led to child lead to another. The youngest nodes are the likeliest. */
static void relink(cst_tree_node *node, int32_t nodes, int32_t child, int32_t other)
{
    for (int32_t i = nodes - 1; i >= 0; i--) {
        if (node[i].left == child) {
            node[i].left = other;
            return;
        }
        if (node[i].right == child) {
            node[i].right = other;
            return;
        }
    }
}

cst_code cst_forest_split(cst_forest *forest, int32_t leaf, const cst_tree_node *node, double gain,
                          const uint16_t *levels, size_t count, cst_error *err)
{
    GROW(forest->node, forest->node_room, forest->nodes + 1);
    GROW(forest->gain, forest->gain_room, forest->nodes + 1);
    cst_tree_node added = *node;
    added.set = -1;
    if (levels) {
        cst_code rc = add_set(forest, levels, count, err);
        if (rc != CST_OK)
            return rc;
        added.set = (int32_t)forest->sets - 1;
    }
    added.left = ~leaf;
    added.right = ~(int32_t)cst_forest_last_leaves(forest);
    cst_code rc = add_leaf(forest, err);
    if (rc != CST_OK)
        return rc;
    size_t first = (size_t)forest->node_first[forest->trees - 1];
    int32_t index = (int32_t)(forest->nodes - first);
    relink(forest->node + first, index, ~leaf, index);
    forest->node[forest->nodes] = added;
    forest->gain[forest->nodes] = gain;
    forest->nodes++;
    forest->node_first[forest->trees] = (int64_t)forest->nodes;
    return CST_OK;
}

size_t cst_forest_last_first(const cst_forest *forest)
{
    return (size_t)forest->leaf_first[forest->trees - 1];
}

size_t cst_forest_last_leaves(const cst_forest *forest)
{
    return forest->leaves - cst_forest_last_first(forest);
}

cst_forest cst_forest_first(const cst_forest *forest, size_t trees)
{
    cst_forest first = *forest;
    if (trees >= forest->trees)
        return first;
    first.trees = trees;
    first.nodes = (size_t)forest->node_first[trees];
    first.leaves = (size_t)forest->leaf_first[trees];
    first.sets = 0;
    for (size_t i = 0; i < first.nodes; i++)
        first.sets += forest->node[i].set >= 0;
    first.words = (size_t)forest->word_first[first.sets];
    return first;
}

static bool in_set(const cst_forest *forest, int32_t set, float value)
{
    const uint32_t *word = forest->word + forest->word_first[set];
    size_t words = (size_t)(forest->word_first[set + 1] - forest->word_first[set]);
    if (!(value >= 0 && value < 65536.0F))
        return false;
    size_t level = (size_t)value;
    return level / 32 < words && (word[level / 32] >> (level % 32) & 1);
}

static bool goes_left(const cst_forest *forest, const cst_tree_node *node, float value)
{
    if (isnan(value))
        return node->missing_left;
    return node->set < 0 ? value <= node->threshold : in_set(forest, node->set, value);
}

/* The leaf of a tree that a row of features ends in, counted over all trees. */
static size_t find_leaf(const cst_forest *forest, size_t tree, const float *x)
{
    const cst_tree_node *node = forest->node + forest->node_first[tree];
    bool split = forest->node_first[tree + 1] > forest->node_first[tree];
    int32_t at = split ? 0 : ~0;
    while (at >= 0)
        at = goes_left(forest, &node[at], x[node[at].feature]) ? node[at].left : node[at].right;
    return (size_t)forest->leaf_first[tree] + (size_t)~at;
}

cst_code cst_forest_add_scores(double *score, const cst_forest *forest, size_t first, size_t last,
                               const cst_matrix *matrix, cst_error *err)
{
    size_t columns = matrix->columns;
    float *x = cst_array_new(BLOCK * columns, sizeof *x, "rows to score", err);
    if (!x)
        return CST_NOMEM;
    for (size_t from = 0; from < matrix->rows; from += BLOCK) {
        size_t n = matrix->rows - from < BLOCK ? matrix->rows - from : BLOCK;
        for (size_t c = 0; c < columns; c++)
            for (size_t r = 0; r < n; r++)
                x[r * columns + c] = matrix->x[c][from + r];
        for (size_t tree = first; tree < last; tree++)
            for (size_t r = 0; r < n; r++)
                score[from + r] += forest->value[find_leaf(forest, tree, x + r * columns)];
    }
    free(x);
    return CST_OK;
}

/* gbdt_model.c - trees as tensors, and as a model that scores rows */
#include "base/array.h"
#include "model/gbdt_forest.h"
#include "model/model_kind.h"

#include <math.h>

/* A tensor of one dimension to be filled in. */
static cst_code add(void **data, cst_tensors *out, const char *name, cst_tensor_type type, size_t n,
                    cst_error *err)
{
    return cst_tensors_add(data, out, name, type, 1, &(int64_t){(int64_t)n}, err);
}

static cst_code save_nodes(cst_tensors *out, const cst_forest *forest, cst_error *err)
{
    size_t n = forest->nodes;
    void *feature = NULL, *threshold = NULL, *left = NULL, *right = NULL, *set = NULL,
         *missing = NULL;
    cst_code rc = add(&feature, out, "node.feature", CST_TENSOR_I32, n, err);
    if (rc == CST_OK)
        rc = add(&threshold, out, "node.threshold", CST_TENSOR_F32, n, err);
    if (rc == CST_OK)
        rc = add(&left, out, "node.left", CST_TENSOR_I32, n, err);
    if (rc == CST_OK)
        rc = add(&right, out, "node.right", CST_TENSOR_I32, n, err);
    if (rc == CST_OK)
        rc = add(&set, out, "node.set", CST_TENSOR_I32, n, err);
    if (rc == CST_OK)
        rc = add(&missing, out, "node.missing_left", CST_TENSOR_U8, n, err);
    for (size_t i = 0; i < n && rc == CST_OK; i++) {
        const cst_tree_node *node = &forest->node[i];
        ((int32_t *)feature)[i] = node->feature;
        ((float *)threshold)[i] = node->threshold;
        ((int32_t *)left)[i] = node->left;
        ((int32_t *)right)[i] = node->right;
        ((int32_t *)set)[i] = node->set;
        ((uint8_t *)missing)[i] = node->missing_left;
    }
    return rc;
}

cst_code cst_forest_save(cst_tensors *out, const cst_forest *forest, cst_error *err)
{
    const struct {
        const char *name;
        cst_tensor_type type;
        const void *data;
        size_t n;
    } array[] = {
        {"start", CST_TENSOR_F64, &forest->start, 1},
        {"tree.node_first", CST_TENSOR_I64, forest->node_first, forest->trees + 1},
        {"tree.leaf_first", CST_TENSOR_I64, forest->leaf_first, forest->trees + 1},
        {"node.gain", CST_TENSOR_F64, forest->gain, forest->nodes},
        {"leaf.value", CST_TENSOR_F64, forest->value, forest->leaves},
        {"leaf.rows", CST_TENSOR_I64, forest->rows, forest->leaves},
        {"set.word_first", CST_TENSOR_I64, forest->word_first, forest->sets + 1},
        {"set.word", CST_TENSOR_I32, forest->word, forest->words},
    };
    cst_code rc = save_nodes(out, forest, err);
    for (size_t i = 0; i < sizeof array / sizeof array[0] && rc == CST_OK; i++)
        rc = cst_tensors_add_values(out, array[i].name, array[i].type, array[i].data, array[i].n,
                                    err);
    return rc;
}

/* A tensor of one dimension; its values are copied to *data, n is how many (SIZE_MAX: any). */
static cst_code take(void *data, size_t *n, const cst_tensors *tensors, const char *name,
                     cst_tensor_type type, size_t size, cst_error *err)
{
    const cst_tensor *tensor = NULL;
    cst_code rc = cst_tensors_get(&tensor, tensors, name, type, 1, err);
    if (rc != CST_OK)
        return rc;
    size_t count = (size_t)tensor->shape[0];
    if (*n != SIZE_MAX && *n != count)
        return cst_error_set(err, CST_INVALID, "tensor %s has %zu values; expected %zu", name,
                             count, *n);
    void *values = cst_array_new(count, size, name, err);
    if (!values)
        return CST_NOMEM;
    if (count)
        memcpy(values, tensor->data, count * size);
    memcpy(data, &values, sizeof values);
    *n = count;
    return CST_OK;
}

/* Offsets that begin at 0, never fall and end at last. */
static cst_code check_offsets(const int64_t *first, size_t n, int64_t last, const char *name,
                              cst_error *err)
{
    bool fine = first[0] == 0 && first[n] == last;
    for (size_t i = 0; i < n && fine; i++)
        fine = first[i] <= first[i + 1];
    return fine ? CST_OK
                : cst_error_set(err, CST_INVALID, "tensor %s does not count up to %lld", name,
                                (long long)last);
}

/* A child is a later node or a leaf of the same tree: so no walk goes in circles. */
static bool child_fits(int32_t child, int64_t node, int64_t nodes, int64_t leaves)
{
    return child >= 0 ? child > node && child < nodes : ~child < leaves;
}

static cst_code check_nodes(const cst_forest *forest, size_t columns, cst_error *err)
{
    for (size_t tree = 0; tree < forest->trees; tree++) {
        int64_t first = forest->node_first[tree];
        int64_t nodes = forest->node_first[tree + 1] - first;
        int64_t leaves = forest->leaf_first[tree + 1] - forest->leaf_first[tree];
        bool fine = leaves == nodes + 1;
        for (int64_t i = 0; i < nodes && fine; i++) {
            const cst_tree_node *node = &forest->node[first + i];
            fine = node->feature >= 0 && (size_t)node->feature < columns &&
                   child_fits(node->left, i, nodes, leaves) &&
                   child_fits(node->right, i, nodes, leaves) && node->set >= -1 &&
                   node->set < (int64_t)forest->sets;
        }
        if (!fine)
            return cst_error_set(err, CST_INVALID, "tree %zu of the model is not a tree", tree + 1);
    }
    return CST_OK;
}

static cst_code load_nodes(cst_forest *forest, const cst_tensors *tensors, cst_error *err)
{
    int32_t *feature = NULL, *left = NULL, *right = NULL, *set = NULL;
    float *threshold = NULL;
    uint8_t *missing = NULL;
    size_t n = SIZE_MAX;
    cst_code rc = take(&feature, &n, tensors, "node.feature", CST_TENSOR_I32, 4, err);
    if (rc == CST_OK)
        rc = take(&threshold, &n, tensors, "node.threshold", CST_TENSOR_F32, 4, err);
    if (rc == CST_OK)
        rc = take(&left, &n, tensors, "node.left", CST_TENSOR_I32, 4, err);
    if (rc == CST_OK)
        rc = take(&right, &n, tensors, "node.right", CST_TENSOR_I32, 4, err);
    if (rc == CST_OK)
        rc = take(&set, &n, tensors, "node.set", CST_TENSOR_I32, 4, err);
    if (rc == CST_OK)
        rc = take(&missing, &n, tensors, "node.missing_left", CST_TENSOR_U8, 1, err);
    if (rc == CST_OK)
        rc = take(&forest->gain, &n, tensors, "node.gain", CST_TENSOR_F64, 8, err);
    if (rc == CST_OK && !(forest->node = cst_array_new(n, sizeof *forest->node, "trees", err)))
        rc = CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < n; i++)
        forest->node[i] = (cst_tree_node){.threshold = threshold[i],
                                          .feature = feature[i],
                                          .left = left[i],
                                          .right = right[i],
                                          .set = set[i],
                                          .missing_left = missing[i] != 0};
    forest->nodes = rc == CST_OK ? n : 0;
    free(feature);
    free(threshold);
    free(left);
    free(right);
    free(set);
    free(missing);
    return rc;
}

static cst_code load_arrays(cst_forest *forest, const cst_tensors *tensors, cst_error *err)
{
    size_t trees = SIZE_MAX;
    size_t leaves = SIZE_MAX;
    size_t sets = SIZE_MAX;
    size_t words = SIZE_MAX;
    cst_code rc =
        take(&forest->node_first, &trees, tensors, "tree.node_first", CST_TENSOR_I64, 8, err);
    if (rc == CST_OK)
        rc = take(&forest->leaf_first, &trees, tensors, "tree.leaf_first", CST_TENSOR_I64, 8, err);
    if (rc == CST_OK)
        rc = take(&forest->value, &leaves, tensors, "leaf.value", CST_TENSOR_F64, 8, err);
    if (rc == CST_OK)
        rc = take(&forest->rows, &leaves, tensors, "leaf.rows", CST_TENSOR_I64, 8, err);
    if (rc == CST_OK)
        rc = take(&forest->word_first, &sets, tensors, "set.word_first", CST_TENSOR_I64, 8, err);
    if (rc == CST_OK)
        rc = take(&forest->word, &words, tensors, "set.word", CST_TENSOR_I32, 4, err);
    if (rc != CST_OK)
        return rc;
    if (trees == 0 || sets == 0)
        return cst_error_set(err, CST_INVALID, "the model's trees have no beginning");
    forest->trees = trees - 1;
    forest->leaves = leaves;
    forest->sets = sets - 1;
    forest->words = words;
    return CST_OK;
}

/* Every index is checked: no walk can leave the arrays or go in circles. */
cst_code cst_forest_load(cst_forest **out, const cst_tensors *tensors, size_t columns,
                         cst_error *err)
{
    cst_forest *forest = cst_array_new(1, sizeof *forest, "trees", err);
    cst_code rc = forest ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_tensors_get_values(&forest->start, tensors, "start", CST_TENSOR_F64, 1, err);
    if (rc == CST_OK)
        rc = load_nodes(forest, tensors, err);
    if (rc == CST_OK)
        rc = load_arrays(forest, tensors, err);
    if (rc == CST_OK)
        rc = check_offsets(forest->node_first, forest->trees, (int64_t)forest->nodes,
                           "tree.node_first", err);
    if (rc == CST_OK)
        rc = check_offsets(forest->leaf_first, forest->trees, (int64_t)forest->leaves,
                           "tree.leaf_first", err);
    if (rc == CST_OK)
        rc = check_offsets(forest->word_first, forest->sets, (int64_t)forest->words,
                           "set.word_first", err);
    if (rc == CST_OK)
        rc = check_nodes(forest, columns, err);
    if (rc != CST_OK) {
        cst_forest_free(forest);
        return rc;
    }
    *out = forest;
    return CST_OK;
}

static cst_code load(void **out, const cst_tensors *tensors, size_t columns, cst_error *err)
{
    cst_forest *forest = NULL;
    cst_code rc = cst_forest_load(&forest, tensors, columns, err);
    *out = forest;
    return rc;
}

static void release(void *fitted)
{
    cst_forest_free(fitted);
}

static cst_code predict(double *score, const void *fitted, const cst_matrix *matrix, cst_error *err)
{
    const cst_forest *forest = fitted;
    for (size_t r = 0; r < matrix->rows; r++)
        score[r] = forest->start;
    return cst_forest_add_scores(score, forest, 0, forest->trees, matrix, err);
}

static void importance(double *out, const void *fitted)
{
    const cst_forest *forest = fitted;
    for (size_t i = 0; i < forest->nodes; i++)
        out[forest->node[i].feature] += forest->gain[i];
}

const cst_model_kind cst_model_gbdt = {
    .learner = "gbdt",
    .load = load,
    .free = release,
    .predict = predict,
    .importance = importance,
};

/* gbdt_grow.c - one tree, leaf by leaf: the best leaf first */
#include "model/gbdt_grow.h"

#include "base/array.h"
#include "model/gbdt_histogram.h"

typedef struct {
    size_t first, count; /* its rows of this rank, in order[] */
    cst_cell total;      /* over all ranks */
    cst_gbdt_split best;
    size_t slot; /* of its histogram */
    int depth;
    double l2; /* that its value is shrunk by */
} leaf;

struct cst_grower {
    const cst_gbdt_bins *bins;
    const cst_gbdt_rows *binned;
    int leaves_most, depth_most;
    cst_histogram_plan *plan;
    cst_cell *histogram;       /* shape [leaves_most, bins] */
    cst_ranked_level *ranking; /* scratch, shape [bins] */
    uint8_t *side;             /* scratch, shape [bins] */
    uint32_t *order, *moved;   /* rows by leaf, and scratch; shape [rows] */
    leaf *leaf;                /* shape [leaves_most] */
    /* of the tree in the making */
    cst_forest *forest;
    const cst_quantum *quantum;
    const uint32_t *used;
    size_t used_count;
    cst_gbdt_split_rules rules;
    int leaves;
    int building; /* the leaf whose histogram is built in this round */
    int sibling;  /* the one that gets its parent's histogram less that one; -1: the root's round */
};

cst_code cst_grower_new(cst_grower **out, const cst_gbdt_bins *bins, const cst_gbdt_rows *binned,
                        int leaves, int depth, cst_error *err)
{
    if (binned->rows > UINT32_MAX)
        return cst_error_set(err, CST_INVALID, "gbdt takes up to 2^32 rows a rank: use more ranks");
    cst_grower *grower = cst_array_new(1, sizeof *grower, "tree", err);
    if (!grower)
        return CST_NOMEM;
    grower->bins = bins;
    grower->binned = binned;
    grower->leaves_most = leaves;
    grower->depth_most = depth;
    grower->histogram =
        cst_array_new((size_t)leaves * bins->bins, sizeof *grower->histogram, "histograms", err);
    grower->ranking = cst_array_new(bins->bins, sizeof *grower->ranking, "histograms", err);
    grower->side = cst_array_new(bins->bins, sizeof *grower->side, "histograms", err);
    grower->order = cst_array_new(binned->rows, sizeof *grower->order, "rows of leaves", err);
    grower->moved = cst_array_new(binned->rows, sizeof *grower->moved, "rows of leaves", err);
    grower->leaf = cst_array_new((size_t)leaves, sizeof *grower->leaf, "leaves", err);
    cst_code rc = grower->histogram && grower->ranking && grower->side && grower->order &&
                          grower->moved && grower->leaf
                      ? cst_histogram_plan_new(&grower->plan, bins, err)
                      : CST_NOMEM;
    if (rc != CST_OK) {
        cst_grower_free(grower);
        return rc;
    }
    *out = grower;
    return CST_OK;
}

void cst_grower_free(cst_grower *grower)
{
    if (!grower)
        return;
    cst_histogram_plan_free(grower->plan);
    free(grower->histogram);
    free(grower->ranking);
    free(grower->side);
    free(grower->order);
    free(grower->moved);
    free(grower->leaf);
    free(grower);
}

cst_code cst_grower_start(cst_grower *grower, cst_forest *forest, const cst_quantum *quantum,
                          const uint8_t *bag, const uint32_t *used, size_t count,
                          const cst_gbdt_split_rules *rules, cst_error *err)
{
    size_t rows = 0;
    for (size_t r = 0; r < grower->binned->rows; r++)
        if (!bag || bag[r])
            grower->order[rows++] = (uint32_t)r;
    grower->forest = forest;
    grower->quantum = quantum;
    grower->used = used;
    grower->used_count = count;
    grower->rules = *rules;
    cst_histogram_plan_use(grower->plan, grower->bins, used, count);
    grower->leaf[0] = (leaf){.count = rows, .l2 = rules->l2};
    grower->leaves = 1;
    grower->building = 0;
    grower->sibling = -1;
    return cst_forest_add_tree(forest, err);
}

static cst_cell *histogram_of(const cst_grower *grower, int index)
{
    return grower->histogram + grower->leaf[index].slot * grower->bins->bins;
}

void cst_grower_local(cst_grower *grower)
{
    const leaf *building = &grower->leaf[grower->building];
    cst_histogram_build(histogram_of(grower, grower->building), grower->bins, grower->plan,
                        grower->binned, grower->quantum, grower->order + building->first,
                        building->count);
}

cst_mergeable cst_grower_state(cst_grower *grower)
{
    enum { WORDS = sizeof(cst_cell) / sizeof(int64_t) };
    return (cst_mergeable){.sum = (int64_t *)histogram_of(grower, grower->building),
                           .sums = grower->bins->bins * WORDS};
}

/* Any feature's bins add up to the node: the first one's. */
static cst_cell add_up(const cst_grower *grower)
{
    const cst_gbdt_feature *feature = &grower->bins->feature[grower->used[0]];
    const cst_cell *cell = histogram_of(grower, 0) + feature->first;
    cst_cell total = {0};
    for (int32_t bin = 0; bin <= feature->values; bin++) {
        total.gradient += cell[bin].gradient;
        total.hessian += cell[bin].hessian;
        total.rows += cell[bin].rows;
    }
    return total;
}

static void subtract(const cst_grower *grower)
{
    cst_cell *larger = histogram_of(grower, grower->sibling);
    const cst_cell *smaller = histogram_of(grower, grower->building);
    for (size_t i = 0; i < grower->bins->bins; i++) {
        larger[i].gradient -= smaller[i].gradient;
        larger[i].hessian -= smaller[i].hessian;
        larger[i].rows -= smaller[i].rows;
    }
}

static bool may_split(const cst_grower *grower, const leaf *at)
{
    bool deep = grower->depth_most > 0 && at->depth >= grower->depth_most;
    return !deep && at->total.rows >= 2 * grower->rules.min_rows;
}

static void find_split(cst_grower *grower, int index)
{
    leaf *at = &grower->leaf[index];
    if (may_split(grower, at))
        cst_gbdt_split_find(&at->best, grower->bins, histogram_of(grower, index), &at->total,
                            grower->used, grower->used_count, &grower->rules, grower->ranking);
}

/* The leaf whose split gains most, the first of equals; -1: none gains. */
static int best_leaf(const cst_grower *grower)
{
    int best = -1;
    for (int i = 0; i < grower->leaves; i++)
        if (grower->leaf[i].best.gain > (best < 0 ? 0 : grower->leaf[best].best.gain))
            best = i;
    return best;
}

static int32_t bin_at(const cst_grower *grower, const cst_gbdt_feature *feature, uint32_t row)
{
    return feature->wide ? grower->binned->wide[row * grower->bins->wide + feature->slot]
                         : grower->binned->narrow[row * grower->bins->narrow + feature->slot];
}

/* This rank's rows of a leaf: those that go left first, each side in order. Returns how many. */
static size_t part_rows(const cst_grower *grower, const leaf *at)
{
    const cst_gbdt_feature *feature = &grower->bins->feature[at->best.feature];
    cst_gbdt_split_sides(grower->side, &at->best, feature);
    uint32_t *order = grower->order + at->first;
    size_t left = 0;
    size_t right = 0;
    for (size_t i = 0; i < at->count; i++) {
        uint32_t row = order[i];
        bool goes_left = grower->side[bin_at(grower, feature, row)];
        order[left] = row;
        grower->moved[right] = row;
        left += goes_left;
        right += !goes_left;
    }
    memcpy(order + left, grower->moved, right * sizeof *order);
    return left;
}

static cst_code record_split(cst_grower *grower, int index, cst_error *err)
{
    const cst_gbdt_split *split = &grower->leaf[index].best;
    const cst_gbdt_feature *feature = &grower->bins->feature[split->feature];
    cst_tree_node node = {.feature = split->feature, .missing_left = split->missing_left};
    bool number = feature->kind == CST_FEATURE_NUMERIC;
    if (number)
        node.threshold = feature->upper[split->bin];
    return cst_forest_split(grower->forest, index, &node, split->gain, number ? NULL : split->level,
                            (size_t)split->levels, err);
}

/* Split a leaf: its own place becomes the left child's, a new one the right child's. */
static cst_code split_leaf(cst_grower *grower, int index, cst_error *err)
{
    cst_code rc = record_split(grower, index, err);
    if (rc != CST_OK)
        return rc;
    leaf *left = &grower->leaf[index];
    leaf *right = &grower->leaf[grower->leaves];
    const cst_gbdt_split split = left->best;
    size_t count = part_rows(grower, left);
    *right = (leaf){.first = left->first + count,
                    .count = left->count - count,
                    .total = {left->total.gradient - split.left.gradient,
                              left->total.hessian - split.left.hessian,
                              left->total.rows - split.left.rows},
                    .depth = left->depth + 1,
                    .l2 = split.l2};
    *left = (leaf){.first = left->first,
                   .count = count,
                   .total = split.left,
                   .slot = left->slot,
                   .depth = left->depth + 1,
                   .l2 = split.l2};
    bool left_smaller = left->total.rows <= right->total.rows;
    grower->building = left_smaller ? index : grower->leaves;
    grower->sibling = left_smaller ? grower->leaves : index;
    size_t parents = left->slot;
    grower->leaf[grower->sibling].slot = parents;
    grower->leaf[grower->building].slot = (size_t)grower->leaves;
    grower->leaves++;
    return CST_OK;
}

cst_code cst_grower_advance(cst_grower *grower, bool *done, cst_error *err)
{
    *done = false;
    if (grower->sibling < 0) {
        grower->leaf[0].total = add_up(grower);
    } else {
        subtract(grower);
        find_split(grower, grower->sibling);
    }
    find_split(grower, grower->building);
    while (grower->leaves < grower->leaves_most) {
        int best = best_leaf(grower);
        if (best < 0)
            break;
        cst_code rc = split_leaf(grower, best, err);
        if (rc != CST_OK)
            return rc;
        /* A histogram is worth a round only where one of the two may be split again. */
        if (grower->leaves < grower->leaves_most &&
            (may_split(grower, &grower->leaf[grower->sibling]) ||
             may_split(grower, &grower->leaf[grower->building])))
            return CST_OK;
    }
    *done = true;
    return CST_OK;
}

void cst_grower_finish(cst_grower *grower, double rate)
{
    size_t first = cst_forest_last_first(grower->forest);
    for (int i = 0; i < grower->leaves; i++) {
        const leaf *at = &grower->leaf[i];
        double value = cst_gbdt_split_value(&at->total, at->l2, &grower->rules);
        grower->forest->value[first + (size_t)i] = rate * value;
        grower->forest->rows[first + (size_t)i] = at->total.rows;
    }
}

void cst_grower_add_scores(double *score, const cst_grower *grower)
{
    size_t first = cst_forest_last_first(grower->forest);
    for (int i = 0; i < grower->leaves; i++) {
        const leaf *at = &grower->leaf[i];
        double value = grower->forest->value[first + (size_t)i];
        for (size_t r = 0; r < at->count; r++)
            score[grower->order[at->first + r]] += value;
    }
}

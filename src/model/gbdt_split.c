/* gbdt_split.c - the best split of a node, from its histogram */
#include "model/gbdt_split.h"

#include <math.h>

/* A search over one node. */
typedef struct {
    const cst_gbdt_split_rules *rules;
    const cst_cell *total;
    cst_gbdt_split *best;
} search;

static cst_cell plus(cst_cell a, cst_cell b)
{
    return (cst_cell){a.gradient + b.gradient, a.hessian + b.hessian, a.rows + b.rows};
}

static cst_cell minus(cst_cell a, cst_cell b)
{
    return (cst_cell){a.gradient - b.gradient, a.hessian - b.hessian, a.rows - b.rows};
}

static bool large_enough(const cst_cell *side, const cst_gbdt_split_rules *rules)
{
    return side->rows >= rules->min_rows &&
           (double)side->hessian * rules->hessian_unit >= rules->min_hessian;
}

/* G^2 / (H + l2): what a leaf takes off twice the loss. */
static double score(const cst_cell *side, double l2, const cst_gbdt_split_rules *rules)
{
    double gradient = (double)side->gradient * rules->gradient_unit;
    return gradient * gradient / ((double)side->hessian * rules->hessian_unit + l2);
}

static double gain_of(const search *s, const cst_cell *left, const cst_cell *right, double l2)
{
    return score(left, l2, s->rules) + score(right, l2, s->rules) -
           score(s->total, s->rules->l2, s->rules);
}

static bool better(const search *s, double gain)
{
    return gain > s->best->gain && gain > s->rules->min_gain;
}

/* Numbers: every cut, missing on the right, then (where there are any) on the left. Where none is
 * missing here, missing goes with the larger side. */
static void find_number(search *s, int32_t feature, int32_t values, const cst_cell *cell)
{
    const cst_cell *missing = &cell[values];
    bool some_missing = missing->rows > 0;
    for (int side = 0; side < 1 + some_missing; side++) {
        bool missing_left = side == 1;
        cst_cell left = missing_left ? *missing : (cst_cell){0};
        int32_t last = some_missing && !missing_left ? values : values - 1;
        for (int32_t bin = 0; bin < last; bin++) {
            left = plus(left, cell[bin]);
            cst_cell right = minus(*s->total, left);
            if (right.rows < s->rules->min_rows)
                break;
            if (!large_enough(&left, s->rules) || !large_enough(&right, s->rules))
                continue;
            double gain = gain_of(s, &left, &right, s->rules->l2);
            if (better(s, gain))
                *s->best = (cst_gbdt_split){.gain = gain,
                                            .feature = feature,
                                            .bin = bin,
                                            .missing_left = some_missing ? missing_left
                                                                         : left.rows > right.rows,
                                            .left = left,
                                            .l2 = s->rules->l2};
        }
    }
}

static void keep_levels(cst_gbdt_split *best, const uint16_t *level, int32_t count, int32_t values)
{
    for (int32_t i = 0; i < count; i++) {
        if (level[i] == values)
            best->missing_left = true;
        else
            best->level[best->levels++] = level[i];
    }
}

static void find_one_level(search *s, int32_t feature, int32_t values, const cst_cell *cell)
{
    for (int32_t bin = 0; bin <= values; bin++) {
        cst_cell right = minus(*s->total, cell[bin]);
        if (!large_enough(&cell[bin], s->rules) || !large_enough(&right, s->rules))
            continue;
        double gain = gain_of(s, &cell[bin], &right, s->rules->l2);
        if (!better(s, gain))
            continue;
        *s->best = (cst_gbdt_split){
            .gain = gain, .feature = feature, .left = cell[bin], .l2 = s->rules->l2};
        keep_levels(s->best, &(uint16_t){(uint16_t)bin}, 1, values);
    }
}

static int by_order(const void *a, const void *b)
{
    const cst_ranked_level *left = a;
    const cst_ranked_level *right = b;
    if (left->order != right->order)
        return left->order < right->order ? -1 : 1;
    return (int)left->bin - (int)right->bin;
}

/* Levels in order of their mean gradient; the first ones of it, or the last ones, go left (Fisher,
 * "On grouping for maximum homogeneity", 1958). Missing is a level like any other. */
static void find_prefix(search *s, int32_t feature, int32_t values, const cst_cell *cell,
                        const cst_ranked_level *rank, int32_t count, bool from_end)
{
    const cst_gbdt_split_rules *rules = s->rules;
    double l2 = rules->l2 + rules->category_l2;
    uint16_t level[CST_SET_MOST];
    int32_t most = (count + 1) / 2 < rules->category_most ? (count + 1) / 2 : rules->category_most;
    cst_cell left = {0};
    int64_t group = 0;
    for (int32_t i = 0; i < most; i++) {
        uint16_t bin = rank[from_end ? count - 1 - i : i].bin;
        level[i] = bin;
        left = plus(left, cell[bin]);
        group += cell[bin].rows;
        cst_cell right = minus(*s->total, left);
        if (right.rows < rules->min_rows || right.rows < rules->category_rows)
            break;
        if (!large_enough(&left, rules) || !large_enough(&right, rules) ||
            group < rules->category_rows)
            continue;
        group = 0;
        double gain = gain_of(s, &left, &right, l2);
        if (!better(s, gain))
            continue;
        *s->best = (cst_gbdt_split){.gain = gain, .feature = feature, .left = left, .l2 = l2};
        keep_levels(s->best, level, i + 1, values);
    }
}

static void find_levels(search *s, int32_t feature, int32_t values, const cst_cell *cell,
                        cst_ranked_level *rank)
{
    const cst_gbdt_split_rules *rules = s->rules;
    int32_t count = 0;
    for (int32_t bin = 0; bin <= values; bin++) {
        if ((double)cell[bin].rows < rules->category_smooth || cell[bin].rows == 0)
            continue;
        double gradient = (double)cell[bin].gradient * rules->gradient_unit;
        double hessian = (double)cell[bin].hessian * rules->hessian_unit;
        rank[count++] = (cst_ranked_level){.order = gradient / (hessian + rules->category_smooth),
                                           .bin = (uint16_t)bin};
    }
    qsort(rank, (size_t)count, sizeof *rank, by_order);
    find_prefix(s, feature, values, cell, rank, count, false);
    find_prefix(s, feature, values, cell, rank, count, true);
}

void cst_gbdt_split_find(cst_gbdt_split *out, const cst_gbdt_bins *bins, const cst_cell *histogram,
                         const cst_cell *total, const uint32_t *used, size_t count,
                         const cst_gbdt_split_rules *rules, cst_ranked_level *scratch)
{
    *out = (cst_gbdt_split){.gain = 0, .feature = -1};
    search s = {.rules = rules, .total = total, .best = out};
    for (size_t i = 0; i < count; i++) {
        const cst_gbdt_feature *feature = &bins->feature[used[i]];
        const cst_cell *cell = histogram + feature->first;
        int32_t c = (int32_t)used[i];
        if (feature->kind == CST_FEATURE_NUMERIC)
            find_number(&s, c, feature->values, cell);
        else if (feature->values <= rules->category_onehot)
            find_one_level(&s, c, feature->values, cell);
        else
            find_levels(&s, c, feature->values, cell, scratch);
    }
}

double cst_gbdt_split_value(const cst_cell *total, double l2, const cst_gbdt_split_rules *rules)
{
    double hessian = (double)total->hessian * rules->hessian_unit + l2;
    return hessian > 0 ? -(double)total->gradient * rules->gradient_unit / hessian : 0;
}

void cst_gbdt_split_sides(uint8_t *left, const cst_gbdt_split *split,
                          const cst_gbdt_feature *feature)
{
    memset(left, 0, (size_t)feature->values + 1);
    if (feature->kind == CST_FEATURE_NUMERIC)
        memset(left, 1, (size_t)split->bin + 1);
    for (int32_t i = 0; i < split->levels; i++)
        left[split->level[i]] = 1;
    left[feature->values] = split->missing_left;
}

/* mergeable.c - lanes merged in place; doubles as keys of the same order */
#include "exact/mergeable.h"

static cst_code shapes_differ(const char *lane, size_t mine, size_t theirs, cst_error *err)
{
    return cst_error_set(err, CST_INVALID,
                         "states to merge differ in shape: %zu against %zu of lane %s", mine,
                         theirs, lane);
}

static cst_code check_shapes(const cst_mergeable *a, const cst_mergeable *b, cst_error *err)
{
    if (a->sums != b->sums)
        return shapes_differ("sum", a->sums, b->sums, err);
    if (a->maxima != b->maxima)
        return shapes_differ("max", a->maxima, b->maxima, err);
    if (a->registers != b->registers)
        return shapes_differ("register", a->registers, b->registers, err);
    if (a->sets != b->sets)
        return shapes_differ("set", a->sets, b->sets, err);
    if (a->bests != b->bests || a->best_width != b->best_width)
        return shapes_differ("best", a->bests * a->best_width, b->bests * b->best_width, err);
    return CST_OK;
}

static bool record_is_less(const int64_t *a, const int64_t *b, size_t width)
{
    for (size_t i = 0; i < width; i++)
        if (a[i] != b[i])
            return a[i] < b[i];
    return false;
}

void cst_mergeable_best(int64_t *mine, const int64_t *theirs, size_t records, size_t width)
{
    for (size_t i = 0; i < records; i++)
        if (record_is_less(mine + i * width, theirs + i * width, width))
            memcpy(mine + i * width, theirs + i * width, width * sizeof *mine);
}

cst_code cst_mergeable_merge(cst_mergeable *state, const cst_mergeable *other, cst_error *err)
{
    cst_code rc = check_shapes(state, other, err);
    if (rc != CST_OK)
        return rc;
    for (size_t i = 0; i < state->sums; i++)
        state->sum[i] += other->sum[i];
    for (size_t i = 0; i < state->maxima; i++)
        if (state->max[i] < other->max[i])
            state->max[i] = other->max[i];
    for (size_t i = 0; i < state->registers; i++)
        if (state->reg[i] < other->reg[i])
            state->reg[i] = other->reg[i];
    for (size_t i = 0; i < state->sets && rc == CST_OK; i++)
        rc = cst_sorted_merge(state->set[i], other->set[i], err);
    cst_mergeable_best(state->best, other->best, state->bests, state->best_width);
    return rc;
}

/* The bits of a double, read as a sign and a magnitude, are in the doubles' order already: a
 * negative one's magnitude only has to count downwards. */
int64_t cst_order_key(double value)
{
    if (value != value)
        return INT64_MIN;
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

double cst_order_value(int64_t key)
{
    int64_t bits = key < 0 ? key ^ INT64_MAX : key;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

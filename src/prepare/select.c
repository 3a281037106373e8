/* select.c - exact order statistics by digits */
#include "prepare/select.h"

#include "base/array.h"

cst_code cst_select_new(cst_select *out, size_t targets, cst_error *err)
{
    *out = (cst_select){.targets = targets};
    out->target = cst_array_new(targets, sizeof *out->target, "quantiles", err);
    out->count = cst_array_new(targets * CST_SELECT_BINS, sizeof *out->count, "quantiles", err);
    if (out->target && out->count)
        return CST_OK;
    cst_select_free(out);
    return CST_NOMEM;
}

void cst_select_free(cst_select *select)
{
    free(select->target);
    free(select->count);
    *select = (cst_select){0};
}

/* Bits below the digit of a round; the digit of the last round is narrower. */
static int bits_below(int round)
{
    int below = 64 - CST_SELECT_BITS * (round + 1);
    return below > 0 ? below : 0;
}

void cst_select_add(cst_select *select, size_t target, int64_t key)
{
    uint64_t bits = (uint64_t)key ^ (UINT64_C(1) << 63); /* unsigned order is the signed one */
    int above = select->round ? bits_below(select->round - 1) : 64;
    if (select->round && bits >> above != select->target[target].known)
        return;
    int below = bits_below(select->round);
    uint64_t mask = (UINT64_C(1) << (above - below)) - 1;
    select->count[target * CST_SELECT_BINS + (bits >> below & mask)]++;
}

cst_mergeable cst_select_state(cst_select *select)
{
    return (cst_mergeable){.sum = select->count, .sums = select->targets * CST_SELECT_BINS};
}

static void first_place(cst_select_target *target, const int64_t *count)
{
    int64_t n = 0;
    for (size_t bin = 0; bin < CST_SELECT_BINS; bin++)
        n += count[bin];
    target->empty = n == 0;
    target->place = n ? (int64_t)((__int128)(n + target->add) * target->times / target->over) : 0;
    if (target->place >= n)
        target->place = n - 1;
    if (target->place < 0)
        target->place = 0;
}

void cst_select_advance(cst_select *select, bool *done)
{
    int above = select->round ? bits_below(select->round - 1) : 64;
    int below = bits_below(select->round);
    for (size_t t = 0; t < select->targets; t++) {
        cst_select_target *target = &select->target[t];
        int64_t *count = select->count + t * CST_SELECT_BINS;
        if (select->round == 0)
            first_place(target, count);
        uint64_t bin = 0;
        while (!target->empty && target->place >= count[bin])
            target->place -= count[bin++];
        target->known = (select->round ? target->known << (above - below) : 0) | bin;
        if (below == 0)
            target->key = (int64_t)(target->known ^ (UINT64_C(1) << 63));
    }
    memset(select->count, 0, select->targets * CST_SELECT_BINS * sizeof *select->count);
    *done = below == 0;
    select->round++;
}

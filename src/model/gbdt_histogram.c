/* gbdt_histogram.c - sums of gradients by bin: where the time of training goes */
#include "model/gbdt_histogram.h"

#include "base/array.h"

cst_code cst_histogram_plan_new(cst_histogram_plan **out, const cst_gbdt_bins *bins, cst_error *err)
{
    cst_histogram_plan *plan = cst_array_new(1, sizeof *plan, "histogram", err);
    if (!plan)
        return CST_NOMEM;
    uint32_t **array[] = {&plan->narrow_slot, &plan->narrow_first, &plan->wide_slot,
                          &plan->wide_first};
    for (size_t i = 0; i < sizeof array / sizeof array[0]; i++) {
        *array[i] = cst_array_new(bins->columns, sizeof **array[i], "histogram", err);
        if (!*array[i]) {
            cst_histogram_plan_free(plan);
            return CST_NOMEM;
        }
    }
    *out = plan;
    return CST_OK;
}

void cst_histogram_plan_free(cst_histogram_plan *plan)
{
    if (!plan)
        return;
    free(plan->narrow_slot);
    free(plan->narrow_first);
    free(plan->wide_slot);
    free(plan->wide_first);
    free(plan);
}

void cst_histogram_plan_use(cst_histogram_plan *plan, const cst_gbdt_bins *bins,
                            const uint32_t *used, size_t count)
{
    plan->narrow = plan->wide = 0;
    for (size_t i = 0; i < count; i++) {
        const cst_gbdt_feature *feature = &bins->feature[used[i]];
        if (feature->wide) {
            plan->wide_slot[plan->wide] = (uint32_t)feature->slot;
            plan->wide_first[plan->wide++] = (uint32_t)feature->first;
        } else {
            plan->narrow_slot[plan->narrow] = (uint32_t)feature->slot;
            plan->narrow_first[plan->narrow++] = (uint32_t)feature->first;
        }
    }
}

static inline void add(cst_cell *cell, cst_quantum quantum)
{
    cell->gradient += quantum.gradient;
    cell->hessian += quantum.hessian;
    cell->rows++;
}

static void build_narrow(cst_cell *restrict histogram, size_t stride,
                         const cst_histogram_plan *plan, const uint8_t *restrict bin,
                         const cst_quantum *restrict quantum, const uint32_t *restrict rows,
                         size_t n)
{
    enum { AHEAD = 16 }; /* rows of a deep leaf are far apart: ask for them early */
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) {
            __builtin_prefetch(bin + rows[i + AHEAD] * stride);
            __builtin_prefetch(quantum + rows[i + AHEAD]);
        }
        const uint8_t *row = bin + rows[i] * stride;
        cst_quantum q = quantum[rows[i]];
        for (size_t f = 0; f < plan->narrow; f++)
            add(&histogram[plan->narrow_first[f] + row[plan->narrow_slot[f]]], q);
    }
}

static void build_wide(cst_cell *restrict histogram, size_t stride, const cst_histogram_plan *plan,
                       const uint16_t *restrict bin, const cst_quantum *restrict quantum,
                       const uint32_t *restrict rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint16_t *row = bin + rows[i] * stride;
        cst_quantum q = quantum[rows[i]];
        for (size_t f = 0; f < plan->wide; f++)
            add(&histogram[plan->wide_first[f] + row[plan->wide_slot[f]]], q);
    }
}

void cst_histogram_build(cst_cell *histogram, const cst_gbdt_bins *bins,
                         const cst_histogram_plan *plan, const cst_gbdt_rows *binned,
                         const cst_quantum *quantum, const uint32_t *rows, size_t n)
{
    memset(histogram, 0, bins->bins * sizeof *histogram);
    if (plan->narrow)
        build_narrow(histogram, bins->narrow, plan, binned->narrow, quantum, rows, n);
    if (plan->wide)
        build_wide(histogram, bins->wide, plan, binned->wide, quantum, rows, n);
}

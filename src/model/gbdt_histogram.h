/* gbdt_histogram.h - sums of gradients by bin */
#ifndef CST_MODEL_GBDT_HISTOGRAM_H
#define CST_MODEL_GBDT_HISTOGRAM_H

#include "model/gbdt_grow.h"

/** The features that take part: where their bins begin, where they stand in a row. */
typedef struct {
    size_t narrow, wide;                  /* how many of either kind */
    uint32_t *narrow_slot, *narrow_first; /* shape [columns] */
    uint32_t *wide_slot, *wide_first;     /* shape [columns] */
} cst_histogram_plan;

cst_code cst_histogram_plan_new(cst_histogram_plan **out, const cst_gbdt_bins *bins,
                                cst_error *err);
void cst_histogram_plan_free(cst_histogram_plan *plan);
void cst_histogram_plan_use(cst_histogram_plan *plan, const cst_gbdt_bins *bins,
                            const uint32_t *used, size_t count);

/** Fill histogram (shape [bins->bins]) with the sums over rows (shape [n], ascending). */
void cst_histogram_build(cst_cell *histogram, const cst_gbdt_bins *bins,
                         const cst_histogram_plan *plan, const cst_gbdt_rows *binned,
                         const cst_quantum *quantum, const uint32_t *rows, size_t n);

#endif

/* gbdt_bins.h - from features to bins: cut points from a sample, rows as bytes */
#ifndef CST_MODEL_GBDT_BINS_H
#define CST_MODEL_GBDT_BINS_H

#include <stdbool.h>
#include <stdint.h>

#include "exact/mergeable.h"
#include "table/matrix.h"

/** The bins of a feature: 0 … values-1 for values (numbers in order, categories by code), the one
 *  behind them for missing. */
typedef struct {
    cst_feature_kind kind;
    int32_t values;
    size_t first; /* of its bins among all features' */
    float *upper; /* NUMERIC: the largest value of each bin, the last infinite; shape [values] */
    bool wide;    /* more than 256 bins */
    size_t slot;  /* its place in a row of the narrow or of the wide ones */
} cst_gbdt_feature;

typedef struct {
    size_t columns;
    cst_gbdt_feature *feature; /* shape [columns] */
    size_t bins;               /* of all features */
    size_t narrow, wide;       /* features of either kind */
} cst_gbdt_bins;

/** Rows as bins, row by row: what histograms are made from. */
typedef struct {
    size_t rows;
    uint8_t *narrow; /* shape [rows, bins.narrow] */
    uint16_t *wide;  /* shape [rows, bins.wide] */
} cst_gbdt_rows;

/** A sample of rows for cst_gbdt_bins_new: of all rows the CST_GBDT_SAMPLE smallest by hash of
 * their id, each with its features. With no more rows than that the cut points are exact. */
enum { CST_GBDT_SAMPLE = 65536 };
cst_code cst_gbdt_sample(cst_sorted **out, const cst_matrix *matrix, uint64_t seed, cst_error *err);

/** Cut points from the merged sample: at most most bins a number (missing included), at least
 *  min_rows sampled rows in each. The greedy rule of LightGBM (GreedyFindBin in its
 * src/io/bin.cpp): values frequent enough to fill a bin get their own, the rest share evenly. */
cst_code cst_gbdt_bins_new(cst_gbdt_bins **out, const cst_matrix *like, const cst_sorted *sample,
                           int most, int min_rows, cst_error *err);
void cst_gbdt_bins_free(cst_gbdt_bins *bins);

cst_code cst_gbdt_rows_new(cst_gbdt_rows **out, const cst_gbdt_bins *bins, const cst_matrix *matrix,
                           cst_error *err);
void cst_gbdt_rows_free(cst_gbdt_rows *binned);

#endif

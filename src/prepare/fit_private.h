/* fit_private.h - a fit in the making: its phases and their state that merges */
#ifndef CST_PREPARE_FIT_PRIVATE_H
#define CST_PREPARE_FIT_PRIVATE_H

#include "exact/sum.h"
#include "prepare/select.h"
#include "prepare/transform_private.h"

/* SURVEY: ranges, counts and dictionaries. QUANTILES: medians and the edges of time blocks, digit
 * by digit. MEANS: sums of values, and of labels by level and fold. SPREADS: squares about the
 * means. */
typedef enum {
    CST_FIT_SURVEY,
    CST_FIT_QUANTILES,
    CST_FIT_MEANS,
    CST_FIT_SPREADS,
    CST_FIT_DONE
} cst_fit_phase;

/* What a feature needs while it is fitted. */
typedef struct {
    const cst_column *column; /* of the training rows */
    int64_t range[2];         /* NUMBER: the largest key, and the negative of the least's */
    cst_sorted *levels;       /* the others: level → rows, or NULL */
    double mean;              /* NUMBER: after imputing */
    size_t first_target;      /* in quantiles */
    size_t first_word;        /* in words */
    int64_t *edge;            /* TARGET: shape [folds - 1], times; NULL: folds by hash */
    double *others;           /* TARGET: shape [levels + 1][folds]: the value that the other folds
                                 give; the last level is missing */
} cst_fit_work;

struct cst_fit {
    cst_transform *transform; /* features in the making */
    cst_table *table;         /* the training rows; borrowed */
    cst_fit_work *state;      /* shape [features] */
    size_t features;
    double *label;          /* shape [rows] */
    const cst_column *time; /* or NULL */
    uint64_t seed;
    cst_fit_phase phase;
    /* What the phase merges. */
    int64_t *range; /* SURVEY: shape [features][2] */
    cst_sorted **set;
    size_t sets;
    cst_select quantiles;
    int64_t *word; /* MEANS, SPREADS: counts and exact sums, each feature's from first_word on */
    size_t words;
};

/* Ranges and dictionaries (fit_survey.c). */
cst_code cst_fit_survey(cst_fit *fit, cst_error *err);
cst_code cst_fit_survey_end(cst_fit *fit, cst_error *err);

/* Medians and edges (fit_quantiles.c): CST_FIT_MEANS follows when there are none. */
cst_code cst_fit_quantiles_begin(cst_fit *fit, cst_error *err);
void cst_fit_quantiles(cst_fit *fit);
cst_code cst_fit_quantiles_end(cst_fit *fit, cst_error *err);

/* Sums (fit_sums.c). */
cst_code cst_fit_sums_begin(cst_fit *fit, cst_error *err);
cst_code cst_fit_means(cst_fit *fit, cst_error *err);
cst_code cst_fit_means_end(cst_fit *fit, cst_error *err);
void cst_fit_spreads(cst_fit *fit);
void cst_fit_spreads_end(cst_fit *fit);

/* Target encoding (fit_target.c). */
size_t cst_fit_target_words(const cst_feature_fit *feature, bool classification);
cst_code cst_fit_target(cst_fit *fit, size_t feature, cst_error *err);
cst_code cst_fit_target_end(cst_fit *fit, size_t feature, cst_error *err);
/** Overwrite a column of the training matrix with the values that other folds give. */
cst_code cst_fit_target_apply(float *x, const cst_fit *fit, size_t feature, cst_error *err);

#endif

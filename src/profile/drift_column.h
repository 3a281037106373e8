/* drift_column.h - one column of a window against its reference */
#ifndef CST_PROFILE_DRIFT_COLUMN_H
#define CST_PROFILE_DRIFT_COLUMN_H

#include <jansson.h>

#include "profile/permute.h"

/** The checked options of a report, read once. */
typedef struct {
    double psi, warn, ks, score_psi, alpha;
    int64_t least, among; /* features warn when flagged in least of the last among windows */
    int64_t min_rows;
} cst_drift_limits;

typedef struct {
    const cst_bins *bins;
    int64_t rows_before, rows; /* of the reference, of the window */
    size_t cells;
    double psi, ks, js, wasserstein, chi2, chi2_p; /* NaN where not defined for the type */
    double missing_before, missing;                /* shares */
    int64_t unseen, unseen_limit;                  /* rows of levels never seen; -1: not tested */
    int64_t outside, outside_limit; /* rows beyond the reference's extremes; -1: not tested */
    double p, p_missing;            /* family-wise */
    bool judged;                    /* rows and days enough */
    bool distribution, unseen_drift, missing_drift, range_drift; /* what was flagged */
    bool warned;
} cst_drift_column;

/** Distances and counts of column c of group g; p-values are not set yet. */
cst_code cst_drift_measure(cst_drift_column *out, const cst_window *window, size_t g, size_t c,
                           cst_error *err);

/** p-values row by row, where there are no days: bounds for all columns at once (columns of them).
 */
void cst_drift_chance(cst_drift_column *column, size_t columns);

/** The limits of the tests on single rows, and what is flagged. psi: the threshold. */
void cst_drift_judge(cst_drift_column *column, const cst_drift_limits *limits, double psi,
                     size_t columns);

bool cst_drift_is_flagged(const cst_drift_column *column);

/** The column as the report has it. persistent: flagged often enough. New reference or NULL. */
json_t *cst_drift_column_json(const cst_drift_column *column, bool persistent, cst_error *err);

#endif

/* scores.h - scored rows as CSV, for plots of one's own */
#ifndef CST_STAGE_SCORES_H
#define CST_STAGE_SCORES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Rows with their scores. Borrowed; shape [rows] each. */
typedef struct {
    size_t rows;
    const int64_t *position; /* what stands under row, or NULL: 0, 1, … */
    const double *label;
    const double *weight; /* or NULL: 1 */
    const double *score;
    const double *against; /* another model's, or NULL: no such column */
} cst_scores;

/** Write row,label,weight,score (and score_against), numbers with the digits that read back to the
 *  same bits. A file of that name is written over. Local. */
cst_code cst_scores_write(const cst_scores *scores, const char *path, cst_error *err);

#endif

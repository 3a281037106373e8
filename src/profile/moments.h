/* moments.h - mean, standard deviation and skewness about a pivot, by exact sums */
#ifndef CST_PROFILE_MOMENTS_H
#define CST_PROFILE_MOMENTS_H

#include "exact/sum.h"

/** Sums of the first three powers of (value - pivot). Raw powers would lose everything for values
 *  such as 10^12 + 0.3. Words alone, so that it merges by MPI_SUM; zero-initialised is empty. */
typedef struct {
    cst_sum power[3];
} cst_moments;

/** What follows from them; NaN where not defined (sd below two values, skewness without spread). */
typedef struct {
    double mean;
    double sd;       /* with n - 1 */
    double skewness; /* the population's: m3 / m2^1.5 */
} cst_moments_figures;

/** Take in a finite value, given as its distance from the pivot. */
void cst_moments_add(cst_moments *moments, double distance);

/** Let carries run, as is due within 2^30 values and before a merge. */
void cst_moments_carry(cst_moments *moments);

cst_moments_figures cst_moments_finish(const cst_moments *moments, int64_t count, double pivot);

#endif

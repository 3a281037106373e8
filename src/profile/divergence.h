/* divergence.h - how far two samples of counts lie apart
 *
 * a is the reference's counts, b the window's.
 */
#ifndef CST_PROFILE_DIVERGENCE_H
#define CST_PROFILE_DIVERGENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Which cell each bin goes to: bins with (a+b) min(n,m)/(n+m) >= 5 have one of their own, the rest
 *  are pooled by that total (pooling by the reference's count alone is biased), empty ones are
 *  dropped (-1). cell: shape [bins]. Returns the number of cells. */
size_t cst_divergence_cells(int32_t *cell, const int64_t *a, const int64_t *b, size_t bins);

/** Counts by cell: out has shape [cells]. */
void cst_divergence_pool(int64_t *out, const int64_t *count, const int32_t *cell, size_t bins,
                         size_t cells);

/** Population stability index, the sum of (q - p) log(q / p), with p = (c + 1/2) / (N + B/2) so
 *  that an empty cell is no infinity. */
double cst_divergence_psi(const int64_t *a, const int64_t *b, size_t cells);

/** Jensen-Shannon distance (the root of the divergence, natural logarithm), shares as they are. */
double cst_divergence_js(const int64_t *a, const int64_t *b, size_t cells);

/** Pearson's statistic of the two rows of counts, without Yates' correction; cells - 1 degrees of
 *  freedom. Cells empty on both sides are passed over. */
double cst_divergence_chi2(const int64_t *a, const int64_t *b, size_t cells);

/** The largest distance of the two distribution functions at the edges between cells. */
double cst_divergence_ks(const int64_t *a, const int64_t *b, size_t cells);

/** The area between the two distribution functions over edge (rising, shape [cells - 1]): the
 *  first Wasserstein distance of samples whose values were moved up to the next edge (the last
 *  cell's down to the last edge). */
double cst_divergence_wasserstein(const int64_t *a, const int64_t *b, const double *edge,
                                  size_t cells);

#endif

/* permute.h - how often chance alone would do as much, by permuting whole days
 *
 * Rows of a day are not independent, so days are what is exchanged between reference and window.
 * The largest standardised statistic over all columns gives p-values that hold for the whole
 * report at once (Westfall and Young, 1993: the maximum under a common permutation).
 */
#ifndef CST_PROFILE_PERMUTE_H
#define CST_PROFILE_PERMUTE_H

#include "profile/window.h"

enum { CST_PERMUTE_ROUNDS = 1000, CST_PERMUTE_STATISTICS = 2 };

/** Statistics of a column: distribution over the cells, and share of missing values. */
enum { CST_PERMUTE_PSI, CST_PERMUTE_MISSING };

/** Family-wise p of each column of each group: p[column][statistic], columns of the groups one
 *  after the other. All groups must have days. */
cst_code cst_permute(double (*p)[CST_PERMUTE_STATISTICS], const cst_window *window, uint64_t seed,
                     cst_error *err);

/** True if the days are so few that not even the most extreme choice of them could be rarer than
 *  alpha. */
bool cst_permute_too_few_days(size_t reference, size_t window, double alpha);

#endif

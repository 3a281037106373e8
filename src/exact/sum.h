/* sum.h - sums that do not depend on the order or on who adds
 *
 * A superaccumulator of 70 limbs of radix 2^32 over the full range of double, with counters of
 * NaN, +Inf and -Inf: exact, needs no scale, merges by adding its words, which is why it is plain
 * int64. After Neal, "Fast exact summation using small and large superaccumulators" (2015).
 */
#ifndef CST_EXACT_SUM_H
#define CST_EXACT_SUM_H

#include <stddef.h>
#include <stdint.h>

enum { CST_SUM_LIMBS = 70, CST_SUM_WORDS = CST_SUM_LIMBS + 3 };

/** Zero-initialised is an empty sum. Words may be added word by word (MPI_SUM) to another's.
 *  Holds 2^30 additions before cst_sum_carry must be called. */
typedef struct {
    int64_t word[CST_SUM_WORDS]; /* limbs, lowest first; then counts of NaN, +Inf, -Inf */
} cst_sum;

void cst_sum_add(cst_sum *sum, double value);
void cst_sum_merge(cst_sum *sum, const cst_sum *other);

/** Propagate carries, so that every limb but the top one is within 32 bits again. */
void cst_sum_carry(cst_sum *sum);

/** The sum, rounded once to nearest, ties to even; NaN and infinities as IEEE would give. */
double cst_sum_value(const cst_sum *sum);

/** The sum of n values in the one fixed shape of a block: value r goes to lane r mod 8, lanes are
 *  added in order of rows, then in a fixed tree. n ≤ CST_BLOCK_ROWS. */
enum { CST_BLOCK_ROWS = 4096 };
double cst_block_sum(const double *value, size_t n);

/** Exactly the dot product's terms, each rounded once, in the shape of a block. */
double cst_block_dot(const double *a, const double *b, size_t n);

#endif

/* random.h - random numbers that depend on the row, not on the rank
 *
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), keyed by
 * (seed, stream), counted by a row's global id or an iteration.
 */
#ifndef CST_EXACT_RANDOM_H
#define CST_EXACT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** Streams: every use of random numbers has its own, so that no two share numbers. Never
 *  renumber: published results depend on them. */
typedef enum {
    CST_STREAM_SAMPLE = 1,    /* bottom-k samples */
    CST_STREAM_SPLIT = 2,     /* hash splits */
    CST_STREAM_FOLD = 3,      /* folds of cross-fitting */
    CST_STREAM_BAGGING = 4,   /* rows of a tree */
    CST_STREAM_FEATURE = 5,   /* columns of a tree */
    CST_STREAM_BOOTSTRAP = 6, /* weights of clusters */
    CST_STREAM_PERMUTE = 7,   /* permutation tests */
    CST_STREAM_INITIAL = 8,   /* initial weights */
    CST_STREAM_GOLDEN = 9,    /* choice of golden rows */
    CST_STREAM_TRIAL = 10,    /* parameters of trials */
} cst_stream;

/** The four 32-bit words at a counter of a stream. */
typedef struct {
    uint32_t word[4];
} cst_random;

cst_random cst_random_at(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low);

/** The same as 64 bits, and as a double in [0, 1) of 53 bits. */
uint64_t cst_random_bits(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low);
double cst_random_unit(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low);

/** A Poisson(1) deviate by inversion of 53 bits (0 … 17). */
int cst_random_poisson1(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low);

/** Permute the n indexes in order by Fisher–Yates, the numbers counted by (round, step). */
void cst_random_permute(size_t *order, size_t n, uint64_t seed, cst_stream stream, uint64_t round);

/** 64 bits that depend on bytes (the first 8 of their Philox-mixed hash): for hash splits by key
 *  columns. Not a cryptographic hash. */
uint64_t cst_random_hash(uint64_t seed, cst_stream stream, const void *bytes, size_t size);

#endif

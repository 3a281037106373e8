/* mergeable.h - state that all ranks must agree on, as flat lanes with one merge each
 *
 * Whatever must be summed up over rows gives a view of this kind; merging is associative and
 * commutative in every lane, so the result does not depend on who held which rows.
 */
#ifndef CST_EXACT_MERGEABLE_H
#define CST_EXACT_MERGEABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** A sorted set of keys (bytes, compared bytewise, shorter first among equals), each with width
 *  int64 that are added where keys meet. Keeps the limit smallest keys (0: all) and remembers
 *  whether more were ever seen. Dictionaries (key: level, payload: count) and bottom-k samples
 *  (key: hash of the row id, payload: bits of the value) are of this kind. */
typedef struct cst_sorted cst_sorted;

cst_code cst_sorted_new(cst_sorted **out, size_t width, size_t limit, cst_error *err);
void cst_sorted_free(cst_sorted *set);
cst_code cst_sorted_add(cst_sorted *set, const void *key, size_t size, const int64_t *payload,
                        cst_error *err);
size_t cst_sorted_count(const cst_sorted *set);
/** The key at a position in sorted order; *size its bytes. Valid until the next add or merge. */
const void *cst_sorted_key(const cst_sorted *set, size_t at, size_t *size);
const int64_t *cst_sorted_payload(const cst_sorted *set, size_t at);
/** The position of a key, or -1. */
int64_t cst_sorted_find(const cst_sorted *set, const void *key, size_t size);
/** True if more than limit distinct keys were seen, here or in what was merged. */
bool cst_sorted_overflowed(const cst_sorted *set);
cst_code cst_sorted_merge(cst_sorted *set, const cst_sorted *other, cst_error *err);
/** Exchange two sets' limits, widths and keys. */
void cst_sorted_swap(cst_sorted *a, cst_sorted *b);
/** As bytes, for the wire, and back. The bytes are the caller's to free. */
cst_code cst_sorted_encode(void **out, size_t *size, const cst_sorted *set, cst_error *err);
cst_code cst_sorted_decode(cst_sorted **out, const void *bytes, size_t size, cst_error *err);

/** A view: the arrays belong to whoever gave it and are changed in place. Unused lanes are 0. */
typedef struct {
    int64_t *sum; /* added: counts, histograms, fixed-point and exact sums */
    size_t sums;
    int64_t *max; /* the larger: extremes as order-preserving keys, a minimum as its negative */
    size_t maxima;
    uint8_t *reg; /* the larger: registers of sketches */
    size_t registers;
    cst_sorted **set; /* united */
    size_t sets;
    int64_t *best; /* bests records of best_width words: lexicographically the larger record */
    size_t bests;
    size_t best_width;
} cst_mergeable;

/** Merge other into state, lane by lane. CST_INVALID where shapes differ. */
cst_code cst_mergeable_merge(cst_mergeable *state, const cst_mergeable *other, cst_error *err);

/** The best lane alone: each of mine's records becomes the lexicographically larger one. Shape
 *  [records][width] both. */
void cst_mergeable_best(int64_t *mine, const int64_t *theirs, size_t records, size_t width);

/** A double as int64 whose order is the doubles' order, -0 before +0; NaN is the smallest of all
 *  (count it apart). And back. */
int64_t cst_order_key(double value);
double cst_order_value(int64_t key);

#endif

/* select.h - exact order statistics without sorting or sampling
 *
 * The value of a given place in sorted order is found digit by digit: each round counts the digits
 * of the keys that agree with the digits known so far. Counts are int64 and add up in any order, so
 * the result does not depend on who holds which rows.
 */
#ifndef CST_PREPARE_SELECT_H
#define CST_PREPARE_SELECT_H

#include <stdbool.h>

#include "exact/mergeable.h"

enum { CST_SELECT_BITS = 11, CST_SELECT_BINS = 1 << CST_SELECT_BITS, CST_SELECT_ROUNDS = 6 };

/** One place to be found among n keys: floor((n + add) * times / over), counted from 0. */
typedef struct {
    int64_t add, times, over;
    int64_t key;    /* found, after the last round */
    bool empty;     /* no keys were added */
    uint64_t known; /* leading digits found so far */
    int64_t place;  /* among the keys that share them */
} cst_select_target;

typedef struct {
    cst_select_target *target; /* shape [targets] */
    size_t targets;
    int64_t *count; /* shape [targets][CST_SELECT_BINS] */
    int round;
} cst_select;

/** Targets are zeroed: fill in add, times and over. */
cst_code cst_select_new(cst_select *out, size_t targets, cst_error *err);
void cst_select_free(cst_select *select);

/** Count a key for a target; every round adds the same keys. */
void cst_select_add(cst_select *select, size_t target, int64_t key);

cst_mergeable cst_select_state(cst_select *select);

/** After a merge; *done after the last round. */
void cst_select_advance(cst_select *select, bool *done);

#endif

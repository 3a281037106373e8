/* split_private.h - a split in the making: for its spec, its rounds and its JSON alone */
#ifndef CST_PREPARE_SPLIT_PRIVATE_H
#define CST_PREPARE_SPLIT_PRIVATE_H

#include "prepare/rows.h"
#include "prepare/select.h"

typedef enum { CST_BY_NONE, CST_BY_TIME, CST_BY_HASH } cst_split_by;

/* The rounds: the extremes (spans only), quantiles (shares only), the count of every side. */
typedef enum {
    CST_SPLIT_EXTREMES,
    CST_SPLIT_QUANTILES,
    CST_SPLIT_COUNTS,
    CST_SPLIT_FINISHED
} cst_split_phase;

/* How much a side takes: a span of time, or a share of the rows. */
typedef struct {
    bool wanted;
    double share;     /* 0: a span */
    int64_t span;     /* microseconds */
    const char *text; /* as it was written; borrowed from the spec */
} cst_split_extent;

enum { CST_SIDES = CST_NOWHERE + 1, CST_TEST_CUT = 0, CST_VALIDATION_CUT = 1 };

struct cst_split {
    cst_split_by by;
    cst_split_phase phase;
    json_t *spec;
    char *column; /* the time, or NULL */
    const json_t *key;
    uint64_t seed;
    cst_split_extent test, validation;
    int64_t gap;
    /* By time, microseconds: training is before training_before; validation from validation_from
     * to before validation_before; test from test_from on. */
    int64_t training_before, validation_from, validation_before, test_from;
    cst_select quantiles;
    int64_t rows[CST_SIDES];        /* summed */
    int64_t largest[2 * CST_SIDES]; /* of each side the last time, and the first as its negative */
};

/** "training", "validation", "test", "left_out". */
extern const char *const cst_side_names[CST_SIDES];

/** Forget what was counted, before a round that counts. */
void cst_split_forget(cst_split *split);

#endif

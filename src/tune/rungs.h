/* rungs.h - which trials go on: a pure function of the results that are published
 *
 * Nobody has to live for it: whoever looks at the same results finds the same work and the same
 * winner. With asynchronous: true work may be found before a rung is over, as in ASHA (Li et al.,
 * "A system for massively parallel hyperparameter tuning", MLSys 2020): then what is promoted
 * depends on the order in which results came.
 */
#ifndef CST_TUNE_RUNGS_H
#define CST_TUNE_RUNGS_H

#include "tune/schedule.h"

typedef enum {
    CST_TRIAL_OPEN,    /* nobody has begun */
    CST_TRIAL_CLAIMED, /* begun, without a result */
    CST_TRIAL_DONE,
    CST_TRIAL_FAILED, /* it diverged, or its parameters cannot be: comes last */
} cst_trial_state;

/** A trial at a rung. */
typedef struct {
    cst_trial_state state;
    double loss; /* on validation rows, where it is done; NaN comes last */
} cst_trial_cell;

typedef struct {
    int64_t trial;
    size_t rung;
} cst_work;

/** cells has shape [trials, rungs]. */
#define CST_CELL(schedule, cells, trial, rung)                                                     \
    ((cells) + (size_t)(trial) * (schedule)->rungs + (rung))

/** Trials and rungs that have no result and may have one now, claimed ones included, in the order
 *  in which they are to be done: the highest rung first, then by number. None: the search is over.
 *  *out is to be released with free(). */
cst_code cst_rungs_work(cst_work **out, size_t *count, const cst_schedule *schedule,
                        const cst_trial_cell *cells, cst_error *err);

/** The trial with the least loss at the highest rung that any has done, the first of equals; false
 *  where none is done with a loss. */
bool cst_rungs_winner(cst_work *out, const cst_schedule *schedule, const cst_trial_cell *cells);

#endif

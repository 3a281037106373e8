/* pilot.h - works on a search until it is over: claims a trial, runs it, goes on to the next
 *
 * Any number of pilots share a search through its folder and need not know of each other. What they
 * do does not depend on who does it.
 */
#ifndef CST_PIPELINE_PILOT_H
#define CST_PIPELINE_PILOT_H

#include "pipeline/helpers.h"
#include "slurm/cluster.h"
#include "tune/folder.h"

/** Borrowed. */
typedef struct {
    const cst_driver *driver; /* runs capstan-trial */
    cst_search *search;
    int64_t ranks;        /* of a trial */
    cst_slurm *slurm;     /* who asks about jobs of other machines; or NULL */
    int64_t lost_after;   /* seconds */
    cst_helpers *helpers; /* whom it asks for help; or NULL */
    int64_t most_pause;   /* seconds between two looks where others work on what is left */
} cst_pilot;

/** CST_OK once no work is left. CST_STOPPED where it was stopped, by TERM, INT, HUP, USR1 or USR2,
 *  the trial's checkpoint written; CST_FAILED where a trial cannot be run at all, or has ended
 *  several times without a result. */
cst_code cst_pilot_work(const cst_pilot *pilot, cst_error *err);

/** Do this work alone and no other, where nobody does it or has done it. */
cst_code cst_pilot_do(const cst_pilot *pilot, const cst_work *work, size_t count, cst_error *err);

#endif

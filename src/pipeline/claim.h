/* claim.h - the fence: of all that take an attempt for theirs, one works in it
 *
 * A job's first act is to publish claim.json in the attempt it was submitted as: {"nonce" (the
 * submission's), "job" and "restarts" (Slurm's, absent without it), "host", "process", "when"}. The
 * first one wins. So a submission that seemed to have failed and was accepted all the same, or one
 * that another driver sent, does no harm.
 */
#ifndef CST_PIPELINE_CLAIM_H
#define CST_PIPELINE_CLAIM_H

#include "pipeline/attempt.h"

/** Claim attempt number of a step for this process: the job SLURM_JOB_ID, or without Slurm the
 *  process itself. *path is the folder to work in, the caller's to free. It is that of a new
 *  attempt, with the same submission, where the very job that has claimed this one comes again: it
 *  was requeued, or a slurmctld that was killed has started it twice.
 *  CST_USAGE where that attempt was not submitted; CST_CONFLICT where somebody else has claimed it,
 *  or where a later submission of the step stands: nothing is to be done then. */
cst_code cst_claim_attempt(char **path, const cst_registry *registry, const char *run,
                           const char *step, int64_t number, cst_error *err);

#endif

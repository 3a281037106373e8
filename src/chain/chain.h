/* chain.h - a run on Slurm: submitted, looked at, mended, ended
 *
 * runs/<run>/plan.json                      its engine is "slurm"
 * runs/<run>/pipeline/attempt-<p>/          one for each driving, begun by submit and by resume:
 *                                           begin.json, cancel.json, and end.json as its last file
 * runs/<run>/<step>/attempt-<n>/script      what was sent to sbatch
 * runs/<run>/sentinel/attempt-<n>/          the job that looks when another one has failed
 *
 * Nobody has to live for a run. Whoever advances it reads its receipts, asks Slurm once about all
 * its jobs, and does the one thing that is due: so it can be killed anywhere, and several drivers
 * can be at work at once. What they agree by is that of two that publish a file one finds it taken.
 */
#ifndef CST_CHAIN_H
#define CST_CHAIN_H

#include "base/log.h"
#include "pipeline/run.h"

/** A run that is being driven. Opaque. */
typedef struct cst_chain cst_chain;

/** Open a run of this engine; CST_MISSING where there is none. *out is released with
 *  cst_chain_close; registry and log are borrowed. */
cst_code cst_chain_open(cst_chain **out, const char *run, cst_registry *registry, cst_log *log,
                        cst_error *err);
void cst_chain_close(cst_chain *chain);

/** Is it a run on Slurm? CST_MISSING where there is no such run. */
cst_code cst_chain_is(bool *out, const cst_registry *registry, const char *run, cst_error *err);

/** Begin driving it: for a new run, or one whose driving has ended. CST_SKIPPED where it is being
 *  driven already, or is done. */
cst_code cst_chain_begin(cst_chain *chain, cst_error *err);

/** Look once, and do what is due, until there is nothing to do but to wait. *ended: the run has
 *  ended with *code, which err then explains unless it is CST_OK or CST_SKIPPED. An error that is
 *  returned is one of the driving, such as sbatch that is not there or refuses a script. */
cst_code cst_chain_advance(cst_chain *chain, bool *ended, cst_code *code, cst_error *err);

/** Advance until the run has ended, with pauses between. */
cst_code cst_chain_wait(cst_chain *chain, cst_code *code, cst_error *err);

/** What the sentinel does: advance until it is known how things stand. *code is CST_OK where the
 *  run goes on. */
cst_code cst_chain_once(cst_chain *chain, cst_code *code, cst_error *err);

/** Ask for the run's end, end its jobs, and see that none is left. CST_SKIPPED where it has ended
 *  already. */
cst_code cst_chain_cancel(cst_chain *chain, cst_error *err);

/** cst_run_status with what Slurm says of the steps that have not ended: "job", "slurm" (its word),
 *  "reason", "suspect", "attach" (a command line). New reference. */
cst_code cst_chain_status(json_t **out, cst_chain *chain, cst_error *err);

/** The jobs of the run: [{"step", "job"}], those that are known. New reference. */
cst_code cst_chain_jobs(json_t **out, const cst_chain *chain, cst_error *err);

/** Publish the next attempt of a step whose job somebody else sends: {"run", "step", "attempt": its
 *  number, "folder": its path, "requeues": whether Slurm brings the job back, "script"}. CST_USAGE
 *  where the run has no such step or it is one of many jobs, CST_CONFLICT where that attempt was
 *  made by somebody else meanwhile. *out is a new reference. */
cst_code cst_chain_offer(json_t **out, cst_chain *chain, const char *step, cst_error *err);

/** What stands for an id in a dry run. */
#define CST_CHAIN_DRY_RUN "RUN"
#define CST_CHAIN_DRY_NONCE "NONCE"

/** The scripts of a plan as submit sends them, the command line before each as a comment. first:
 * the index of the first step to submit. */
cst_code cst_chain_scripts(cst_text *out, const json_t *plan, cst_registry *registry, size_t first,
                           cst_error *err);

/** What was found done of the steps before one of a plan: [{"step", "key", "end"}]. Ingestion,
 * which has no key, is taken as done by the newest snapshot. CST_FAILED names the step that was not
 * done, CST_USAGE where the plan has no such step. *out is a new reference. */
cst_code cst_chain_find_before(json_t **out, const json_t *plan, const char *step,
                               cst_registry *registry, cst_error *err);

/** Leave what was found in a new run. */
cst_code cst_chain_leave_before(cst_chain *chain, const json_t *found, cst_error *err);

#endif

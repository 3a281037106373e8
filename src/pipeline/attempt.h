/* attempt.h - one attempt of a step: what is known of it, and how the next one comes to be
 *
 * runs/<run>/<step>/attempt-<n>/ appears with its submission.json in it, whole or not at all; all
 * other files are added later. The newest attempt of a step is the one that counts.
 *
 * A driver submits so: load the newest attempt; decide; cst_attempt_submit of exactly the number
 * after it, which fails with CST_CONFLICT where another driver (or the job itself, come back after
 * a requeue) was quicker: load again, decide again; then sbatch; then cst_receipt_write job.json.
 * A driver that finds an attempt without job.json and without claim.json looks for its job by name.
 */
#ifndef CST_PIPELINE_ATTEMPT_H
#define CST_PIPELINE_ATTEMPT_H

#include "pipeline/receipt.h"

/** An attempt as its files say it. Every file is NULL where it is not there. */
typedef struct {
    int64_t number;     /* from 1; 0: there is none */
    char *path;         /* NULL: there is none */
    json_t *submission; /* {"nonce", "engine", "when", "step", …}: who submits, before anything */
    json_t *job;        /* {"engine", …}: who submitted, once it knows what it has started */
    json_t *claim;      /* claim.h: the job itself, its first act */
    json_t *begin;      /* the program, before any work */
    json_t *end;        /* as cst_attempt_read_end gives it */
} cst_attempt;

/** Read the newest attempt of a step, or the one of a number (from 1). One that is not there is no
 *  error: number is 0 then. Release with cst_attempt_free. */
cst_code cst_attempt_load_newest(cst_attempt *out, const cst_registry *registry, const char *run,
                                 const char *step, cst_error *err);
cst_code cst_attempt_load(cst_attempt *out, const cst_registry *registry, const char *run,
                          const char *step, int64_t number, cst_error *err);
void cst_attempt_free(cst_attempt *attempt);

/** The id of the Slurm job that is this attempt: what it claimed under, else what job.json says.
 *  NULL: to be looked for by name, or no job of Slurm's. */
const char *cst_attempt_job(const cst_attempt *attempt);

/** The receipt of the attempt in this folder as it is to be believed; *out is NULL where there is
 *  none. It is none where it names another job or another restart of it than claim.json. Where
 *  alarm.json stands beside it its class is failed and its message the alarm's. */
cst_code cst_attempt_read_end(json_t **out, const char *path, cst_error *err);

/** Make attempt number of a step with this submission in it; *path (or NULL) is the caller's.
 *  CST_CONFLICT where that attempt is there already. */
cst_code cst_attempt_submit(char **path, const cst_registry *registry, const char *run,
                            const char *step, int64_t number, const json_t *submission,
                            cst_error *err);

/** The number of "…/attempt-<n>", 0 for another name. */
int64_t cst_attempt_number(const char *path);

#endif

/* helpers.h - further jobs of Slurm that work on a search, beside the job of its step
 *
 * The step's own job is a pilot, and does alone what nobody helps with. Helpers are arrays:
 * slurm.tune.mode pilots: one array of workers for the whole search; arrays: an array a rung, each
 * task of which does pack trials. A record is published before an array is sent, its nonce in the
 * array's name, so that whoever comes after a killed job finds what is still in the queue and asks
 * only for what is missing. Two that do the same trial are kept apart by its claim.
 *
 * runs/<run>/search/helpers-<k>.json   {"nonce", "mode", "work": [[trial, rung], …]}
 */
#ifndef CST_PIPELINE_HELPERS_H
#define CST_PIPELINE_HELPERS_H

#include "pipeline/step.h"
#include "slurm/cluster.h"
#include "tune/folder.h"

/** Opaque. */
typedef struct cst_helpers cst_helpers;

/** For the step of a run on Slurm that this job does; all arguments are borrowed. */
cst_code cst_helpers_new(cst_helpers **out, const cst_driver *driver, const json_t *step,
                         const cst_search *search, cst_slurm *slurm, cst_error *err);
void cst_helpers_free(cst_helpers *helpers);

/** Ask for help with what of this work nobody has begun and nobody was asked for. Where Slurm
 *  refuses it is said on the log, and the search goes on without. */
cst_code cst_helpers_call(cst_helpers *helpers, const cst_work *work, size_t count, cst_error *err);

/** The work that task index of array k is for: pack entries of its record. *out is to be released
 *  with free(). */
cst_code cst_helpers_task(cst_work **out, size_t *count, const cst_search *search, int64_t k,
                          int64_t index, int64_t pack, cst_error *err);

/** Append the ids of all arrays of a search's folder that may live to a list of words.
 *  CST_IO where Slurm does not answer. */
cst_code cst_helpers_jobs(json_t *ids, const char *folder, const char *run, cst_slurm *slurm,
                          cst_error *err);

/** A part of an array that is too long for one: Slurm bounds the index, so each begins at 0. */
typedef struct {
    int64_t offset, tasks;
    int64_t limit; /* tasks at once; 0: any number */
} cst_array_part;

/** Split tasks into parts of at most most (0: any number), the limit shared out among them by their
 *  tasks, one at least each. Returns the number of parts; those from the room-th on are left out.
 *  Pure. */
size_t cst_array_split(cst_array_part *out, size_t room, int64_t tasks, int64_t most,
                       int64_t limit);

#endif

/* command.h - running one of Slurm's commands and taking what it prints */
#ifndef CST_SLURM_COMMAND_H
#define CST_SLURM_COMMAND_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/** Run words (a list of strings; the first is the command, looked for in PATH), without a shell,
 *  nothing on its standard input, for at most seconds, after which it and its children are killed.
 *  What it printed is appended to out, also where it failed; out may be NULL.
 *
 *  Times are printed as seconds since the epoch (SLURM_TIME_FORMAT=%s), so that no time zone
 *  matters, and lists of an array's elements whole (SLURM_BITSTR_LEN=0). What would change a
 * command's meaning is taken out of its environment: SQUEUE_*, SACCT_*, and the SLURM_* of a job
 * that this process may be part of (a job submitted from within a job would inherit its restart
 * count); SLURM_CONF, SLURM_CLUSTERS and SLURM_JWT stay.
 *
 *  CST_OK       it exited with 0.
 *  CST_MISSING  there is no such command.
 *  CST_FAILED   it exited with another status; err holds the first lines of its standard error.
 *  CST_IO       it gave no answer in time, or could not be run: whether it did its work is unknown.
 *  Local; not for processes with other children that ignore SIGCHLD. */
cst_code cst_slurm_command(cst_text *out, const json_t *words, int seconds, cst_error *err);

/** True where a command's message says that Slurm has no such job: an answer, not a failure. */
bool cst_slurm_no_such_job(const cst_error *err);

#endif

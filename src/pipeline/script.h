/* script.h - the batch scripts of a run: plain text from settings, nothing asked, nothing written
 *
 * What a script says is all that sbatch is told, but for which job it waits for: it can be read,
 * copied and submitted by hand.
 */
#ifndef CST_PIPELINE_SCRIPT_H
#define CST_PIPELINE_SCRIPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/** What the scripts of a run have in common. Borrowed. */
typedef struct {
    const char *pipeline; /* its name */
    const char *run;      /* the run's id */
    const char *registry; /* absolute path */
    const char *bin;      /* folder of capstan and its programs, absolute */
    int64_t driving;      /* number of the pipeline's attempt that these jobs belong to */
    const json_t *slurm;  /* the section slurm:, checked */
} cst_script_run;

/** One job. Borrowed. */
typedef struct {
    const char *step; /* its id; "sentinel" */
    int64_t attempt;  /* from 1 */
    const char *nonce;
    const json_t *resources; /* of the step, as planned or as a retry changed them; or NULL */
    const json_t *srun;      /* words before the program; NULL: the step needs no ranks */
    const json_t *exclude;   /* list of nodes, or NULL */
    bool restarts;     /* it checkpoints: Slurm brings it back, with a warning before the end */
    const char *array; /* "0-63%8", or NULL */
} cst_script_job;

/** The name by which a job is found again: capstan-<run>-<step>-<nonce>; to be freed. */
char *cst_script_name(const char *run, const char *step, const char *nonce, cst_error *err);

/** Everything down to the program: the shebang, #SBATCH lines, modules, PATH. For jobs whose last
 *  lines are their own. CST_USAGE where a setting cannot stand on a line of a script. */
cst_code cst_script_head(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                         cst_error *err);

/** The whole script of a step. */
cst_code cst_script_step(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                         cst_error *err);

/** The whole script of the sentinel: one look at the run when a job of it has failed. */
cst_code cst_script_sentinel(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                             cst_error *err);

/** Append text as one word of the shell. */
cst_code cst_script_quote(cst_text *out, const char *text, cst_error *err);

#endif

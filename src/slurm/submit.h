/* submit.h - sending jobs to Slurm, finding them again by name, ending them
 *
 * Nothing here decides. A submission that failed may have been accepted all the same (a controller
 * that answers late): look for it by name before it is sent again.
 */
#ifndef CST_SLURM_SUBMIT_H
#define CST_SLURM_SUBMIT_H

#include <jansson.h>

#include "slurm/cluster.h"
#include "slurm/look.h"

/** `sbatch --parsable OPTIONS… SCRIPT`. options: a list of words ("--dependency=afterok:7", …), as
 *  sbatch takes them. *id is the job's (of an array: its base id), *submitted the time before it
 * was sent, by this machine's clock. Errors as cst_slurm_command; CST_IO as well where sbatch says
 * that the controller did not answer, or knows no such dependency: CST_FAILED is left for what
 * Slurm refuses. */
cst_code cst_slurm_submit(cst_slurm *slurm, int64_t *id, int64_t *submitted, const char *script,
                          const json_t *options, cst_error *err);

/** Jobs of one name in squeue and in sacct, and where these have none in the completion file, ended
 *  or not, submitted since a time: minus a day, so that clocks may differ. (sacct shows by name no
 *  job that was ended before it could start, Slurm 22.05; squeue shows it for MinJobAge.) */
typedef struct {
    cst_answer answer; /* CST_ANSWER_FAILED (err of the call says why), _ABSENT or _SEEN */
    struct {
        int64_t id; /* of an array: its base id */
        int64_t submitted;
        char state[CST_STATE_WORD];
    } * jobs;     /* by id; several where a submission was sent again */
    size_t count; /* 0 unless seen */
} cst_found;

/** CST_OK with an answer, also where the queries failed (then why, if not NULL, says what they
 *  said); an error only where memory is short. ABSENT needs every source there is to have answered.
 *  Release with cst_found_free. */
cst_code cst_slurm_find(cst_slurm *slurm, cst_found *out, const char *name, int64_t since,
                        cst_error *why, cst_error *err);
void cst_found_free(cst_found *found);

/** End jobs. ids: a list of words as scancel takes them ("12", "12_3"). Jobs that have ended or
 * that Slurm no longer knows are fine. */
cst_code cst_slurm_cancel(cst_slurm *slurm, const json_t *ids, cst_error *err);

/** Which of nodes (Slurm's list, "n[1-3]") are down, failing or drained now: a list of names.
 *  *out is a new reference. */
cst_code cst_slurm_failed_nodes(cst_slurm *slurm, json_t **out, const char *nodes, cst_error *err);

#endif

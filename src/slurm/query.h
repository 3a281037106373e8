/* query.h - Slurm's queries as rows: one command each, with the flags that this release takes */
#ifndef CST_SLURM_QUERY_H
#define CST_SLURM_QUERY_H

#include "slurm/rows.h"
#include "slurm/session.h"

/** Whom to ask about: job ids ("12,13") or a name; one of them is NULL, both: all jobs of this
 *  user. since: no job submitted before it; a day is taken off, as clocks differ. */
typedef struct {
    const char *ids;
    const char *name;
    int64_t since;
} cst_query;

/** squeue, with the jobs that ended a moment ago. *none is true where it says itself that there are
 *  no such jobs. Falls back once from the long format to the old one, and remembers. Errors as
 *  cst_slurm_command, and CST_INVALID for rows that are not understood. */
cst_code cst_query_squeue(cst_slurm *slurm, cst_rows *rows, bool *none, const cst_query *query,
                          cst_error *err);

/** sacct, in the same way. CST_MISSING where the cluster does no accounting. */
cst_code cst_query_sacct(cst_slurm *slurm, cst_rows *rows, const cst_query *query, cst_error *err);

/** One job by `scontrol show job`. */
cst_code cst_query_scontrol(cst_slurm *slurm, cst_rows *rows, bool *none, const char *id,
                            cst_error *err);

/** The end of the file of jobcomp/filetxt. CST_MISSING where the cluster has none or it cannot be
 *  read on this machine. */
cst_code cst_query_jobcomp(cst_slurm *slurm, cst_rows *rows, cst_error *err);

/** Keep what a source said as it failed. */
void cst_query_keep(cst_slurm *slurm, cst_source source, const cst_error *err);

#endif

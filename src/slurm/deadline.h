/* deadline.h - until when the job that this process is part of may run */
#ifndef CST_SLURM_DEADLINE_H
#define CST_SLURM_DEADLINE_H

#include <stdint.h>

#include "base/error.h"

/** Seconds since 1970 when the time limit ends the job SLURM_JOB_ID: SLURM_JOB_END_TIME where Slurm
 *  sets it, else what squeue says. 0 where there is no job or no limit. Errors as
 *  cst_slurm_command. */
cst_code cst_slurm_deadline(int64_t *out, cst_error *err);

#endif

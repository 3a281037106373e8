/* cluster.h - a Slurm cluster as this process knows it: its facts, and which flags its commands
 * take
 *
 * All times of this room are whole seconds since 1970-01-01T00:00:00Z.
 */
#ifndef CST_SLURM_CLUSTER_H
#define CST_SLURM_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/** What is remembered between calls: the facts, and flags found not to be understood. Opaque. */
typedef struct cst_slurm cst_slurm;

/** A new one; nothing is asked yet. seconds: how long one command may take (0: 60). */
cst_code cst_slurm_new(cst_slurm **out, int seconds, cst_error *err);
void cst_slurm_free(cst_slurm *slurm);

/** From `scontrol show config`, words as Slurm writes them, "" where it says nothing. */
typedef struct {
    char version[32];         /* "22.05.8" */
    char cluster[128];        /* ClusterName */
    char controller[256];     /* the first SlurmctldHost */
    char accounting[64];      /* AccountingStorageType */
    char completion[64];      /* JobCompType */
    char completion_at[1024]; /* JobCompLoc: a path where the type is jobcomp/filetxt */
    char preempt_mode[64];
    char preempt_type[64];
    char requeue_exit[128];
    int64_t max_array_size; /* bounds the index: tasks 0 … max_array_size-1; 0: not said */
    int64_t max_job_count;
    int64_t kill_wait;   /* seconds between SIGTERM and SIGKILL */
    int64_t min_job_age; /* seconds that squeue knows an ended job */
} cst_slurm_facts;

/** What `scontrol show config` printed (text, changed by this) as facts. CST_INVALID where it is
 *  something else; source names it then. */
cst_code cst_slurm_parse_facts(cst_slurm_facts *out, char *text, const char *source,
                               cst_error *err);

/** The facts, read from the controller once; *out belongs to slurm. Errors as cst_slurm_command:
 *  after one, the next call asks again. */
cst_code cst_slurm_get_facts(cst_slurm *slurm, const cst_slurm_facts **out, cst_error *err);

/** False where the facts are known and say that there is no accounting. */
bool cst_slurm_accounts(const cst_slurm_facts *facts);

#endif

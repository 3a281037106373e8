/* look.h - what Slurm's sources say about a set of jobs, in at most one squeue and one sacct
 *
 * Order: squeue (with the jobs that ended a moment ago) for all; sacct for those that squeue does
 * not show; scontrol and the completion file only for what both leave open.
 */
#ifndef CST_SLURM_LOOK_H
#define CST_SLURM_LOOK_H

#include "slurm/cluster.h"

enum { CST_STATE_WORD = 32, CST_REASON_TEXT = 96 };

/** What came of asking a source about a job. Three of them are easily taken for each other: the
 *  query failed; it came back without any row; it knows other jobs and says that this is none. */
typedef enum {
    CST_ANSWER_NONE,   /* not asked: not needed, or the cluster has no such source */
    CST_ANSWER_FAILED, /* the query failed: nothing is known */
    CST_ANSWER_EMPTY,  /* no row at all */
    CST_ANSWER_ABSENT, /* it is working, and the job is not in it */
    CST_ANSWER_SEEN,
} cst_answer;

typedef enum { CST_SQUEUE, CST_SACCT, CST_SCONTROL, CST_JOBCOMP, CST_SOURCE_COUNT } cst_source;

/** "squeue", "sacct", "scontrol", "jobcomp". */
const char *cst_source_name(cst_source source);

/** One source's row of a job; all but answer is meant for CST_ANSWER_SEEN only. */
typedef struct {
    cst_answer answer;
    char state[CST_STATE_WORD];   /* the first word: "CANCELLED" of "CANCELLED by 1000" */
    bool by_user;                 /* "CANCELLED by 1000": somebody did, not Slurm; sacct says so */
    char reason[CST_REASON_TEXT]; /* Slurm's word, "" where it gives none */
    int exit;                     /* exit status, -1 not said */
    int signal;                   /* that ended it, 0 none */
    int64_t submitted;            /* by Slurm's clock; a requeue sets it anew. 0 not said */
    int64_t ended;                /* 0 not said; of a job that runs: when its limit ends it */
    int64_t left;                 /* seconds of its time limit left, -1 not said */
    int restarts;                 /* -1 not said */
    char *nodes;                  /* Slurm's list ("n[1-2]"), NULL where none; owned */
} cst_sighting;

/** A job to look at. The caller sets the first six; release seen with cst_slurm_job_clear. */
typedef struct {
    int64_t id;        /* of an array: its base id */
    int64_t index;     /* of an array's element, -1 none */
    int64_t submitted; /* when it was, by any clock of the site; 0 unknown */
    const char *name;  /* borrowed; a row of another name is not this job. NULL: any */
    bool requeues;     /* Slurm brings it back: its row may be younger than submitted */
    cst_sighting seen[CST_SOURCE_COUNT];
} cst_slurm_job;

/** Ask about all jobs and fill in seen (what it held is forgotten). CST_OK also where no source
 *  answered: the sightings say so, and cst_slurm_said what they said; an error only where memory is
 *  short. */
cst_code cst_slurm_look(cst_slurm *slurm, cst_slurm_job *jobs, size_t count, cst_error *err);

/** What a source said when it last failed, "" where it has not failed since the last look. */
const char *cst_slurm_said(const cst_slurm *slurm, cst_source source);

/** Forget the sightings. */
void cst_slurm_job_clear(cst_slurm_job *job);

#endif

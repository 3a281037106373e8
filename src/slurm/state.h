/* state.h - Slurm's words for the state of a job, and which end each stands for
 *
 * The words are those of squeue(1) and sacct(1), "JOB STATE CODES".
 */
#ifndef CST_SLURM_STATE_H
#define CST_SLURM_STATE_H

#include <stdbool.h>

#include "base/error.h"

/* what failed, word; retries have a budget each */
#define CST_FAILURES(X)                                                                            \
    X(NONE, "")                                                                                    \
    X(CODE, "code")                     /* the program said so, or ended with another status */    \
    X(KILLED, "killed")                 /* by SIGKILL: a person, or a machine out of memory */     \
    X(INFRASTRUCTURE, "infrastructure") /* node, boot, preemption: free to try again */            \
    X(TIMEOUT, "timeout")                                                                          \
    X(MEMORY, "memory")                                                                            \
    X(CANCELLED, "cancelled")                                                                      \
    X(DEADLINE, "deadline")                                                                        \
    X(DEPENDENCY, "dependency") /* what it waits for has failed: it never starts */                \
    X(LOST, "lost")             /* nothing that could tell knows it any more */

typedef enum {
#define CST_FAILURE_ENUM(name, word) CST_FAILURE_##name,
    CST_FAILURES(CST_FAILURE_ENUM)
#undef CST_FAILURE_ENUM
} cst_failure;

const char *cst_failure_word(cst_failure failure);

typedef enum {
    CST_PHASE_WAITS,     /* for the first time or again */
    CST_PHASE_RUNS,      /* or has not quite ended */
    CST_PHASE_COMPLETED, /* its script ended with 0: success only where a receipt says so */
    CST_PHASE_FAILED,
    CST_PHASE_ELSEWHERE, /* another cluster of the federation has it */
} cst_phase;

/** A row of the one table of states. */
typedef struct {
    const char *word;
    cst_phase phase;
    cst_failure failure; /* where phase is FAILED */
    bool held;           /* waits for somebody to release it */
    bool comes_back;     /* an end after which Slurm starts a job submitted with --requeue again */
} cst_state;

/** The row of a word, NULL where the word is not known. */
const cst_state *cst_state_find(const char *word);

/** True where the word is known and the job has not ended. */
bool cst_state_lives(const char *word);

#endif

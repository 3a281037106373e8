/* decide.h - what a driver does next about a run on Slurm: a pure function of what is known
 *
 * A run is a chain: every step waits for the one before it. The head is the first step that is not
 * done; it alone decides whether the run goes on, is mended, or ends. The steps behind it only have
 * to be in the queue, each waiting for the one before it as that stands now.
 */
#ifndef CST_CHAIN_DECIDE_H
#define CST_CHAIN_DECIDE_H

#include "slurm/verdict.h"

enum { CST_FAILURE_COUNT = CST_FAILURE_LOST + 1 };

/** What is known of a step. */
typedef struct {
    const char *id;
    bool submitted;      /* there is an attempt of it */
    bool in_order;       /* its job waits for the newest submission of the step before it */
    bool sent;           /* its job's id is known, or need not be */
    bool sender_at_work; /* not sent, and who published the submission may still be sending it */
    bool own;            /* submitted since the run was begun, or taken up with resume */
    bool advanced;       /* a checkpoint was written since it was submitted */
    bool time_known, memory_known;  /* it was submitted with a time limit, with a memory limit */
    bool memory_most;               /* … which is the most that is allowed */
    int retries[CST_FAILURE_COUNT]; /* that were spent already, by what had failed */
    cst_verdict verdict;            /* where submitted and sent */
    const char *message;            /* of its receipt, or NULL */
    cst_code code;                  /* of its receipt; CST_FAILED without one */
} cst_chain_step;

/** What the run allows. */
typedef struct {
    bool cancelled;                /* somebody has asked for its end */
    int budget[CST_FAILURE_COUNT]; /* retries, by what has failed */
} cst_chain_rules;

typedef enum {
    CST_CHAIN_WAIT,   /* nothing to do but to look again */
    CST_CHAIN_SEND,   /* step was published and perhaps not sent: find its job, or send it again */
    CST_CHAIN_SUBMIT, /* submit step and all behind it */
    CST_CHAIN_FINISH, /* the run has ended with code */
} cst_chain_act;

typedef struct {
    cst_chain_act act;
    size_t step;         /* index; of WAIT: the head; of FINISH: who ended it, or count */
    cst_failure retried; /* of SUBMIT: what had failed, NONE: the first time, or for free */
    bool more_time, more_memory, exclude;
    cst_code code; /* of FINISH */
    char why[512]; /* one line for a person */
} cst_chain_decision;

/** Decide. count is at least 1. Local, pure. */
cst_chain_decision cst_chain_decide(const cst_chain_step *steps, size_t count,
                                    const cst_chain_rules *rules);

#endif

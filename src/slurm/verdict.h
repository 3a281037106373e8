/* verdict.h - what has become of a job: its receipt and Slurm's word weighed; pure */
#ifndef CST_SLURM_VERDICT_H
#define CST_SLURM_VERDICT_H

#include <jansson.h>

#include "slurm/look.h"
#include "slurm/state.h"

/* what, word */
#define CST_FATES(X)                                                                               \
    X(PENDING, "pending") /* waits, for the first time or again */                                 \
    X(RUNNING, "running") /* or not quite ended */                                                 \
    X(DONE, "done")                                                                                \
    X(SKIPPED, "skipped")                                                                          \
    X(REFUSED, "refused")                                                                          \
    X(STOPPED, "stopped") /* in good order, with a checkpoint, and Slurm does not bring it back */ \
    X(FAILED, "failed")                                                                            \
    X(UNKNOWN, "unknown") /* to be asked again; never success */

typedef enum {
#define CST_FATE_ENUM(name, word) CST_FATE_##name,
    CST_FATES(CST_FATE_ENUM)
#undef CST_FATE_ENUM
} cst_fate;

const char *cst_fate_word(cst_fate fate);

typedef struct {
    const char *receipt; /* class of the attempt's end.json: "done", "failed", …; NULL: none */
    const cst_sighting *seen; /* CST_SOURCE_COUNT of them */
    bool requeues;            /* Slurm brings it back after preemption and node failure */
    int64_t now;              /* seconds since the epoch */
    int64_t unknown_since;    /* as the last verdict gave it, 0 at first */
    int64_t lost_after;       /* seconds of not being known after which a job is lost */
} cst_evidence;

typedef struct {
    cst_fate fate;
    cst_failure failure;   /* NONE unless fate is FAILED */
    bool suspect;          /* receipt and Slurm contradict each other: verify the outputs */
    bool held;             /* its job waits for somebody to release it; what waits for that job
                              waits too, even where a receipt says done */
    int64_t unknown_since; /* to be kept for the next verdict; 0: the clock does not run */
    cst_source source;     /* whose row decided; CST_SOURCE_COUNT: none's */
    char why[256];         /* one phrase, with Slurm's own words */
    const char
        *nodes; /* that it ran on, where failure is INFRASTRUCTURE; of the evidence, or NULL */
} cst_verdict;

/** Weigh. Only a receipt makes success. The clock towards CST_FAILURE_LOST runs while a source that
 *  works says that it does not have the job and none failed, and from the end of a job that Slurm
 *  says completed and that left no receipt. A sighting stops it, and so does a look in which
 * nothing could be learnt: it then starts anew. */
cst_verdict cst_slurm_judge(const cst_evidence *evidence);

/** {"fate", "failure", "suspect", "held", "source", "state", "why", "nodes"}: new reference or NULL
 *  where memory is short. */
json_t *cst_verdict_json(const cst_verdict *verdict, const cst_sighting *seen);

#endif

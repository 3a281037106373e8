/* state.c - Slurm's words for the state of a job, and which end each stands for */
#include "slurm/state.h"

static const cst_state states[] = {
    {.word = "PENDING", .phase = CST_PHASE_WAITS},
    {.word = "CONFIGURING", .phase = CST_PHASE_WAITS},
    {.word = "REQUEUED", .phase = CST_PHASE_WAITS},
    {.word = "REQUEUE_FED", .phase = CST_PHASE_WAITS},
    {.word = "REQUEUE_HOLD", .phase = CST_PHASE_WAITS, .held = true},
    {.word = "SPECIAL_EXIT", .phase = CST_PHASE_WAITS, .held = true},
    {.word = "RESV_DEL_HOLD", .phase = CST_PHASE_WAITS, .held = true},
    {.word = "RUNNING", .phase = CST_PHASE_RUNS},
    {.word = "COMPLETING", .phase = CST_PHASE_RUNS},
    {.word = "RESIZING", .phase = CST_PHASE_RUNS},
    {.word = "SIGNALING", .phase = CST_PHASE_RUNS},
    {.word = "STAGE_OUT", .phase = CST_PHASE_RUNS},
    {.word = "STOPPED", .phase = CST_PHASE_RUNS},
    {.word = "SUSPENDED", .phase = CST_PHASE_RUNS},
    {.word = "COMPLETED", .phase = CST_PHASE_COMPLETED},
    {.word = "FAILED", .phase = CST_PHASE_FAILED, .failure = CST_FAILURE_CODE},
    {.word = "TIMEOUT", .phase = CST_PHASE_FAILED, .failure = CST_FAILURE_TIMEOUT},
    {.word = "OUT_OF_MEMORY", .phase = CST_PHASE_FAILED, .failure = CST_FAILURE_MEMORY},
    {.word = "CANCELLED", .phase = CST_PHASE_FAILED, .failure = CST_FAILURE_CANCELLED},
    {.word = "DEADLINE", .phase = CST_PHASE_FAILED, .failure = CST_FAILURE_DEADLINE},
    {.word = "NODE_FAIL",
     .phase = CST_PHASE_FAILED,
     .failure = CST_FAILURE_INFRASTRUCTURE,
     .comes_back = true},
    {.word = "BOOT_FAIL",
     .phase = CST_PHASE_FAILED,
     .failure = CST_FAILURE_INFRASTRUCTURE,
     .comes_back = true},
    {.word = "PREEMPTED",
     .phase = CST_PHASE_FAILED,
     .failure = CST_FAILURE_INFRASTRUCTURE,
     .comes_back = true},
    {.word = "REVOKED", .phase = CST_PHASE_ELSEWHERE},
};

const char *cst_failure_word(cst_failure failure)
{
    static const char *const words[] = {
#define CST_FAILURE_WORD(name, word) word,
        CST_FAILURES(CST_FAILURE_WORD)
#undef CST_FAILURE_WORD
    };
    return words[failure];
}

const cst_state *cst_state_find(const char *word)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i].word, word) == 0)
            return &states[i];
    return NULL;
}

bool cst_state_lives(const char *word)
{
    const cst_state *state = cst_state_find(word);
    return state && (state->phase == CST_PHASE_WAITS || state->phase == CST_PHASE_RUNS);
}

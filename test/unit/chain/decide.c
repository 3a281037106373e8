/* decide.c - what a driver does next, case by case */
#include "test/unit/test.h"

#include "chain/decide.h"

enum { STEPS = 3 };

/* A step that was submitted. */
#define SUBMITTED(name, what, failed, ...)                                                         \
    {                                                                                              \
        .id = name, .submitted = true,                                                             \
        .verdict = {.fate = CST_FATE_##what,                                                       \
                    .failure = CST_FAILURE_##failed,                                               \
                    .why = #what " by test"},                                                      \
        __VA_ARGS__                                                                                \
    }
/* … in order, by this driving, and sent; its code is that of its receipt. */
#define CODED(name, what, failed, ...)                                                             \
    SUBMITTED(name, what, failed, .in_order = true, .sent = true, .own = true, __VA_ARGS__)
#define STEP(name, what, failed, ...) CODED(name, what, failed, .code = CST_FAILED, __VA_ARGS__)
#define UNSENT(name, ...) SUBMITTED(name, UNKNOWN, NONE, .in_order = true, .own = true, __VA_ARGS__)
/* Submitted before the run was taken up again. */
#define FORMER(name, what, failed)                                                                 \
    SUBMITTED(name, what, failed, .in_order = true, .sent = true, .code = CST_FAILED)
#define NOTHING(name)                                                                              \
    {                                                                                              \
        .id = name, .in_order = true                                                               \
    }
#define WELL STEP("a", DONE, NONE, .message = "")
#define WAITING STEP("c", PENDING, NONE, .message = "")

typedef struct {
    const char *name;
    cst_chain_step step[STEPS];
    bool cancelled;
    cst_chain_act act;
    size_t at;
    cst_code code;       /* of FINISH */
    cst_failure retried; /* of SUBMIT */
    const char *why;     /* part of it, or NULL */
} decide_case;

static const int budgets[CST_FAILURE_COUNT] = {[CST_FAILURE_INFRASTRUCTURE] = 3,
                                               [CST_FAILURE_LOST] = 3,
                                               [CST_FAILURE_TIMEOUT] = 2,
                                               [CST_FAILURE_MEMORY] = 2};

static const decide_case cases[] = {
    {.name = "nothing was submitted",
     .step = {NOTHING("a"), NOTHING("b"), NOTHING("c")},
     .act = CST_CHAIN_SUBMIT,
     .at = 0},
    {.name = "all run or wait",
     .step = {STEP("a", RUNNING, NONE, .message = ""), WAITING, WAITING},
     .act = CST_CHAIN_WAIT,
     .at = 0,
     .why = "a: RUNNING by test"},
    {.name = "the driver died after the first submission",
     .step = {STEP("a", PENDING, NONE, .message = ""), NOTHING("b"), NOTHING("c")},
     .act = CST_CHAIN_SUBMIT,
     .at = 1},
    {.name = "the driver died between the record and sbatch",
     .step = {UNSENT("a", .message = NULL), NOTHING("b"), NOTHING("c")},
     .act = CST_CHAIN_SEND,
     .at = 0},
    {.name = "another driver is just sending it",
     .step = {UNSENT("a", .sender_at_work = true), NOTHING("b"), NOTHING("c")},
     .act = CST_CHAIN_WAIT,
     .at = 0},
    {.name = "the driver died between record and sbatch of a later step",
     .step = {STEP("a", RUNNING, NONE, .message = ""), UNSENT("b", .message = NULL), NOTHING("c")},
     .act = CST_CHAIN_SEND,
     .at = 1},
    {.name = "another driver is just sending a later step",
     .step = {STEP("a", RUNNING, NONE, .message = ""), UNSENT("b", .sender_at_work = true),
              NOTHING("c")},
     .act = CST_CHAIN_WAIT,
     .at = 0},
    {.name = "Slurm does not answer",
     .step = {WELL, STEP("b", UNKNOWN, NONE, .message = ""), WAITING},
     .act = CST_CHAIN_WAIT,
     .at = 1},
    {.name = "while nothing is known nothing is submitted",
     .step = {WELL, STEP("b", UNKNOWN, NONE, .message = ""), NOTHING("c")},
     .act = CST_CHAIN_WAIT,
     .at = 1},
    {.name = "all done",
     .step = {WELL, WELL, STEP("c", SKIPPED, NONE, .message = "")},
     .act = CST_CHAIN_FINISH,
     .at = STEPS,
     .code = CST_OK},
    {.name = "all found done, the tail skipped",
     .step = {STEP("a", SKIPPED, NONE, .message = ""), STEP("b", SKIPPED, NONE, .message = ""),
              STEP("c", SKIPPED, NONE, .message = "")},
     .act = CST_CHAIN_FINISH,
     .at = STEPS,
     .code = CST_SKIPPED},
    {.name = "refused by the gate",
     .step = {WELL, STEP("b", REFUSED, NONE, .message = "auc fell"),
              STEP("c", FAILED, DEPENDENCY, .message = NULL)},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_REFUSED,
     .why = "b: auc fell"},
    {.name = "a node failed",
     .step = {WELL, STEP("b", FAILED, INFRASTRUCTURE, .message = NULL), WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1,
     .retried = CST_FAILURE_INFRASTRUCTURE,
     .why = "retry 1 of 3 (infrastructure)"},
    {.name = "a node failed once too often",
     .step = {WELL,
              STEP("b", FAILED, INFRASTRUCTURE, .retries = {[CST_FAILURE_INFRASTRUCTURE] = 3}),
              WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_FAILED,
     .why = "all 3 retries (infrastructure) were spent"},
    {.name = "every class has its own budget",
     .step = {WELL, STEP("b", FAILED, LOST, .retries = {[CST_FAILURE_INFRASTRUCTURE] = 3}),
              WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1,
     .retried = CST_FAILURE_LOST},
    {.name = "the time limit, with a new checkpoint",
     .step = {WELL, STEP("b", FAILED, TIMEOUT, .advanced = true, .time_known = true), WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1,
     .retried = CST_FAILURE_TIMEOUT},
    {.name = "the time limit, and no step forward",
     .step = {WELL, STEP("b", FAILED, TIMEOUT, .time_known = true), WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_FAILED,
     .why = "wrote no checkpoint meanwhile: give it more with resources.b.time"},
    {.name = "out of memory",
     .step = {WELL, STEP("b", FAILED, MEMORY, .memory_known = true), WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1,
     .retried = CST_FAILURE_MEMORY},
    {.name = "out of memory with the most that is allowed",
     .step = {WELL, STEP("b", FAILED, MEMORY, .memory_known = true, .memory_most = true), WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_FAILED,
     .why = "slurm.most_memory"},
    {.name = "out of a memory that nobody asked for",
     .step = {WELL, STEP("b", FAILED, MEMORY, .message = NULL), WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_FAILED},
    {.name = "the step failed by itself",
     .step = {WELL, STEP("b", FAILED, CODE, .message = "no such column"), WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_FAILED,
     .why = "b: no such column"},
    {.name = "somebody else moved the champion",
     .step = {WELL, WELL, CODED("c", FAILED, CODE, .code = CST_CONFLICT, .message = "moved")},
     .act = CST_CHAIN_FINISH,
     .at = 2,
     .code = CST_CONFLICT},
    {.name = "past its deadline",
     .step = {WELL, STEP("b", FAILED, DEADLINE, .message = NULL), WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_FAILED},
    {.name = "a user cancelled the job",
     .step = {WELL, STEP("b", FAILED, CANCELLED, .message = NULL), WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 1,
     .code = CST_STOPPED},
    {.name = "cancelled by a driver that died before it submitted it anew",
     .step = {WELL, SUBMITTED("b", FAILED, CANCELLED, .sent = true, .own = true), WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1},
    {.name = "cancelled with what it waited for, which is done now: free",
     .step = {WELL, STEP("b", FAILED, DEPENDENCY, .retries = {[CST_FAILURE_INFRASTRUCTURE] = 3}),
              WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1,
     .retried = CST_FAILURE_NONE},
    {.name = "the head runs again, what waited for it is gone",
     .step = {STEP("a", RUNNING, NONE, .message = ""), STEP("b", FAILED, DEPENDENCY, .message = ""),
              STEP("c", FAILED, DEPENDENCY, .message = "")},
     .act = CST_CHAIN_SUBMIT,
     .at = 1},
    {.name = "a step behind was cancelled by a user: nothing is sent behind that",
     .step = {STEP("a", RUNNING, NONE, .message = ""), STEP("b", FAILED, CANCELLED, .message = ""),
              STEP("c", FAILED, DEPENDENCY, .message = "")},
     .act = CST_CHAIN_WAIT,
     .at = 0},
    {.name = "a retried step is waited for by jobs of its former submission",
     .step = {STEP("a", PENDING, NONE, .message = ""),
              SUBMITTED("b", PENDING, NONE, .sent = true, .own = true), WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1},
    {.name = "stopped, and Slurm brings it back",
     .step = {STEP("a", PENDING, NONE, .message = "stopped"), WAITING, WAITING},
     .act = CST_CHAIN_WAIT,
     .at = 0},
    {.name = "stopped for good",
     .step = {STEP("a", STOPPED, NONE, .message = "stopped at step 5"), WAITING, WAITING},
     .act = CST_CHAIN_FINISH,
     .at = 0,
     .code = CST_STOPPED,
     .why = "stopped at step 5"},
    {.name = "the run was cancelled",
     .step = {WELL, STEP("b", RUNNING, NONE, .message = ""), WAITING},
     .cancelled = true,
     .act = CST_CHAIN_FINISH,
     .at = STEPS,
     .code = CST_STOPPED},
    {.name = "cancelled when all was done already",
     .step = {WELL, WELL, WELL},
     .cancelled = true,
     .act = CST_CHAIN_FINISH,
     .at = STEPS,
     .code = CST_OK},
    {.name = "taken up again after a cancel",
     .step = {WELL, FORMER("b", FAILED, CANCELLED), WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1},
    {.name = "taken up again after a failure",
     .step = {WELL, FORMER("b", FAILED, CODE), WAITING},
     .act = CST_CHAIN_SUBMIT,
     .at = 1},
};

static void every_case_has_its_one_next_thing_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const decide_case *c = &cases[i];
        cst_chain_rules rules = {.cancelled = c->cancelled};
        memcpy(rules.budget, budgets, sizeof budgets);
        cst_chain_decision got = cst_chain_decide(c->step, STEPS, &rules);
        bool right = got.act == c->act && got.step == c->at &&
                     (c->act != CST_CHAIN_FINISH || got.code == c->code) &&
                     got.retried == c->retried && (!c->why || strstr(got.why, c->why));
        if (!right)
            fail_msg("%s: act %d, step %zu, code %d, retried %d, \"%s\"", c->name, (int)got.act,
                     got.step, (int)got.code, (int)got.retried, got.why);
    }
}

static void a_retry_asks_for_what_was_missing(void **state)
{
    (void)state;
    static const struct {
        cst_chain_step step;
        bool time, memory, exclude;
    } row[] = {
        {STEP("b", FAILED, TIMEOUT, .advanced = true, .time_known = true), true, false, false},
        {STEP("b", FAILED, TIMEOUT, .advanced = true), false, false, false},
        {STEP("b", FAILED, MEMORY, .memory_known = true), false, true, false},
        {STEP("b", FAILED, INFRASTRUCTURE, .message = NULL), false, false, true},
        {STEP("b", FAILED, LOST, .message = NULL), false, false, false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_chain_rules rules = {.cancelled = false};
        memcpy(rules.budget, budgets, sizeof budgets);
        cst_chain_decision got = cst_chain_decide(&row[i].step, 1, &rules);
        assert_int_equal(got.act, CST_CHAIN_SUBMIT);
        assert_int_equal(got.more_time, row[i].time);
        assert_int_equal(got.more_memory, row[i].memory);
        assert_int_equal(got.exclude, row[i].exclude);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_has_its_one_next_thing_to_do),
        cmocka_unit_test(a_retry_asks_for_what_was_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

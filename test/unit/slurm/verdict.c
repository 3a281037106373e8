/* verdict.c - what has become of a job: a row for every state, and how receipts weigh */
#include "slurm/verdict.h"

#include "base/file.h"
#include "test/unit/test.h"

enum { NOW = 1000000, PATIENCE = 600 };

/* What each source answers, all else being nothing; and the verdict on it. */
typedef struct {
    cst_sighting seen[CST_SOURCE_COUNT];
    const char *receipt;
    bool requeues;
    int64_t unknown_since;
} evidence;

static cst_sighting sighting(const char *state, const char *reason)
{
    cst_sighting row = {.answer = CST_ANSWER_SEEN, .exit = -1, .left = -1, .restarts = -1};
    (void)snprintf(row.state, sizeof row.state, "%s", state);
    (void)snprintf(row.reason, sizeof row.reason, "%s", reason ? reason : "");
    return row;
}

static cst_verdict judge(const evidence *given)
{
    return cst_slurm_judge(&(cst_evidence){.receipt = given->receipt,
                                           .seen = given->seen,
                                           .requeues = given->requeues,
                                           .now = NOW,
                                           .unknown_since = given->unknown_since,
                                           .lost_after = PATIENCE});
}

/* "failed memory suspect" */
static void write(char out[128], const cst_verdict *verdict)
{
    const char *failure = cst_failure_word(verdict->failure);
    (void)snprintf(out, 128, "%s%s%s%s%s", cst_fate_word(verdict->fate), *failure ? " " : "",
                   failure, verdict->suspect ? " suspect" : "", verdict->held ? " held" : "");
}

#define assert_verdict(verdict, expected)                                                          \
    do {                                                                                           \
        char is[128];                                                                              \
        write(is, &(verdict));                                                                     \
        if (strcmp(is, (expected)) != 0)                                                           \
            fail_msg("expected \"%s\", it is \"%s\": %s", (expected), is, (verdict).why);          \
    } while (0)

/* A state as the controller shows it, and the verdict on a job that Slurm does not bring back; on
 * one that it does; and under a receipt of each class. */
static const struct {
    const char *state, *reason;
    const char *alone, *requeues, *done, *failed, *stopped, *refused;
} table[] = {
    {"PENDING", "Resources", "pending", "pending", "done", "pending", "pending", "refused"},
    {"PENDING", "JobHeldUser", "pending held", "pending held", "done held", "pending held",
     "pending held", "refused held"},
    {"PENDING", "job requeued in held state", "pending held", "pending held", "done held",
     "pending held", "pending held", "refused held"},
    {"PENDING", "launch failed requeued held", "failed infrastructure", "failed infrastructure",
     "done held", "failed infrastructure", "failed infrastructure", "refused held"},
    {"PENDING", "launch_failed_requeued_held", "failed infrastructure", "failed infrastructure",
     "done held", "failed infrastructure", "failed infrastructure", "refused held"},
    {"PENDING", "DependencyNeverSatisfied", "failed dependency", "failed dependency", "done",
     "failed dependency", "failed dependency", "refused"},
    {"CONFIGURING", "None", "pending", "pending", "done", "pending", "pending", "refused"},
    {"REQUEUED", "None", "pending", "pending", "done", "pending", "pending", "refused"},
    {"REQUEUE_FED", "None", "pending", "pending", "done", "pending", "pending", "refused"},
    {"REQUEUE_HOLD", "None", "pending held", "pending held", "done held", "pending held",
     "pending held", "refused held"},
    {"SPECIAL_EXIT", "None", "pending held", "pending held", "done held", "pending held",
     "pending held", "refused held"},
    {"RESV_DEL_HOLD", "None", "pending held", "pending held", "done held", "pending held",
     "pending held", "refused held"},
    {"RUNNING", "None", "running", "running", "done", "running", "running", "refused"},
    {"COMPLETING", "None", "running", "running", "done", "running", "running", "refused"},
    {"RESIZING", "None", "running", "running", "done", "running", "running", "refused"},
    {"SIGNALING", "None", "running", "running", "done", "running", "running", "refused"},
    {"STAGE_OUT", "None", "running", "running", "done", "running", "running", "refused"},
    {"STOPPED", "None", "running", "running", "done", "running", "running", "refused"},
    {"SUSPENDED", "None", "running", "running", "done", "running", "running", "refused"},
    {"COMPLETED", "None", "unknown", "unknown", "done", "failed code suspect", "stopped",
     "refused"},
    {"FAILED", "NonZeroExitCode", "failed code", "failed code", "done suspect", "failed code",
     "stopped", "refused"},
    {"TIMEOUT", "TimeLimit", "failed timeout", "failed timeout", "done suspect", "failed timeout",
     "failed timeout", "refused suspect"},
    {"OUT_OF_MEMORY", "OutOfMemory", "failed memory", "failed memory", "done suspect",
     "failed memory", "failed memory", "refused suspect"},
    {"CANCELLED", "None", "failed cancelled", "failed cancelled", "done suspect",
     "failed cancelled", "failed cancelled", "refused suspect"},
    {"CANCELLED", "DependencyNeverSatisfied", "failed dependency", "failed dependency",
     "done suspect", "failed dependency", "stopped", "refused suspect"},
    {"DEADLINE", "DeadLine", "failed deadline", "failed deadline", "done suspect",
     "failed deadline", "failed deadline", "refused suspect"},
    {"NODE_FAIL", "NodeDown", "failed infrastructure", "failed infrastructure", "done suspect",
     "failed infrastructure", "failed infrastructure", "refused suspect"},
    {"BOOT_FAIL", "JobLaunchFailure", "failed infrastructure", "failed infrastructure",
     "done suspect", "failed infrastructure", "failed infrastructure", "refused suspect"},
    {"PREEMPTED", "None", "failed infrastructure", "failed infrastructure", "done suspect",
     "failed infrastructure", "failed infrastructure", "refused suspect"},
    {"REVOKED", "None", "unknown", "unknown", "done", "failed code", "stopped", "refused"},
    {"A_WORD_OF_TOMORROW", "None", "unknown", "unknown", "done", "failed code", "stopped",
     "refused"},
};

static void every_state_has_one_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        evidence given = {.seen = {[CST_SQUEUE] = sighting(table[i].state, table[i].reason)}};
        cst_verdict verdict = judge(&given);
        assert_verdict(verdict, table[i].alone);
        if (verdict.source != CST_SQUEUE || !strstr(verdict.why, table[i].state))
            fail_msg("%s is not given as the reason: %s", table[i].state, verdict.why);
        given.requeues = true;
        verdict = judge(&given);
        assert_verdict(verdict, table[i].requeues);
    }
}

/* With a receipt the step said itself what went wrong. */
static void a_job_that_was_killed_is_told_from_one_that_failed(void **state)
{
    (void)state;
    evidence given = {.seen = {[CST_SQUEUE] = sighting("FAILED", "None")}};
    given.seen[CST_SQUEUE].signal = 9;
    cst_verdict verdict = judge(&given);
    assert_verdict(verdict, "failed killed");
    given.seen[CST_SQUEUE].signal = 11;
    verdict = judge(&given);
    assert_verdict(verdict, "failed code");
    given.seen[CST_SQUEUE].signal = 0;
    given.seen[CST_SQUEUE].exit = 137;
    verdict = judge(&given);
    assert_verdict(verdict, "failed killed");
    given.receipt = "failed";
    verdict = judge(&given);
    assert_verdict(verdict, "failed code");
    given.receipt = "stopped"; /* its script, which would have brought it back, was killed */
    verdict = judge(&given);
    assert_verdict(verdict, "failed killed");
}

static void every_state_is_in_the_documentation(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text page = CST_TEXT_INIT;
    assert_ok(cst_file_read(&page, "../../../site/states.md", 0, &err));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char word[64];
        (void)snprintf(word, sizeof word, "`%s`", table[i].state);
        if (cst_state_find(table[i].state) && !strstr(page.data, word))
            fail_msg("%s is not in site/states.md", word);
    }
    cst_text_free(&page);
}

static void receipts_are_weighed_against_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *const classes[] = {"done", "skipped", "failed", "stopped", "refused"};
        char skipped[64];
        (void)snprintf(skipped, sizeof skipped, "skipped%s", table[i].done + strlen("done"));
        const char *const expected[] = {table[i].done, skipped, table[i].failed, table[i].stopped,
                                        table[i].refused};
        for (int j = 0; j < 5; j++) {
            evidence given = {.seen = {[CST_SQUEUE] = sighting(table[i].state, table[i].reason)},
                              .receipt = classes[j]};
            cst_verdict verdict = judge(&given);
            assert_verdict(verdict, expected[j]);
        }
    }
}

/* Ends that accounting tells of while the controller is silent: Slurm may be about to start it
 * again. Once the controller says that it has forgotten the job, it is not. */
static void only_the_controller_knows_whether_a_job_comes_back(void **state)
{
    (void)state;
    static const char *const words[] = {"PREEMPTED", "NODE_FAIL", "BOOT_FAIL"};
    for (int i = 0; i < 3; i++) {
        evidence given = {.seen = {[CST_SQUEUE] = {.answer = CST_ANSWER_FAILED},
                                   [CST_SACCT] = sighting(words[i], "None")},
                          .requeues = true};
        cst_verdict verdict = judge(&given);
        assert_verdict(verdict, "pending");
        given.receipt = "failed";
        verdict = judge(&given);
        assert_verdict(verdict, "pending");
        given.receipt = NULL;
        given.requeues = false;
        verdict = judge(&given);
        assert_verdict(verdict, "failed infrastructure");
        given.requeues = true;
        given.seen[CST_SQUEUE].answer = CST_ANSWER_ABSENT;
        verdict = judge(&given);
        assert_verdict(verdict, "failed infrastructure");
    }
}

/* The completion file has a line for every run of a job that comes back. */
static void an_end_in_the_completion_file_may_be_that_of_an_earlier_run(void **state)
{
    (void)state;
    evidence given = {
        .seen =
            {[CST_SQUEUE] = {.answer = CST_ANSWER_FAILED}, [CST_JOBCOMP] = sighting("FAILED", "")},
        .requeues = true};
    cst_verdict verdict = judge(&given);
    assert_verdict(verdict, "pending");
    given.seen[CST_SQUEUE].answer = CST_ANSWER_ABSENT;
    verdict = judge(&given);
    assert_verdict(verdict, "failed code");
}

static void accounting_that_is_behind_the_controller_is_not_believed(void **state)
{
    (void)state;
    static const char *const words[] = {"RUNNING", "PENDING", "SUSPENDED", "REQUEUED"};
    for (int i = 0; i < 4; i++) {
        evidence given = {.seen = {[CST_SQUEUE] = {.answer = CST_ANSWER_ABSENT},
                                   [CST_SACCT] = sighting(words[i], "None")}};
        cst_verdict verdict = judge(&given);
        assert_verdict(verdict, "unknown");
        assert_int_equal(verdict.unknown_since, NOW);
        given.seen[CST_JOBCOMP] = sighting("TIMEOUT", "");
        verdict = judge(&given);
        assert_verdict(verdict, "failed timeout");
    }
    evidence away = {.seen = {[CST_SQUEUE] = {.answer = CST_ANSWER_FAILED},
                              [CST_SACCT] = sighting("RUNNING", "None")}};
    cst_verdict verdict = judge(&away);
    assert_verdict(verdict, "running");
}

static void a_job_killed_for_its_dependency_is_told_from_a_cancelled_one(void **state)
{
    (void)state;
    evidence given = {.seen = {[CST_SQUEUE] = {.answer = CST_ANSWER_ABSENT},
                               [CST_SACCT] = sighting("CANCELLED", "Dependency")}};
    cst_verdict verdict = judge(&given);
    assert_verdict(verdict, "failed dependency");
    given.seen[CST_SACCT].by_user = true;
    verdict = judge(&given);
    assert_verdict(verdict, "failed cancelled");
}

/* Which answers of squeue, sacct, scontrol start the clock of a job that nobody has seen. */
static void only_not_in_it_starts_the_clock(void **state)
{
    (void)state;
    static const struct {
        cst_answer squeue, sacct, scontrol;
        bool runs;
    } rows[] = {
        {CST_ANSWER_NONE, CST_ANSWER_NONE, CST_ANSWER_NONE, false},
        {CST_ANSWER_FAILED, CST_ANSWER_FAILED, CST_ANSWER_FAILED, false},
        {CST_ANSWER_EMPTY, CST_ANSWER_EMPTY, CST_ANSWER_NONE, false},
        {CST_ANSWER_FAILED, CST_ANSWER_ABSENT, CST_ANSWER_NONE, false},
        {CST_ANSWER_ABSENT, CST_ANSWER_FAILED, CST_ANSWER_NONE, false},
        {CST_ANSWER_ABSENT, CST_ANSWER_NONE, CST_ANSWER_NONE, true},
        {CST_ANSWER_ABSENT, CST_ANSWER_EMPTY, CST_ANSWER_NONE, true},
        {CST_ANSWER_ABSENT, CST_ANSWER_ABSENT, CST_ANSWER_NONE, true},
        {CST_ANSWER_EMPTY, CST_ANSWER_ABSENT, CST_ANSWER_ABSENT, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        evidence given = {.seen = {[CST_SQUEUE] = {.answer = rows[i].squeue},
                                   [CST_SACCT] = {.answer = rows[i].sacct},
                                   [CST_SCONTROL] = {.answer = rows[i].scontrol}}};
        cst_verdict verdict = judge(&given);
        assert_verdict(verdict, "unknown");
        assert_int_equal(verdict.unknown_since, rows[i].runs ? NOW : 0);
        given.unknown_since = NOW - PATIENCE + 1;
        verdict = judge(&given);
        assert_verdict(verdict, "unknown");
        given.unknown_since = NOW - PATIENCE;
        verdict = judge(&given);
        assert_verdict(verdict, rows[i].runs ? "failed lost" : "unknown");
    }
}

static void a_sighting_stops_the_clock(void **state)
{
    (void)state;
    static const char *const words[] = {"PENDING", "RUNNING", "A_WORD_OF_TOMORROW"};
    for (int i = 0; i < 3; i++) {
        evidence given = {.seen = {[CST_SQUEUE] = sighting(words[i], "None")},
                          .unknown_since = NOW - 10 * PATIENCE};
        cst_verdict verdict = judge(&given);
        assert_int_equal(verdict.unknown_since, 0);
        assert_int_not_equal(verdict.fate, CST_FATE_FAILED);
    }
}

static void completed_without_a_receipt_is_unknown_and_then_lost(void **state)
{
    (void)state;
    evidence given = {.seen = {[CST_SACCT] = sighting("COMPLETED", "None")}};
    given.seen[CST_SACCT].ended = NOW - PATIENCE + 1;
    cst_verdict verdict = judge(&given);
    assert_verdict(verdict, "unknown");
    assert_int_equal(verdict.unknown_since, NOW - PATIENCE + 1);
    given.seen[CST_SACCT].ended = NOW - PATIENCE;
    verdict = judge(&given);
    assert_verdict(verdict, "failed lost");
    given.receipt = "done"; /* it was only late */
    verdict = judge(&given);
    assert_verdict(verdict, "done");
}

/* No source of Slurm's says anything: receipts alone. */
static void receipts_alone(void **state)
{
    (void)state;
    static const struct {
        const char *receipt, *verdict;
    } rows[] = {
        {"done", "done"},         {"skipped", "skipped"},      {"refused", "refused"},
        {"stopped", "stopped"},   {"failed", "failed code"},   {"conflict", "failed code"},
        {"usage", "failed code"}, {"nonsense", "failed code"}, {NULL, "unknown"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        evidence given = {.receipt = rows[i].receipt,
                          .seen = {[CST_SQUEUE] = {.answer = CST_ANSWER_FAILED},
                                   [CST_SACCT] = {.answer = CST_ANSWER_FAILED}}};
        cst_verdict verdict = judge(&given);
        assert_verdict(verdict, rows[i].verdict);
    }
}

/* What Slurm brings back has not ended with its receipt of having stopped. */
static void stopped_ends_a_job_that_comes_back_only_when_nobody_knows_it(void **state)
{
    (void)state;
    evidence given = {.receipt = "stopped",
                      .requeues = true,
                      .seen = {[CST_SQUEUE] = {.answer = CST_ANSWER_FAILED}}};
    cst_verdict verdict = judge(&given);
    assert_verdict(verdict, "unknown");
    given.seen[CST_SQUEUE].answer = CST_ANSWER_ABSENT;
    verdict = judge(&given);
    assert_verdict(verdict, "unknown");
    assert_int_equal(verdict.unknown_since, NOW);
    given.unknown_since = NOW - PATIENCE;
    verdict = judge(&given);
    assert_verdict(verdict, "stopped");
}

static void what_failed_names_its_nodes(void **state)
{
    (void)state;
    evidence given = {.seen = {[CST_SACCT] = sighting("NODE_FAIL", "None")}};
    char nodes[] = "n[3-4]";
    given.seen[CST_SACCT].nodes = nodes;
    cst_verdict verdict = judge(&given);
    assert_string_equal(verdict.nodes, "n[3-4]");
    given.seen[CST_SACCT] = sighting("FAILED", "None");
    given.seen[CST_SACCT].nodes = nodes;
    verdict = judge(&given);
    assert_null(verdict.nodes); /* the program's fault, not the node's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_one_verdict),
        cmocka_unit_test(a_job_that_was_killed_is_told_from_one_that_failed),
        cmocka_unit_test(every_state_is_in_the_documentation),
        cmocka_unit_test(receipts_are_weighed_against_every_state),
        cmocka_unit_test(only_the_controller_knows_whether_a_job_comes_back),
        cmocka_unit_test(an_end_in_the_completion_file_may_be_that_of_an_earlier_run),
        cmocka_unit_test(accounting_that_is_behind_the_controller_is_not_believed),
        cmocka_unit_test(a_job_killed_for_its_dependency_is_told_from_a_cancelled_one),
        cmocka_unit_test(only_not_in_it_starts_the_clock),
        cmocka_unit_test(a_sighting_stops_the_clock),
        cmocka_unit_test(completed_without_a_receipt_is_unknown_and_then_lost),
        cmocka_unit_test(receipts_alone),
        cmocka_unit_test(stopped_ends_a_job_that_comes_back_only_when_nobody_knows_it),
        cmocka_unit_test(what_failed_names_its_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

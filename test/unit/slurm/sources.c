/* sources.c - each source of truth alone, as a real Slurm's printed it (test/fixtures/slurm/record)
 *
 * A job's kind, which is its name there, is that of test/slurm/provoke.bash.
 */
#include "base/file.h"
#include "base/text.h"
#include "slurm/rows.h"
#include "slurm/verdict.h"
#include "test/unit/test.h"

#define FIXTURES "../../fixtures/slurm/"

static const cst_field squeue_fields[] = {
    CST_FIELD_ID,       CST_FIELD_STATE, CST_FIELD_WAIT_STATUS, CST_FIELD_SUBMIT,
    CST_FIELD_RESTARTS, CST_FIELD_LEFT,  CST_FIELD_FINISH,      CST_FIELD_NODES,
    CST_FIELD_REASON,   CST_FIELD_NAME,  CST_FIELD_END};
static const cst_field sacct_fields[] = {CST_FIELD_ID,     CST_FIELD_STATE,  CST_FIELD_EXIT,
                                         CST_FIELD_SUBMIT, CST_FIELD_FINISH, CST_FIELD_NODES,
                                         CST_FIELD_REASON, CST_FIELD_NAME,   CST_FIELD_END};

/* What each source alone makes of a job. NULL: not in it. Jobs that only wait or run are in no
 * completion file, unless they ran before. */
static const struct {
    const char *kind;
    bool requeues;
    const char *squeue, *sacct, *scontrol, *jobcomp;
} table[] = {
    {"done", false, "unknown", "unknown", "unknown", "unknown"},
    {"failed", false, "failed code", "failed code", "failed code", "failed code"},
    {"signalled", false, "failed code", "failed code", "failed code", "failed code"},
    {"timeout", false, "failed timeout", "failed timeout", "failed timeout", "failed timeout"},
    {"memory", false, "failed memory", "failed memory", "failed memory", "failed memory"},
    {"cancelled", false, "failed cancelled", "failed cancelled", "failed cancelled",
     "failed cancelled"},
    {"cancelled_waiting", false, "failed cancelled", "failed cancelled", "failed cancelled",
     "failed cancelled"},
    {"deadline", false, "failed deadline", "failed deadline", "failed deadline", "failed deadline"},
    {"node_down", false, "failed infrastructure", "failed infrastructure", "failed infrastructure",
     "failed infrastructure"},
    {"node_killed", false, "failed infrastructure", "failed infrastructure",
     "failed infrastructure", "failed infrastructure"},
    {"boot_fail", false, "failed infrastructure", "failed infrastructure", "failed infrastructure",
     "failed infrastructure"},
    {"preempted", false, "failed infrastructure", "failed infrastructure", "failed infrastructure",
     "failed infrastructure"},
    {"preempted_cheap", true, "failed infrastructure", "pending", "failed infrastructure",
     "pending"},
    {"node_down_back", true, "pending", "pending", "pending", "pending"},
    {"boot_fail_back", true, "running", "running", "running", "pending"},
    {"preempted_back", true, "pending", "pending", "pending", "pending"},
    {"requeued", true, "running", "running", "running", "pending"},
    {"exit_75", true, "running", "running", "running", "pending"},
    {"requeue_hold", true, "pending held", "pending held", "pending held", "pending"},
    {"special_exit", true, "pending held", "pending held", "pending held", "pending"},
    {"held", false, "pending held", "pending held", "pending held", NULL},
    {"suspended", false, "running", "running", "running", NULL},
    {"dependency", false, "failed dependency", "failed dependency", "failed dependency",
     "failed cancelled"},
    {"dependency_waits", false, "failed dependency", "failed dependency", "failed dependency",
     NULL},
};

/* All rows that a source printed. */
static cst_rows read_rows(cst_source source)
{
    static const char *const files[] = {
        [CST_SQUEUE] = FIXTURES "squeue",
        [CST_SACCT] = FIXTURES "sacct",
        [CST_SCONTROL] = FIXTURES "scontrol",
        [CST_JOBCOMP] = FIXTURES "jobcomp",
    };
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    cst_rows rows = {0};
    assert_ok(cst_file_read(&text, files[source], 0, &err));
    if (source == CST_SQUEUE)
        assert_ok(cst_rows_parse(&rows, text.data, squeue_fields, "squeue", &err));
    else if (source == CST_SACCT)
        assert_ok(cst_rows_parse(&rows, text.data, sacct_fields, "sacct", &err));
    else
        assert_ok(cst_rows_parse_pairs(&rows, text.data, source == CST_JOBCOMP, &err));
    cst_text_free(&text);
    for (size_t i = 0; i < rows.count; i++) { /* squeue's last field ends in its '|' */
        size_t size = strlen(rows.rows[i].name);
        if (size > 0 && rows.rows[i].name[size - 1] == '|')
            rows.rows[i].name[size - 1] = '\0';
    }
    return rows;
}

/* The id and time of submission of a kind, which accounting has of all. */
static cst_slurm_job job_of(const cst_rows *accounting, const char *kind, bool requeues)
{
    for (size_t i = 0; i < accounting->count; i++) {
        const cst_row *row = &accounting->rows[i];
        if (strcmp(row->name, kind) == 0)
            return (cst_slurm_job){.id = row->id,
                                   .index = -1,
                                   .submitted = row->sighting.submitted,
                                   .name = kind,
                                   .requeues = requeues};
    }
    fail_msg("accounting has no job %s", kind);
    return (cst_slurm_job){0};
}

/* "failed code" by this source alone; "" where it does not have the job. */
static void verdict_by(char out[64], cst_source source, const cst_rows *rows, cst_slurm_job *job)
{
    cst_error err = CST_ERROR_INIT;
    *out = '\0';
    assert_ok(cst_rows_assign(rows, &job, 1, source, &err));
    if (job->seen[source].answer == CST_ANSWER_SEEN) {
        cst_evidence evidence = {
            .seen = job->seen, .requeues = job->requeues, .now = job->submitted, .lost_after = 600};
        cst_verdict verdict = cst_slurm_judge(&evidence);
        const char *failure = cst_failure_word(verdict.failure);
        (void)snprintf(out, 64, "%s%s%s%s", cst_fate_word(verdict.fate), *failure ? " " : "",
                       failure, verdict.held ? " held" : "");
    }
    cst_slurm_job_clear(job);
}

static void check(cst_source source)
{
    cst_rows accounting = read_rows(CST_SACCT);
    cst_rows rows = read_rows(source);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *const all[] = {
            [CST_SQUEUE] = table[i].squeue,
            [CST_SACCT] = table[i].sacct,
            [CST_SCONTROL] = table[i].scontrol,
            [CST_JOBCOMP] = table[i].jobcomp,
        };
        char verdict[64];
        cst_slurm_job job = job_of(&accounting, table[i].kind, table[i].requeues);
        verdict_by(verdict, source, &rows, &job);
        if (strcmp(verdict, all[source] ? all[source] : "") != 0)
            fail_msg("%s by %s alone: expected \"%s\", it is \"%s\"", table[i].kind,
                     cst_source_name(source), all[source] ? all[source] : "", verdict);
    }
    cst_rows_free(&accounting);
    cst_rows_free(&rows);
}

static void squeue_alone(void **state)
{
    (void)state;
    check(CST_SQUEUE);
}

static void sacct_alone(void **state)
{
    (void)state;
    check(CST_SACCT);
}

static void scontrol_alone(void **state)
{
    (void)state;
    check(CST_SCONTROL);
}

static void the_completion_file_alone(void **state)
{
    (void)state;
    check(CST_JOBCOMP);
}

/* An array's elements have other ids in scontrol and the completion file than in squeue and sacct.
 */
static void elements_are_known_to_every_source(void **state)
{
    (void)state;
    cst_rows accounting = read_rows(CST_SACCT);
    for (int source = 0; source < CST_SOURCE_COUNT; source++) {
        cst_rows rows = read_rows((cst_source)source);
        for (int index = 0; index < 4; index++) {
            char verdict[64];
            cst_slurm_job job = job_of(&accounting, "array", false);
            job.index = index;
            verdict_by(verdict, (cst_source)source, &rows, &job);
            assert_string_equal(verdict, index % 2 ? "failed code" : "unknown");
        }
        cst_rows_free(&rows);
    }
    cst_rows_free(&accounting);
}

static void the_facts_of_a_cluster(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    cst_slurm_facts facts;
    assert_ok(cst_file_read(&text, FIXTURES "config", 0, &err));
    assert_ok(cst_slurm_parse_facts(&facts, text.data, "config", &err));
    assert_string_equal(facts.version, "22.05.8");
    assert_string_equal(facts.controller, "controller(127.0.0.1)");
    assert_string_equal(facts.accounting, "accounting_storage/slurmdbd");
    assert_string_equal(facts.completion, "jobcomp/filetxt");
    assert_string_equal(facts.preempt_mode, "REQUEUE");
    assert_string_equal(facts.requeue_exit, "75");
    assert_int_equal(facts.max_array_size, 64);
    assert_int_equal(facts.max_job_count, 10000);
    assert_int_equal(facts.kill_wait, 1);
    assert_true(cst_slurm_accounts(&facts));
    char other[] = "Slurmctld(primary) at controller is DOWN\n";
    assert_fails(cst_slurm_parse_facts(&facts, other, "config", &err), CST_INVALID, "config");
    cst_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squeue_alone),
        cmocka_unit_test(sacct_alone),
        cmocka_unit_test(scontrol_alone),
        cmocka_unit_test(the_completion_file_alone),
        cmocka_unit_test(elements_are_known_to_every_source),
        cmocka_unit_test(the_facts_of_a_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* rows.c - rows of Slurm's commands are read, and given to the jobs that they are of */
#include "slurm/rows.h"

#include "base/text.h"
#include "test/unit/test.h"

static const cst_field fields[] = {CST_FIELD_ID, CST_FIELD_STATE, CST_FIELD_EXIT, CST_FIELD_SUBMIT,
                                   CST_FIELD_END};

/* Rows of "JobID|State|ExitCode|Submit" given to jobs, which are sorted. */
static void give(cst_slurm_job *jobs, size_t count, const char *rows_text)
{
    cst_error err = CST_ERROR_INIT;
    cst_rows rows = {0};
    cst_slurm_job *sorted[16];
    char *text = cst_text_copy(rows_text, &err);
    assert_ok(cst_rows_parse(&rows, text, fields, "sacct", &err));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &jobs[i];
    qsort(sorted, count, sizeof *sorted, cst_slurm_job_order);
    assert_ok(cst_rows_assign(&rows, sorted, count, CST_SACCT, &err));
    cst_rows_free(&rows);
    free(text);
}

static void lists_of_elements(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        int64_t index;
        bool held;
    } rows[] = {
        {"3", 3, true},           {"3", 4, false},
        {"[0-3]", 0, true},       {"[0-3]", 3, true},
        {"[0-3]", 4, false},      {"[0-3%2]", 2, true},
        {"[0-3%2]", 4, false},    {"[1,4,9-11]", 4, true},
        {"[1,4,9-11]", 10, true}, {"[1,4,9-11%3]", 5, false},
        {"[0-8:4]", 4, true},     {"[0-8:4]", 5, false},
        {"[0-8:4%1]", 8, true},   {"3-9%3", 7, true},
        {"[1,3,...]", 2, false},  {"[1,3,...]", 7, true},
        {"", 0, false},           {"[]", 0, false},
        {"[12-19]", 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (cst_elements_hold(rows[i].list, rows[i].index) != rows[i].held)
            fail_msg("%s: %lld", rows[i].list, (long long)rows[i].index);
}

static void an_element_takes_its_own_row_before_that_of_a_list(void **state)
{
    (void)state;
    cst_slurm_job jobs[] = {{.id = 7, .index = 2}, {.id = 7, .index = 0}, {.id = 7, .index = 9}};
    give(jobs, 3, "7_2|FAILED|3:0|100\n7_[0-4%2]|PENDING|0:0|100\n");
    assert_string_equal(jobs[0].seen[CST_SACCT].state, "FAILED");
    assert_int_equal(jobs[0].seen[CST_SACCT].exit, 3);
    assert_string_equal(jobs[1].seen[CST_SACCT].state, "PENDING");
    assert_int_equal(jobs[2].seen[CST_SACCT].answer, CST_ANSWER_NONE);
}

/* Accounting may show the array before it shows its element: that says nothing of the element. */
static void the_row_of_an_array_is_not_that_of_its_elements(void **state)
{
    (void)state;
    cst_slurm_job jobs[] = {{.id = 7, .index = 2}, {.id = 7, .index = -1}};
    give(jobs, 2, "7|COMPLETED|0:0|100\n");
    assert_int_equal(jobs[0].seen[CST_SACCT].answer, CST_ANSWER_NONE);
    assert_string_equal(jobs[1].seen[CST_SACCT].state, "COMPLETED");
    cst_slurm_job whole = {.id = 8, .index = -1};
    give(&whole, 1, "8_1|COMPLETED|0:0|100\n");
    assert_int_equal(whole.seen[CST_SACCT].answer, CST_ANSWER_NONE);
}

static void of_a_state_the_first_word_counts(void **state)
{
    (void)state;
    cst_slurm_job job = {.id = 5, .index = -1};
    give(&job, 1, "5|CANCELLED by 1000|0:15|100\n");
    assert_string_equal(job.seen[CST_SACCT].state, "CANCELLED");
    assert_true(job.seen[CST_SACCT].by_user);
    assert_int_equal(job.seen[CST_SACCT].signal, 15);
    give(&job, 1, "5|CANCELLED|0:0|100\n");
    assert_false(job.seen[CST_SACCT].by_user);
}

/* Ids are used again, and a requeue moves the time of submission on. */
static void a_row_of_another_time_is_another_jobs(void **state)
{
    (void)state;
    enum { LATER = 100000 };
    static const struct {
        int64_t submitted;
        bool requeues, taken;
        const char *row;
    } rows[] = {
        {0, false, true, "5|FAILED|1:0|5000\n"},
        {5000, false, true, "5|FAILED|1:0|5000\n"},
        {5050, false, true, "5|FAILED|1:0|5000\n"}, /* clocks differ */
        {5000 + LATER, false, false, "5|FAILED|1:0|5000\n"},
        {5000 + LATER, true, false, "5|FAILED|1:0|5000\n"},
        {5000, false, false, "5|FAILED|1:0|105000\n"},
        {5000, true, true, "5|FAILED|1:0|105000\n"},
        {5000, false, true, "5|FAILED|1:0|Unknown\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cst_slurm_job job = {
            .id = 5, .index = -1, .submitted = rows[i].submitted, .requeues = rows[i].requeues};
        give(&job, 1, rows[i].row);
        if ((job.seen[CST_SACCT].answer == CST_ANSWER_SEEN) != rows[i].taken)
            fail_msg("row %zu", i);
    }
}

static void a_name_decides_whose_a_row_is(void **state)
{
    (void)state;
    static const cst_field named[] = {CST_FIELD_ID, CST_FIELD_STATE, CST_FIELD_SUBMIT,
                                      CST_FIELD_NAME, CST_FIELD_END};
    cst_error err = CST_ERROR_INIT;
    char text[] = "5|FAILED|105000|capstan-r-s-1\n6|FAILED|5000|some|body's\n";
    cst_slurm_job jobs[] = {{.id = 5, .index = -1, .submitted = 5000, .name = "capstan-r-s-1"},
                            {.id = 6, .index = -1, .submitted = 5000, .name = "capstan-r-s-2"}};
    cst_slurm_job *sorted[] = {&jobs[0], &jobs[1]};
    cst_rows rows = {0};
    assert_ok(cst_rows_parse(&rows, text, named, "squeue", &err));
    assert_string_equal(rows.rows[1].name, "some|body's");
    assert_ok(cst_rows_assign(&rows, sorted, 2, CST_SQUEUE, &err));
    assert_int_equal(jobs[0].seen[CST_SQUEUE].answer, CST_ANSWER_SEEN);
    assert_int_equal(jobs[1].seen[CST_SQUEUE].answer, CST_ANSWER_NONE);
    cst_rows_free(&rows);
}

static void times_left(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        int64_t left;
    } rows[] = {
        {"1|0:00", 0},       {"1|59:58", 3598}, {"1|1:00:00", 3600}, {"1|1-02:03:04", 93784},
        {"1|UNLIMITED", -1}, {"1|INVALID", -1}, {"1|NOT_SET", -1},
    };
    static const cst_field left[] = {CST_FIELD_ID, CST_FIELD_LEFT, CST_FIELD_END};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_rows parsed = {0};
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].row);
        assert_ok(cst_rows_parse(&parsed, text, left, "squeue", &err));
        assert_int_equal(parsed.rows[0].sighting.left, rows[i].left);
        cst_rows_free(&parsed);
    }
}

static void a_row_that_is_not_understood_is_an_error(void **state)
{
    (void)state;
    static const char *const rows[] = {"5|FAILED", "five|FAILED|0:0|1", "5||0:0|1",
                                       "slurm_load_jobs: nothing"};
    for (int i = 0; i < 4; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_rows parsed = {0};
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i]);
        assert_fails(cst_rows_parse(&parsed, text, fields, "sacct", &err), CST_INVALID,
                     "sacct printed a row that is not understood");
        cst_rows_free(&parsed);
    }
}

static void an_empty_field_says_nothing(void **state)
{
    (void)state;
    static const cst_field some[] = {CST_FIELD_ID, CST_FIELD_STATE, CST_FIELD_WAIT_STATUS,
                                     CST_FIELD_RESTARTS, CST_FIELD_END};
    cst_error err = CST_ERROR_INIT;
    cst_rows rows = {0};
    char text[] = "5|RUNNING||\n6|FAILED|1792|2\n";
    assert_ok(cst_rows_parse(&rows, text, some, "squeue", &err));
    assert_int_equal(rows.rows[0].sighting.exit, -1);
    assert_int_equal(rows.rows[0].sighting.restarts, -1);
    assert_int_equal(rows.rows[1].sighting.exit, 7);
    assert_int_equal(rows.rows[1].sighting.restarts, 2);
    cst_rows_free(&rows);
}

/* The completion file has the time on the wall where the controller is; zones differ by quarters of
 * an hour. 1700000000 is 2023-11-14T22:13:20 in UTC, and 03:58:20 of the next day in Kathmandu. */
static void local_times_of_any_zone_are_compared(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool taken;
    } rows[] = {
        {"JobId=5 JobState=FAILED SubmitTime=2023-11-14T22:13:20 ExitCode=7:0 \n", true},
        {"JobId=5 JobState=FAILED SubmitTime=2023-11-15T03:58:20 ExitCode=7:0 \n", true},
        {"JobId=5 JobState=FAILED SubmitTime=2023-11-15T04:05:20 ExitCode=7:0 \n", false},
        {"JobId=5 JobState=FAILED SubmitTime=2023-11-18T22:13:20 ExitCode=7:0 \n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_rows parsed = {0};
        cst_slurm_job job = {.id = 5, .index = -1, .submitted = 1700000000}, *jobs = &job;
        char text[128];
        (void)snprintf(text, sizeof text, "%s", rows[i].line);
        assert_ok(cst_rows_parse_pairs(&parsed, text, true, &err));
        assert_ok(cst_rows_assign(&parsed, &jobs, 1, CST_JOBCOMP, &err));
        if ((job.seen[CST_JOBCOMP].answer == CST_ANSWER_SEEN) != rows[i].taken)
            fail_msg("%s", rows[i].line);
        cst_slurm_job_clear(&job);
        cst_rows_free(&parsed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_elements),
        cmocka_unit_test(an_element_takes_its_own_row_before_that_of_a_list),
        cmocka_unit_test(the_row_of_an_array_is_not_that_of_its_elements),
        cmocka_unit_test(of_a_state_the_first_word_counts),
        cmocka_unit_test(a_row_of_another_time_is_another_jobs),
        cmocka_unit_test(a_name_decides_whose_a_row_is),
        cmocka_unit_test(times_left),
        cmocka_unit_test(an_empty_field_says_nothing),
        cmocka_unit_test(local_times_of_any_zone_are_compared),
        cmocka_unit_test(a_row_that_is_not_understood_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

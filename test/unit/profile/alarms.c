/* alarms.c - how often a report cries wolf, by simulation against the nominal rate
 *
 * Rows of a day share half of their variance. Nothing drifts, so a report whose smallest p is
 * below alpha is a false alarm, and so is any of its verdicts. Seeds are fixed.
 */
#include "test/unit/test.h"

#include "test/unit/profile/world.h"

enum { WORLDS = 400, CONTROLS = 100 };

static const double alpha = 0.05;

static double smallest_p(const json_t *report)
{
    size_t i;
    const json_t *column;
    double least = world_figure(report, "score", "p");
    json_array_foreach(json_object_get(report, "columns"), i, column)
    {
        double p = json_number_value(json_object_get(column, "p"));
        least = p < least ? p : least;
    }
    return least;
}

/* False alarms among the worlds; time NULL: chance is judged row by row. */
static int64_t false_alarms(const char *time, uint64_t worlds, int64_t *drifted)
{
    int64_t alarms = 0;
    json_t *options = json_pack("{s:f}", "alpha", alpha);
    *drifted = 0;
    for (uint64_t seed = 1; seed <= worlds; seed++) {
        world before = {
            .seed = seed, .first = 100, .days = 40, .rows = 20, .columns = 4, .by_day = 1};
        world now = before;
        now.first += before.days;
        now.days = 15;
        cst_table *old = world_table(&before);
        cst_table *new = world_table(&now);
        json_t *reference = world_reference(old, time, 1);
        json_t *report = world_report(reference, new, options, NULL);
        alarms += smallest_p(report) < alpha;
        *drifted += strcmp(world_verdict(report), "no drift") != 0;
        json_decref(report);
        json_decref(reference);
        cst_table_free(old);
        cst_table_free(new);
    }
    json_decref(options);
    return alarms;
}

static void by_days_alarms_are_as_rare_as_promised(void **state)
{
    (void)state;
    int64_t drifted;
    int64_t alarms = false_alarms("t", WORLDS, &drifted);
    print_message("%d of %d worlds, nominal %.0f; verdicts other than no drift: %d\n", (int)alarms,
                  WORLDS, alpha * WORLDS, (int)drifted);
    assert_true(cst_binomial_tail(alarms, WORLDS, alpha) > 0.01);
    assert_true(cst_binomial_tail(drifted, WORLDS, alpha) > 0.01);
    assert_true(1 - cst_binomial_tail(alarms + 1, WORLDS, alpha) > 0.001); /* nor far too rare */
}

/* The control: the same worlds judged row by row cry wolf, so the test above can fail. */
static void row_by_row_they_are_not(void **state)
{
    (void)state;
    int64_t drifted;
    int64_t alarms = false_alarms(NULL, CONTROLS, &drifted);
    print_message("%d of %d worlds, nominal %.0f\n", (int)alarms, CONTROLS, alpha * CONTROLS);
    assert_true(cst_binomial_tail(alarms, CONTROLS, alpha) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_days_alarms_are_as_rare_as_promised),
        cmocka_unit_test(row_by_row_they_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

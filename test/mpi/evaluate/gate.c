/* gate.c - the rules of the gate, one by one; the same verdict at any number of ranks */
#include "test/mpi/evaluate/scene.h"

static cst_comm *comm, *alone;
static scene s;

static json_t *judge_with(cst_comm *ranks, const char *gate, const char *evaluate,
                          const cst_gate_facts *facts)
{
    cst_error err = CST_ERROR_INIT;
    json_t *verdict = NULL;
    json_t *gate_options = scene_options(cst_gate_options, gate);
    json_t *evaluate_options = scene_options(cst_evaluate_options, evaluate);
    assert_ok(
        cst_gate_judge(&verdict, ranks, &s.scored, evaluate_options, gate_options, facts, 7, &err));
    json_decref(gate_options);
    json_decref(evaluate_options);
    return verdict;
}

static json_t *judge(const char *gate)
{
    return judge_with(comm, gate, "{}", &scene_facts);
}

static const json_t *condition(const json_t *verdict, const char *name)
{
    const json_t *all = json_object_get(verdict, "conditions");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(cst_get_string(json_array_get(all, i), "name", ""), name) == 0)
            return json_array_get(all, i);
    fail_msg("there is no condition \"%s\"", name);
    return NULL;
}

static void assert_verdict(json_t *verdict, const char *expected, const char *unmet)
{
    const json_t *all = json_object_get(verdict, "conditions");
    assert_string_equal(cst_get_string(verdict, "verdict", ""), expected);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *each = json_array_get(all, i);
        const char *name = cst_get_string(each, "name", "");
        bool passed = !unmet || strcmp(name, unmet) != 0;
        if (cst_get_bool(each, "passed", !passed) != passed)
            fail_msg("\"%s\": %s", name, cst_get_string(each, "sentence", ""));
    }
    if (unmet)
        (void)condition(verdict, unmet);
    json_decref(verdict);
}

static void a_change_must_surely_be_better(void **state)
{
    (void)state;
    scene_fill(&s, 1, 20, 60, 2.0, 1.0);
    assert_verdict(judge("{\"kind\": \"change\"}"), "passed", NULL);
    assert_verdict(judge("{\"kind\": \"change\", \"margin\": 0.5}"), "refused", "better");
    scene_fill(&s, 1, 20, 60, 1.0, 1.0);
    assert_verdict(judge("{\"kind\": \"change\"}"), "refused", "better");
}

static void equal_scores_are_no_change_but_may_refresh(void **state)
{
    (void)state;
    scene_fill(&s, 1, 20, 60, 1.0, 1.0);
    memcpy(s.against, s.score, sizeof s.score);
    assert_verdict(judge("{\"kind\": \"change\"}"), "no change", "better");
    assert_verdict(judge("{\"kind\": \"refresh\"}"), "passed", NULL);
}

static void a_refresh_must_not_be_worse_than_the_tolerance(void **state)
{
    (void)state;
    scene_fill(&s, 2, 20, 60, 1.0, 1.0);
    for (size_t r = 0; r < s.scored.rows; r++) /* the champion's scores, a little blurred */
        s.score[r] =
            cst_sigmoid(cst_log(s.against[r] / (1 - s.against[r])) + 0.05 * scene_noise(9, r));
    assert_verdict(judge("{\"kind\": \"refresh\"}"), "passed", NULL);
    assert_verdict(judge("{\"kind\": \"refresh\", \"tolerance\": 0}"), "refused", "not-worse");
    scene_fill(&s, 2, 20, 60, 0.2, 1.0);
    assert_verdict(judge("{\"kind\": \"refresh\"}"), "refused", "not-worse");
}

static void other_metrics_must_not_be_worse_either(void **state)
{
    (void)state;
    scene_fill(&s, 3, 20, 60, 1.0, 1.0);
    for (size_t r = 0; r < s.scored.rows; r++) /* the same ranking, far too sure of itself */
        s.score[r] = cst_sigmoid(6 * cst_log(s.against[r] / (1 - s.against[r])));
    assert_verdict(judge("{\"kind\": \"refresh\"}"), "passed", NULL);
    assert_verdict(judge("{\"kind\": \"refresh\", \"also\": [\"log_loss\"]}"), "refused",
                   "also:log_loss");
}

static void too_few_clusters_or_rows_of_a_class_are_no_verdict(void **state)
{
    (void)state;
    scene_fill(&s, 4, 12, 60, 2.0, 1.0);
    assert_verdict(judge("{}"), "passed", NULL);
    scene_fill(&s, 4, 11, 60, 2.0, 1.0);
    assert_verdict(judge("{}"), "too few rows", "enough-rows");
    scene_fill(&s, 4, 20, 60, 2.0, 1.0);
    size_t positives = 0;
    for (size_t r = 0; r < s.scored.rows; r++)
        if (s.label[r] > 0 && ++positives > 49)
            s.label[r] = 0;
    json_t *verdict = judge("{}");
    assert_string_equal(cst_get_string(verdict, "verdict", ""), "too few rows");
    assert_int_equal(cst_get_int(verdict, "positives", 0), 49);
    json_decref(verdict);
}

static void without_proof_of_disjoint_rows_nothing_is_judged(void **state)
{
    (void)state;
    cst_gate_facts facts = scene_facts;
    facts.disjoint = false;
    facts.disjoint_why = "the champion was fitted on rows up to 2013-04-01";
    scene_fill(&s, 1, 20, 60, 2.0, 1.0);
    json_t *verdict = judge_with(comm, "{}", "{}", &facts);
    assert_string_equal(cst_get_string(condition(verdict, "disjoint"), "sentence", ""),
                        facts.disjoint_why);
    assert_verdict(verdict, "not judged", "disjoint");
}

static void golden_rows_limits_and_floors_hold_for_all(void **state)
{
    (void)state;
    cst_gate_facts facts = scene_facts;
    scene_fill(&s, 1, 20, 60, 2.0, 1.0);
    facts.golden = false;
    assert_verdict(judge_with(comm, "{}", "{}", &facts), "refused", "golden");
    facts.golden = true;
    facts.model_bytes = 1000;
    const char *limits = "{\"limits\": {\"model_bytes\": 999}}";
    assert_verdict(judge_with(comm, limits, "{}", &facts), "refused", "limit:model_bytes");
    facts.model_bytes = 999;
    assert_verdict(judge_with(comm, limits, "{}", &facts), "passed", NULL);
    assert_verdict(judge("{\"floor\": 0.5, \"floors\": {\"log_loss\": 0.69}}"), "passed", NULL);
    assert_verdict(judge("{\"floor\": 0.999}"), "refused", "floor:auc");
    assert_verdict(judge("{\"floors\": {\"log_loss\": 0.1}}"), "refused", "floor:log_loss");
}

static void a_first_model_has_floors_only_and_is_recorded_as_such(void **state)
{
    (void)state;
    scene_fill(&s, 1, 5, 60, 2.0, 1.0);
    s.scored.against = NULL;
    json_t *verdict = judge("{\"floor\": 0.5}");
    assert_true(cst_get_bool(verdict, "first", false));
    assert_null(json_object_get(verdict, "against"));
    assert_verdict(verdict, "passed", NULL);
    assert_verdict(judge("{\"floor\": 0.999}"), "refused", "floor:auc");
}

static void a_slice_that_pays_for_the_rest_refuses(void **state)
{
    (void)state;
    scene_fill(&s, 5, 20, 160, 2.0, 1.0);
    scene_slice(&s, 8);
    assert_verdict(judge("{}"), "passed", NULL);
    for (size_t r = 0; r < s.scored.rows; r++)
        if (s.member[3][r])
            s.score[r] = 0.5;
    json_t *verdict = judge("{}");
    const json_t *slices = json_object_get(verdict, "slices");
    assert_int_equal(json_array_size(slices), 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(cst_get_string(json_array_get(slices, i), "verdict", ""),
                            i == 3 ? "worse" : "not worse");
    assert_verdict(verdict, "refused", "slices");
    assert_verdict(judge("{\"slice_loss\": 0.9}"), "passed", NULL);
}

static void the_bound_is_students_with_clusters_less_one(void **state)
{
    (void)state;
    scene_fill(&s, 6, 20, 60, 1.3, 1.0);
    json_t *verdict = judge("{}");
    const json_t *gain = json_object_get(json_object_get(verdict, "difference"), "auc");
    double value = cst_get_real(gain, "value", NAN), se = cst_get_real(gain, "se", NAN);
    /* scipy.stats.t.ppf(0.95, 19) */
    double reach = 1.7291328115213671 * sqrt(20.0 / 19) * se;
    assert_true(fabs(cst_get_real(gain, "low", NAN) - (value - reach)) < 1e-14);
    assert_true(fabs(cst_get_real(gain, "high", NAN) - (value + reach)) < 1e-14);
    assert_true(cst_get_real(condition(verdict, "better"), "value", NAN) ==
                cst_get_real(gain, "low", NAN));
    json_decref(verdict);
}

/* With clusters of equal size a mean's error is that of the clusters' means. */
static void errors_are_those_of_the_clusters_means(void **state)
{
    (void)state;
    enum { DAYS = 40, ROWS = 50 };
    scene_fill(&s, 8, DAYS, ROWS, 1.0, 1.0);
    s.scored.classification = false;
    double mean[DAYS] = {0}, all = 0, squares = 0;
    for (size_t r = 0; r < s.scored.rows; r++)
        mean[r / ROWS] += fabs(s.score[r] - s.label[r]) / ROWS;
    for (size_t d = 0; d < DAYS; d++)
        all += mean[d] / DAYS;
    for (size_t d = 0; d < DAYS; d++)
        squares += (mean[d] - all) * (mean[d] - all);
    double expected = sqrt(squares) / DAYS;
    json_t *verdict = judge("{\"metric\": \"mae\", \"replicates\": 4000}");
    const json_t *mae = json_object_get(json_object_get(verdict, "metrics"), "mae");
    assert_true(fabs(cst_get_real(mae, "value", NAN) - all) < 1e-12);
    assert_true(fabs(cst_get_real(mae, "se", NAN) / expected - 1) < 0.05);
    json_decref(verdict);
}

static void the_verdict_is_the_same_on_one_rank(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    scene_fill(&s, 5, 20, 160, 1.2, 1.0);
    scene_slice(&s, 7);
    const char *gate = "{\"also\": [\"log_loss\"], \"replicates\": 101}";
    const char *evaluate = "{\"metrics\": [\"auc\", \"brier\", \"f1\"]}";
    json_t *here = judge_with(comm, gate, evaluate, &scene_facts);
    json_t *there = judge_with(alone, gate, evaluate, &scene_facts);
    cst_text a = CST_TEXT_INIT, b = CST_TEXT_INIT;
    assert_ok(cst_json_canonical(&a, here, &err));
    assert_ok(cst_json_canonical(&b, there, &err));
    assert_string_equal(a.data, b.data);
    cst_text_free(&a);
    cst_text_free(&b);
    json_decref(here);
    json_decref(there);
}

static void a_person_can_read_it(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    scene_fill(&s, 2, 20, 60, 0.2, 1.0);
    json_t *verdict = judge("{\"kind\": \"refresh\", \"floor\": 0.4}");
    cst_text text = CST_TEXT_INIT;
    assert_ok(cst_gate_text(&text, verdict, &err));
    assert_non_null(strstr(text.data, "gate: refused (refresh, auc on 1200 rows in 20 clusters)"));
    assert_non_null(strstr(text.data, "yes floor:auc"));
    assert_non_null(strstr(text.data, "NO  not-worse      auc is 0."));
    assert_non_null(strstr(text.data, "log_loss"));
    cst_text_free(&text);
    json_decref(verdict);
}

static void metrics_that_do_not_fit_are_named(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *verdict = NULL, *evaluate = scene_options(cst_evaluate_options, "{}");
    json_t *gate = scene_options(cst_gate_options, "{\"metric\": \"rmse\"}");
    scene_fill(&s, 1, 20, 60, 1.0, 1.0);
    assert_fails(cst_gate_judge(&verdict, comm, &s.scored, evaluate, gate, &scene_facts, 0, &err),
                 CST_USAGE, "gate.metric: metric \"rmse\" is not one of classification");
    json_decref(gate);
    gate = scene_options(cst_gate_options, "{\"floors\": {\"logloss\": 1}}");
    assert_fails(cst_gate_judge(&verdict, comm, &s.scored, evaluate, gate, &scene_facts, 0, &err),
                 CST_USAGE, "did you mean \"log_loss\"?");
    json_decref(gate);
    json_decref(evaluate);
    assert_null(verdict);
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    MPI_Init(&argc, &argv);
    if (cst_comm_new(&comm, MPI_COMM_WORLD, true, &err) != CST_OK ||
        cst_comm_new(&alone, MPI_COMM_SELF, true, &err) != CST_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_must_surely_be_better),
        cmocka_unit_test(equal_scores_are_no_change_but_may_refresh),
        cmocka_unit_test(a_refresh_must_not_be_worse_than_the_tolerance),
        cmocka_unit_test(other_metrics_must_not_be_worse_either),
        cmocka_unit_test(too_few_clusters_or_rows_of_a_class_are_no_verdict),
        cmocka_unit_test(without_proof_of_disjoint_rows_nothing_is_judged),
        cmocka_unit_test(golden_rows_limits_and_floors_hold_for_all),
        cmocka_unit_test(a_first_model_has_floors_only_and_is_recorded_as_such),
        cmocka_unit_test(a_slice_that_pays_for_the_rest_refuses),
        cmocka_unit_test(the_bound_is_students_with_clusters_less_one),
        cmocka_unit_test(errors_are_those_of_the_clusters_means),
        cmocka_unit_test(the_verdict_is_the_same_on_one_rank),
        cmocka_unit_test(a_person_can_read_it),
        cmocka_unit_test(metrics_that_do_not_fit_are_named),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cst_comm_free(comm);
    cst_comm_free(alone);
    MPI_Finalize();
    return failed;
}

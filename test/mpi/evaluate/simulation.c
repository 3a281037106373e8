/* simulation.c - how often the gate promotes equals and refuses them for a slice, against the
 * nominal rates, by exact binomial tests; and the same with the protection taken out
 *
 * All seeds are fixed: the counts are the same on every machine. A rate that is right fails its
 * test with probability 0.001 over seeds.
 */
#include "test/mpi/evaluate/scene.h"

#include "exact/distribution.h"

#define ALPHA 0.05
#define CHANCE 0.001

static cst_comm *comm, *alone;
static scene s;

typedef struct {
    int64_t promoted, refused_for_slices, any_slice_below_alpha;
} counts;

static bool slices_refuse(const json_t *verdict)
{
    const json_t *all = json_object_get(verdict, "slices");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(cst_get_string(json_array_get(all, i), "verdict", ""), "worse") == 0)
            return true;
    return false;
}

static bool any_slice_is_below_alpha(const json_t *verdict)
{
    const json_t *all = json_object_get(verdict, "slices");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (cst_get_real(json_array_get(all, i), "p", 1) <= ALPHA)
            return true;
    return false;
}

/* Equal models judged again and again; each rank judges every size-th pair on its own. */
static counts judge_equals(int64_t pairs, size_t days, size_t rows_a_day, size_t slices,
                           const char *gate, bool ignore_days)
{
    cst_error err = CST_ERROR_INIT;
    json_t *options = scene_options(cst_gate_options, gate);
    json_t *evaluate = scene_options(cst_evaluate_options, "{\"metrics\": [\"auc\"]}");
    int64_t sum[3] = {0};
    for (int64_t pair = comm->rank; pair < pairs; pair += comm->size) {
        json_t *verdict = NULL;
        scene_fill(&s, 1000 + (uint64_t)pair, days, rows_a_day, 1.0, 1.0);
        if (slices)
            scene_slice(&s, slices);
        for (size_t r = 0; r < s.scored.rows && ignore_days; r++)
            s.day[r] = (int64_t)r;
        assert_ok(cst_gate_judge(&verdict, alone, &s.scored, evaluate, options, &scene_facts,
                                 (uint64_t)pair, &err));
        sum[0] += strcmp(cst_get_string(verdict, "verdict", ""), "passed") == 0;
        sum[1] += slices_refuse(verdict);
        sum[2] += any_slice_is_below_alpha(verdict);
        json_decref(verdict);
    }
    json_decref(options);
    json_decref(evaluate);
    cst_mergeable state = {.sum = sum, .sums = 3};
    assert_ok(cst_comm_merge(comm, &state, &err));
    return (counts){sum[0], sum[1], sum[2]};
}

static void say(const char *what, int64_t count, int64_t of)
{
    if (comm->rank == 0)
        print_message("%s: %lld of %lld (%.1f %%)\n", what, (long long)count, (long long)of,
                      100.0 * (double)count / (double)of);
}

static void equals_are_promoted_at_most_at_the_nominal_rate_and_not_never(void **state)
{
    (void)state;
    enum { PAIRS = 1000 };
    const char *gate = "{\"kind\": \"change\", \"replicates\": 200}";
    counts right = judge_equals(PAIRS, 14, 60, 0, gate, false);
    counts wrong = judge_equals(PAIRS, 14, 60, 0, gate, true);
    say("equals promoted, days as clusters", right.promoted, PAIRS);
    say("equals promoted, days ignored", wrong.promoted, PAIRS);
    assert_true(cst_binomial_tail(right.promoted, PAIRS, ALPHA) > CHANCE);
    /* on the safe side, but not dead: with 14 days the bootstrap of AUC is a little too wide */
    assert_true(1 - cst_binomial_tail(right.promoted + 1, PAIRS, ALPHA / 2) > CHANCE);
    /* the control: rows taken for independent promote far too often */
    assert_true(cst_binomial_tail(wrong.promoted, PAIRS, ALPHA) < 1e-6);
}

static void equals_are_refused_for_a_slice_at_most_at_the_nominal_rate(void **state)
{
    (void)state;
    enum { PAIRS = 300, SLICES = 19 };
    const char *gate = "{\"kind\": \"refresh\", \"tolerance\": 1, \"replicates\": 200, "
                       "\"slice_loss\": 0}";
    counts found = judge_equals(PAIRS, 20, 190, SLICES, gate, false);
    say("equals refused for one of 19 slices", found.refused_for_slices, PAIRS);
    say("equals with a slice below 5 % on its own", found.any_slice_below_alpha, PAIRS);
    assert_true(cst_binomial_tail(found.refused_for_slices, PAIRS, ALPHA) > CHANCE);
    /* the control: each slice tested on its own refuses most equals */
    assert_true(cst_binomial_tail(found.any_slice_below_alpha, PAIRS, ALPHA) < 1e-6);
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    MPI_Init(&argc, &argv);
    if (cst_comm_new(&comm, MPI_COMM_WORLD, true, &err) != CST_OK ||
        cst_comm_new(&alone, MPI_COMM_SELF, true, &err) != CST_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_are_promoted_at_most_at_the_nominal_rate_and_not_never),
        cmocka_unit_test(equals_are_refused_for_a_slice_at_most_at_the_nominal_rate),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cst_comm_free(comm);
    cst_comm_free(alone);
    MPI_Finalize();
    return failed;
}

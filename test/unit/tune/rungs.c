/* rungs.c - the same results give the same work and the same winner, whoever looks and whenever */
#include "test/unit/test.h"

#include "exact/random.h"
#include "tune/rungs.h"

enum { TRIALS = 27, RUNGS = 3 };

static const cst_schedule plain = {.trials = TRIALS,
                                   .rungs = RUNGS,
                                   .steps = {1, 3, 9},
                                   .eta = {3, 3},
                                   .brackets = 1,
                                   .bracket = {{.first = 0, .trials = TRIALS, .rung = 0}}};

/* What training would give: trial 7 fails, 11 diverges; the later, the more is told. */
static cst_trial_cell outcome(cst_work work)
{
    if (work.trial == 7)
        return (cst_trial_cell){.state = CST_TRIAL_FAILED, .loss = NAN};
    if (work.trial == 11)
        return (cst_trial_cell){.state = CST_TRIAL_DONE, .loss = NAN};
    double noise = cst_random_unit(5, CST_STREAM_TRIAL, (uint64_t)work.trial, work.rung);
    return (cst_trial_cell){.state = CST_TRIAL_DONE,
                            .loss =
                                (double)((work.trial * 10) % 9) + noise / (double)(work.rung + 1)};
}

static size_t work_of(cst_work *out, const cst_schedule *schedule, const cst_trial_cell *cells)
{
    cst_error err = CST_ERROR_INIT;
    cst_work *work = NULL;
    size_t count = 0;
    assert_ok(cst_rungs_work(&work, &count, schedule, cells, &err));
    assert_true(count <= (size_t)schedule->trials);
    memcpy(out, work, count * sizeof *work);
    free(work);
    return count;
}

/* Play a search to its end, workers publishing in an order that seed gives. Returns the number of
 * results. */
static int play(cst_work *winner, cst_trial_cell *cells, const cst_schedule *schedule,
                uint64_t seed)
{
    cst_work work[TRIALS];
    int done = 0;
    memset(cells, 0, (size_t)schedule->trials * schedule->rungs * sizeof *cells);
    for (;;) {
        size_t count = work_of(work, schedule, cells);
        if (count == 0)
            break;
        size_t at = cst_random_bits(seed, CST_STREAM_TRIAL, 1, (uint64_t)done) % count;
        cst_trial_cell *cell = CST_CELL(schedule, cells, work[at].trial, work[at].rung);
        if (cell->state == CST_TRIAL_OPEN) {
            cell->state = CST_TRIAL_CLAIMED;
            continue;
        }
        *cell = outcome(work[at]);
        done++;
    }
    assert_true(cst_rungs_winner(winner, schedule, cells));
    return done;
}

static void every_order_of_publication_gives_the_same_results(void **state)
{
    (void)state;
    cst_trial_cell first[TRIALS * RUNGS];
    cst_trial_cell other[TRIALS * RUNGS];
    cst_work winner;
    cst_work again;
    assert_int_equal(play(&winner, first, &plain, 0), 27 + 9 + 3);
    for (uint64_t seed = 1; seed < 200; seed++) {
        assert_int_equal(play(&again, other, &plain, seed), 27 + 9 + 3);
        assert_int_equal(again.trial, winner.trial);
        assert_int_equal(again.rung, RUNGS - 1);
        for (size_t i = 0; i < TRIALS * RUNGS; i++) {
            assert_int_equal(first[i].state, other[i].state);
            assert_memory_equal(&first[i].loss, &other[i].loss, sizeof first[i].loss);
        }
    }
}

static void the_best_of_a_rung_go_on_and_equals_by_number(void **state)
{
    (void)state;
    cst_trial_cell cells[TRIALS * RUNGS] = {0};
    cst_work work[TRIALS];
    for (int64_t t = 0; t < TRIALS; t++)
        *CST_CELL(&plain, cells, t, 0) = (cst_trial_cell){.state = CST_TRIAL_DONE, .loss = 1};
    CST_CELL(&plain, cells, 20, 0)->loss = 0.5;
    CST_CELL(&plain, cells, 0, 0)->loss = NAN;
    CST_CELL(&plain, cells, 1, 0)->state = CST_TRIAL_FAILED;
    const int64_t expected[] = {2, 3, 4, 5, 6, 7, 8, 9, 20};
    assert_int_equal(work_of(work, &plain, cells), 9);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(work[i].trial, expected[i]);
        assert_int_equal(work[i].rung, 1);
    }
}

static void nothing_goes_on_before_the_rung_is_over(void **state)
{
    (void)state;
    cst_trial_cell cells[TRIALS * RUNGS] = {0};
    cst_work work[TRIALS];
    for (int64_t t = 0; t < TRIALS; t++)
        *CST_CELL(&plain, cells, t, 0) = (cst_trial_cell){.state = CST_TRIAL_DONE, .loss = 1};
    CST_CELL(&plain, cells, 13, 0)->state = CST_TRIAL_CLAIMED;
    assert_int_equal(work_of(work, &plain, cells), 1);
    assert_int_equal(work[0].trial, 13);
    assert_int_equal(work[0].rung, 0);
}

static void a_rung_where_all_fail_ends_the_search(void **state)
{
    (void)state;
    cst_trial_cell cells[TRIALS * RUNGS] = {0};
    cst_work work[TRIALS];
    cst_work winner;
    for (int64_t t = 0; t < TRIALS; t++)
        CST_CELL(&plain, cells, t, 0)->state = CST_TRIAL_FAILED;
    assert_int_equal(work_of(work, &plain, cells), 0);
    assert_false(cst_rungs_winner(&winner, &plain, cells));
}

static void brackets_are_compared_at_the_last_rung(void **state)
{
    (void)state;
    cst_schedule bands = plain;
    cst_trial_cell cells[TRIALS * RUNGS];
    cst_work winner;
    bands.brackets = 3;
    bands.bracket[0] = (cst_bracket){.first = 0, .trials = 15, .rung = 0};
    bands.bracket[1] = (cst_bracket){.first = 15, .trials = 8, .rung = 1};
    bands.bracket[2] = (cst_bracket){.first = 23, .trials = 4, .rung = 2};
    /* 15 + 5 + 1, 8 + 2, 4 */
    for (uint64_t seed = 0; seed < 20; seed++)
        assert_int_equal(play(&winner, cells, &bands, seed), 35);
    double least = INFINITY;
    for (int64_t t = 0; t < TRIALS; t++) {
        const cst_trial_cell *cell = CST_CELL(&bands, cells, t, 2);
        if (cell->state == CST_TRIAL_DONE && cell->loss < least)
            least = cell->loss;
    }
    assert_true(CST_CELL(&bands, cells, winner.trial, 2)->loss == least);
    assert_int_equal(CST_CELL(&bands, cells, 16, 0)->state, CST_TRIAL_OPEN);
}

static void asynchronously_the_best_third_goes_on_at_once(void **state)
{
    (void)state;
    cst_schedule at_once = plain;
    cst_trial_cell cells[TRIALS * RUNGS] = {0};
    cst_work work[TRIALS];
    cst_work winner;
    at_once.asynchronous = true;
    for (int64_t t = 0; t < 3; t++)
        *CST_CELL(&at_once, cells, t, 0) =
            (cst_trial_cell){.state = CST_TRIAL_DONE, .loss = 3 - (double)t};
    assert_int_equal(work_of(work, &at_once, cells), 25);
    assert_int_equal(work[0].trial, 2);
    assert_int_equal(work[0].rung, 1);
    assert_int_equal(work[1].trial, 3);
    /* what was let on stays, even when better ones come */
    CST_CELL(&at_once, cells, 2, 1)->state = CST_TRIAL_CLAIMED;
    *CST_CELL(&at_once, cells, 3, 0) = (cst_trial_cell){.state = CST_TRIAL_DONE, .loss = 0};
    assert_int_equal(work_of(work, &at_once, cells), 25);
    assert_int_equal(work[0].trial, 2);
    assert_int_equal(work[1].trial, 3);
    assert_int_equal(work[1].rung, 1);
    /* in any order it ends, with a trial at the last rung */
    for (uint64_t seed = 0; seed < 200; seed++) {
        assert_true(play(&winner, cells, &at_once, seed) >= 27 + 9 + 3);
        assert_int_equal(winner.rung, RUNGS - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_publication_gives_the_same_results),
        cmocka_unit_test(the_best_of_a_rung_go_on_and_equals_by_number),
        cmocka_unit_test(nothing_goes_on_before_the_rung_is_over),
        cmocka_unit_test(a_rung_where_all_fail_ends_the_search),
        cmocka_unit_test(brackets_are_compared_at_the_last_rung),
        cmocka_unit_test(asynchronously_the_best_third_goes_on_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* select.c - facts about exact order statistics */
#include "prepare/select.h"
#include "exact/random.h"
#include "test/unit/prepare/build.h"

enum { KEYS = 5000, TARGETS = 4 };

static int64_t key_at(size_t i)
{
    static const int64_t corner[] = {INT64_MIN, INT64_MAX, -1, 0, 1, INT64_MIN + 1};
    if (i < sizeof corner / sizeof *corner)
        return corner[i];
    /* From all over the range, and many that are equal. */
    int64_t key = (int64_t)cst_random_bits(1, CST_STREAM_SAMPLE, 0, i);
    return i % 3 ? key : key >> 60;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void plan(cst_select *select)
{
    select->target[0] = (cst_select_target){.add = -1, .times = 1, .over = 2};
    select->target[1] = (cst_select_target){.times = 1, .over = 2};
    select->target[2] = (cst_select_target){.times = 9, .over = 10};
    select->target[3] = (cst_select_target){.times = 1, .over = 1};
}

static void every_place_is_that_of_the_sorted_keys_at_seven_shares(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static int64_t sorted[KEYS];
    for (size_t i = 0; i < KEYS; i++)
        sorted[i] = key_at(i);
    qsort(sorted, KEYS, sizeof *sorted, by_value);
    cst_select share[7];
    for (size_t s = 0; s < 7; s++) {
        assert_ok(cst_select_new(&share[s], TARGETS, &err));
        plan(&share[s]);
    }
    bool done = false;
    for (int rounds = 1; !done; rounds++) {
        for (size_t i = 0; i < KEYS; i++)
            for (size_t t = 0; t < TARGETS; t++)
                cst_select_add(&share[i % 7], t, key_at(i));
        cst_mergeable all = cst_select_state(&share[0]);
        for (size_t s = 1; s < 7; s++) {
            cst_mergeable other = cst_select_state(&share[s]);
            assert_ok(cst_mergeable_merge(&all, &other, &err));
        }
        for (size_t s = 1; s < 7; s++)
            memcpy(cst_select_state(&share[s]).sum, all.sum, all.sums * sizeof *all.sum);
        for (size_t s = 0; s < 7; s++)
            cst_select_advance(&share[s], &done);
        assert_int_equal(done, rounds == CST_SELECT_ROUNDS);
    }
    for (size_t s = 0; s < 7; s++) {
        assert_true(share[s].target[0].key == sorted[(KEYS - 1) / 2]);
        assert_true(share[s].target[1].key == sorted[KEYS / 2]);
        assert_true(share[s].target[2].key == sorted[KEYS * 9 / 10]);
        assert_true(share[s].target[3].key == sorted[KEYS - 1]);
        cst_select_free(&share[s]);
    }
}

static void no_keys_are_told_from_a_key(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_select select;
    assert_ok(cst_select_new(&select, 2, &err));
    select.target[0].over = select.target[1].over = 1;
    for (bool done = false; !done;) {
        cst_select_add(&select, 1, 0);
        cst_select_advance(&select, &done);
    }
    assert_true(select.target[0].empty);
    assert_false(select.target[1].empty);
    assert_true(select.target[1].key == 0);
    cst_select_free(&select);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_is_that_of_the_sorted_keys_at_seven_shares),
        cmocka_unit_test(no_keys_are_told_from_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

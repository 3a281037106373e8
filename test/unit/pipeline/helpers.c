/* helpers.c - an array that is too long for Slurm's index is sent in parts */
#include "test/unit/test.h"

#include "pipeline/helpers.h"

static void tasks_are_split_at_the_most_that_an_array_may_have(void **state)
{
    (void)state;
    cst_array_part part[4];
    assert_int_equal(cst_array_split(part, 4, 150, 64, 0), 3);
    const int64_t offset[] = {0, 64, 128};
    const int64_t tasks[] = {64, 64, 22};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(part[i].offset, offset[i]);
        assert_int_equal(part[i].tasks, tasks[i]);
        assert_int_equal(part[i].limit, 0);
    }
    assert_int_equal(cst_array_split(part, 4, 64, 64, 0), 1);
    assert_int_equal(cst_array_split(part, 4, 64, 0, 5), 1);
    assert_int_equal(part[0].limit, 5);
    assert_int_equal(cst_array_split(part, 4, 0, 64, 0), 0);
    assert_int_equal(cst_array_split(part, 2, 1000, 1, 0), 1000); /* no more than there is room */
}

static void the_limit_is_shared_out_by_tasks(void **state)
{
    (void)state;
    cst_array_part part[4];
    assert_int_equal(cst_array_split(part, 4, 150, 64, 10), 3);
    assert_int_equal(part[0].limit, 4); /* 10 * 64 / 150 = 4.27 */
    assert_int_equal(part[1].limit, 4); /* 8.53 so far */
    assert_int_equal(part[2].limit, 2);
    assert_int_equal(cst_array_split(part, 4, 150, 64, 1), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(part[i].limit, 1); /* 0 would mean any number */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_are_split_at_the_most_that_an_array_may_have),
        cmocka_unit_test(the_limit_is_shared_out_by_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

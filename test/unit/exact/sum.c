/* sum.c - exact sums against known answers, in any order and any grouping */
#include "test/unit/test.h"

#include <float.h>

#include "exact/random.h"
#include "exact/sum.h"

#define EXPECT(expected, ...)                                                                      \
    do {                                                                                           \
        const double values[] = {__VA_ARGS__};                                                     \
        cst_sum sum = {0};                                                                         \
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)                                \
            cst_sum_add(&sum, values[i]);                                                          \
        double got = cst_sum_value(&sum);                                                          \
        if (got != (expected))                                                                     \
            fail_msg("%a, not %a", got, (double)(expected));                                       \
    } while (0)

static void cancellation_rounding_and_the_ends_of_the_range_are_exact(void **state)
{
    (void)state;
    EXPECT(0.0, 0.0, -0.0);
    EXPECT(1.0, 1e308, 1.0, -1e308);
    EXPECT(1e-300, 1e308, 1e-300, 1e300, -1e308, -1e300);
    EXPECT(2.0, 1.0, 1e100, 1.0, -1e100);
    EXPECT(0x1p53, 0x1p53, 1.0);                          /* a tie goes to even: down */
    EXPECT(0x1.0000000000002p53, 0x1p53, 1.0, 2.0);       /* and up */
    EXPECT(0x1.0000000000001p53, 0x1p53, 1.0, 0x1p-1074); /* past the tie by the least double */
    EXPECT(-0x1.0000000000001p53, -0x1p53, -1.0, -0x1p-1074);
    EXPECT(DBL_MAX, DBL_MAX, DBL_MAX, -DBL_MAX);
    EXPECT(INFINITY, DBL_MAX, DBL_MAX);
    EXPECT(INFINITY, DBL_MAX, 0x1p970);       /* half a unit past the largest */
    EXPECT(DBL_MAX, DBL_MAX, 0x1.fffffep969); /* less than half */
    EXPECT(0x1p-1074, 0x1p-1074, 0x1p-1022, -0x1p-1022);
    EXPECT(0x1p-1022, 0x0.fffffffffffffp-1022, 0x1p-1074);
    EXPECT(-0x3p-1074, -0x1p-1073, -0x1p-1074);
    EXPECT(INFINITY, INFINITY, -DBL_MAX);
    EXPECT(-INFINITY, -INFINITY, 1.0);
    cst_sum sum = {0};
    cst_sum_add(&sum, INFINITY);
    cst_sum_add(&sum, -INFINITY);
    assert_true(isnan(cst_sum_value(&sum)));
    sum = (cst_sum){0};
    cst_sum_add(&sum, NAN);
    assert_true(isnan(cst_sum_value(&sum)));
}

enum { N = 20001 };

/* Values over 600 binary orders; all but the middle one come with both signs. */
static void fill(double value[N])
{
    for (size_t i = 0; i < N / 2; i++) {
        uint64_t bits = cst_random_bits(1, CST_STREAM_SAMPLE, 0, i);
        double v = ldexp((double)(int64_t)bits, (int)(i % 600) - 300);
        value[i] = v;
        value[N - 1 - i] = -v;
    }
    value[N / 2] = 0.1;
}

static void the_sum_is_the_same_in_any_order_and_grouping(void **state)
{
    (void)state;
    static double value[N];
    static size_t order[N];
    fill(value);
    cst_sum forward = {0};
    double plain = 0;
    for (size_t i = 0; i < N; i++) {
        order[i] = i;
        plain += value[i];
        cst_sum_add(&forward, value[i]);
    }
    assert_true(cst_sum_value(&forward) == 0.1);
    assert_false(plain == 0.1); /* the same numbers, added in floating point */
    cst_random_permute(order, N, 5, CST_STREAM_PERMUTE, 0);
    cst_sum part[7] = {0}, merged = {0};
    for (size_t i = 0; i < N; i++)
        cst_sum_add(&part[i * i % 7], value[order[i]]);
    for (int p = 0; p < 7; p++) {
        if (p % 2)
            cst_sum_carry(&part[p]);
        cst_sum_merge(&merged, &part[p]);
    }
    assert_true(cst_sum_value(&merged) == 0.1);
    cst_sum_carry(&merged);
    cst_sum_carry(&forward);
    assert_memory_equal(&merged, &forward, sizeof merged);
}

/* Sums that were rounded by Python's math.fsum, which rounds correctly:
 *   fsum(0.1 for _ in range(n)); fsum(1/i for i in range(1, n)); fsum((-1)**i * 1e16/(i+1)**3 …) */
static void sums_equal_pythons_fsum(void **state)
{
    (void)state;
    cst_sum tenths = {0}, harmonic = {0}, alternating = {0};
    for (int i = 0; i < 1000003; i++)
        cst_sum_add(&tenths, 0.1);
    for (int i = 1; i < 100000; i++) {
        double third = (double)i * i * i;
        cst_sum_add(&harmonic, 1.0 / i);
        cst_sum_add(&alternating, (i % 2 ? 1e16 : -1e16) / third);
    }
    assert_true(cst_sum_value(&tenths) == 0x1.86a04cccccccdp+16);
    assert_true(cst_sum_value(&harmonic) == 0x1.82e2652a3e722p+3);
    assert_true(cst_sum_value(&alternating) == 0x1.003bdcf2c20e1p+53);
}

static void a_block_has_one_shape(void **state)
{
    (void)state;
    double value[19], one[19];
    for (int i = 0; i < 19; i++) {
        value[i] = 0.1 * (i + 1);
        one[i] = 1.0;
    }
    double lane[8];
    for (int l = 0; l < 8; l++)
        lane[l] = l < 3 ? value[l] + value[l + 8] + value[l + 16] : value[l] + value[l + 8];
    double expected =
        ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
    assert_true(cst_block_sum(value, 19) == expected);
    assert_true(cst_block_dot(value, one, 19) == expected);
    assert_true(cst_block_sum(value, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancellation_rounding_and_the_ends_of_the_range_are_exact),
        cmocka_unit_test(the_sum_is_the_same_in_any_order_and_grouping),
        cmocka_unit_test(sums_equal_pythons_fsum),
        cmocka_unit_test(a_block_has_one_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

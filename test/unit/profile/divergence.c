/* divergence.c - distances of counts: SciPy's values, and what no drift looks like */
#include "test/unit/test.h"

#include "profile/divergence.h"
#include "test/fixtures/drift/expected.h"

static void near(double value, double wanted)
{
    double scale = fabs(wanted) > 1 ? fabs(wanted) : 1;
    if (!(fabs(value - wanted) <= 1e-12 * scale))
        fail_msg("%.17g, SciPy has %.17g", value, wanted);
}

static void distances_are_scipys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const size_t cells = sizeof expected[i].a / sizeof expected[i].a[0];
        near(cst_divergence_psi(expected[i].a, expected[i].b, cells), expected[i].psi);
        near(cst_divergence_js(expected[i].a, expected[i].b, cells), expected[i].js);
        near(cst_divergence_chi2(expected[i].a, expected[i].b, cells), expected[i].chi2);
        near(cst_divergence_ks(expected[i].a, expected[i].b, cells), expected[i].ks);
        near(cst_divergence_wasserstein(expected[i].a, expected[i].b, expected[i].edge, cells),
             expected[i].wasserstein);
    }
}

static void small_cells_are_pooled_by_both_sides_and_empty_ones_dropped(void **state)
{
    (void)state;
    const int64_t a[] = {100, 9, 0, 1, 0};
    const int64_t b[] = {100, 3, 0, 0, 7};
    int32_t cell[5];
    assert_int_equal(cst_divergence_cells(cell, a, b, 5), 3);
    assert_int_equal(cell[0], 0);
    assert_int_equal(cell[1], 1); /* (9 + 3) / 2 is 5 and more */
    assert_int_equal(cell[2], -1);
    assert_int_equal(cell[3], 2);
    assert_int_equal(cell[4], 2);
    int64_t pooled[3];
    cst_divergence_pool(pooled, b, cell, 5, 3);
    assert_int_equal(pooled[2], 7);
}

static void equal_shares_are_no_distance(void **state)
{
    (void)state;
    const int64_t a[] = {10, 20, 30};
    const double edge[] = {0, 1};
    assert_true(cst_divergence_psi(a, a, 3) == 0);
    assert_true(cst_divergence_js(a, a, 3) == 0);
    assert_true(cst_divergence_chi2(a, a, 3) == 0);
    assert_true(cst_divergence_ks(a, a, 3) == 0);
    assert_true(cst_divergence_wasserstein(a, a, edge, 3) == 0);
}

static void a_side_without_rows_is_not_a_number_where_it_has_no_shares(void **state)
{
    (void)state;
    const int64_t a[] = {10, 20};
    const int64_t none[] = {0, 0};
    assert_true(isnan(cst_divergence_js(a, none, 2)));
    assert_true(cst_divergence_ks(a, none, 2) == 0);
    assert_true(isfinite(cst_divergence_psi(a, none, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_scipys),
        cmocka_unit_test(small_cells_are_pooled_by_both_sides_and_empty_ones_dropped),
        cmocka_unit_test(equal_shares_are_no_distance),
        cmocka_unit_test(a_side_without_rows_is_not_a_number_where_it_has_no_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

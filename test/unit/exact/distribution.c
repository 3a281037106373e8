/* distribution.c - tails and quantiles against SciPy's, kept in test/fixtures/distribution */
#include "test/unit/test.h"

#include "exact/distribution.h"

static double call(const char *name, double x, double a, double b)
{
    if (strcmp(name, "normal_tail") == 0)
        return cst_normal_tail(x);
    if (strcmp(name, "normal_quantile") == 0)
        return cst_normal_quantile(x);
    if (strcmp(name, "chi2_tail") == 0)
        return cst_chi2_tail(x, a);
    if (strcmp(name, "chi2_quantile") == 0)
        return cst_chi2_quantile(x, a);
    if (strcmp(name, "student_tail") == 0)
        return cst_student_tail(x, a);
    if (strcmp(name, "student_quantile") == 0)
        return cst_student_quantile(x, a);
    if (strcmp(name, "binomial_tail") == 0)
        return cst_binomial_tail((int64_t)x, (int64_t)a, b);
    if (strcmp(name, "binomial_quantile") == 0)
        return (double)cst_binomial_quantile(x, (int64_t)a, b);
    if (strcmp(name, "kolmogorov_tail") == 0)
        return cst_kolmogorov_tail(x);
    fail_msg("no such function: %s", name);
    return NAN;
}

static void values_are_scipys(void **state)
{
    (void)state;
    FILE *file = fopen("../../fixtures/distribution/values.csv", "r");
    assert_non_null(file);
    char line[256], name[32];
    int rows = 0, wrong = 0;
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        double x, a, b, expected;
        assert_int_equal(sscanf(line, "%31[^,],%lf,%lf,%lf,%lf", name, &x, &a, &b, &expected), 5);
        double got = call(name, x, a, b);
        if (!(fabs(got - expected) <= 1e-10 * fabs(expected))) {
            print_error("%s(%g, %g, %g) is %.17g, not %.17g\n", name, x, a, b, got, expected);
            wrong++;
        }
        rows++;
    }
    (void)fclose(file);
    assert_true(rows > 200);
    assert_int_equal(wrong, 0);
}

static void ends_and_nonsense(void **state)
{
    (void)state;
    assert_true(cst_normal_quantile(0) == -INFINITY && cst_normal_quantile(1) == INFINITY);
    assert_true(isnan(cst_normal_quantile(1.5)) && isnan(cst_chi2_tail(1, 0)));
    assert_true(isnan(cst_student_quantile(0.5, -1)) && isnan(cst_binomial_tail(1, 2, 1.5)));
    assert_true(cst_binomial_tail(0, 5, 0.1) == 1 && cst_binomial_tail(6, 5, 0.1) == 0);
    assert_true(cst_chi2_tail(0, 3) == 1 && cst_chi2_tail(INFINITY, 3) == 0);
    assert_true(cst_kolmogorov_tail(0) == 1);
    assert_int_equal(cst_binomial_quantile(1, 10, 0.5), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_scipys),
        cmocka_unit_test(ends_and_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

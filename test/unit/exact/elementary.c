/* elementary.c - errors in ulp against long double libm, special values, identities
 *
 * The bounds are those that exact/elementary.h states.
 */
#include "test/unit/test.h"

#include <float.h>

#include "exact/elementary.h"
#include "exact/random.h"

/* |got - exact| in units in the last place of the double nearest to exact. */
static double ulps(double got, long double exact)
{
    double size = fabs((double)exact);
    double unit = nextafter(size, INFINITY) - size;
    return (double)(fabsl((long double)got - exact) / (long double)unit);
}

typedef struct {
    const char *name;
    double (*ours)(double);
    long double (*theirs)(long double);
    double low, high; /* arguments; where both are positive and far apart: even in the logarithm */
    double bound;     /* ulp */
} range;

static long double sigmoid_exactly(long double x)
{
    return 1 / (1 + expl(-x));
}

static long double softplus_exactly(long double x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static const range ranges[] = {
    {"exp", cst_exp, expl, -708, 709.7, 0.52},
    {"exp", cst_exp, expl, -1, 1, 0.52},
    {"exp, subnormal", cst_exp, expl, -745, -708, 1.0},
    {"expm1", cst_expm1, expm1l, -40, 40, 0.75},
    {"expm1", cst_expm1, expm1l, -0.1, 0.1, 0.75},
    {"expm1", cst_expm1, expm1l, 1e-18, 1, 0.75},
    {"log", cst_log, logl, 1e-320, 1e308, 0.52},
    {"log", cst_log, logl, 0.5, 2, 0.52},
    {"log", cst_log, logl, 0.99, 1.01, 0.52},
    {"log1p", cst_log1p, log1pl, 1e-20, 1e300, 0.75},
    {"log1p", cst_log1p, log1pl, -0.999999, 1, 0.75},
    {"tanh", cst_tanh, tanhl, -23, 23, 2.5},
    {"tanh", cst_tanh, tanhl, 1e-10, 1, 2.5},
    {"erf", cst_erf, erfl, -7, 7, 1.5},
    {"erf", cst_erf, erfl, 1e-300, 1, 1.5},
    {"erfc", cst_erfc, erfcl, -7, 26, 3.0},
    {"erfc", cst_erfc, erfcl, 0.4, 2, 3.0},
    {"lgamma", cst_lgamma, lgammal, 1e-100, 0.5, 2.0},
    {"lgamma", cst_lgamma, lgammal, 0.5, 3, 2.0},
    {"lgamma", cst_lgamma, lgammal, 3, 30, 3.0},
    {"lgamma", cst_lgamma, lgammal, 10, 1e300, 3.0},
    {"sigmoid", cst_sigmoid, sigmoid_exactly, -700, 40, 2.5},
    {"sigmoid", cst_sigmoid, sigmoid_exactly, -5, 5, 2.5},
    {"softplus", cst_softplus, softplus_exactly, -700, 700, 2.0},
    {"softplus", cst_softplus, softplus_exactly, -5, 5, 2.0},
};

static void errors_stay_within_the_stated_bounds(void **state)
{
    (void)state;
    enum { SAMPLES = 100000 };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const range *r = &ranges[i];
        double worst = 0, where = NAN;
        int logarithmic = r->low > 0 && r->high / r->low > 1000;
        for (uint64_t s = 0; s < SAMPLES; s++) {
            double u = cst_random_unit(i, CST_STREAM_SAMPLE, 0, s);
            double x = logarithmic ? (double)expl(logl(r->low) + u * (logl(r->high) - logl(r->low)))
                                   : r->low + u * (r->high - r->low);
            double off = ulps(r->ours(x), r->theirs(x));
            if (!(off <= worst)) {
                worst = off;
                where = x;
            }
        }
        print_message("%-16s [%g, %g]: %.3f ulp\n", r->name, r->low, r->high, worst);
        if (!(worst <= r->bound))
            fail_msg("%s is %.3f ulp off at %a", r->name, worst, where);
    }
}

static void ends_of_the_range_and_not_a_number(void **state)
{
    (void)state;
    assert_true(cst_exp(0) == 1 && cst_exp(-INFINITY) == 0 && cst_exp(INFINITY) == INFINITY);
    assert_true(cst_exp(710) == INFINITY && cst_exp(-746) == 0 && isnan(cst_exp(NAN)));
    assert_true(cst_exp(709.782712893384) < INFINITY && cst_exp(709.7827128933841) == INFINITY);
    assert_true(cst_exp(-745.13) == 0x1p-1074);
    assert_true(cst_expm1(-INFINITY) == -1 && cst_expm1(INFINITY) == INFINITY);
    assert_true(cst_expm1(1e-300) == 1e-300 && isnan(cst_expm1(NAN)));
    assert_true(cst_log(1) == 0 && cst_log(0) == -INFINITY && cst_log(INFINITY) == INFINITY);
    assert_true(isnan(cst_log(-1)) && isnan(cst_log(NAN)) && isnan(cst_log(-INFINITY)));
    assert_true(cst_log1p(-1) == -INFINITY && isnan(cst_log1p(-2)) && cst_log1p(-0.0) == 0);
    assert_true(cst_log1p(INFINITY) == INFINITY && isnan(cst_log1p(NAN)));
    assert_true(cst_tanh(INFINITY) == 1 && cst_tanh(-INFINITY) == -1 && isnan(cst_tanh(NAN)));
    assert_true(cst_erf(INFINITY) == 1 && cst_erfc(INFINITY) == 0 && cst_erfc(-INFINITY) == 2);
    assert_true(isnan(cst_erf(NAN)) && isnan(cst_erfc(NAN)) && cst_erf(0) == 0);
    assert_true(cst_lgamma(1) == 0 && cst_lgamma(2) == 0 && cst_lgamma(0) == INFINITY);
    assert_true(cst_lgamma(INFINITY) == INFINITY && isnan(cst_lgamma(NAN)));
    assert_true(cst_sigmoid(0) == 0.5 && cst_sigmoid(INFINITY) == 1 && cst_sigmoid(-INFINITY) == 0);
    assert_true(cst_softplus(-INFINITY) == 0 && cst_softplus(1000) == 1000);
    assert_true(isnan(cst_sigmoid(NAN)) && isnan(cst_softplus(NAN)));
    assert_true(cst_pow_int(3, 4) == 81 && cst_pow_int(2, -3) == 0.125 && cst_pow_int(0, 0) == 1);
}

static void exp_and_log_never_turn_back(void **state)
{
    (void)state;
    for (int i = -200000; i < 200000; i++) {
        double x = i * 0.0005;
        assert_true(cst_exp(x) <= cst_exp(nextafter(x, INFINITY)));
    }
    for (int i = 1; i < 200000; i++) {
        double x = i * 0.00005;
        assert_true(cst_log(x) <= cst_log(nextafter(x, INFINITY)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_stay_within_the_stated_bounds),
        cmocka_unit_test(ends_of_the_range_and_not_a_number),
        cmocka_unit_test(exp_and_log_never_turn_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* distribution.c - tails by series and continued fractions, quantiles by bisection
 *
 * The factor before series and fractions is a probability mass in Loader's saddle-point form
 * ("Fast and accurate computation of binomial probabilities", 2000), which loses nothing where
 * the gamma functions are large.
 */
#include "exact/distribution.h"

#include <math.h>
#include <stdbool.h>

#include "exact/elementary.h"
#include "exact/mergeable.h"

#define SQRT_HALF 0x1.6a09e667f3bcdp-1
#define TWO_PI 0x1.921fb54442d18p+2
enum { TERMS_MOST = 1000000 };

/* x log(x / mean) + mean - x, without cancellation around x = mean. */
static double deviance(double x, double mean)
{
    double d = (x - mean) / mean;
    if (x == 0)
        return mean;
    if (fabs(d) > 0.1)
        return x * cst_log(x / mean) + mean - x;
    /* (1 + d) log(1 + d) - d = d^2/2 - d^3/6 + d^4/12 - … = sum of (-d)^k / (k (k - 1)) */
    double sum = 0, power = d * d;
    for (int k = 2; k < 20; k++, power *= -d)
        sum += power / (k * (k - 1.0));
    return mean * sum;
}

/* What n! has beyond Stirling's n log n - n + log(2 pi n) / 2. */
static double factorial_rest(double n)
{
    return n > 1e-300 ? cst_stirling_rest(n) : 0;
}

/* exp(-x) x^a / gamma(a + 1) */
static double poisson_mass(double a, double x)
{
    return cst_exp(-factorial_rest(a) - deviance(a, x)) / sqrt(TWO_PI * a);
}

/* gamma(n + 1) / (gamma(k + 1) gamma(n - k + 1)) p^k q^(n - k) for 0 < k < n */
static double binomial_mass(double k, double rest, double p, double q)
{
    double n = k + rest;
    double log = factorial_rest(n) - factorial_rest(k) - factorial_rest(rest) - deviance(k, n * p) -
                 deviance(rest, n * q);
    return cst_exp(log) * sqrt(n / (TWO_PI * k * rest));
}

/* A continued fraction b0 + a1/(b1 + a2/(b2 + …)) by the modified Lentz method (Thompson and
 * Barnett, J. Comput. Phys. 64, 1986), a step at a time. */
typedef struct {
    double value, c, d;
} fraction;

static bool step(fraction *f, double a, double b)
{
    const double tiny = 1e-300;
    f->d = b + a * f->d;
    f->c = b + a / f->c;
    if (fabs(f->d) < tiny)
        f->d = tiny;
    if (fabs(f->c) < tiny)
        f->c = tiny;
    f->d = 1 / f->d;
    double change = f->c * f->d;
    f->value *= change;
    return fabs(change - 1) > 1e-16;
}

/* The regularised incomplete gamma functions (NIST DLMF 8.11.4 and 8.9.2). */
static double gamma_lower_series(double a, double x)
{
    double term = 1, sum = 1;
    for (int n = 1; n < TERMS_MOST && term > sum * 1e-17; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return poisson_mass(a, x) * sum;
}

static double gamma_upper_fraction(double a, double x)
{
    double b = x + 1 - a;
    fraction f = {.value = b, .c = b, .d = 0};
    for (int n = 1; n < TERMS_MOST && step(&f, -n * (n - a), b + 2.0 * n); n++)
        ;
    return poisson_mass(a, x) * a / f.value;
}

static double gamma_part(double a, double x, bool upper)
{
    if (x <= 0)
        return upper ? 1 : 0;
    if (x == INFINITY)
        return upper ? 0 : 1;
    bool series = x < a + 1;
    double part = series ? gamma_lower_series(a, x) : gamma_upper_fraction(a, x);
    return upper == series ? 1 - part : part;
}

/* The regularised incomplete beta function I_x(a, b), y = 1 - x (NIST DLMF 8.17.22). */
static double beta_fraction(double a, double b, double x, double y)
{
    fraction f = {.value = 1, .c = 1, .d = 0};
    bool going = true;
    for (int n = 1; n < TERMS_MOST && going; n++) {
        double m = n / 2;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        going = step(&f, n % 2 ? odd : even, 1);
    }
    return binomial_mass(a, b, x, y) * b / (a + b) / f.value;
}

static double beta_part(double a, double b, double x, double y)
{
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2))
        return 1 - beta_fraction(b, a, y, x);
    return beta_fraction(a, b, x, y);
}

/* The x from low to high at which a falling function comes down to target: bisection of the
 * doubles themselves, so it ends at neighbours after 64 steps. */
static double solve(double (*falling)(double x, double parameter), double parameter, double target,
                    double low, double high)
{
    int64_t below = cst_order_key(low), above = cst_order_key(high);
    while (above - below > 1) {
        int64_t middle = below + (above - below) / 2;
        if (falling(cst_order_value(middle), parameter) > target)
            below = middle;
        else
            above = middle;
    }
    return cst_order_value(above);
}

double cst_normal_tail(double z)
{
    return 0.5 * cst_erfc(z * SQRT_HALF);
}

static double normal_tail_of(double z, double unused)
{
    (void)unused;
    return cst_normal_tail(z);
}

double cst_normal_quantile(double p)
{
    if (!(p > 0 && p < 1))
        return p == 0 ? -INFINITY : (p == 1 ? INFINITY : NAN);
    if (p == 0.5)
        return 0;
    return p < 0.5 ? -solve(normal_tail_of, 0, p, 0, 39) : solve(normal_tail_of, 0, 1 - p, 0, 39);
}

double cst_chi2_tail(double x, double degrees)
{
    if (!(degrees > 0) || x != x)
        return NAN;
    return gamma_part(degrees / 2, x / 2, true);
}

static double chi2_head_negative(double x, double degrees)
{
    return -gamma_part(degrees / 2, x / 2, false);
}

double cst_chi2_quantile(double p, double degrees)
{
    if (!(p >= 0 && p <= 1 && degrees > 0))
        return NAN;
    if (p == 0 || p == 1)
        return p == 0 ? 0 : INFINITY;
    double most = 4 * degrees + 4000; /* beyond it the tail is below 2^-1074 or near enough */
    return p < 0.5 ? solve(chi2_head_negative, degrees, -p, 0, most)
                   : solve(cst_chi2_tail, degrees, 1 - p, 0, most);
}

double cst_student_tail(double t, double degrees)
{
    if (!(degrees > 0) || t != t)
        return NAN;
    if (t < 0)
        return 1 - cst_student_tail(-t, degrees);
    if (t == INFINITY)
        return 0;
    double square = t * t, sum = degrees + square;
    return 0.5 * beta_part(degrees / 2, 0.5, degrees / sum, square / sum);
}

double cst_student_quantile(double p, double degrees)
{
    if (!(p > 0 && p < 1 && degrees > 0))
        return NAN;
    if (p == 0.5)
        return 0;
    return p < 0.5 ? -solve(cst_student_tail, degrees, p, 0, 0x1p500)
                   : solve(cst_student_tail, degrees, 1 - p, 0, 0x1p500);
}

double cst_binomial_tail(int64_t k, int64_t n, double p)
{
    if (n < 0 || !(p >= 0 && p <= 1))
        return NAN;
    if (k <= 0 || k > n)
        return k <= 0 ? 1 : 0;
    return beta_part((double)k, (double)(n - k) + 1, p, 1 - p);
}

int64_t cst_binomial_quantile(double q, int64_t n, double p)
{
    const double rounding = 1 + 1e-12; /* so that a tail that is 1 - q by arithmetic counts as it */
    int64_t below = -1, enough = n;
    while (enough - below > 1) {
        int64_t middle = below + (enough - below) / 2;
        if (cst_binomial_tail(middle + 1, n, p) <= (1 - q) * rounding)
            enough = middle;
        else
            below = middle;
    }
    return enough;
}

double cst_kolmogorov_tail(double lambda)
{
    /* two series for the same function (Kolmogorov 1933; Smirnov 1948): each where it is short */
    double sum = 0, square = lambda * lambda;
    if (!(lambda > 0))
        return lambda <= 0 ? 1 : NAN;
    if (lambda < 1) {
        for (int j = 1; j < 20; j += 2)
            sum += cst_exp(-j * j * (TWO_PI * TWO_PI / 32) / square);
        return 1 - sqrt(TWO_PI) / lambda * sum;
    }
    for (int j = 1; j < 20; j++)
        sum += (j & 1 ? 2 : -2) * cst_exp(-2.0 * j * j * square);
    return sum;
}

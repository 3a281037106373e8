/* elementary.h - exp, log and their kin with the same bits on every machine
 *
 * glibc's exp and log change with FMA; what is published must not. Only sqrt, fma, ldexp and rint
 * are taken from libm in rooms whose results are published. The error of each, in units in the
 * last place, is stated here as measured by test/unit/exact/elementary.c against long double. NaN
 * gives NaN, and the ends of the range what C17's annex F gives.
 */
#ifndef CST_EXACT_ELEMENTARY_H
#define CST_EXACT_ELEMENTARY_H

double cst_exp(double x);     /* 0.51 ulp; 0.76 where the result is subnormal */
double cst_expm1(double x);   /* 0.62 */
double cst_log(double x);     /* 0.52 */
double cst_log1p(double x);   /* 0.63 */
double cst_tanh(double x);    /* 2.3 */
double cst_erf(double x);     /* 1.5 */
double cst_erfc(double x);    /* 2.9, down to 2^-1022 */
double cst_lgamma(double x);  /* 2.5; x > 0, else NaN */
double cst_sigmoid(double x); /* 2.2; 1 / (1 + exp(-x)) */

/** lgamma(x) - (x - 1/2) log(x) + x - log(2 pi) / 2 for x > 0: what Stirling's formula leaves, to
 *  1e-15 absolute. */
double cst_stirling_rest(double x);

/** log(1 + exp(x)) without overflow; 1.5 ulp. */
double cst_softplus(double x);

/** x^n by squaring; x^0 is 1. */
double cst_pow_int(double x, int n);

#endif

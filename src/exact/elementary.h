/* elementary.h - exp, log and their kin with the same bits on every machine
 *
 * glibc's exp and log change with FMA; what is published must not. Only sqrt, fma, ldexp and rint
 * are taken from libm in rooms whose results are published. The error of each, in units in the
 * last place, is stated here as measured by test/unit/exact/elementary.c against long double.
 */
#ifndef CST_EXACT_ELEMENTARY_H
#define CST_EXACT_ELEMENTARY_H

double cst_exp(double x);
double cst_expm1(double x);
double cst_log(double x);
double cst_log1p(double x);
double cst_tanh(double x);
double cst_erf(double x);
double cst_erfc(double x);
double cst_lgamma(double x); /* x > 0 */
double cst_pow_int(double x, int n);

/** 1 / (1 + exp(-x)), and log(1 + exp(x)) without overflow. */
double cst_sigmoid(double x);
double cst_softplus(double x);

#endif

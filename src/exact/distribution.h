/* distribution.h - the few distributions whose tails and quantiles decide verdicts */
#ifndef CST_EXACT_DISTRIBUTION_H
#define CST_EXACT_DISTRIBUTION_H

#include <stdint.h>

/** Checked against SciPy to 1e-10 relative (test/fixtures/distribution). Tails are upper tails,
 *  P(X > x); a quantile is the x with P(X <= x) = p. NaN outside the parameters' ranges. */
double cst_normal_tail(double z);
double cst_normal_quantile(double p);
double cst_chi2_tail(double x, double degrees);
double cst_chi2_quantile(double p, double degrees);
double cst_student_tail(double t, double degrees);
double cst_student_quantile(double p, double degrees);
double cst_binomial_tail(int64_t k, int64_t n, double p);     /* P(X >= k) */
int64_t cst_binomial_quantile(double q, int64_t n, double p); /* least k: P(X <= k) >= q */
double cst_kolmogorov_tail(double lambda); /* P(sqrt(n) D > lambda), n to infinity */

#endif

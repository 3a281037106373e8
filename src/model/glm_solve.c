/* glm_solve.c - symmetric positive definite systems, the same bits everywhere */
#include "model/glm_solve.h"

#include <float.h>
#include <math.h>

static size_t at(size_t row, size_t column)
{
    return row * (row + 1) / 2 + column;
}

static size_t factorise(double *factor, const double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = a[at(i, j)];
            for (size_t k = 0; k < j; k++)
                sum = fma(-factor[at(i, k)], factor[at(j, k)], sum);
            if (i != j)
                factor[at(i, j)] = sum / factor[at(j, j)];
            else if (sum > 8 * (double)n * DBL_EPSILON * a[at(i, i)])
                factor[at(i, i)] = sqrt(sum);
            else
                return i;
        }
    return n;
}

static void substitute(double *x, const double *factor, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] = fma(-factor[at(i, k)], x[k], x[i]);
        x[i] /= factor[at(i, i)];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] = fma(-factor[at(k, i)], x[k], x[i]);
        x[i] /= factor[at(i, i)];
    }
}

void cst_glm_solve(double *x, size_t *singular, const double *a, const double *b, double *factor,
                   double *scratch, size_t n)
{
    *singular = factorise(factor, a, n);
    if (*singular < n)
        return;
    for (size_t i = 0; i < n; i++)
        x[i] = b[i];
    substitute(x, factor, n);
    for (size_t i = 0; i < n; i++) {
        double rest = b[i];
        for (size_t j = 0; j < n; j++)
            rest = fma(-a[j <= i ? at(i, j) : at(j, i)], x[j], rest);
        scratch[i] = rest;
    }
    substitute(scratch, factor, n);
    for (size_t i = 0; i < n; i++)
        x[i] += scratch[i];
}

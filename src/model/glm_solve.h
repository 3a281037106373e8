/* glm_solve.h - symmetric positive definite systems, the same bits everywhere */
#ifndef CST_MODEL_GLM_SOLVE_H
#define CST_MODEL_GLM_SOLVE_H

#include <stddef.h>

#include "base/error.h"

/** Solve a x = b by Cholesky's factorisation in one fixed order, with one step of refinement.
 *  a: the lower triangle by rows, a[i * (i + 1) / 2 + j] for j <= i, kept; factor: room for as
 *  much; scratch: shape [n]. *singular is the first row whose pivot is not clearly above 0
 *  relative to its diagonal, or n. No library's BLAS: its bits depend on the processor. */
void cst_glm_solve(double *x, size_t *singular, const double *a, const double *b, double *factor,
                   double *scratch, size_t n);

#endif

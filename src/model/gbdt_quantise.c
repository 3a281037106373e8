/* gbdt_quantise.c - gradients as integers on one scale a tree */
#include "model/gbdt_quantise.h"

#include <math.h>

/* The larger of two; NaN is larger than all. */
static double larger(double a, double b)
{
    return isnan(a) || b <= a ? a : b;
}

void cst_slopes_compute(cst_slope *slope, cst_sum *loss, cst_sum *weight, int64_t largest[2],
                        cst_objective objective, const double *score, const cst_matrix *matrix)
{
    double losses[CST_BLOCK_ROWS];
    double weights[CST_BLOCK_ROWS];
    double gradient = 0;
    double hessian = 0;
    for (size_t from = 0; from < matrix->rows; from += CST_BLOCK_ROWS) {
        size_t n = matrix->rows - from < CST_BLOCK_ROWS ? matrix->rows - from : CST_BLOCK_ROWS;
        for (size_t i = 0; i < n; i++) {
            size_t r = from + i;
            cst_loss at = cst_objective_loss(objective, score[r], matrix->label[r]);
            weights[i] = cst_objective_weight(matrix, r);
            losses[i] = at.loss;
            slope[r] = (cst_slope){at.gradient * weights[i], at.hessian * weights[i]};
            double magnitude = fabs(slope[r].gradient);
            gradient = larger(gradient, magnitude);
            hessian = larger(hessian, slope[r].hessian);
        }
        cst_sum_add(loss, cst_block_dot(losses, weights, n));
        cst_sum_add(weight, cst_block_sum(weights, n));
    }
    largest[0] = cst_order_key(isnan(gradient) ? INFINITY : gradient);
    largest[1] = cst_order_key(isnan(hessian) ? INFINITY : hessian);
}

/* The exponent k of a scale: the largest magnitude times 2^k is at most 2^bits. */
static int scale_exponent(double largest, int bits)
{
    enum { MOST = 1000 }; /* 2^k itself must be finite */
    int exponent = 0;
    (void)frexp(largest, &exponent);
    int k = largest > 0 ? bits - exponent : 0;
    return k < MOST ? k : MOST;
}

static int bits_of(int64_t total)
{
    enum { MOST = 40, ROOM = 62 };
    int log2 = 0;
    while (log2 < ROOM && (INT64_C(1) << log2) < total)
        log2++;
    return ROOM - log2 < MOST ? ROOM - log2 : MOST;
}

cst_code cst_slopes_quantise(cst_quantum *out, cst_gbdt_split_rules *rules, const cst_slope *slope,
                             size_t rows, int64_t total, const int64_t largest[2], cst_error *err)
{
    double gradient = cst_order_value(largest[0]);
    double hessian = cst_order_value(largest[1]);
    if (!isfinite(gradient) || !isfinite(hessian))
        return cst_error_set(err, CST_FAILED,
                             "the loss is not finite any more: lower learning_rate, or look for "
                             "extreme labels and weights");
    int gradient_exponent = scale_exponent(gradient, bits_of(total));
    int hessian_exponent = scale_exponent(hessian, bits_of(total));
    double gradient_scale = ldexp(1, gradient_exponent);
    double hessian_scale = ldexp(1, hessian_exponent);
    for (size_t r = 0; r < rows; r++)
        out[r] = (cst_quantum){(int64_t)rint(slope[r].gradient * gradient_scale),
                               (int64_t)rint(slope[r].hessian * hessian_scale)};
    rules->gradient_unit = ldexp(1, -gradient_exponent);
    rules->hessian_unit = ldexp(1, -hessian_exponent);
    return CST_OK;
}

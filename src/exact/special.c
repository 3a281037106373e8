/* special.c - erf, erfc and lgamma by polynomials on intervals */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "exact/elementary.h"
#include "exact/special_table.h"

#define HALF_LOG_TWO_PI 0x1.d67f1c864beb5p-1 /* log(2 pi) / 2 */

/* The value at x; pieces are in order and the last one covers what is left. */
static double evaluate(const piece *pieces, size_t count, double x)
{
    const piece *p = pieces;
    while (p < pieces + count - 1 && x >= p->top)
        p++;
    double z = x - p->centre, sum = p->c[p->terms - 1];
    for (int i = p->terms - 2; i > 0; i--)
        sum = sum * z + p->c[i];
    return p->c[0] + (p->rest + sum * z);
}

#define EVALUATE(pieces, x) evaluate(pieces, sizeof(pieces) / sizeof(pieces)[0], x)

/* erfc(x) for x >= 0.5: exp(-x^2) times a function that hardly moves. x^2 is taken as the square
 * of a short head, which is exact, and a small rest. */
static double erfc_tail(double x)
{
    if (x > 27.3)
        return 0;
    double scaled = x < 12 ? EVALUATE(erfc_scaled, x) : EVALUATE(erfc_far, 1 / (x * x)) / x;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= UINT64_C(0xfffffffff8000000);
    double head;
    memcpy(&head, &bits, sizeof head);
    double rest = cst_expm1(-(x - head) * (x + head));
    double value = cst_exp(-head * head) * scaled;
    return value + value * rest;
}

double cst_erf(double x)
{
    double size = fabs(x), value;
    if (x != x)
        return x;
    if (size < 1)
        return x * EVALUATE(erf_near, x * x);
    value = size < 6 ? 1 - erfc_tail(size) : 1;
    return x < 0 ? -value : value;
}

double cst_erfc(double x)
{
    if (x != x)
        return x;
    if (x < 0.5)
        return x > -1 ? 1 - cst_erf(x) : 2 - erfc_tail(-x);
    return erfc_tail(x);
}

double cst_stirling_rest(double x)
{
    if (x >= 10)
        return EVALUATE(gamma_far, 1 / (x * x)) / x;
    return cst_lgamma(x) - ((x - 0.5) * cst_log(x) - x + HALF_LOG_TWO_PI);
}

static double stirling(double x)
{
    double log = cst_log(x);
    if (x > 1e17) /* the rest is far below the last place, and x * log(x) may overflow first */
        return x * (log - 1);
    return (x - 0.5) * (log - 1) + (HALF_LOG_TWO_PI - 0.5) + cst_stirling_rest(x);
}

double cst_lgamma(double x)
{
    if (!(x > 0))
        return x == 0 ? INFINITY : NAN;
    if (x < 0.5) {
        double log = cst_log(x);
        if (x < 0x1p-60)
            return -log;
        double next = 1 + x; /* lgamma(1 + x) = x times the quotient, which moves slowly */
        return x * EVALUATE(gamma_one, next) - log;
    }
    if (x < 1.5)
        return (x - 1) * EVALUATE(gamma_one, x);
    if (x < 3)
        return (x - 2) * EVALUATE(gamma_two, x);
    if (x < 10)
        return EVALUATE(gamma_more, x);
    return x == INFINITY ? x : stirling(x);
}

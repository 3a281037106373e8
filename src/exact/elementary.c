/* elementary.c - exp, log and what is made of them: tables, short polynomials, and rests kept
 *
 * No fused operations: a plain x86-64 would call software for each. Where a product must be exact
 * one factor is short enough for that.
 */
#include "exact/elementary.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "exact/elementary_table.h"

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* exp(x) = 2^exponent (power + rest) (1 + tail), with power in [1, 2) and |tail| < 0.0028. */
typedef struct {
    int64_t exponent;
    double power, rest, tail;
} reduced;

static reduced reduce(double x)
{
    /* adding 1.5 * 2^52 rounds to an integer, in the low bits of the sum */
    const double shifter = 0x1.8p52;
    double shifted = x * POWERS_A_UNIT + shifter, count = shifted - shifter;
    int64_t steps = (int64_t)count;
    double r = (x - count * STEP_HIGH) - count * STEP_LOW;
    double square = r * r;
    /* Taylor to r^5: the first term left out is below 2^-60 */
    double tail = r + square * ((0.5 + r * (1.0 / 6)) + square * (1.0 / 24 + r * (1.0 / 120)));
    int at = (int)(steps & 127);
    return (reduced){.exponent = (steps - at) / 128,
                     .power = powers[at].value,
                     .rest = powers[at].rest,
                     .tail = tail};
}

static double power_of_two(int64_t exponent)
{
    return from_bits((uint64_t)(1023 + exponent) << 52);
}

double cst_exp(double x)
{
    if (!(x > -745.2 && x < 709.8)) /* past the range, or NaN */
        return x != x ? x : (x > 0 ? INFINITY : 0.0);
    reduced e = reduce(x);
    double value = e.power + (e.rest + e.power * e.tail);
    if (e.exponent > -1022 && e.exponent < 1023)
        return value * power_of_two(e.exponent);
    int64_t half = e.exponent / 2;
    return value * power_of_two(half) * power_of_two(e.exponent - half);
}

/* Taylor to x^12, |x| < 1/8: the first term left out is below 2^-62 of the sum. */
static double expm1_near_zero(double x)
{
    double s = x * x;
    double even = 1.0 / 2 + s * (1.0 / 24 + s * (1.0 / 720 + s * (1.0 / 40320 + s / 3628800)));
    double odd = 1.0 / 6 + s * (1.0 / 120 + s * (1.0 / 5040 + s * (1.0 / 362880 + s / 39916800)));
    return x + s * (even + x * odd + s * s * s * s * s / 479001600);
}

double cst_expm1(double x)
{
    if (!(x > -40 && x < 40)) {
        double value = cst_exp(x);
        return x < 0 ? -1.0 : value - 1;
    }
    if (x > -0.125 && x < 0.125)
        return expm1_near_zero(x);
    reduced e = reduce(x);
    double scale = power_of_two(e.exponent), head = scale * e.power;
    double small = scale * (e.rest + e.power * e.tail);
    /* head - 1 with what its rounding leaves (Knuth's two-sum) */
    double less = head - 1, one = less - head;
    double left = (head - (less - one)) + (-1 - one);
    return less + (small + left);
}

typedef struct {
    double high, low;
} pair;

/* log(2^exponent x) as a sum of two, from the bits of a normal x > 0. */
static pair log_of(uint64_t bits, int64_t exponent)
{
    /* x = 2^k z with z in [0.6875, 1.375), so that log has no cancellation around 1 */
    const uint64_t offset = UINT64_C(0x3fe6000000000000);
    uint64_t from = bits - offset;
    size_t at = (size_t)(from >> 45) & 127;
    int64_t k = ((int64_t)from >> 52) + exponent;
    double z = from_bits(bits - (from & UINT64_C(0xfff0000000000000)));
    double inverse = centres[at].inverse;
    /* r = z / c - 1 = r + left exactly: both products are */
    double head = from_bits(bits_of(z) & UINT64_C(0xfffffffff8000000));
    double a = head * inverse - 1, b = (z - head) * inverse;
    double r = a + b, left = b - (r - a);
    double base = (double)k * LOG2_HIGH + centres[at].high; /* exact: multiples of 2^-42 */
    double high = base + r, low = (base - high) + r;
    double s = r * r;
    /* the series of log(1 + r) to r^8, |r| < 2^-7 */
    double even = s * (-1.0 / 4 + s * (-1.0 / 6 + s * (-1.0 / 8)));
    double odd = 1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7));
    double tail = s * r * odd + s * even;
    low += (left + ((double)k * LOG2_LOW + centres[at].low)) + (tail - 0.5 * s);
    return (pair){high, low};
}

double cst_log(double x)
{
    uint64_t bits = bits_of(x);
    int64_t exponent = 0;
    if (bits - UINT64_C(0x0010000000000000) >= UINT64_C(0x7fe0000000000000)) {
        if (x == 0)
            return -INFINITY;
        if (x != x || x == INFINITY)
            return x;
        if (x < 0)
            return NAN;
        bits = bits_of(x * 0x1p52); /* subnormal */
        exponent = -52;
    }
    pair log = log_of(bits, exponent);
    return log.high + log.low;
}

double cst_log1p(double x)
{
    if (!(x > -1 && x < INFINITY))
        return x == -1 ? -INFINITY : (x < -1 ? NAN : x);
    if (x > -0x1p-54 && x < 0x1p-54)
        return x;
    double sum = 1 + x;
    /* what the sum lost, whichever of the two is the larger */
    double lost = x < 1 ? x - (sum - 1) : 1 - (sum - x);
    pair log = log_of(bits_of(sum), 0);
    return log.high + (log.low + lost / sum);
}

double cst_tanh(double x)
{
    double size = fabs(x), value;
    if (x != x)
        return x;
    if (size < 0x1p-28)
        return x;
    if (size > 22)
        value = 1;
    else if (size > 0.5)
        value = 1 - 2 / (cst_expm1(2 * size) + 2);
    else {
        double t = cst_expm1(2 * size);
        value = t / (t + 2);
    }
    return x < 0 ? -value : value;
}

double cst_pow_int(double x, int n)
{
    unsigned left = n < 0 ? 0u - (unsigned)n : (unsigned)n;
    double value = 1;
    for (double square = x; left; left >>= 1, square *= square)
        if (left & 1)
            value *= square;
    return n < 0 ? 1 / value : value;
}

double cst_sigmoid(double x)
{
    double e = cst_exp(-fabs(x));
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

double cst_softplus(double x)
{
    double rest = cst_log1p(cst_exp(-fabs(x)));
    return x > 0 ? x + rest : rest;
}

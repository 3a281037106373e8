/* sum.c - exact sums: every double is an integer multiple of 2^-1074, and integers add exactly */
#include "exact/sum.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { RADIX = 32, NANS = CST_SUM_LIMBS, POSITIVE, NEGATIVE, MANTISSA = 52, LEAST = -1074 };

void cst_sum_add(cst_sum *sum, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned exponent = (unsigned)(bits >> MANTISSA) & 0x7ff;
    uint64_t mantissa = bits & ((UINT64_C(1) << MANTISSA) - 1);
    if (exponent == 0x7ff) {
        sum->word[mantissa ? NANS : (bits >> 63 ? NEGATIVE : POSITIVE)]++;
        return;
    }
    if (exponent)
        mantissa |= UINT64_C(1) << MANTISSA;
    unsigned position = exponent ? exponent - 1 : 0, shift = position % RADIX;
    int64_t *limb = sum->word + position / RADIX;
    uint64_t low = (mantissa & UINT32_MAX) << shift;
    uint64_t high = ((mantissa >> RADIX) << shift) + (low >> RADIX);
    int64_t sign = bits >> 63 ? -1 : 1;
    limb[0] += sign * (int64_t)(low & UINT32_MAX);
    limb[1] += sign * (int64_t)(high & UINT32_MAX);
    limb[2] += sign * (int64_t)(high >> RADIX);
}

void cst_sum_merge(cst_sum *sum, const cst_sum *other)
{
    for (int i = 0; i < CST_SUM_WORDS; i++)
        sum->word[i] += other->word[i];
}

void cst_sum_carry(cst_sum *sum)
{
    for (int i = 0; i + 1 < CST_SUM_LIMBS; i++) {
        int64_t low = sum->word[i] & UINT32_MAX;
        /* exact: what is taken away leaves a multiple of the radix */
        sum->word[i + 1] += (sum->word[i] - low) / (INT64_C(1) << RADIX);
        sum->word[i] = low;
    }
}

/* The value of limbs that are not negative and carried, as a number with a sign of its own. */
static double round_limbs(const int64_t *limb)
{
    int top = CST_SUM_LIMBS - 1;
    while (top > 0 && !limb[top])
        top--;
    if (top <= 1) /* below 2^64 units of the least double */
        return ldexp((double)(((uint64_t)limb[1] << RADIX) | (uint64_t)limb[0]), LEAST);
    unsigned __int128 head = ((unsigned __int128)limb[top] << (2 * RADIX)) |
                             ((unsigned __int128)limb[top - 1] << RADIX) |
                             (unsigned __int128)limb[top - 2];
    int excess = 0; /* bits of head past the 64 that are kept, to round once at 53 */
    uint64_t sticky = 0;
    while (head >> 64) {
        sticky |= (uint64_t)head & 1;
        head >>= 1;
        excess++;
    }
    for (int i = 0; i < top - 2; i++)
        sticky |= limb[i] ? 1 : 0;
    uint64_t kept = (uint64_t)head | sticky;
    return ldexp((double)kept, LEAST + RADIX * (top - 2) + excess);
}

double cst_sum_value(const cst_sum *sum)
{
    bool up = sum->word[POSITIVE] > 0, down = sum->word[NEGATIVE] > 0;
    if (sum->word[NANS] > 0 || (up && down))
        return NAN;
    if (up || down)
        return up ? INFINITY : -INFINITY;
    cst_sum whole = *sum;
    cst_sum_carry(&whole);
    bool negative = whole.word[CST_SUM_LIMBS - 1] < 0;
    if (negative) {
        for (int i = 0; i < CST_SUM_LIMBS; i++)
            whole.word[i] = -whole.word[i];
        cst_sum_carry(&whole);
    }
    double value = round_limbs(whole.word);
    return negative ? -value : value;
}

enum { LANES = 8 };

static double add_lanes(const double lane[LANES])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

double cst_block_sum(const double *value, size_t n)
{
    double lane[LANES] = {0};
    size_t r = 0;
    for (; r + LANES <= n; r += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += value[r + l];
    for (size_t l = 0; r + l < n; l++)
        lane[l] += value[r + l];
    return add_lanes(lane);
}

double cst_block_dot(const double *a, const double *b, size_t n)
{
    double lane[LANES] = {0};
    size_t r = 0;
    for (; r + LANES <= n; r += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[r + l] * b[r + l];
    for (size_t l = 0; r + l < n; l++)
        lane[l] += a[r + l] * b[r + l];
    return add_lanes(lane);
}

/* gbdt_sort.c - floats in order by radix, over keys that order as they do */
#include "model/gbdt_sort.h"

#include <stdint.h>
#include <string.h>

enum { DIGITS = 256, DIGIT_BITS = 8, SIGN_SHIFT = 31 };

/* Bits whose unsigned order is the order of the numbers. */
static uint32_t key_of(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> SIGN_SHIFT ? ~bits : bits | UINT32_C(1) << SIGN_SHIFT;
}

static void pass(float *to, const float *from, size_t n, int shift)
{
    size_t place[DIGITS + 1] = {0};
    for (size_t i = 0; i < n; i++)
        place[(key_of(from[i]) >> shift & (DIGITS - 1)) + 1]++;
    for (size_t d = 0; d < DIGITS; d++)
        place[d + 1] += place[d];
    for (size_t i = 0; i < n; i++)
        to[place[key_of(from[i]) >> shift & (DIGITS - 1)]++] = from[i];
}

void cst_gbdt_sort(float *value, float *scratch, size_t n)
{
    for (int shift = 0; shift < 32; shift += 2 * DIGIT_BITS) {
        pass(scratch, value, n, shift);
        pass(value, scratch, n, shift + DIGIT_BITS);
    }
}

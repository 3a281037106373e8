/* number.c - numbers from text: a fast way for most, strtod for the rest
 *
 * Decimals of up to 19 digits go the way of Clinger (How to read floating point numbers
 * accurately, PLDI 1990) where significand and power of ten are exact doubles, else that of Eisel
 * and Lemire (Number parsing at a gigabyte per second, 2021): a product with 128 bits of the power
 * of five. What that cannot decide, subnormal results among it, is left to strtod.
 */
#include "source/number.h"

#include <math.h>
#include <strings.h>

#include "base/array.h"

/* A decimal number taken apart: (-1)^negative * digits * 10^exponent, cut where inexact. */
typedef struct {
    uint64_t digits; /* the leading 19 digits at most */
    int64_t exponent;
    bool negative;
    bool inexact; /* there were more digits, not all zero */
} decimal;

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* True if eight bytes (little-endian in v) are all digits: their upper halves are 3, and stay so
 * when 6 is added. */
static bool are_eight_digits(uint64_t v)
{
    return ((v & 0xf0f0f0f0f0f0f0f0) | (((v + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) ==
           0x3333333333333333;
}

/* The value of eight digits: neighbours are joined to pairs, pairs to fours, fours to the whole. */
static uint32_t eight_digits(uint64_t v)
{
    v -= 0x3030303030303030;
    v = v * 10 + (v >> 8);
    uint64_t low = (v & 0x000000ff000000ff) * (100 + (1000000ULL << 32));
    uint64_t high = ((v >> 16) & 0x000000ff000000ff) * (1 + (10000ULL << 32));
    return (uint32_t)((low + high) >> 32);
}

enum { MOST_DIGITS = 19 };

/* Take digits from p on into d; *room is how many more fit. Digits past that count in the
 * exponent alone (dropped). */
static const char *take_digits(decimal *d, const char *p, const char *end, int *room,
                               int64_t *dropped)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (*room >= 8 && end - p >= 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        if (!are_eight_digits(v))
            break;
        d->digits = d->digits * 100000000 + eight_digits(v);
        if (d->digits)
            *room -= 8;
        p += 8;
    }
#endif
    for (; p < end && is_digit(*p); p++) {
        if (*room > 0) {
            d->digits = d->digits * 10 + (uint64_t)(*p - '0');
            if (d->digits)
                (*room)--;
        } else {
            (*dropped)++;
            d->inexact |= *p != '0';
        }
    }
    return p;
}

/* The exponent behind 'e'; NULL where there are no digits. Capped far past any double's. */
static const char *take_exponent(int64_t *exponent, const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return NULL;
    int64_t value = 0;
    for (; p < end && is_digit(*p); p++)
        if (value < 100000000)
            value = value * 10 + (*p - '0');
    *exponent += negative ? -value : value;
    return p;
}

/* Take text apart; false where it is no decimal number from end to end. */
static bool take_decimal(decimal *d, const char *text, size_t size)
{
    const char *p = text;
    const char *end = text + size;
    int room = MOST_DIGITS;
    int64_t dropped = 0;
    *d = (decimal){0};
    if (p < end && (*p == '-' || *p == '+'))
        d->negative = *p++ == '-';
    const char *first = p;
    p = take_digits(d, p, end, &room, &dropped);
    int64_t seen = p - first;
    d->exponent = dropped;
    if (p < end && *p == '.') {
        const char *fraction = ++p;
        int64_t before = dropped;
        p = take_digits(d, p, end, &room, &dropped);
        d->exponent = before - ((p - fraction) - (dropped - before));
        seen += p - fraction;
    }
    if (seen == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        p = take_exponent(&d->exponent, p + 1, end);
    return p == end;
}

/* The slow way, for which text must be ended by a NUL. False where there is no memory. */
static bool by_library(double *wide, float *narrow, const char *text, size_t size)
{
    char few[128];
    char *copy = size < sizeof few ? few : malloc(size + 1);
    if (!copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (wide)
        *wide = strtod(copy, NULL);
    if (narrow)
        *narrow = strtof(copy, NULL);
    if (copy != few)
        free(copy);
    return true;
}

typedef unsigned __int128 wide_product;

enum { FRACTION_BITS = 52, BIAS = 1023, LARGEST_EXPONENT = 0x7ff };

/* digits * 10^q, digits not 0, as the bits of the nearest double; false where the product's 128
 * bits do not settle it or the result is subnormal, and past the powers of the table. */
static bool by_product(uint64_t *bits, uint64_t digits, int64_t q)
{
    if (q < CST_POWER_FIRST || q > CST_POWER_LAST)
        return false;
    int zeros = __builtin_clzll(digits);
    uint64_t w = digits << zeros;
    const cst_power *power = &cst_powers_of_five[q - CST_POWER_FIRST];
    wide_product product = (wide_product)w * power->high;
    uint64_t high = (uint64_t)(product >> 64);
    uint64_t low = (uint64_t)product;
    if ((high & 0x1ff) == 0x1ff) { /* the bits to round by may still be carried into */
        uint64_t more = (uint64_t)(((wide_product)w * power->low) >> 64);
        low += more;
        high += low < more;
        if (low == UINT64_MAX && (q < -27 || q > 55))
            return false;
    }
    int top = (int)(high >> 63);
    int shift = top + 64 - FRACTION_BITS - 3;
    uint64_t fraction = high >> shift; /* with one bit to round by */
    /* floor(q * log2(10)) from 217706 / 2^16, right for the whole table */
    int64_t exponent = ((217706 * q) >> 16) + 63 + top - zeros + BIAS;
    if (exponent <= 0)
        return false;
    bool even_below = (fraction & 3) == 1;
    if (low <= 1 && q >= -4 && q <= 23 && even_below && fraction << shift == high)
        fraction &= ~UINT64_C(1); /* exactly between two doubles: to the even one */
    fraction = (fraction + (fraction & 1)) >> 1;
    if (fraction >= UINT64_C(2) << FRACTION_BITS) {
        fraction >>= 1;
        exponent++;
    }
    if (exponent >= LARGEST_EXPONENT)
        return false;
    *bits = (fraction & ~(UINT64_C(1) << FRACTION_BITS)) | (uint64_t)exponent << FRACTION_BITS;
    return true;
}

static const double exact_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { MOST_EXACT_TEN = 22 };

/* The nearest double of a decimal without its sign; false: not to be had this way. */
static bool by_decimal(double *out, const decimal *d)
{
    int64_t q = d->exponent;
    if (d->digits == 0) {
        *out = 0;
        return true;
    }
    if (!d->inexact && d->digits <= UINT64_C(1) << 53 && q >= -MOST_EXACT_TEN &&
        q <= MOST_EXACT_TEN) {
        double exact = (double)d->digits;
        *out = q < 0 ? exact / exact_tens[-q] : exact * exact_tens[q];
        return true;
    }
    uint64_t bits;
    uint64_t above;
    if (!by_product(&bits, d->digits, q))
        return false;
    if (d->inexact && (!by_product(&above, d->digits + 1, q) || above != bits))
        return false;
    memcpy(out, &bits, sizeof *out);
    return true;
}

/* inf, infinity and nan with an optional sign; false: something else. */
static bool by_word(double *out, const char *text, size_t size)
{
    bool negative = size && *text == '-';
    if (size && (*text == '-' || *text == '+')) {
        text++;
        size--;
    }
    if (size == 3 && strncasecmp(text, "nan", 3) == 0)
        *out = NAN;
    else if ((size == 3 && strncasecmp(text, "inf", 3) == 0) ||
             (size == 8 && strncasecmp(text, "infinity", 8) == 0))
        *out = negative ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

cst_number cst_number_float64(double *out, const char *text, size_t size)
{
    decimal d;
    if (!take_decimal(&d, text, size))
        return by_word(out, text, size) ? CST_NUMBER_OK : CST_NUMBER_NONE;
    if (by_decimal(out, &d))
        *out = d.negative ? -*out : *out;
    else if (!by_library(out, NULL, text, size))
        return CST_NUMBER_NONE;
    return isinf(*out) ? CST_NUMBER_RANGE : CST_NUMBER_OK;
}

/* Rounding a double once more to a float goes wrong only where the double lies exactly between two
 * floats, or where floats are subnormal. */
static bool rounds_twice(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits & 0x1fffffff) == 0x10000000 || (value != 0 && fabs(value) < 0x1p-126);
}

cst_number cst_number_float32(float *out, const char *text, size_t size)
{
    decimal d;
    double value;
    if (!take_decimal(&d, text, size)) {
        if (!by_word(&value, text, size))
            return CST_NUMBER_NONE;
        *out = (float)value;
        return CST_NUMBER_OK;
    }
    if (by_decimal(&value, &d) && !rounds_twice(value))
        *out = (float)(d.negative ? -value : value);
    else if (!by_library(NULL, out, text, size))
        return CST_NUMBER_NONE;
    return isinf(*out) ? CST_NUMBER_RANGE : CST_NUMBER_OK;
}

/* True where text is empty or a point and zeros. */
static bool is_zero_fraction(const char *p, const char *end)
{
    if (p == end)
        return true;
    if (*p++ != '.')
        return false;
    while (p < end && *p == '0')
        p++;
    return p == end;
}

cst_number cst_number_int64(int64_t *out, const char *text, size_t size)
{
    const char *p = text;
    const char *end = text + size;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return CST_NUMBER_NONE;
    uint64_t value = 0;
    bool past = false;
    for (; p < end && is_digit(*p); p++) {
        past |= value > (UINT64_MAX - 9) / 10;
        value = value * 10 + (uint64_t)(*p - '0');
    }
    if (!is_zero_fraction(p, end))
        return CST_NUMBER_NONE;
    if (past || value > (uint64_t)INT64_MAX + negative)
        return CST_NUMBER_RANGE;
    if (value > (uint64_t)INT64_MAX)
        return CST_NUMBER_RESERVED;
    *out = negative ? -(int64_t)value : (int64_t)value;
    return CST_NUMBER_OK;
}

cst_number cst_number_int32(int32_t *out, const char *text, size_t size)
{
    int64_t value;
    cst_number kind = cst_number_int64(&value, text, size);
    if (kind == CST_NUMBER_RESERVED)
        return CST_NUMBER_RANGE;
    if (kind != CST_NUMBER_OK)
        return kind;
    if (value == INT32_MIN)
        return CST_NUMBER_RESERVED;
    if (value < INT32_MIN || value > INT32_MAX)
        return CST_NUMBER_RANGE;
    *out = (int32_t)value;
    return CST_NUMBER_OK;
}

cst_number cst_number_bool(int8_t *out, const char *text, size_t size)
{
    static const struct {
        const char *word;
        int8_t truth;
    } known[] = {{"true", 1}, {"false", 0}, {"t", 1}, {"f", 0}, {"yes", 1},
                 {"no", 0},   {"y", 1},     {"n", 0}, {"1", 1}, {"0", 0}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].word) == size && strncasecmp(text, known[i].word, size) == 0) {
            *out = known[i].truth;
            return CST_NUMBER_OK;
        }
    }
    return CST_NUMBER_NONE;
}

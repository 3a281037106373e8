/* number.h - numbers, truths and their limits from the text of a cell
 *
 * Doubles are those of strtod in the C locale, to the bit; floats those of strtof. Blanks are the
 * caller's to strip. Hexadecimal numbers and payloads of NaN are no numbers here.
 */
#ifndef CST_SOURCE_NUMBER_H
#define CST_SOURCE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum {
    CST_NUMBER_OK,
    CST_NUMBER_NONE,    /* the text is no number of this kind */
    CST_NUMBER_RANGE,   /* it is one, but past what the type holds */
    CST_NUMBER_RESERVED /* it is the value that stands for missing */
} cst_number;

/** A decimal number with an optional sign, fraction and exponent, or inf, infinity, nan in any
 *  case. A number that rounds to infinity is RANGE; one that rounds to zero is zero. Local. */
cst_number cst_number_float64(double *out, const char *text, size_t size);

/** The same, rounded once to float32. */
cst_number cst_number_float32(float *out, const char *text, size_t size);

/** An integer with an optional sign; a fraction of zeros alone ("517.0") is let pass, since that
 *  is how tools that keep missing integers in floats write them. */
cst_number cst_number_int64(int64_t *out, const char *text, size_t size);
cst_number cst_number_int32(int32_t *out, const char *text, size_t size);

/** true, t, yes, y, 1 and false, f, no, n, 0 in any case. */
cst_number cst_number_bool(int8_t *out, const char *text, size_t size);

/* The leading 128 bits of 5^q for q from first to last; powers.py says how they are cut. */
enum { CST_POWER_FIRST = -342, CST_POWER_LAST = 308 };
typedef struct {
    uint64_t high, low;
} cst_power;
extern const cst_power cst_powers_of_five[CST_POWER_LAST - CST_POWER_FIRST + 1];

#endif

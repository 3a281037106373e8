/* clock.h - what time it is, what has been used; calendar arithmetic in UTC */
#ifndef CST_BASE_CLOCK_H
#define CST_BASE_CLOCK_H

#include <stdint.h>

enum { CST_TIME_TEXT = 32 /* "2013-01-01T05:00:00.000000Z" and its NUL */ };

/** Microseconds since 1970-01-01T00:00:00Z. */
int64_t cst_clock_now(void);

/** Seconds on a clock that never goes back. */
double cst_clock_elapsed(void);

/** CPU seconds of this process, all threads. */
double cst_clock_cpu(void);

/** The largest resident size of this process so far, in bytes. */
int64_t cst_clock_peak_memory(void);

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar; month 1–12, day 1–31. */
int64_t cst_clock_days(int64_t year, int month, int day);

/** The date of a day number. */
void cst_clock_date(int64_t days, int64_t *year, int *month, int *day);

/** Microseconds since the epoch as ISO 8601 in UTC: seconds, and their fraction where there is
 *  one. Years 0000 to 9999. */
void cst_clock_text(char out[CST_TIME_TEXT], int64_t microseconds);

#endif

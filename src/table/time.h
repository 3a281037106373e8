/* time.h - text to time, time to parts of the day in a zone */
#ifndef CST_TABLE_TIME_H
#define CST_TABLE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** A time zone's rules, read from the machine's tz database (TZif, RFC 8536). */
typedef struct cst_zone cst_zone;

cst_code cst_zone_open(cst_zone **out, const char *name, cst_error *err);
void cst_zone_free(cst_zone *zone);

/** Seconds east of UTC at an instant (seconds since the epoch). NULL zone: 0. */
int32_t cst_zone_offset(const cst_zone *zone, int64_t seconds);

/** The version of the tz database ("2025b"), or "unknown". */
void cst_zone_version(char *out, size_t room);

/** Parse a timestamp. format: NULL for ISO 8601 (date, or date and time with 'T' or blank,
 *  fraction, 'Z' or offset), or a checked one: %Y %m %d %H %M %S %f %j %z, %% and literals.
 *  Without an offset in the text the zone's applies (NULL: UTC); a time that the zone's clock
 * showed twice is the first. *out in ticks a second (1 to 10^9, a power of ten); what is finer is
 * cut off. False where the text is no such time, the zone's clock skipped it, or it is out of
 * range. */
bool cst_time_parse(int64_t *out, const char *text, size_t size, const char *format,
                    const cst_zone *zone, int64_t ticks);

/** CST_USAGE where a format has a directive that is not known, or does not say the day. */
cst_code cst_time_check_format(const char *format, cst_error *err);

/** Fields of an instant in a zone; weekday 0 is Monday. */
typedef struct {
    int64_t year;
    int month, day, hour, minute, second, weekday;
} cst_time_fields;
cst_time_fields cst_time_split(int64_t value, int64_t ticks, const cst_zone *zone);

/** The day number (UTC) of an instant: what clusters are made of. */
int64_t cst_time_day(int64_t value, int64_t ticks);

#endif

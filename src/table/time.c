/* time.c - text to time, time to parts of the day in a zone */
#include "table/time.h"

#include "base/clock.h"

enum { DAY = 86400 };

/* What was read so far; an offset in the text beats the zone. */
typedef struct {
    const char *at, *end;
    int year, month, day, hour, minute, second, day_of_year;
    int64_t nanoseconds;
    bool has_offset;
    int32_t offset;
} reading;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Between least and most digits. */
static bool take_digits(reading *r, int *out, int least, int most)
{
    int value = 0;
    int n = 0;
    for (; n < most && r->at < r->end && is_digit(*r->at); n++)
        value = value * 10 + (*r->at++ - '0');
    *out = value;
    return n >= least;
}

static bool take(reading *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Digits of a second's fraction; those past nanoseconds are read over. */
static bool take_fraction(reading *r)
{
    int64_t scale = 100000000;
    const char *from = r->at;
    r->nanoseconds = 0;
    for (; r->at < r->end && is_digit(*r->at); r->at++, scale /= 10)
        r->nanoseconds += (*r->at - '0') * scale;
    return r->at > from;
}

/* "Z", "+05", "+0530", "+05:30". */
static bool take_offset(reading *r)
{
    int hours, minutes = 0;
    r->has_offset = true;
    r->offset = 0;
    if (take(r, 'Z'))
        return true;
    bool west = take(r, '-');
    if ((!west && !take(r, '+')) || !take_digits(r, &hours, 2, 2))
        return false;
    bool colon = take(r, ':');
    if ((colon || r->at < r->end) && !take_digits(r, &minutes, 2, 2))
        return false;
    r->offset = (hours * 60 + minutes) * 60;
    r->offset = west ? -r->offset : r->offset;
    return hours < 24 && minutes < 60;
}

static bool read_iso(reading *r)
{
    if (!take_digits(r, &r->year, 4, 4) || !take(r, '-') || !take_digits(r, &r->month, 2, 2) ||
        !take(r, '-') || !take_digits(r, &r->day, 2, 2))
        return false;
    if (r->at == r->end)
        return true;
    if (!(take(r, 'T') || take(r, ' ')) || !take_digits(r, &r->hour, 2, 2) || !take(r, ':') ||
        !take_digits(r, &r->minute, 2, 2))
        return false;
    if (take(r, ':') && (!take_digits(r, &r->second, 2, 2) || (take(r, '.') && !take_fraction(r))))
        return false;
    return r->at == r->end || take_offset(r);
}

static bool read_directive(reading *r, char directive)
{
    switch (directive) {
    case 'Y':
        return take_digits(r, &r->year, 4, 4);
    case 'm':
        return take_digits(r, &r->month, 1, 2);
    case 'd':
        return take_digits(r, &r->day, 1, 2);
    case 'H':
        return take_digits(r, &r->hour, 1, 2);
    case 'M':
        return take_digits(r, &r->minute, 1, 2);
    case 'S':
        return take_digits(r, &r->second, 1, 2);
    case 'f':
        return take_fraction(r);
    case 'j':
        return take_digits(r, &r->day_of_year, 1, 3) && r->day_of_year > 0;
    case 'z':
        return take_offset(r);
    default:
        return take(r, directive); /* "%%" */
    }
}

static bool read_format(reading *r, const char *format)
{
    for (; *format; format++)
        if (*format == '%' ? !read_directive(r, *++format) : !take(r, *format))
            return false;
    return true;
}

cst_code cst_time_check_format(const char *format, cst_error *err)
{
    bool has[128] = {false};
    for (const char *f = format; *f; f++) {
        if (*f != '%')
            continue;
        if (!*++f || !strchr("YmdHMSfjz%", *f))
            return cst_error_set(err, CST_USAGE,
                                 "time format \"%s\": %%%.1s is not known: use %%Y %%m %%d %%H %%M "
                                 "%%S %%f %%j %%z",
                                 format, f);
        has[(unsigned char)*f] = true;
    }
    if (!has['Y'] || !((has['m'] && has['d']) || has['j']))
        return cst_error_set(
            err, CST_USAGE,
            "time format \"%s\" does not say the day: it needs %%Y and %%m %%d, or "
            "%%Y and %%j",
            format);
    return CST_OK;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_possible(const reading *r)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (r->hour > 23 || r->minute > 59 || r->second > 59)
        return false;
    if (r->day_of_year)
        return r->day_of_year <= 365 + is_leap(r->year);
    return r->month >= 1 && r->month <= 12 && r->day >= 1 &&
           r->day <= days[r->month - 1] + (r->month == 2 && is_leap(r->year));
}

/* From the local clock to UTC: false where the clock skipped that time; where it showed it twice,
 * the first. */
static bool to_utc(int64_t *seconds, const cst_zone *zone)
{
    if (!zone)
        return true;
    int32_t before = cst_zone_offset(zone, *seconds - DAY);
    int32_t after = cst_zone_offset(zone, *seconds + DAY);
    if (cst_zone_offset(zone, *seconds - before) == before) {
        *seconds -= before;
        return true;
    }
    *seconds -= after;
    return cst_zone_offset(zone, *seconds) == after;
}

static bool to_ticks(int64_t *out, int64_t seconds, int64_t nanoseconds, int64_t ticks)
{
    int64_t fraction = nanoseconds / (1000000000 / ticks);
    return !__builtin_mul_overflow(seconds, ticks, out) &&
           !__builtin_add_overflow(*out, fraction, out) && *out != INT64_MIN;
}

bool cst_time_parse(int64_t *out, const char *text, size_t size, const char *format,
                    const cst_zone *zone, int64_t ticks)
{
    reading r = {.at = text, .end = text + size};
    if (!(format ? read_format(&r, format) : read_iso(&r)) || r.at != r.end || !is_possible(&r))
        return false;
    int64_t days = r.day_of_year ? cst_clock_days(r.year, 1, 1) + r.day_of_year - 1
                                 : cst_clock_days(r.year, r.month, r.day);
    int64_t seconds = days * DAY + (r.hour * 60 + r.minute) * 60 + r.second;
    if (r.has_offset)
        seconds -= r.offset;
    else if (!to_utc(&seconds, zone))
        return false;
    return to_ticks(out, seconds, r.nanoseconds, ticks);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

cst_time_fields cst_time_split(int64_t value, int64_t ticks, const cst_zone *zone)
{
    cst_time_fields f;
    int64_t seconds = floor_divide(value, ticks);
    seconds += cst_zone_offset(zone, seconds);
    int64_t days = floor_divide(seconds, DAY);
    int rest = (int)(seconds - days * DAY);
    cst_clock_date(days, &f.year, &f.month, &f.day);
    f.hour = rest / 3600;
    f.minute = rest / 60 % 60;
    f.second = rest % 60;
    f.weekday = (int)(((days + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    return f;
}

int64_t cst_time_day(int64_t value, int64_t ticks)
{
    return floor_divide(floor_divide(value, ticks), DAY);
}

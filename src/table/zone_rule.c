/* zone_rule.c - a zone's rule for years to come: POSIX TZ strings as TZif footers have them */
#include "table/zone_rule.h"

#include "base/banned.h"
#include "base/clock.h"

enum { DAY = 86400 };

static bool take(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

static bool take_number(int *out, const char **text, int most)
{
    const char *from = *text;
    int value = 0;
    for (; **text >= '0' && **text <= '9' && value <= most; (*text)++)
        value = value * 10 + (**text - '0');
    *out = value;
    return *text > from && value <= most;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "EST" or "<+03>". */
static bool take_name(const char **text)
{
    const char *from = *text;
    if (take(text, '<')) {
        *text += strcspn(*text, ">");
        return take(text, '>');
    }
    while (is_letter(**text))
        (*text)++;
    return *text - from >= 3;
}

/* "[+-]h[:mm[:ss]]" in seconds. */
static bool take_clock(int32_t *out, const char **text, int most_hours)
{
    int hours, minutes = 0, seconds = 0;
    bool negative = take(text, '-');
    if (!negative)
        (void)take(text, '+');
    if (!take_number(&hours, text, most_hours))
        return false;
    if (take(text, ':') &&
        (!take_number(&minutes, text, 59) || (take(text, ':') && !take_number(&seconds, text, 59))))
        return false;
    int32_t value = (hours * 60 + minutes) * 60 + seconds;
    *out = negative ? -value : value;
    return true;
}

static bool take_day(cst_zone_day *out, const char **text)
{
    *out = (cst_zone_day){.kind = CST_DAY_FROM_ZERO, .time = 2 * 3600};
    if (take(text, 'M')) {
        out->kind = CST_DAY_OF_MONTH;
        if (!take_number(&out->month, text, 12) || out->month < 1 || !take(text, '.') ||
            !take_number(&out->week, text, 5) || out->week < 1 || !take(text, '.') ||
            !take_number(&out->weekday, text, 6))
            return false;
    } else {
        if (take(text, 'J'))
            out->kind = CST_DAY_JULIAN;
        if (!take_number(&out->day, text, 365))
            return false;
    }
    return !take(text, '/') || take_clock(&out->time, text, 167);
}

bool cst_zone_rule_parse(cst_zone_rule *out, const char *text)
{
    int32_t west;
    *out = (cst_zone_rule){0};
    if (!take_name(&text) || !take_clock(&west, &text, 24))
        return false;
    out->standard = -west;
    if (!*text)
        return true;
    out->has_summer = true;
    out->summer = out->standard + 3600;
    if (!take_name(&text))
        return false;
    if (*text != ',') {
        if (!take_clock(&west, &text, 24))
            return false;
        out->summer = -west;
    }
    return take(&text, ',') && take_day(&out->begin, &text) && take(&text, ',') &&
           take_day(&out->end, &text) && !*text;
}

static int days_in_month(int64_t year, int month)
{
    int64_t next =
        month == 12 ? cst_clock_days(year + 1, 1, 1) : cst_clock_days(year, month + 1, 1);
    return (int)(next - cst_clock_days(year, month, 1));
}

/* Seconds since the epoch, on the local clock, of a rule's day and time in a year. */
static int64_t local_time_of(const cst_zone_day *day, int64_t year)
{
    int64_t days = cst_clock_days(year, 1, 1);
    if (day->kind == CST_DAY_OF_MONTH) {
        days = cst_clock_days(year, day->month, 1);
        int first = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
        int date = (day->weekday - first + 7) % 7 + 7 * (day->week - 1);
        days += date < days_in_month(year, day->month) ? date : date - 7;
    } else if (day->kind == CST_DAY_JULIAN) {
        bool leap = days_in_month(year, 2) == 29;
        days += day->day - 1 + (leap && day->day >= 60);
    } else {
        days += day->day;
    }
    return days * DAY + day->time;
}

int32_t cst_zone_rule_offset(const cst_zone_rule *rule, int64_t seconds)
{
    if (!rule->has_summer)
        return rule->standard;
    int64_t local = seconds + rule->standard;
    int64_t days = local / DAY - (local % DAY < 0);
    int64_t year;
    int month, date;
    cst_clock_date(days, &year, &month, &date);
    int64_t begin = local_time_of(&rule->begin, year) - rule->standard;
    int64_t end = local_time_of(&rule->end, year) - rule->summer;
    bool summer = begin < end ? seconds >= begin && seconds < end
                              : seconds >= begin || seconds < end; /* the southern half */
    return summer ? rule->summer : rule->standard;
}

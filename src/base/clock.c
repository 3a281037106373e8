/* clock.c - what time it is, what has been used; calendar arithmetic in UTC */
#include "base/clock.h"

#include <sys/resource.h>
#include <time.h>

#include "base/banned.h"

int64_t cst_clock_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double seconds_on(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double cst_clock_elapsed(void)
{
    return seconds_on(CLOCK_MONOTONIC);
}

double cst_clock_cpu(void)
{
    return seconds_on(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t cst_clock_peak_memory(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (int64_t)usage.ru_maxrss * 1024;
}

/* Years are counted from March, so that the leap day is the last of its year; 400 years are one
 * era of 146,097 days. */
enum { ERA_DAYS = 146097, EPOCH_DAYS = 719468 /* 0000-03-01 to 1970-01-01 */ };

int64_t cst_clock_days(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

void cst_clock_date(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + EPOCH_DAYS;
    int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t day_of_era = z - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

void cst_clock_text(char out[CST_TIME_TEXT], int64_t microseconds)
{
    const int64_t day_length = INT64_C(86400000000);
    int64_t days = microseconds / day_length;
    int64_t rest = microseconds % day_length;
    if (rest < 0) {
        rest += day_length;
        days--;
    }
    int64_t year;
    int month;
    int day;
    cst_clock_date(days, &year, &month, &day);
    int second = (int)(rest / 1000000);
    int fraction = (int)(rest % 1000000);
    int used = snprintf(out, CST_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", (int)(year % 10000),
                        month, day, second / 3600, second / 60 % 60, second % 60);
    if (fraction)
        (void)snprintf(out + used, (size_t)(CST_TIME_TEXT - used), ".%06dZ", fraction);
    else
        (void)snprintf(out + used, (size_t)(CST_TIME_TEXT - used), "Z");
}

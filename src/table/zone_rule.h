/* zone_rule.h - a zone's rule for years to come: POSIX TZ strings as TZif footers have them */
#ifndef CST_TABLE_ZONE_RULE_H
#define CST_TABLE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/** A day of every year and a time on it. */
typedef struct {
    enum { CST_DAY_OF_MONTH, CST_DAY_JULIAN, CST_DAY_FROM_ZERO } kind;
    int month, week, weekday; /* OF_MONTH: "M3.2.0", weekday 0 is Sunday, week 5 the last */
    int day;                  /* JULIAN: 1–365, never 29 February; FROM_ZERO: 0–365 */
    int32_t time;             /* seconds after midnight of local time, may be negative */
} cst_zone_day;

typedef struct {
    int32_t standard, summer; /* seconds east of UTC */
    bool has_summer;
    cst_zone_day begin, end; /* of summer time */
} cst_zone_rule;

/** "EST5EDT,M3.2.0,M11.1.0" (POSIX.1-2017, 8.3, with RFC 8536's hours up to 167). */
bool cst_zone_rule_parse(cst_zone_rule *out, const char *text);

/** Seconds east of UTC at an instant. */
int32_t cst_zone_rule_offset(const cst_zone_rule *rule, int64_t seconds);

#endif

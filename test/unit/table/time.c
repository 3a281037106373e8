/* time.c - timestamps read, zones applied, parts of the day */
#include "test/unit/test.h"

#include "table/time.h"

static int64_t parse(const char *text, const char *format, const cst_zone *zone, int64_t ticks)
{
    int64_t value = 0;
    if (!cst_time_parse(&value, text, strlen(text), format, zone, ticks))
        fail_msg("\"%s\" was not read", text);
    return value;
}

static void iso_8601_is_read_to_the_tick(void **state)
{
    (void)state;
    /* seconds by `date -u -d … +%s` */
    assert_int_equal(parse("2013-01-01T05:00:00Z", NULL, NULL, 1), 1357016400);
    assert_int_equal(parse("2013-01-01 05:00", NULL, NULL, 1000), 1357016400000);
    assert_int_equal(parse("2013-01-01", NULL, NULL, 1), 1356998400);
    assert_int_equal(parse("2013-01-01T05:00:00.25+05:30", NULL, NULL, 1000000), 1356996600250000);
    assert_int_equal(parse("2013-01-01T05:00:00-0500", NULL, NULL, 1), 1357034400);
    assert_int_equal(parse("2012-02-29T23:59:59.999999999Z", NULL, NULL, 1000000000),
                     1330559999999999999);
    assert_int_equal(parse("1969-12-31T23:59:59.5Z", NULL, NULL, 1000), -500);
    assert_int_equal(parse("0001-01-01T00:00:00Z", NULL, NULL, 1), -62135596800);
}

static void what_is_no_time_is_not_read(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2013",
                                      "2013-02-29",
                                      "2013-13-01",
                                      "2013-00-10",
                                      "2013-1-1",
                                      "2013-04-31",
                                      "2013-01-01T24:00:00",
                                      "2013-01-01T",
                                      "2013-01-01T05:60:00",
                                      "2013-01-01x",
                                      "1900-02-29",
                                      "2013-01-01T05:00:60Z",
                                      "2013-01-01T05:00:00+5",
                                      " 2013-01-01",
                                      "2013-01-01T05:00:00Z ",
                                      "2013-01-01T05:00:00.",
                                      "NA"};
    int64_t value;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (cst_time_parse(&value, bad[i], strlen(bad[i]), NULL, NULL, 1000000))
            fail_msg("\"%s\" was read", bad[i]);
    /* nanoseconds end in 2262 */
    assert_false(cst_time_parse(&value, "2300-01-01", 10, NULL, NULL, 1000000000));
    assert_true(cst_time_parse(&value, "2300-01-01", 10, NULL, NULL, 1000000));
}

static void formats_are_read_as_strptime_would(void **state)
{
    (void)state;
    assert_int_equal(parse("2013-01-01T05:00:00Z", "%Y-%m-%dT%H:%M:%SZ", NULL, 1), 1357016400);
    assert_int_equal(parse("1/1/2013 5:00", "%m/%d/%Y %H:%M", NULL, 1), 1357016400);
    assert_int_equal(parse("20130101050000", "%Y%m%d%H%M%S", NULL, 1), 1357016400);
    assert_int_equal(parse("2012 366", "%Y %j", NULL, 1), 1356912000);
    assert_int_equal(parse("2013-01-01 05:00:00.125 +0100", "%Y-%m-%d %H:%M:%S.%f %z", NULL, 1000),
                     1357012800125);
    int64_t value;
    assert_false(cst_time_parse(&value, "2013 366", 8, "%Y %j", NULL, 1));
    assert_false(cst_time_parse(&value, "2013-01-01T05:00:00", 19, "%Y-%m-%dT%H:%M:%SZ", NULL, 1));
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_time_check_format("%Y-%m-%dT%H:%M:%SZ", &err));
    assert_fails(cst_time_check_format("%Y-%q-%d", &err), CST_USAGE, "%q");
    assert_fails(cst_time_check_format("%H:%M", &err), CST_USAGE, "day");
    assert_fails(cst_time_check_format("%Y-%m-%d %", &err), CST_USAGE, "not known");
}

static void local_times_become_utc(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_zone *zone = NULL;
    int64_t value;
    assert_ok(cst_zone_open(&zone, "America/New_York", &err));
    assert_int_equal(parse("2013-01-01T00:00:00", NULL, zone, 1), 1357016400);
    assert_int_equal(parse("2013-07-01T00:00:00", NULL, zone, 1), 1372651200);
    assert_int_equal(parse("2013-07-01T00:00:00Z", NULL, zone, 1), 1372636800);
    /* 2013-03-10: from 02:00 to 03:00 in no time; 2013-11-03: 01:30 comes twice */
    assert_false(cst_time_parse(&value, "2013-03-10T02:30:00", 19, NULL, zone, 1));
    assert_int_equal(parse("2013-03-10T03:00:00", NULL, zone, 1), 1362898800);
    assert_int_equal(parse("2013-11-03T01:30:00", NULL, zone, 1), 1383456600);
    assert_int_equal(parse("2013-11-03T02:00:00", NULL, zone, 1), 1383462000);
    cst_zone_free(zone);
}

static void offsets_are_those_of_another_reader(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    FILE *file = fopen("../../fixtures/table/zones.csv", "r");
    assert_non_null(file);
    char line[128];
    char open_name[64] = "";
    cst_zone *zone = NULL;
    int rows = 0;
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        char name[64];
        long long seconds;
        int offset;
        assert_int_equal(sscanf(line, "%63[^,],%lld,%d", name, &seconds, &offset), 3);
        if (strcmp(name, open_name) != 0) {
            cst_zone_free(zone);
            assert_ok(cst_zone_open(&zone, name, &err));
            (void)snprintf(open_name, sizeof open_name, "%s", name);
        }
        if (cst_zone_offset(zone, seconds) != offset)
            fail_msg("%s at %lld: %d, expected %d", name, seconds, cst_zone_offset(zone, seconds),
                     offset);
        rows++;
    }
    cst_zone_free(zone);
    (void)fclose(file);
    assert_true(rows > 300);
}

static void only_zones_of_the_database_are_opened(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_zone *zone = NULL;
    assert_fails(cst_zone_open(&zone, "America/Gotham", &err), CST_MISSING, "America/Gotham");
    assert_fails(cst_zone_open(&zone, "../../../etc/passwd", &err), CST_MISSING, "passwd");
    assert_fails(cst_zone_open(&zone, "/etc/passwd", &err), CST_MISSING, "passwd");
    assert_fails(cst_zone_open(&zone, "", &err), CST_MISSING, "time zone");
    assert_fails(cst_zone_open(&zone, "zone.tab", &err), CST_MISSING, "zone.tab");
    assert_fails(cst_zone_open(&zone, "leapseconds", &err), CST_INVALID, "TZif");
    char version[32];
    cst_zone_version(version, sizeof version);
    assert_true(strlen(version) >= 5);
}

static void an_instant_has_fields_in_its_zone(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_zone *zone = NULL;
    assert_ok(cst_zone_open(&zone, "America/New_York", &err));
    /* 2013-01-01T04:59:59Z, a Tuesday, is still Monday in New York */
    cst_time_fields utc = cst_time_split(1357016399000000, 1000000, NULL);
    cst_time_fields local = cst_time_split(1357016399000000, 1000000, zone);
    assert_int_equal(utc.weekday, 1);
    assert_int_equal(utc.hour, 4);
    assert_int_equal(utc.minute, 59);
    assert_int_equal(utc.second, 59);
    assert_int_equal(local.weekday, 0);
    assert_int_equal(local.hour, 23);
    assert_int_equal(local.day, 31);
    assert_int_equal(local.month, 12);
    assert_int_equal(local.year, 2012);
    assert_int_equal(cst_time_split(-1, 1000, NULL).year, 1969);
    assert_int_equal(cst_time_day(-1, 1000), -1);
    assert_int_equal(cst_time_day(86400 * 3 + 5, 1), 3);
    cst_zone_free(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_8601_is_read_to_the_tick),
        cmocka_unit_test(what_is_no_time_is_not_read),
        cmocka_unit_test(formats_are_read_as_strptime_would),
        cmocka_unit_test(local_times_become_utc),
        cmocka_unit_test(offsets_are_those_of_another_reader),
        cmocka_unit_test(only_zones_of_the_database_are_opened),
        cmocka_unit_test(an_instant_has_fields_in_its_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* clock.c - the calendar */
#include "test/unit/test.h"

#include "base/clock.h"

static void days_and_dates_are_each_others_inverse(void **state)
{
    (void)state;
    assert_int_equal(cst_clock_days(1970, 1, 1), 0);
    assert_int_equal(cst_clock_days(2000, 3, 1), 11017);
    assert_int_equal(cst_clock_days(1600, 2, 29), -135081);
    for (int64_t day = -800000; day < 800000; day += 7) {
        int64_t year;
        int month;
        int of_month;
        cst_clock_date(day, &year, &month, &of_month);
        assert_int_equal(cst_clock_days(year, month, of_month), day);
    }
}

static void instants_are_written_in_iso_8601(void **state)
{
    (void)state;
    char text[CST_TIME_TEXT];
    cst_clock_text(text, INT64_C(1357016400000000));
    assert_string_equal(text, "2013-01-01T05:00:00Z");
    cst_clock_text(text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_dates_are_each_others_inverse),
        cmocka_unit_test(instants_are_written_in_iso_8601),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

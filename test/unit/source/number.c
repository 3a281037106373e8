/* number.c - doubles are strtod's and floats strtof's, to the bit; limits of integers */
#include "test/unit/test.h"

#include "source/number.h"

static int64_t bits_of(double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int32_t bits_of_float(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void assert_like_library(const char *text)
{
    double wide = -1;
    float narrow = -1;
    double expected = strtod(text, NULL);
    float expected_narrow = strtof(text, NULL);
    cst_number kind = cst_number_float64(&wide, text, strlen(text));
    cst_number kind_narrow = cst_number_float32(&narrow, text, strlen(text));
    if (kind == CST_NUMBER_NONE || kind_narrow == CST_NUMBER_NONE)
        fail_msg("\"%s\" is taken for no number", text);
    if (bits_of(wide) != bits_of(expected))
        fail_msg("\"%s\" gives %a, strtod %a", text, wide, expected);
    if (bits_of_float(narrow) != bits_of_float(expected_narrow))
        fail_msg("\"%s\" gives %a, strtof %a", text, (double)narrow, (double)expected_narrow);
    assert_int_equal(kind, isinf(expected) ? CST_NUMBER_RANGE : CST_NUMBER_OK);
    assert_int_equal(kind_narrow, isinf(expected_narrow) ? CST_NUMBER_RANGE : CST_NUMBER_OK);
}

static void hard_decimals_are_those_of_the_library(void **state)
{
    (void)state;
    static const char *const hard[] = {
        "0",
        "-0",
        "0.0",
        "-0.0e5",
        "1",
        "+1.5",
        ".5",
        "5.",
        "1e22",
        "1e23",
        "1e-22",
        "9e22",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "9007199254740993.00001",
        "9007199254740995",
        "18014398509481985",
        "1.00000000000000011102230246251565404",
        "1.00000000000000011102230246251565403",
        "1.00000000000000033306690738754696212",
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "-1e999999999999999999",
        "1e-999999999999999999",
        "0e999999999999",
        "8.5e-320",
        "3.4028234663852886e38",
        "3.4028235677973366e38",
        "3.4028235677973367e38",
        "1.1754943508222875e-38",
        "1.1754942807573643e-38",
        "1.4012984643248171e-45",
        "7.0064923216240854e-46",
        "7.0064923216240862e-46",
        "16777217",
        "16777219",
        "16777217.0000000000000000000001",
        "8388609.5",
        "0.1",
        "0.3",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000000000000000000000123456789012345678901234567890",
        "6.631236846766476e-316",
        "3.237883913302901e-319",
        "8.988465674311582e307",
        "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649"
        "0179775872070963302864166928879109465555478519404026306574886715058206819089020007083836"
        "7626239158563420e0",
        "10.357019999999999",
        "39.02",
        "7.2057594037927933e+16",
        "1448997445238699",
        "100000000000000016777215",
        "100000000000000016777216",
        "0.5e-400",
    };
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++)
        assert_like_library(hard[i]);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005 + 1442695040888963407;
    uint64_t x = *seed ^ *seed >> 29;
    return x * 0x9e3779b97f4a7c15 ^ x >> 32;
}

static void random_decimals_are_those_of_the_library(void **state)
{
    (void)state;
    uint64_t seed = 20130101;
    char text[128];
    for (int i = 0; i < 300000; i++) {
        uint64_t a = next_random(&seed);
        uint64_t b = next_random(&seed);
        double value;
        memcpy(&value, &a, sizeof value);
        switch (i % 6) {
        case 0: /* any double, shortest to longest */
            if (!isfinite(value))
                continue;
            (void)snprintf(text, sizeof text, "%.*g", (int)(b % 20) + 1, value);
            break;
        case 1: /* digits and exponent at random */
            (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)a,
                           (int)(b % 680) - 360);
            break;
        case 2: /* more than nineteen digits */
            (void)snprintf(text, sizeof text, "-%llu.%llue%d", (unsigned long long)a,
                           (unsigned long long)b, (int)(a % 60) - 30);
            break;
        case 3: /* halfway between neighbouring doubles of 54 bits, and just beside */
            (void)snprintf(text, sizeof text, "%llu.%s",
                           (unsigned long long)((a >> 10) | (UINT64_C(1) << 53) | 1),
                           b % 3 == 0   ? "0"
                           : b % 3 == 1 ? "000000000000000000001"
                                        : "");
            break;
        case 4: /* halfway between neighbouring floats, and just beside */
            (void)snprintf(text, sizeof text, "%.40f",
                           ldexp((double)((a & 0xffffff) * 2 + 1), (int)(b % 60) - 30));
            break;
        default: /* as measurements are written */
            (void)snprintf(text, sizeof text, "%lld.%0*u", (long long)(a % 2000) - 1000,
                           (int)(b % 9) + 1, (unsigned)(b >> 32) % 1000);
        }
        assert_like_library(text);
    }
}

static void what_is_no_number_is_told(void **state)
{
    (void)state;
    static const char *const none[] = {"",    "+",     "-",      ".",    "e5",   "1e",
                                       "1e+", "1.2.3", "12x",    "0x10", " 1",   "1 ",
                                       "1,5", "--1",   "nan(1)", "infi", "1_000"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        double wide;
        float narrow;
        assert_int_equal(cst_number_float64(&wide, none[i], strlen(none[i])), CST_NUMBER_NONE);
        assert_int_equal(cst_number_float32(&narrow, none[i], strlen(none[i])), CST_NUMBER_NONE);
    }
    double value;
    assert_int_equal(cst_number_float64(&value, "NaN", 3), CST_NUMBER_OK);
    assert_true(isnan(value));
    assert_int_equal(cst_number_float64(&value, "-Infinity", 9), CST_NUMBER_OK);
    assert_true(isinf(value) && value < 0);
}

static void integers_end_where_their_type_does(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        cst_number narrow, wide;
    } row[] = {
        {"0", CST_NUMBER_OK, CST_NUMBER_OK},
        {"-7", CST_NUMBER_OK, CST_NUMBER_OK},
        {"+7", CST_NUMBER_OK, CST_NUMBER_OK},
        {"517.0", CST_NUMBER_OK, CST_NUMBER_OK},
        {"517.5", CST_NUMBER_NONE, CST_NUMBER_NONE},
        {"1e3", CST_NUMBER_NONE, CST_NUMBER_NONE},
        {"12x", CST_NUMBER_NONE, CST_NUMBER_NONE},
        {"2147483647", CST_NUMBER_OK, CST_NUMBER_OK},
        {"2147483648", CST_NUMBER_RANGE, CST_NUMBER_OK},
        {"-2147483648", CST_NUMBER_RESERVED, CST_NUMBER_OK},
        {"-2147483649", CST_NUMBER_RANGE, CST_NUMBER_OK},
        {"9223372036854775807", CST_NUMBER_RANGE, CST_NUMBER_OK},
        {"9223372036854775808", CST_NUMBER_RANGE, CST_NUMBER_RANGE},
        {"-9223372036854775808", CST_NUMBER_RANGE, CST_NUMBER_RESERVED},
        {"-9223372036854775809", CST_NUMBER_RANGE, CST_NUMBER_RANGE},
        {"18446744073709551616", CST_NUMBER_RANGE, CST_NUMBER_RANGE},
        {"00000000000000000000000000012", CST_NUMBER_OK, CST_NUMBER_OK},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        int32_t narrow = 0;
        int64_t wide = 0;
        size_t size = strlen(row[i].text);
        assert_int_equal(cst_number_int32(&narrow, row[i].text, size), row[i].narrow);
        assert_int_equal(cst_number_int64(&wide, row[i].text, size), row[i].wide);
        if (row[i].narrow == CST_NUMBER_OK)
            assert_int_equal(narrow, strtol(row[i].text, NULL, 10));
        if (row[i].wide == CST_NUMBER_OK)
            assert_int_equal(wide, strtoll(row[i].text, NULL, 10));
    }
}

static void truths_have_their_words(void **state)
{
    (void)state;
    int8_t truth = -1;
    assert_int_equal(cst_number_bool(&truth, "TRUE", 4), CST_NUMBER_OK);
    assert_int_equal(truth, 1);
    assert_int_equal(cst_number_bool(&truth, "n", 1), CST_NUMBER_OK);
    assert_int_equal(truth, 0);
    assert_int_equal(cst_number_bool(&truth, "2", 1), CST_NUMBER_NONE);
    assert_int_equal(cst_number_bool(&truth, "", 0), CST_NUMBER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_decimals_are_those_of_the_library),
        cmocka_unit_test(random_decimals_are_those_of_the_library),
        cmocka_unit_test(what_is_no_number_is_told),
        cmocka_unit_test(integers_end_where_their_type_does),
        cmocka_unit_test(truths_have_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

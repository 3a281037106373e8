/* expr.c - the expression language: parsing, types, values of metadata */
#include "test/unit/test.h"

#include "config/expr.h"

/* A row of metadata: x = 7, gap missing, name = "EWR", t = 2013-04-02T05:30:00Z, ok = true. */
static const char *const names[] = {"x", "gap", "name", "t", "ok", "nothing", "arr delay", NULL};

static bool type_of(void *context, const char *name, cst_expr_type *type)
{
    static const cst_expr_type types[] = {CST_EXPR_NUMBER, CST_EXPR_NUMBER, CST_EXPR_TEXT,
                                          CST_EXPR_TIME,   CST_EXPR_TRUTH,  CST_EXPR_TRUTH,
                                          CST_EXPR_NUMBER};
    (void)context;
    for (size_t i = 0; names[i]; i++)
        if (!strcmp(name, names[i])) {
            *type = types[i];
            return true;
        }
    return false;
}

static cst_expr_value value_of(void *context, const char *name)
{
    (void)context;
    if (!strcmp(name, "x"))
        return (cst_expr_value){.type = CST_EXPR_NUMBER, .number = 7};
    if (!strcmp(name, "name"))
        return (cst_expr_value){.type = CST_EXPR_TEXT, .text = "EWR"};
    if (!strcmp(name, "t"))
        return (cst_expr_value){.type = CST_EXPR_TIME, .time = INT64_C(1364880600000000)};
    if (!strcmp(name, "ok"))
        return (cst_expr_value){.type = CST_EXPR_TRUTH, .number = 1};
    if (!strcmp(name, "arr delay"))
        return (cst_expr_value){.type = CST_EXPR_NUMBER, .number = 16};
    return (cst_expr_value){.type = !strcmp(name, "gap") ? CST_EXPR_NUMBER : CST_EXPR_TRUTH,
                            .missing = true};
}

static const cst_expr_scope scope = {.context = NULL, .type_of = type_of, .names = names};

static cst_code checked(cst_expr **out, const char *text, cst_error *err)
{
    cst_code rc = cst_expr_parse(out, text, err);
    return rc == CST_OK ? cst_expr_check(*out, text, &scope, err) : rc;
}

static cst_expr_value value_of_text(const char *text)
{
    cst_error err = CST_ERROR_INIT;
    cst_expr *expr = NULL;
    cst_expr_value value;
    assert_ok(checked(&expr, text, &err));
    assert_ok(cst_expr_evaluate(&value, expr, NULL, value_of, &err));
    assert_int_equal(value.type, expr->type);
    value.text = NULL;
    cst_expr_free(expr);
    return value;
}

static void numbers_are_what_the_arithmetic_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } row[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"10 - 4 - 3", 3},
        {"24 / 4 / 2", 3},
        {"-2 * -3", 6},
        {"- x", -7},
        {"--x", 7},
        {"7 % 4", 3},
        {"-7 % 4", -3},
        {"1e3 + .5", 1000.5},
        {"abs(-3)", 3},
        {"floor(-1.5)", -2},
        {"sqrt(16)", 4},
        {"exp(0) + log(1)", 1},
        {"min(3, x, 5)", 3},
        {"max(x)", 7},
        {"if(x > 5, 1, 2)", 1},
        {"if(x < 5, gap, 2)", 2},
        {"`arr delay` + 0", 16},
        {"hour(t)", 5},
        {"minute(t)", 30},
        {"weekday(t)", 1}, /* 2013-04-02 was a Tuesday */
        {"month(t)", 4},
        {"year(t)", 2013},
        {"year(\"1969-12-31\")", 1969},
        {"weekday(\"1969-12-31\")", 2}, /* a Wednesday */
        {"hour(\"1969-12-31T23:59:59Z\")", 23},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_expr_value value = value_of_text(row[i].text);
        assert_false(value.missing);
        if (value.number != row[i].value)
            fail_msg("%s is %g", row[i].text, value.number);
    }
}

static void truths_follow_the_rules(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool value;
    } row[] = {
        {"x == 7", true},
        {"x != 7", false},
        {"x >= 7 and x <= 7", true},
        {"not x > 7", true},
        {"x > 7 or x < 3 or ok", true},
        {"true and not false", true},
        {"ok == true", true},
        {"name == 'EWR'", true},
        {"name in (\"JFK\", \"EWR\")", true},
        {"name not in (\"JFK\", \"EWR\")", false},
        {"x in (-7, 7)", true},
        {"t > \"2013-04-02\"", true},
        {"t < '2013-04-02T05:30'", false},
        {"t == '2013-04-02 05:30:00Z'", true},
        {"t in ('2013-04-02T05:30:00')", true},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_expr_value value = value_of_text(row[i].text);
        assert_false(value.missing);
        if ((value.number != 0) != row[i].value)
            fail_msg("%s is %g", row[i].text, value.number);
    }
}

static void a_comparison_with_missing_is_false_and_isna_asks(void **state)
{
    (void)state;
    static const char *const truths[] = {"isna(gap)",
                                         "not (gap > 5)",
                                         "not (gap == gap)",
                                         "not isna(x)",
                                         "isna(gap + 1)",
                                         "isna(1 / 0)",
                                         "isna(log(-1))",
                                         "isna(min(x, gap))",
                                         "isna(nothing)",
                                         "isna(not nothing)",
                                         "nothing or ok",
                                         "not (nothing and false)",
                                         "isna(nothing and ok)",
                                         "not (gap != 3)",
                                         "not (gap in (1, 2))",
                                         "isna(if(nothing, 1, 2))"};
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
        cst_expr_value value = value_of_text(truths[i]);
        if (value.missing || value.number == 0)
            fail_msg("%s does not hold", truths[i]);
    }
    assert_true(value_of_text("gap * 2").missing);
    assert_true(value_of_text("nothing or false").missing);
}

static void a_mistake_is_pointed_at(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } row[] = {
        {"", "a value is missing at character 1"},
        {"x >", "a value is missing at character 4\n    x >\n       ^"},
        {"x = 7", "write \"==\" for \"=\" at character 3"},
        {"x > 1 && ok", "write \"and\" for \"&&\" at character 7"},
        {"1 < x < 3", "comparisons cannot be chained: join them with \"and\" at character 7"},
        {"x 7", "expected an operator, found \"7\" at character 3"},
        {"(x", "\")\" is missing at character 3"},
        {"name == 'EWR", "the quote is not closed at character 9"},
        {"1.2.3", "not a number at character 1"},
        {"14d", "not a number at character 1"},
        {"1e999", "too large at character 1"},
        {"x ? 1", "means nothing here at character 3"},
        {"sqr(x)", "unknown function \"sqr\"; did you mean \"sqrt\"? at character 1"},
        {"hour()", "hour wants 1 or 2 operands, not 0"},
        {"if(ok, 1)", "if wants 3 operands, not 2"},
        {"min()", "min wants at least 1 operand"},
        {"x in ()", "the list is empty"},
        {"x not 3", "only \"in\" can follow \"not\" here"},
        {"x and and", "expected a value, found \"and\" at character 7"},
        {"gpa + 1", "unknown name \"gpa\"; did you mean \"gap\"? at character 1"},
        {"\xc3\xa9t\xc3\xa9 + 1", "unknown name \"\xc3\xa9t\xc3\xa9\" at character 1"},
        {"'\xc3\xa9' == colour", "unknown name \"colour\" at character 8"},
        {"x + name", "\"+\" wants a number here, found a text at character 5"},
        {"not x", "\"not\" wants a truth here, found a number at character 5"},
        {"name < 'a'", "a text knows == and != only"},
        {"x == name", "wants operands of one type, found a number and a text at character 6"},
        {"t > 'soon'", "not a time such as"},
        {"t > '2013-02-30'", "not a time such as"},
        {"x in (1, gap)", "has to be constant at character 10"},
        {"hour(x)", "\"hour\" wants a time here, found a number"},
        {"hour(t, name)", "a zone is written out"},
        {"if(ok, 1, name)", "operands of one type"},
        {"\xff", "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_expr *expr = NULL;
        assert_fails(checked(&expr, row[i].text, &err), CST_USAGE, row[i].words);
        cst_expr_free(expr);
    }
}

static void a_zone_is_known_to_columns_only(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_expr *expr = NULL;
    cst_expr_value value;
    assert_ok(checked(&expr, "hour(t, \"America/New_York\")", &err));
    assert_fails(cst_expr_evaluate(&value, expr, NULL, value_of, &err), CST_USAGE, "zone");
    cst_expr_free(expr);
}

static void nesting_has_a_bound_and_does_not_crash(void **state)
{
    (void)state;
    static char deep[20001];
    static const char *const starts[] = {"(", "-", "not "};
    for (size_t k = 0; k < 3; k++) {
        size_t n = 0;
        for (; n < 4000; n += strlen(starts[k]))
            memcpy(deep + n, starts[k], strlen(starts[k]));
        deep[n] = '\0';
        cst_error err = CST_ERROR_INIT;
        cst_expr *expr = NULL;
        assert_fails(cst_expr_parse(&expr, deep, &err), CST_USAGE, "nested too deeply");
    }
    memset(deep, '1', 20000);
    cst_error err = CST_ERROR_INIT;
    cst_expr *expr = NULL;
    assert_fails(cst_expr_parse(&expr, deep, &err), CST_USAGE, "bytes");
    for (size_t i = 1; i < 4000; i += 2)
        deep[i] = '+';
    deep[3999] = '\0';
    assert_ok(checked(&expr, deep, &err));
    cst_expr_value value;
    assert_ok(cst_expr_evaluate(&value, expr, NULL, value_of, &err));
    assert_true(value.number == 2000);
    cst_expr_free(expr);
}

static void count_name(void *context, const char *name)
{
    (void)name;
    ++*(int *)context;
}

static void every_name_is_visited(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_expr *expr = NULL;
    int count = 0;
    assert_ok(cst_expr_parse(&expr, "if(a > 1 and b in (1, 2), a, floor(`c d`))", &err));
    cst_expr_names(expr, count_name, &count);
    assert_int_equal(count, 4);
    cst_expr_free(expr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_what_the_arithmetic_says),
        cmocka_unit_test(truths_follow_the_rules),
        cmocka_unit_test(a_comparison_with_missing_is_false_and_isna_asks),
        cmocka_unit_test(a_mistake_is_pointed_at),
        cmocka_unit_test(a_zone_is_known_to_columns_only),
        cmocka_unit_test(nesting_has_a_bound_and_does_not_crash),
        cmocka_unit_test(every_name_is_visited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

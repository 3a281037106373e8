/* validate.c - what is an anomaly, what is said of it, and what refuses a part */
#include "test/unit/test.h"

#include "base/file.h"
#include "config/json.h"
#include "profile/profile.h"
#include "profile/validate.h"
#include "test/unit/profile/make.h"

enum { ROWS = 2000 };

static cst_schema_column column(const char *name, cst_type type)
{
    return (cst_schema_column){.name = (char *)(uintptr_t)name,
                               .type = type,
                               .min = NAN,
                               .max = NAN,
                               .missing = NAN,
                               .drift_psi = NAN,
                               .ticks = 1000000,
                               .required = true};
}

/* x: a number of 1 to 20000; code: L000 to L004; id: the key; t: the time. */
typedef struct {
    cst_schema schema;
    cst_schema_column column[4];
    char *level[5];
    char *key[1];
} rules;

static void rules_init(rules *r)
{
    static char *const levels[] = {"L000", "L001", "L002", "L003", "L004"};
    memcpy(r->level, levels, sizeof levels);
    r->column[0] = column("x", CST_FLOAT64);
    r->column[0].min = 1;
    r->column[0].max = 20000;
    r->column[0].missing = 0.05;
    r->column[1] = column("code", CST_CATEGORY);
    r->column[1].levels = (cst_levels){.text = r->level, .count = 5};
    r->column[1].unseen = CST_UNSEEN_ERROR;
    r->column[2] = column("id", CST_FLOAT64);
    r->column[3] = column("t", CST_TIME);
    r->key[0] = "id";
    r->schema = (cst_schema){.dataset = "flights",
                             .key = r->key,
                             .keys = 1,
                             .time = "t",
                             .rows_min = 100,
                             .max_drop = 0.4,
                             .column = r->column,
                             .columns = 4};
}

static cst_table *good_table(int64_t first_day)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    static double x[ROWS];
    static double id[ROWS];
    static int32_t code[ROWS];
    static int64_t day[ROWS];
    for (int r = 0; r < ROWS; r++) {
        x[r] = 100 + r;
        id[r] = r;
        code[r] = r % 5;
        day[r] = first_day + r / 100;
    }
    assert_ok(cst_table_new(&table, &err));
    make_numbers(table, "x", x, ROWS);
    make_codes(table, "code", code, ROWS, 8);
    make_numbers(table, "id", id, ROWS);
    make_days(table, "t", day, ROWS);
    make_ids(table);
    return table;
}

static json_t *profile_of(const cst_table *table)
{
    cst_error err = CST_ERROR_INIT;
    cst_profile *profile = NULL;
    assert_ok(cst_profile_new(&profile, table, NULL, &err));
    assert_ok(cst_profile_update(profile, table, &err));
    json_t *out = cst_profile_to_json(profile, &err);
    cst_profile_free(profile);
    return out;
}

/* One rank after the other looks at its contiguous rows, in as many rounds as it takes. */
static json_t *report_of(const cst_table *table, const cst_schema *schema, const json_t *options,
                         const json_t *facts)
{
    cst_error err = CST_ERROR_INIT;
    cst_validation *all = NULL;
    bool done = false;
    assert_ok(cst_validation_new(&all, schema, options, facts, &err));
    while (!done) {
        for (size_t first = 0; first < table->rows; first += 700) {
            uint8_t *keep = calloc(table->rows, 1);
            cst_table *share = NULL;
            for (size_t r = first; r < table->rows && r < first + 700; r++)
                keep[r] = 1;
            assert_ok(cst_table_select(&share, table, keep, &err));
            share->first = (int64_t)first;
            assert_ok(cst_validation_local(all, share, &err));
            cst_table_free(share);
            free(keep);
        }
        assert_ok(cst_validation_advance(all, &done, &err));
    }
    json_t *out = cst_validation_report(all, &err);
    if (!out)
        fail_msg("%s", err.text);
    cst_validation_free(all);
    return out;
}

static const json_t *anomaly_of(const json_t *report, const char *kind, const char *name)
{
    size_t i;
    const json_t *anomaly;
    json_array_foreach(json_object_get(report, "anomalies"), i, anomaly)
    {
        const char *other = json_string_value(json_object_get(anomaly, "column"));
        if (strcmp(json_string_value(json_object_get(anomaly, "kind")), kind) == 0 &&
            (!name || (other && strcmp(other, name) == 0)))
            return anomaly;
    }
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int64_t example_row(const json_t *anomaly, size_t at)
{
    const json_t *example = json_array_get(json_object_get(anomaly, "examples"), at);
    const json_t *row = json_object_get(example, "row");
    return json_is_integer(row) ? json_integer_value(row) : -1;
}

static void a_good_part_passes_without_a_word(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    cst_table *table = good_table(100);
    json_t *report = report_of(table, &r.schema, NULL, NULL);
    assert_string_equal(text_of(report, "verdict"), "passed");
    assert_int_equal(json_array_size(json_object_get(report, "anomalies")), 0);
    json_decref(report);
    cst_table_free(table);
}

static void a_value_out_of_range_is_told_with_its_row(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    cst_table *table = good_table(100);
    table->column[0].values.f64[1999] = -5;
    table->column[0].values.f64[701] = INFINITY;
    json_t *report = report_of(table, &r.schema, NULL, NULL);
    const json_t *outside = anomaly_of(report, "out-of-range", "x");
    const json_t *infinite = anomaly_of(report, "not-finite", "x");
    assert_string_equal(text_of(report, "verdict"), "refused");
    assert_string_equal(text_of(outside, "message"),
                        "column x: -5 in 1 row, the schema says 1 to 20000");
    assert_int_equal(example_row(outside, 0), 1999);
    assert_int_equal(example_row(infinite, 0), 701);
    json_decref(report);
    cst_table_free(table);
}

static void an_unseen_level_is_what_the_schema_says_it_is(void **state)
{
    (void)state;
    static const struct {
        cst_unseen unseen;
        const char *severity;
    } row[] = {{CST_UNSEEN_ERROR, "error"}, {CST_UNSEEN_WARN, "warning"}, {CST_UNSEEN_IGNORE, ""}};
    for (size_t i = 0; i < 3; i++) {
        rules r;
        rules_init(&r);
        r.column[1].unseen = row[i].unseen;
        cst_table *table = good_table(100);
        table->column[1].values.i32[1000] = 7;
        json_t *report = report_of(table, &r.schema, NULL, NULL);
        const json_t *unseen = anomaly_of(report, "unseen-level", "code");
        assert_string_equal(text_of(unseen, "severity"), row[i].severity);
        if (unseen) {
            assert_int_equal(example_row(unseen, 0), 1000);
            assert_non_null(strstr(text_of(unseen, "message"), "L007 (1 row)"));
        }
        json_decref(report);
        cst_table_free(table);
    }
}

static void severities_can_be_chosen(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    cst_table *table = good_table(100);
    table->column[0].values.f64[3] = 0;
    json_t *options = json_pack("{s:{s:s}}", "severity", "out-of-range", "warning");
    json_t *report = report_of(table, &r.schema, options, NULL);
    assert_string_equal(text_of(report, "verdict"), "passed");
    assert_string_equal(text_of(anomaly_of(report, "out-of-range", "x"), "severity"), "warning");
    json_decref(report);
    json_decref(options);
    cst_table_free(table);
}

/* Rows 5 and 1900 lie with different ranks. */
static void a_repeated_key_is_found_across_ranks(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    cst_table *table = good_table(100);
    table->column[2].values.f64[1900] = 5;
    table->column[2].values.f64[44] = NAN;
    json_t *report = report_of(table, &r.schema, NULL, NULL);
    const json_t *repeated = anomaly_of(report, "key-repeated", "id");
    const json_t *keyless = anomaly_of(report, "key-missing", "id");
    assert_int_equal(example_row(repeated, 0), 5);
    assert_int_equal(example_row(repeated, 1), 1900);
    assert_int_equal(example_row(repeated, 2), -1);
    assert_int_equal(example_row(keyless, 0), 44);
    json_decref(report);
    cst_table_free(table);
}

static void a_renamed_column_is_missing_and_its_new_name_suggested(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    r.column[0].name = "x_mile";
    cst_table *table = good_table(100);
    json_t *report = report_of(table, &r.schema, NULL, NULL);
    const json_t *missing = anomaly_of(report, "column-missing", "x_mile");
    assert_non_null(missing);
    assert_string_equal(text_of(anomaly_of(report, "column-new", "x"), "severity"), "warning");
    assert_string_equal(text_of(report, "verdict"), "refused");
    json_decref(report);

    json_t *facts = json_pack("{s:[s],s:[s]}", "absent", "code", "unknown", "codes");
    rules_init(&r);
    report = report_of(table, &r.schema, NULL, facts);
    missing = anomaly_of(report, "column-missing", "code");
    assert_string_equal(text_of(missing, "message"),
                        "column code is not in the source: is it called codes now?");
    json_decref(report);
    json_decref(facts);
    cst_table_free(table);
}

static void types_and_units_that_changed_refuse(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    r.column[0].type = CST_CATEGORY;
    r.column[2].unit = "mile";
    cst_table *table = good_table(100);
    table->column[2].unit = strdup("kilometre");
    json_t *report = report_of(table, &r.schema, NULL, NULL);
    assert_string_equal(text_of(anomaly_of(report, "type-changed", "x"), "message"),
                        "column x is float64, the schema says category");
    assert_string_equal(text_of(anomaly_of(report, "unit-changed", "id"), "message"),
                        "column id is in kilometre, the schema says mile");
    json_decref(report);
    cst_table_free(table);
}

static void missing_values_are_counted_against_the_schema(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    cst_table *table = good_table(100);
    for (int i = 0; i < 101; i++)
        table->column[0].values.f64[i] = NAN;
    json_t *report = report_of(table, &r.schema, NULL, NULL);
    assert_non_null(anomaly_of(report, "too-many-missing", "x"));
    json_decref(report);
    for (int i = 0; i < ROWS; i++)
        table->column[0].values.f64[i] = NAN;
    report = report_of(table, &r.schema, NULL, NULL);
    assert_non_null(anomaly_of(report, "all-missing", "x"));
    assert_null(anomaly_of(report, "too-many-missing", "x"));
    json_decref(report);
    cst_table_free(table);
}

static void rows_gone_rejected_or_too_few_refuse(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    r.schema.rows_min = 3000;
    cst_table *table = good_table(100);
    json_t *facts = json_pack("{s:i,s:{s:i},s:s}", "rejected", 100, "reference", "rows", 4000,
                              "reference_name", "flights@3");
    json_t *options = json_pack("{s:f}", "max_reject_fraction", 0.01);
    json_t *report = report_of(table, &r.schema, options, facts);
    assert_string_equal(text_of(anomaly_of(report, "rows-dropped", NULL), "message"),
                        "2000 rows, 50 % fewer than the 4000 of flights@3; at most 40 % may go");
    assert_non_null(anomaly_of(report, "rows-rejected", NULL));
    assert_non_null(anomaly_of(report, "too-few-rows", NULL));
    json_decref(report);
    json_decref(options);
    json_decref(facts);
    cst_table_free(table);
}

static void a_month_after_a_quarter_in_one_part_is_no_drop(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    cst_table *table = good_table(100);
    json_t *facts =
        json_pack("{s:i,s:i,s:{s:i}}", "files", 1, "reference_files", 3, "reference", "rows", 6000);
    json_t *report = report_of(table, &r.schema, NULL, facts);
    assert_null(anomaly_of(report, "rows-dropped", NULL));
    json_decref(report);
    assert_int_equal(json_object_set_new(facts, "reference_files", json_integer(1)), 0);
    report = report_of(table, &r.schema, NULL, facts);
    assert_non_null(anomaly_of(report, "rows-dropped", NULL));
    json_decref(report);
    json_decref(facts);
    cst_table_free(table);
}

static void what_only_a_comparison_can_say_is_said(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    r.column[1].levels.count = 0; /* any level: those of the reference are what is known */
    r.column[1].unseen = CST_UNSEEN_WARN;
    cst_table *before = good_table(100);
    cst_table *now = good_table(119); /* begins on the day on which the other ends */
    for (int i = 0; i < ROWS; i++) {
        now->column[0].values.f64[i] = 7;
        now->column[1].values.i32[i] = i % 4 == 3 ? 7 : i % 4;
    }
    json_t *facts =
        json_pack("{s:o,s:o}", "reference", profile_of(before), "profile", profile_of(now));
    json_t *report = report_of(now, &r.schema, NULL, facts);
    assert_string_equal(text_of(report, "verdict"), "passed");
    assert_non_null(anomaly_of(report, "constant", "x"));
    assert_non_null(anomaly_of(report, "drifted", "x"));
    assert_non_null(anomaly_of(report, "level-gone", "code"));
    assert_non_null(anomaly_of(report, "unseen-level", "code"));
    assert_non_null(anomaly_of(report, "time-backwards", "t"));
    assert_null(anomaly_of(report, "drifted", "id"));
    json_decref(report);
    json_decref(facts);
    cst_table_free(before);
    cst_table_free(now);
}

static void days_without_rows_are_a_gap(void **state)
{
    (void)state;
    rules r;
    rules_init(&r);
    cst_table *table = good_table(100);
    for (int i = 1000; i < ROWS; i++)
        table->column[3].values.i64[i] += 3 * INT64_C(86400000000);
    json_t *report = report_of(table, &r.schema, NULL, NULL);
    const json_t *gap = anomaly_of(report, "time-gap", "t");
    assert_string_equal(text_of(gap, "message"),
                        "3 UTC days have no rows, 1970-04-21 the first of them");
    json_decref(report);
    cst_table_free(table);
}

static void every_kind_stands_in_the_documentation(void **state)
{
    (void)state;
    static const char *const rows[] = {
#define ANOMALY_ROW(kind, word, usual) "\n| `" word "` | " usual " | ",
        CST_ANOMALIES(ANOMALY_ROW)
#undef ANOMALY_ROW
    };
    cst_error err = CST_ERROR_INIT;
    cst_text page = CST_TEXT_INIT;
    assert_ok(cst_file_read(&page, "../../../site/watching.md", 0, &err));
    for (size_t i = 0; i < CST_ANOMALY_COUNT; i++)
        if (!strstr(page.data, rows[i]))
            fail_msg("site/watching.md has no line %s", rows[i]);
    cst_text_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_part_passes_without_a_word),
        cmocka_unit_test(a_value_out_of_range_is_told_with_its_row),
        cmocka_unit_test(an_unseen_level_is_what_the_schema_says_it_is),
        cmocka_unit_test(severities_can_be_chosen),
        cmocka_unit_test(a_repeated_key_is_found_across_ranks),
        cmocka_unit_test(a_renamed_column_is_missing_and_its_new_name_suggested),
        cmocka_unit_test(types_and_units_that_changed_refuse),
        cmocka_unit_test(missing_values_are_counted_against_the_schema),
        cmocka_unit_test(rows_gone_rejected_or_too_few_refuse),
        cmocka_unit_test(a_month_after_a_quarter_in_one_part_is_no_drop),
        cmocka_unit_test(what_only_a_comparison_can_say_is_said),
        cmocka_unit_test(days_without_rows_are_a_gap),
        cmocka_unit_test(every_kind_stands_in_the_documentation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

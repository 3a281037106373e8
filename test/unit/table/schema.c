/* schema.c - schema files: what they say, and what is wrong with them */
#include "test/unit/test.h"

#include <unistd.h>

#include "config/json.h"
#include "config/yaml.h"
#include "table/schema.h"

/* Check and parse YAML text as a schema. */
static cst_code parse(cst_schema **out, const char *text, cst_error *err)
{
    json_t *value = NULL;
    json_t *lines = NULL;
    cst_code rc = cst_yaml_parse(&value, &lines, text, strlen(text), "test.yaml", err);
    if (rc == CST_OK)
        rc = cst_schema_from_json(out, value, err);
    json_decref(value);
    json_decref(lines);
    return rc;
}

static void the_flights_schema_says_what_it_says(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_schema *schema = NULL;
    assert_ok(cst_schema_read(&schema, "../../../jobs/flight-delay/flights.schema.yaml", &err));
    assert_string_equal(schema->dataset, "flights");
    assert_int_equal(schema->columns, 19);
    assert_int_equal(schema->keys, 4);
    assert_string_equal(schema->key[1], "carrier");
    assert_string_equal(schema->time, "time_hour");
    assert_int_equal(schema->rows_min, 1000);
    const cst_schema_column *carrier = cst_schema_find(schema, "carrier");
    assert_int_equal(carrier->type, CST_CATEGORY);
    assert_int_equal(carrier->levels.count, 16);
    assert_string_equal(carrier->levels.text[0], "9E");
    assert_int_equal(carrier->unseen, CST_UNSEEN_ERROR);
    const cst_schema_column *delay = cst_schema_find(schema, "arr_delay");
    assert_true(delay->training_only && delay->required);
    assert_true(delay->missing == 0.15 && isnan(delay->min) && isnan(delay->drift_psi));
    assert_string_equal(delay->unit, "minute");
    const cst_schema_column *time = cst_schema_find(schema, "time_hour");
    assert_int_equal(time->ticks, 1000000);
    assert_string_equal(time->format, "%Y-%m-%dT%H:%M:%SZ");
    assert_null(cst_schema_find(schema, "gate"));
    cst_schema_free(schema);
}

static void a_schema_survives_being_json(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_schema *schema = NULL;
    cst_schema *again = NULL;
    assert_ok(parse(&schema,
                    "dataset: d\nkey: [t]\ntime: t\nrows: {max_drop: 0.5}\ncolumns:\n"
                    "  - {name: t, type: time, unit: seconds, zone: Europe/Berlin}\n"
                    "  - {name: c, type: category, levels: [b, a], unseen: ignore}\n"
                    "  - {name: x, type: float64, unit: K, min: -1, max: 2.5, missing: 0.1,\n"
                    "     required: false, only: training, source: X, drift: {psi: 0.1},\n"
                    "     long_name: all of it, standard_name: air_temperature}\n",
                    &err));
    json_t *one = cst_schema_to_json(schema, &err);
    assert_non_null(one);
    assert_ok(cst_schema_from_json(&again, one, &err));
    json_t *two = cst_schema_to_json(again, &err);
    assert_non_null(two);
    assert_true(json_equal(one, two));
    assert_int_equal(again->column[0].ticks, 1);
    assert_null(again->column[0].unit);
    assert_string_equal(again->column[1].levels.text[0], "a");
    assert_false(again->column[2].required);
    assert_true(again->column[2].max == 2.5 && again->column[2].drift_psi == 0.1);
    json_decref(one);
    json_decref(two);
    cst_schema_free(schema);
    cst_schema_free(again);
}

static void what_cannot_be_meant_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } row[] = {
        {"dataset: d\ncolumns: [{name: a, type: float16}]\n", "float32"},
        {"dataset: d\ncolumns: [{name: a, typ: int32}]\n", "type"},
        {"dataset: d\ncolumns: []\n", "needs columns"},
        {"dataset: d\ncolumns: [{name: a, type: int32}, {name: a, type: text}]\n", "twice"},
        {"dataset: d\ncolumns: [{name: a, type: int32, levels: [x]}]\n", "category"},
        {"dataset: d\ncolumns: [{name: a, type: category, levels: [x, x]}]\n", "\"x\""},
        {"dataset: d\ncolumns: [{name: a, type: int32, min: 2, max: 1}]\n", "larger"},
        {"dataset: d\ncolumns: [{name: a, type: int32, missing: 2}]\n", "missing"},
        {"dataset: d\ncolumns: [{name: a, type: text, zone: UTC}]\n", "zone"},
        {"dataset: d\ncolumns: [{name: a, type: time, unit: fortnights}]\n", "fortnights"},
        {"dataset: d\ncolumns: [{name: a, type: time, format: '%Q'}]\n", "%Q"},
        {"dataset: d\nkey: [b]\ncolumns: [{name: a, type: int32}]\n", "no column b"},
        {"dataset: d\ntime: a\ncolumns: [{name: a, type: int32}]\n", "of type time"},
        {"dataset: d\ncolumns: [{name: row, type: int32}]\n", "reserved"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_schema *schema = NULL;
        assert_int_not_equal(parse(&schema, row[i].text, &err), CST_OK);
        if (!strstr(err.text, row[i].words))
            fail_msg("\"%s\" is not in \"%s\"", row[i].words, err.text);
        assert_null(schema);
    }
}

static void names_keep_to_the_rules(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_schema_check_name("dep_time", &err));
    assert_ok(cst_schema_check_name("Gr\xc3\xb6\xc3\x9f"
                                    "e in m",
                                    &err));
    assert_ok(cst_schema_check_name("levels", &err));
    static const struct {
        const char *name, *words;
    } row[] = {
        {"", "empty"},
        {"a/b", "'/'"},
        {"a\tb", "control"},
        {"a ", "blank"},
        {"row", "reserved"},
        {"x_levels", "reserved"},
        {"x_offsets", "reserved"},
        {"x_missing", "reserved"},
        {"a\xff", "UTF-8"},
        {"o\xcc\x88", "NFC"},
        {".", "files"},
        {"id:row", "reserved"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_fails(cst_schema_check_name(row[i].name, &err), CST_INVALID, row[i].words);
        assert_non_null(strstr(err.text, "rename:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_flights_schema_says_what_it_says),
        cmocka_unit_test(a_schema_survives_being_json),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
        cmocka_unit_test(names_keep_to_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

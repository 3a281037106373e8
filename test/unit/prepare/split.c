/* split.c - facts about splits */
#include "exact/mergeable.h"
#include "prepare/rows.h"
#include "test/unit/prepare/build.h"

enum { DAY = 86400 };
static const int64_t microseconds = 1000000;

/* rows hours, each of two rows, from 2013-01-01T00:00:00Z on. */
static cst_table *hours(size_t count)
{
    cst_table *table = build_table(2 * count);
    int64_t *time = calloc(2 * count, sizeof *time);
    double *key = calloc(2 * count, sizeof *key);
    assert_true(time && key);
    for (size_t r = 0; r < 2 * count; r++) {
        time[r] = (15706 * (int64_t)DAY + 3600 * (int64_t)(r / 2)) * microseconds;
        key[r] = (double)(r % 10);
    }
    build_times(table, "at", microseconds, time);
    build_numbers(table, "key", CST_INT32, key);
    free(time);
    free(key);
    return table;
}

/* All rounds over the shares of a table. */
static cst_code rounds(cst_split *split, cst_table *const *share, size_t shares, cst_error *err)
{
    bool done = false;
    cst_code rc = CST_OK;
    while (rc == CST_OK && !done) {
        for (size_t s = 0; rc == CST_OK && s < shares; s++)
            rc = cst_split_local(split, share[s], err);
        if (rc == CST_OK)
            rc = cst_split_advance(split, &done, err);
    }
    return rc;
}

static cst_code split_of(cst_split **out, const char *text, cst_table *table, cst_error *err)
{
    cst_schema schema = {.time = (char *)"at"};
    json_t *spec = text ? build_json(text) : NULL;
    cst_code rc = cst_split_new(out, spec, !spec, &schema, NULL, 0, err);
    json_decref(spec);
    return rc == CST_OK ? rounds(*out, &table, 1, err) : rc;
}

static const char *at(const json_t *json, const char *key, size_t i)
{
    return json_string_value(json_array_get(json_object_get(json, key), i));
}

static void spans_are_cut_back_from_the_last_instant(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = hours(10 * 24);
    cst_split *split = NULL;
    assert_ok(split_of(&split, "{'test': '2d', 'validation': '3d', 'gap': '12h'}", table, &err));
    assert_int_equal(cst_split_rows(split, CST_TEST), 2 * 48);
    assert_int_equal(cst_split_rows(split, CST_VALIDATION), 2 * 72);
    assert_int_equal(cst_split_rows(split, CST_NOWHERE), 2 * 24);
    assert_int_equal(cst_split_rows(split, CST_TRAINING), 2 * (240 - 48 - 72 - 24));
    json_t *json = cst_split_to_json(split, &err);
    assert_string_equal(at(json, "training", 0), "2013-01-01T00:00:00Z");
    assert_string_equal(at(json, "training", 1), "2013-01-04T23:00:00Z");
    assert_string_equal(at(json, "validation", 0), "2013-01-05T12:00:00Z");
    assert_string_equal(at(json, "validation", 1), "2013-01-08T11:00:00Z");
    assert_string_equal(at(json, "test", 0), "2013-01-09T00:00:00Z");
    assert_string_equal(at(json, "test", 1), "2013-01-10T23:00:00Z");
    assert_false(json_is_true(json_object_get(json, "all")));
    json_decref(json);
    cst_split_free(split);
    cst_table_free(table);
}

static void rows_of_an_instant_stay_together(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const char *const specs[] = {"{'test': '10%', 'validation': 0.15}", "{'test': '7h'}",
                                        "{'test': '33.3%'}"};
    cst_table *table = hours(101);
    uint8_t *side = calloc(table->rows, 1);
    for (size_t i = 0; i < 3; i++) {
        cst_split *split = NULL;
        assert_ok(split_of(&split, specs[i], table, &err));
        assert_ok(cst_split_sides(side, split, table, &err));
        for (size_t r = 0; r < table->rows; r += 2)
            assert_int_equal(side[r], side[r + 1]);
        cst_split_free(split);
    }
    free(side);
    cst_table_free(table);
}

static void shares_are_exact_quantiles_of_time(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = hours(100);
    cst_split *split = NULL;
    assert_ok(split_of(&split, "{'test': '10%', 'validation': 0.2}", table, &err));
    assert_int_equal(cst_split_rows(split, CST_TEST), 20);
    assert_int_equal(cst_split_rows(split, CST_VALIDATION), 40);
    assert_int_equal(cst_split_rows(split, CST_TRAINING), 140);
    cst_split_free(split);
    cst_table_free(table);
}

static void cuts_do_not_depend_on_who_holds_which_rows(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const char *const specs[] = {"{'test': '10%', 'validation': '15%'}",
                                        "{'test': '7h', 'validation': '9h', 'gap': '1h'}",
                                        "{'by': 'hash', 'test': 0.2, 'validation': 0.2}"};
    cst_table *table = hours(101);
    cst_schema schema = {.time = (char *)"at"};
    for (size_t i = 0; i < 3; i++) {
        json_t *spec = build_json(specs[i]);
        cst_table *share[7];
        cst_split *split[7];
        for (size_t s = 0; s < 7; s++) {
            share[s] = build_share(table, s, 7);
            assert_ok(cst_split_new(&split[s], spec, false, &schema, NULL, 5, &err));
        }
        for (bool done = false; !done;) {
            for (size_t s = 0; s < 7; s++)
                assert_ok(cst_split_local(split[s], share[s], &err));
            cst_mergeable all = cst_split_state(split[0]);
            for (size_t s = 1; s < 7; s++) {
                cst_mergeable other = cst_split_state(split[s]);
                assert_ok(cst_mergeable_merge(&all, &other, &err));
            }
            for (size_t s = 1; s < 7; s++) {
                cst_mergeable other = cst_split_state(split[s]);
                memcpy(other.sum, all.sum, all.sums * sizeof *all.sum);
                if (all.maxima)
                    memcpy(other.max, all.max, all.maxima * sizeof *all.max);
            }
            for (size_t s = 0; s < 7; s++)
                assert_ok(cst_split_advance(split[s], &done, &err));
        }
        cst_split *whole = NULL;
        assert_ok(cst_split_new(&whole, spec, false, &schema, NULL, 5, &err));
        assert_ok(rounds(whole, &table, 1, &err));
        json_t *expected = cst_split_to_json(whole, &err);
        for (size_t s = 0; s < 7; s++) {
            json_t *got = cst_split_to_json(split[s], &err);
            assert_true(json_equal(expected, got));
            json_decref(got);
            cst_split_free(split[s]);
            cst_table_free(share[s]);
        }
        json_decref(expected);
        cst_split_free(whole);
        json_decref(spec);
    }
    cst_table_free(table);
}

static void a_hash_keeps_rows_of_a_key_together_for_ever(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = hours(100);
    cst_table *more = hours(400);
    uint8_t side[200];
    uint8_t later[800];
    cst_split *split = NULL;
    cst_split *second = NULL;
    const char *spec = "{'by': 'hash', 'key': ['key'], 'test': '50%'}";
    assert_ok(split_of(&split, spec, table, &err));
    assert_ok(split_of(&second, spec, more, &err));
    assert_ok(cst_split_sides(side, split, table, &err));
    assert_ok(cst_split_sides(later, second, more, &err));
    for (size_t r = 10; r < 200; r++)
        assert_int_equal(side[r], side[r % 10]);
    assert_memory_equal(side, later, 200);
    cst_split_free(split);
    cst_split_free(second);
    cst_table_free(table);
    cst_table_free(more);
}

static void a_hash_of_rows_gives_the_shares_asked_for(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = hours(10000);
    cst_split *split = NULL;
    assert_ok(split_of(&split, "{'by': 'hash', 'test': 0.1, 'validation': 0.2}", table, &err));
    /* Five standard deviations of a binomial. */
    assert_true(llabs(cst_split_rows(split, CST_TEST) - 2000) < 5 * 43);
    assert_true(llabs(cst_split_rows(split, CST_VALIDATION) - 4000) < 5 * 57);
    cst_split_free(split);
    cst_table_free(table);
}

static void a_hash_finer_than_a_join_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *joins = build_json("[{'dataset': 'weather', 'on': ['origin', 'at'], 'columns': []}]");
    static const struct {
        const char *spec;
        bool refused;
    } cases[] = {
        {"{'by': 'hash', 'test': 0.1}", true},
        {"{'by': 'hash', 'key': ['tailnum'], 'test': 0.1}", true},
        {"{'by': 'hash', 'key': ['origin', 'tailnum'], 'test': 0.1}", true},
        {"{'by': 'hash', 'key': ['origin'], 'test': 0.1}", false},
        {"{'by': 'hash', 'key': ['at', 'origin'], 'test': 0.1}", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cst_split *split = NULL;
        json_t *spec = build_json(cases[i].spec);
        if (cases[i].refused)
            assert_fails(cst_split_new(&split, spec, false, NULL, joins, 0, &err), CST_USAGE,
                         "weather");
        else
            assert_ok(cst_split_new(&split, spec, false, NULL, joins, 0, &err));
        cst_split_free(split);
        json_decref(spec);
    }
    json_decref(joins);
}

static void an_empty_side_names_spans_and_extent(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = hours(48);
    cst_split *split = NULL;
    assert_fails(split_of(&split, "{'test': '1d', 'validation': '1d'}", table, &err), CST_INVALID,
                 "no row is left for training: test takes 1d, validation 1d, and the 96 rows that "
                 "count run from 2013-01-01T00:00:00Z to 2013-01-02T23:00:00Z");
    cst_split_free(split);
    cst_table_free(table);
}

static void wrong_splits_say_what_is_wrong(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *spec;
        const char *words;
    } cases[] = {
        {"{'test': '14x'}", "14x"},
        {"{'test': '110%'}", "between 0 and 1"},
        {"{'test': '5d', 'validation': '10%'}", "both be spans or both be shares"},
        {"{'by': 'hash', 'test': '5d'}", "by hash"},
        {"{'test': 0.6, 'validation': 0.5}", "nothing to train on"},
        {"{'test': '5d', 'column': 'key'}", "\"key\" is int32"},
        {"{'test': '5d', 'column': 'when'}", "\"when\" is no column"},
    };
    cst_table *table = hours(48);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cst_split *split = NULL;
        assert_fails(split_of(&split, cases[i].spec, table, &err), CST_USAGE, cases[i].words);
        cst_split_free(split);
    }
    cst_table_free(table);
}

static void without_a_split_every_row_is_for_training(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = hours(48);
    cst_split *split = NULL;
    assert_ok(split_of(&split, NULL, table, &err));
    assert_int_equal(cst_split_rows(split, CST_TRAINING), 96);
    json_t *json = cst_split_to_json(split, &err);
    assert_true(json_is_true(json_object_get(json, "all")));
    assert_string_equal(at(json, "training", 1), "2013-01-02T23:00:00Z");
    json_decref(json);
    cst_split_free(split);
    cst_table_free(table);
}

/* What a refit was fitted on is told by the clock that the test rows are told by. */
static void without_a_split_the_extent_is_by_the_splits_own_column(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_table *table = hours(48);
    cst_schema schema = {.time = (char *)"elsewhere"};
    json_t *spec = build_json("{'test': '1d', 'column': 'at'}");
    cst_split *split = NULL;
    assert_ok(cst_split_new(&split, spec, true, &schema, NULL, 0, &err));
    assert_ok(rounds(split, &table, 1, &err));
    assert_int_equal(cst_split_rows(split, CST_TRAINING), 96);
    json_t *json = cst_split_to_json(split, &err);
    assert_string_equal(json_string_value(json_object_get(json, "column")), "at");
    assert_string_equal(at(json, "training", 1), "2013-01-02T23:00:00Z");
    json_decref(json);
    json_decref(spec);
    cst_split_free(split);
    cst_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_cut_back_from_the_last_instant),
        cmocka_unit_test(rows_of_an_instant_stay_together),
        cmocka_unit_test(shares_are_exact_quantiles_of_time),
        cmocka_unit_test(cuts_do_not_depend_on_who_holds_which_rows),
        cmocka_unit_test(a_hash_keeps_rows_of_a_key_together_for_ever),
        cmocka_unit_test(a_hash_of_rows_gives_the_shares_asked_for),
        cmocka_unit_test(a_hash_finer_than_a_join_is_refused),
        cmocka_unit_test(an_empty_side_names_spans_and_extent),
        cmocka_unit_test(wrong_splits_say_what_is_wrong),
        cmocka_unit_test(without_a_split_every_row_is_for_training),
        cmocka_unit_test(without_a_split_the_extent_is_by_the_splits_own_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

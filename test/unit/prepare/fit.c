/* fit.c - facts about transforms: what is fitted, on whom, and what rows become */
#include "prepare/transform.h"

#include "test/unit/prepare/build.h"
#include "test/unit/prepare/play.h"

enum { ROWS = 15 };

static json_t *values_of(const char *key)
{
    cst_error err = CST_ERROR_INIT;
    json_t *all = NULL;
    assert_ok(cst_json_read(&all, "../../fixtures/prepare/values.json", &err));
    json_t *values = json_incref(json_object_get(all, key));
    assert_non_null(values);
    json_decref(all);
    return values;
}

static double number_at(const json_t *array, size_t i)
{
    const json_t *value = json_array_get(array, i);
    return json_is_null(value) ? NAN : json_number_value(value);
}

static cst_table *rows_of_fixture(void)
{
    cst_table *table = build_table(ROWS);
    static const char *const numbers[] = {"temp", "late", "delay"};
    for (size_t c = 0; c < 3; c++) {
        json_t *values = values_of(numbers[c]);
        double value[ROWS];
        for (size_t r = 0; r < ROWS; r++)
            value[r] = number_at(values, r);
        build_numbers(table, numbers[c], c == 1 ? CST_BOOL : CST_FLOAT64, value);
        json_decref(values);
    }
    json_t *values = values_of("carrier");
    const char *text[ROWS];
    for (size_t r = 0; r < ROWS; r++)
        text[r] = json_string_value(json_array_get(values, r));
    build_texts(table, "carrier", text);
    json_decref(values);
    return table;
}

static bool same_float(float a, float b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void expect_column(const cst_matrix *matrix, size_t column, const json_t *expected)
{
    for (size_t r = 0; r < ROWS; r++) {
        double value = number_at(expected, r);
        double got = (double)matrix->x[column][r];
        if (isnan(value))
            assert_true(isnan(got));
        else /* a float32, and scikit-learn's own rounding */
            assert_true(fabs(got - value) <= 0x1p-23 * (fabs(value) + 1e-7));
    }
}

/* A transform of features (and label late) on the fixture's rows, and their matrix. */
static cst_transform *fit_fixture(cst_matrix **matrix, const char *label, const char *features)
{
    cst_error err = CST_ERROR_INIT;
    char text[512];
    (void)snprintf(text, sizeof text, "{'label': '%s', 'features': [%s]}", label, features);
    json_t *spec = build_json(text);
    cst_table *table = rows_of_fixture();
    cst_transform *transform = NULL;
    assert_ok(play_fit(&transform, matrix, spec, &table, 1, NULL, &err));
    cst_table_free(table);
    json_decref(spec);
    return transform;
}

static void numbers_are_as_scikit_learn_makes_them(void **state)
{
    (void)state;
    static const struct {
        const char *features;
        const char *expected;
    } cases[] = {
        {"{'columns': ['temp']}", "temp"},
        {"{'columns': ['temp'], 'impute': 'median'}", "median"},
        {"{'columns': ['temp'], 'impute': 'median', 'scale': 'standard'}", "median_standard"},
        {"{'columns': ['temp'], 'impute': 'mean', 'scale': 'standard'}", "mean_standard"},
        {"{'columns': ['temp'], 'scale': 'standard'}", "standard"},
        {"{'columns': ['temp'], 'scale': 'minmax'}", "minmax"},
        {"{'columns': ['carrier'], 'encode': 'ordinal'}", "ordinal"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cst_matrix *matrix = NULL;
        cst_transform *transform = fit_fixture(&matrix, "late", cases[i].features);
        json_t *expected = values_of(cases[i].expected);
        assert_int_equal(matrix->columns, 1);
        expect_column(matrix, 0, expected);
        json_decref(expected);
        cst_matrix_free(matrix);
        cst_transform_free(transform);
    }
}

static void a_constant_is_imputed_as_it_is(void **state)
{
    (void)state;
    cst_matrix *matrix = NULL;
    cst_transform *transform =
        fit_fixture(&matrix, "late", "{'columns': ['temp'], 'impute': -99.5}");
    assert_true(matrix->x[0][2] == -99.5F);
    assert_true(matrix->x[0][0] == 39.02F);
    cst_matrix_free(matrix);
    cst_transform_free(transform);
}

static void onehot_is_a_column_a_level(void **state)
{
    (void)state;
    cst_matrix *matrix = NULL;
    cst_transform *transform =
        fit_fixture(&matrix, "late", "{'columns': ['carrier'], 'encode': 'onehot'}");
    static const char *const names[] = {"carrier=AA", "carrier=B6", "carrier=DL", "carrier=UA"};
    json_t *expected = values_of("onehot");
    assert_int_equal(matrix->columns, 4);
    for (size_t c = 0; c < 4; c++) {
        assert_string_equal(matrix->feature[c].name, names[c]);
        assert_int_equal(matrix->feature[c].kind, CST_FEATURE_NUMERIC);
        expect_column(matrix, c, json_array_get(expected, c));
    }
    json_decref(expected);
    cst_matrix_free(matrix);
    cst_transform_free(transform);
}

static void levels_that_are_numbers_are_written_as_people_do(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json("{'label': 'late', 'features': [{'columns': ['hour', 'share'], "
                              "'encode': 'onehot'}]}");
    cst_table *table = build_table(3);
    build_numbers(table, "hour", CST_INT32, (double[]){10, 9, -20});
    build_numbers(table, "share", CST_FLOAT64, (double[]){0.1, NAN, 100});
    build_numbers(table, "late", CST_BOOL, (double[]){0, 1, 0});
    cst_matrix *matrix = NULL;
    cst_transform *transform = NULL;
    assert_ok(play_fit(&transform, &matrix, spec, &table, 1, NULL, &err));
    static const char *const names[] = {"hour=-20", "hour=9", "hour=10", "share=0.1", "share=100"};
    assert_int_equal(matrix->columns, 5);
    for (size_t c = 0; c < 5; c++)
        assert_string_equal(matrix->feature[c].name, names[c]);
    cst_matrix_free(matrix);
    cst_transform_free(transform);
    cst_table_free(table);
    json_decref(spec);
}

static void text_becomes_codes_by_default(void **state)
{
    (void)state;
    cst_matrix *matrix = NULL;
    cst_transform *transform = fit_fixture(&matrix, "late", "{'columns': ['carrier']}");
    json_t *expected = values_of("ordinal");
    assert_int_equal(matrix->feature[0].kind, CST_FEATURE_CATEGORY);
    assert_int_equal(matrix->feature[0].levels, 4);
    expect_column(matrix, 0, expected);
    json_decref(expected);
    cst_matrix_free(matrix);
    cst_transform_free(transform);
}

/* The full training value is what rows that were not trained on get. */
static void new_rows_get_the_target_encoding_of_scikit_learn(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const char *const labels[] = {"late", "delay"};
    static const char *const keys[] = {"target_late", "target_delay"};
    for (size_t i = 0; i < 2; i++) {
        cst_matrix *matrix = NULL;
        cst_transform *transform = fit_fixture(
            &matrix, labels[i], "{'columns': ['carrier'], 'encode': 'target', 'smoothing': 3}");
        assert_string_equal(cst_transform_objective(transform), i ? "regression" : "binary");
        assert_string_equal(matrix->feature[0].name, "target(carrier)");
        json_t *expected = values_of(keys[i]);
        json_t *values = json_object_get(expected, "values");
        cst_table *table = build_table(4);
        build_texts(table, "carrier", (const char *[]){"AA", "B6", "DL", "UA"});
        cst_matrix *scored = NULL;
        assert_ok(cst_transform_apply(&scored, transform, table, false, NULL, &err));
        for (size_t l = 0; l < 4; l++) {
            double value = number_at(values, l);
            assert_true(fabs((double)scored->x[0][l] - value) <= 0x1p-23 * fabs(value));
        }
        json_decref(expected);
        cst_matrix_free(scored);
        cst_table_free(table);
        cst_matrix_free(matrix);
        cst_transform_free(transform);
    }
}

/* No fold is encoded with its own labels: turning a row's label around changes other rows, but
 * neither it nor any row of its fold. */
static void no_row_sees_its_own_label(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json("{'label': 'late', 'features': [{'columns': ['carrier'], "
                              "'encode': 'target', 'smoothing': 2, 'folds': 5}]}");
    for (int timed = 0; timed < 2; timed++) {
        cst_matrix *before = NULL;
        cst_transform *transform = NULL;
        cst_table *table = play_rows(300, false);
        const char *time = timed ? "at" : NULL;
        assert_ok(play_fit(&transform, &before, spec, &table, 1, time, &err));
        cst_transform_free(transform);
        for (size_t row = 0; row < 300; row += 23) {
            cst_matrix *after = NULL;
            cst_column *late = cst_table_find(table, "late");
            late->values.i8[row] = (int8_t)!late->values.i8[row];
            assert_ok(play_fit(&transform, &after, spec, &table, 1, time, &err));
            late->values.i8[row] = (int8_t)!late->values.i8[row];
            size_t changed = 0;
            for (size_t r = 0; r < 300; r++)
                changed += before->x[0][r] != after->x[0][r];
            assert_true(before->x[0][row] == after->x[0][row]);
            assert_true(changed > 0);
            cst_matrix_free(after);
            cst_transform_free(transform);
        }
        cst_matrix_free(before);
        cst_table_free(table);
    }
    json_decref(spec);
}

/* With a time, folds are its blocks: the rows of the first fifth are encoded by the rest. */
static void folds_are_blocks_of_time(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json("{'label': 'late', 'features': [{'columns': ['carrier'], "
                              "'encode': 'target', 'smoothing': 0, 'folds': 5}]}");
    cst_table *table = build_table(10);
    int64_t time[10];
    const char *carrier[10];
    double late[10];
    for (size_t r = 0; r < 10; r++) {
        time[r] = (int64_t)(9 - r) * 1000;
        carrier[r] = "UA";
        late[r] = r < 2; /* the newest two rows: the last block */
    }
    build_times(table, "at", 1000000, time);
    build_texts(table, "carrier", carrier);
    build_numbers(table, "late", CST_BOOL, late);
    cst_matrix *matrix = NULL;
    cst_transform *transform = NULL;
    assert_ok(play_fit(&transform, &matrix, spec, &table, 1, "at", &err));
    for (size_t r = 0; r < 10; r++)
        assert_true(matrix->x[0][r] == (r < 2 ? 0.0F : 0.25F));
    cst_matrix_free(matrix);
    cst_transform_free(transform);
    cst_table_free(table);
    json_decref(spec);
}

static void far_integers_and_times_keep_their_neighbours_apart(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec =
        build_json("{'label': 'late', 'features': [{'columns': ['at', 'big', 'small']}]}");
    cst_table *table = build_table(3);
    static const int64_t start = 1356998400000000;
    build_times(table, "at", 1000000, (int64_t[]){start + 1, start + 3, start});
    cst_column *big = build_column(table, "big", CST_INT64);
    big->values.i64[0] = INT64_MAX - 1;
    big->values.i64[1] = INT64_MAX;
    big->values.i64[2] = CST_MISSING_INT64;
    build_numbers(table, "small", CST_INT32, (double[]){1 << 24, 7, -5});
    build_numbers(table, "late", CST_BOOL, (double[]){0, 1, 0});
    cst_matrix *matrix = NULL;
    cst_transform *transform = NULL;
    assert_ok(play_fit(&transform, &matrix, spec, &table, 1, NULL, &err));
    assert_true(matrix->x[0][0] == 1 && matrix->x[0][1] == 3 && matrix->x[0][2] == 0);
    assert_true(matrix->x[1][0] == 0 && matrix->x[1][1] == 1 && isnan(matrix->x[1][2]));
    assert_true(matrix->x[2][0] == 0x1p24F && matrix->x[2][1] == 7 && matrix->x[2][2] == -5);
    cst_matrix_free(matrix);
    cst_transform_free(transform);
    cst_table_free(table);
    json_decref(spec);
}

/* Everything at once, with derived columns that need each other in the other order. */
static const char *const everything =
    "{'where': 'delay > -1000', 'label': 'delay > 15', 'weight': 'distance / 100',"
    " 'derive': {'b': 'a + 1', 'a': 'temp * 2', 'early': 'hour(at) < 6'},"
    " 'features': [{'columns': ['temp', 'b'], 'impute': 'median', 'scale': 'standard'},"
    "  {'columns': ['distance', 'early'], 'impute': 'mean'},"
    "  {'columns': ['at'], 'scale': 'minmax'},"
    "  {'columns': ['carrier', 'gate'], 'encode': 'onehot'},"
    "  {'columns': ['carrier', 'gate'], 'encode': 'target', 'smoothing': 4},"
    "  {'columns': ['carrier']}, {'columns': ['gate'], 'encode': 'category'}]}";

static void expect_same_matrix(const cst_matrix *a, const cst_matrix *b)
{
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->columns, b->columns);
    for (size_t c = 0; c < a->columns; c++) {
        assert_string_equal(a->feature[c].name, b->feature[c].name);
        assert_int_equal(a->feature[c].levels, b->feature[c].levels);
        for (size_t r = 0; r < a->rows; r++)
            assert_true(same_float(a->x[c][r], b->x[c][r]));
    }
}

static void a_transform_comes_back_from_its_json_to_the_bit(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json(everything);
    cst_table *table = play_rows(500, true);
    cst_transform *transform = NULL;
    cst_transform *again = NULL;
    cst_matrix *training = NULL;
    assert_ok(play_fit(&transform, &training, spec, &table, 1, "at", &err));
    json_t *json = cst_transform_to_json(transform, &err);
    cst_text text = CST_TEXT_INIT;
    assert_ok(cst_json_canonical(&text, json, &err));
    json_t *read = NULL;
    assert_ok(cst_json_parse(&read, text.data, text.size, "transform.json", &err));
    assert_ok(cst_transform_from_json(&again, read, &err));
    cst_table *fresh = play_rows(700, false);
    cst_matrix *first = NULL;
    cst_matrix *second = NULL;
    assert_ok(cst_transform_apply(&first, transform, fresh, true, NULL, &err));
    assert_ok(cst_transform_apply(&second, again, fresh, true, NULL, &err)); /* a, b, early stand */
    expect_same_matrix(first, second);
    assert_string_equal(cst_transform_objective(again), "binary");
    for (size_t r = 0; r < first->rows; r++) {
        assert_true(first->label[r] == second->label[r]);
        assert_true(first->weight[r] == second->weight[r]);
        assert_true(first->time[r] == second->time[r]);
    }
    cst_matrix_free(first);
    cst_matrix_free(second);
    cst_matrix_free(training);
    cst_table_free(fresh);
    cst_table_free(table);
    cst_transform_free(transform);
    cst_transform_free(again);
    cst_text_free(&text);
    json_decref(json);
    json_decref(read);
    json_decref(spec);
}

static void seven_shares_fit_what_one_fits_to_the_bit(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json(everything);
    cst_table *table = play_rows(500, true);
    cst_table *share[7];
    cst_transform *whole = NULL;
    cst_transform *shared = NULL;
    cst_matrix *matrix = NULL;
    cst_matrix *parts[7] = {NULL};
    assert_ok(play_fit(&whole, &matrix, spec, &table, 1, "at", &err));
    for (size_t s = 0; s < 7; s++)
        share[s] = build_share(table, s, 7);
    assert_ok(play_fit(&shared, parts, spec, share, 7, "at", &err));
    json_t *one = cst_transform_to_json(whole, &err);
    json_t *seven = cst_transform_to_json(shared, &err);
    cst_text a = CST_TEXT_INIT;
    cst_text b = CST_TEXT_INIT;
    assert_ok(cst_json_canonical(&a, one, &err));
    assert_ok(cst_json_canonical(&b, seven, &err));
    assert_string_equal(a.data, b.data);
    for (size_t r = 0; r < matrix->rows; r++)
        for (size_t c = 0; c < matrix->columns; c++)
            assert_true(same_float(matrix->x[c][r], parts[r % 7]->x[c][r / 7]));
    for (size_t s = 0; s < 7; s++) {
        cst_matrix_free(parts[s]);
        cst_table_free(share[s]);
    }
    cst_text_free(&a);
    cst_text_free(&b);
    json_decref(one);
    json_decref(seven);
    cst_matrix_free(matrix);
    cst_transform_free(whole);
    cst_transform_free(shared);
    cst_table_free(table);
    json_decref(spec);
}

static void a_row_becomes_the_same_alone(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json(everything);
    cst_table *table = play_rows(500, true);
    cst_table *fresh = play_rows(60, false);
    cst_transform *transform = NULL;
    cst_matrix *matrix = NULL;
    cst_matrix *all = NULL;
    assert_ok(play_fit(&transform, &matrix, spec, &table, 1, "at", &err));
    assert_ok(cst_transform_apply(&all, transform, fresh, false, NULL, &err));
    assert_null(all->label);
    for (size_t r = 0; r < 60; r++) {
        cst_table *one = NULL;
        cst_matrix *alone = NULL;
        assert_ok(cst_table_take(&one, fresh, (int64_t[]){(int64_t)r}, 1, &err));
        assert_ok(cst_transform_apply(&alone, transform, one, false, NULL, &err));
        for (size_t c = 0; c < all->columns; c++)
            assert_true(same_float(all->x[c][r], alone->x[c][0]));
        cst_matrix_free(alone);
        cst_table_free(one);
    }
    cst_matrix_free(all);
    cst_matrix_free(matrix);
    cst_table_free(fresh);
    cst_table_free(table);
    cst_transform_free(transform);
    json_decref(spec);
}

static bool holds(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static void a_model_is_asked_without_the_labels_columns(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json(everything);
    cst_table *table = play_rows(500, true);
    cst_transform *transform = NULL;
    cst_matrix *matrix = NULL;
    assert_ok(play_fit(&transform, &matrix, spec, &table, 1, "at", &err));
    const char *const *asked = cst_transform_inputs(transform, false);
    assert_true(holds(asked, "temp") && holds(asked, "at") && holds(asked, "carrier"));
    assert_false(holds(asked, "delay") || holds(asked, "a") || holds(asked, "b"));
    assert_true(holds(cst_transform_inputs(transform, true), "delay"));
    assert_true(holds(cst_transform_columns(transform), "b"));
    cst_table *fresh = play_rows(10, false);
    cst_table_drop(fresh, "delay");
    cst_matrix *scored = NULL;
    assert_ok(cst_transform_apply(&scored, transform, fresh, false, NULL, &err));
    assert_int_equal(scored->rows, 10);
    cst_matrix_free(scored);
    assert_fails(cst_transform_apply(&scored, transform, fresh, true, NULL, &err), CST_MISSING,
                 "no column \"delay\"");
    cst_table_drop(fresh, "temp");
    assert_fails(cst_transform_apply(&scored, transform, fresh, false, NULL, &err), CST_MISSING,
                 "no column \"temp\"");
    cst_table_free(fresh);
    cst_matrix_free(matrix);
    cst_table_free(table);
    cst_transform_free(transform);
    json_decref(spec);
}

static void unseen_and_missing_levels_have_their_own_meaning(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec = build_json("{'label': 'late', 'features': [{'columns': ['carrier']},"
                              "{'columns': ['carrier'], 'encode': 'onehot'},"
                              "{'columns': ['carrier'], 'encode': 'target', 'smoothing': 0}]}");
    cst_table *table = build_table(6);
    build_texts(table, "carrier", (const char *[]){"AA", "AA", "UA", "UA", NULL, NULL});
    build_numbers(table, "late", CST_BOOL, (double[]){0, 0, 0, 1, 1, 1});
    cst_transform *transform = NULL;
    cst_matrix *matrix = NULL;
    assert_ok(play_fit(&transform, &matrix, spec, &table, 1, NULL, &err));
    cst_table *fresh = build_table(3);
    build_texts(fresh, "carrier", (const char *[]){"ZZ", NULL, "UA"});
    cst_matrix *scored = NULL;
    assert_ok(cst_transform_apply(&scored, transform, fresh, false, NULL, &err));
    assert_true(isnan(scored->x[0][0]) && isnan(scored->x[0][1]) && scored->x[0][2] == 1);
    for (size_t c = 1; c < 3; c++)
        assert_true(scored->x[c][0] == 0 && scored->x[c][1] == 0);
    assert_true(scored->x[3][0] == 0.5F); /* unseen: the mean of all */
    assert_true(scored->x[3][1] == 1.0F); /* missing: a level of its own */
    assert_true(scored->x[3][2] == 0.5F);
    cst_matrix_free(scored);
    cst_matrix_free(matrix);
    cst_table_free(fresh);
    cst_table_free(table);
    cst_transform_free(transform);
    json_decref(spec);
}

static void rows_that_do_not_count_are_dropped_with_labels_only(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *spec =
        build_json("{'where': 'temp > 0', 'label': 'delay', 'features': [{'columns': ['temp']}]}");
    cst_table *table = rows_of_fixture();
    cst_table *training = rows_of_fixture();
    cst_table_find(table, "delay")->values.f64[3] = NAN;
    cst_transform *transform = NULL;
    cst_matrix *matrix = NULL;
    assert_ok(play_fit(&transform, &matrix, spec, &training, 1, NULL, &err));
    cst_matrix *labelled = NULL;
    cst_matrix *scored = NULL;
    uint8_t kept[ROWS];
    assert_ok(cst_transform_apply(&labelled, transform, table, true, kept, &err));
    assert_ok(cst_transform_apply(&scored, transform, table, false, NULL, &err));
    assert_int_equal(labelled->rows, 9); /* three missing, one below, one zero, one unlabelled */
    assert_int_equal(scored->rows, ROWS);
    assert_true(kept[0] && kept[1] && !kept[2] && !kept[3] && kept[4] && !kept[5]);
    assert_int_equal(labelled->id[2].row, 4);
    cst_matrix_free(labelled);
    cst_matrix_free(scored);
    cst_matrix_free(matrix);
    cst_table_free(table);
    cst_table_free(training);
    cst_transform_free(transform);
    json_decref(spec);
}

static void wrong_features_say_what_is_wrong(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *spec;
        cst_code code;
        const char *words;
    } cases[] = {
        {"{'label': 'late', 'features': [{'columns': ['tmp']}]}", CST_USAGE, "no column \"tmp\""},
        {"{'label': 'late', 'features': [{'columns': ['late']}]}", CST_USAGE, "the label itself"},
        {"{'label': 'late', 'features': [{'columns': ['temp', 'temp']}]}", CST_USAGE, "twice"},
        {"{'label': 'late', 'features': [{'columns': ['temp'], 'impute': 'most'}]}", CST_USAGE,
         "none, median, mean or a number"},
        {"{'label': 'late', 'features': [{'columns': ['carrier'], 'impute': 'median'}]}", CST_USAGE,
         "for numbers"},
        {"{'label': 'carrier', 'features': [{'columns': ['temp']}]}", CST_USAGE,
         "a truth or a number is needed"},
        {"{'label': 'temp', 'features': [{'columns': ['late']}]}", CST_INVALID,
         "\"temp\" is missing in training row 2"},
        {"{'label': 'late', 'weight': 'temp', 'features': [{'columns': ['temp']}]}", CST_INVALID,
         "weight: \"temp\" is nan in row 2"},
        {"{'label': 'late', 'derive': {'x': 'y', 'y': 'x'}, 'features': [{'columns': ['temp']}]}",
         CST_USAGE, "needs itself"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *spec = build_json(cases[i].spec);
        cst_table *table = rows_of_fixture();
        cst_transform *transform = NULL;
        cst_matrix *matrix = NULL;
        assert_fails(play_fit(&transform, &matrix, spec, &table, 1, NULL, &err), cases[i].code,
                     cases[i].words);
        cst_table_free(table);
        json_decref(spec);
    }
}

static void a_transform_that_is_none_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *json;
        const char *words;
    } cases[] = {
        {"{}", "no format"},
        {"{'format': 2, 'label': 'y', 'features': []}", "format 2 is newer"},
        {"{'format': 1, 'label': 'y', 'features': [3]}", "needs a column"},
        {"{'format': 1, 'label': 'y', 'features': [{'column': 'x', 'as': 'picture'}]}",
         "not \"picture\""},
        {"{'format': 1, 'label': 'y', 'derive': {'a': 1}, 'features': []}", "must be text"},
        {"{'format': 1, 'label': 'y', 'where': ['a'], 'features': []}", "must be text"},
        {"{'format': 1, 'label': 'y', 'features': [{'column': 'x', 'as': 'category'}]}",
         "levels must be a list"},
        {"{'format': 1, 'label': 'y', 'features': [{'column': 'x', 'as': 'category', "
         "'levels': ['b', 'a']}]}",
         "sorted and distinct"},
        {"{'format': 1, 'label': 'y', 'features': [{'column': 'x', 'as': 'category', "
         "'levels': [1, 'a']}]}",
         "all text or all numbers"},
        {"{'format': 1, 'label': 'y', 'features': [{'column': 'x', 'as': 'target', "
         "'levels': ['a', 'b'], 'values': [1], 'prior': 0}]}",
         "each of its 2 levels"},
        {"{'format': 1, 'label': 'y', 'features': [{'column': 'x', 'as': 'target', "
         "'levels': ['a'], 'values': ['1'], 'prior': 0}]}",
         "must be a number"},
        {"{'format': 1, 'label': 'y', 'features': [{'column': 'x', 'as': 'number', "
         "'center': 0, 'spread': 0}]}",
         "must be positive"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = build_json(cases[i].json);
        cst_transform *transform = NULL;
        assert_fails(cst_transform_from_json(&transform, json, &err), CST_INVALID, cases[i].words);
        json_decref(json);
    }
}

static void a_column_that_changed_its_type_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_matrix *matrix = NULL;
    cst_transform *transform = fit_fixture(&matrix, "late", "{'columns': ['temp', 'carrier']}");
    cst_table *fresh = build_table(1);
    build_texts(fresh, "temp", (const char *[]){"warm"});
    build_texts(fresh, "carrier", (const char *[]){"AA"});
    cst_matrix *scored = NULL;
    assert_fails(cst_transform_apply(&scored, transform, fresh, false, NULL, &err), CST_INVALID,
                 "\"temp\" is text, and was a number");
    cst_table_free(fresh);
    cst_matrix_free(matrix);
    cst_transform_free(transform);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_as_scikit_learn_makes_them),
        cmocka_unit_test(a_constant_is_imputed_as_it_is),
        cmocka_unit_test(onehot_is_a_column_a_level),
        cmocka_unit_test(levels_that_are_numbers_are_written_as_people_do),
        cmocka_unit_test(text_becomes_codes_by_default),
        cmocka_unit_test(new_rows_get_the_target_encoding_of_scikit_learn),
        cmocka_unit_test(no_row_sees_its_own_label),
        cmocka_unit_test(folds_are_blocks_of_time),
        cmocka_unit_test(far_integers_and_times_keep_their_neighbours_apart),
        cmocka_unit_test(a_transform_comes_back_from_its_json_to_the_bit),
        cmocka_unit_test(seven_shares_fit_what_one_fits_to_the_bit),
        cmocka_unit_test(a_row_becomes_the_same_alone),
        cmocka_unit_test(a_model_is_asked_without_the_labels_columns),
        cmocka_unit_test(unseen_and_missing_levels_have_their_own_meaning),
        cmocka_unit_test(rows_that_do_not_count_are_dropped_with_labels_only),
        cmocka_unit_test(wrong_features_say_what_is_wrong),
        cmocka_unit_test(a_transform_that_is_none_is_refused),
        cmocka_unit_test(a_column_that_changed_its_type_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

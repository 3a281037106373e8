/* gbdt.c - boosted trees: the same at any number of ranks; what they learn and where they stop */
#include "test/unit/test.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "config/json.h"
#include "exact/random.h"
#include "test/unit/model/play.h"
#include "test/unit/model/rows.h"

static double uniform(int64_t row, uint64_t what)
{
    return cst_random_unit(3, CST_STREAM_INITIAL, (uint64_t)row, what);
}

enum { LEVELS = 40, WIDE = 400 };

/* Two numbers (one with gaps that matter), a category of 40 levels of which every third counts,
 * one of 400 levels, one of 3, and noise. */
static double mixed(int64_t row, float *x)
{
    x[0] = (float)uniform(row, 0);
    bool gap = uniform(row, 1) < 0.2;
    x[1] = gap ? NAN : (float)uniform(row, 2);
    int level = (int)(uniform(row, 3) * LEVELS);
    x[2] = (float)level;
    x[3] = (float)(int)(uniform(row, 4) * WIDE);
    x[4] = (float)(int)(uniform(row, 5) * 3);
    x[5] = (float)uniform(row, 6);
    double z = 2 * x[0] - 1 + (gap ? 1.5 : 0) + (level % 3 == 0 ? 2 : -1) + (x[4] == 1 ? 1 : 0);
    return uniform(row, 7) < 1 / (1 + exp(-z));
}

static const int32_t mixed_levels[] = {0, 0, LEVELS, WIDE, 3, 0};
static const play_data mixed_data = {
    .columns = 6, .levels = mixed_levels, .row = mixed, .training = 30000, .validation = 9000};

static const cst_learner *gbdt(void)
{
    return cst_learner_find("gbdt");
}

static const char *const recipes[][2] = {
    {"binary", "{\"trees\": 12, \"leaves\": 15}"},
    {"regression", "{\"trees\": 8, \"leaves\": 31, \"depth\": 5, \"l2\": 1}"},
    {"binary", "{\"trees\": 8, \"row_share\": 0.6, \"feature_share\": 0.7}"},
    {"binary", "{\"trees\": 40, \"learning_rate\": 0.5, \"early_stopping\": 4}"},
};

static void seven_ranks_grow_the_trees_of_one(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
        char *digest[2] = {NULL, NULL};
        for (int seven = 0; seven < 2; seven++) {
            cst_tensors *model = NULL;
            assert_ok(play_train(&model, NULL, gbdt(), recipes[i][0], recipes[i][1], &mixed_data,
                                 seven ? 7 : 1, &err));
            digest[seven] = play_digest(model);
            cst_tensors_free(model);
        }
        assert_string_equal(digest[0], digest[1]);
        free(digest[0]);
        free(digest[1]);
    }
}

static double log_loss(const double *score, const play_data *data, int64_t offset, int64_t rows)
{
    double loss = 0;
    float x[8];
    for (int64_t r = 0; r < rows; r++) {
        double y = data->row(offset + r, x);
        loss -= y != 0 ? log(score[r]) : log(1 - score[r]);
    }
    return loss / (double)rows;
}

/* The loss that the loop reports is that of the saved model, scored from raw features. */
static void the_validation_loss_is_that_of_the_saved_model(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_tensors *model = NULL;
    cst_standing standing;
    assert_ok(
        play_train(&model, &standing, gbdt(), "binary", "{\"trees\": 30}", &mixed_data, 2, &err));
    double *score = play_scores(model, &mixed_data, mixed_data.training, mixed_data.validation);
    double loss = log_loss(score, &mixed_data, mixed_data.training, mixed_data.validation);
    assert_true(fabs(loss - standing.validation_loss) < 1e-12);
    assert_true(standing.training_loss < standing.validation_loss);
    free(score);
    cst_tensors_free(model);
}

/* The label's noise gives every model a loss of its own; the truth's is the least there is. */
static void trees_come_near_the_loss_of_the_truth(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_tensors *model = NULL;
    cst_standing standing;
    assert_ok(play_train(&model, &standing, gbdt(), "binary",
                         "{\"trees\": 200, \"leaves\": 8, \"early_stopping\": 10}", &mixed_data, 1,
                         &err));
    double truth = 0;
    for (int64_t row = mixed_data.training; row < mixed_data.training + mixed_data.validation;
         row++) {
        float x[6];
        double y = mixed(row, x);
        double z = 2 * x[0] - 1 + (isnan(x[1]) ? 1.5 : 0) + ((int)x[2] % 3 == 0 ? 2 : -1) +
                   (x[4] == 1 ? 1 : 0);
        truth += log1p(exp(-z)) + (y != 0 ? 0 : z);
    }
    truth /= (double)mixed_data.validation;
    assert_true(standing.validation_loss < truth + 0.02);
    cst_tensors_free(model);
}

/* y depends on whether x is missing, and on nothing else. */
static double gaps_only(int64_t row, float *x)
{
    bool gap = uniform(row, 1) < 0.3;
    x[0] = gap ? NAN : (float)uniform(row, 2);
    return gap ? 5 : -1;
}

static void a_split_may_be_about_missing_values_alone(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 1, .row = gaps_only, .training = 4000};
    cst_tensors *model = NULL;
    assert_ok(play_train(&model, NULL, gbdt(), "regression",
                         "{\"trees\": 1, \"leaves\": 2, \"learning_rate\": 1}", &data, 1, &err));
    double *score = play_scores(model, &data, 0, 1000);
    for (int64_t r = 0; r < 1000; r++) {
        float x = 0;
        assert_true(fabs(score[r] - gaps_only(r, &x)) < 1e-9);
    }
    free(score);
    cst_tensors_free(model);
}

/* Missing behaves like large values, beside a threshold that matters. */
static double gaps_are_large(int64_t row, float *x)
{
    double value = uniform(row, 2);
    bool gap = value > 0.5 && uniform(row, 1) < 0.5;
    x[0] = gap ? NAN : (float)value;
    return value > 0.5 ? 3 : 0;
}

static double gaps_are_small(int64_t row, float *x)
{
    double value = uniform(row, 2);
    bool gap = value < 0.5 && uniform(row, 1) < 0.5;
    x[0] = gap ? NAN : (float)value;
    return value < 0.5 ? 3 : 0;
}

static void missing_goes_where_it_fits(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_row rows[] = {gaps_are_large, gaps_are_small};
    for (size_t i = 0; i < 2; i++) {
        const play_data data = {.columns = 1, .row = rows[i], .training = 4000};
        cst_tensors *model = NULL;
        const cst_tensor *left = NULL;
        assert_ok(play_train(&model, NULL, gbdt(), "regression",
                             "{\"trees\": 1, \"leaves\": 2, \"learning_rate\": 1}", &data, 1,
                             &err));
        assert_ok(cst_tensors_get(&left, model, "node.missing_left", CST_TENSOR_U8, 1, &err));
        assert_int_equal(*(const uint8_t *)left->data, i);
        double *score = play_scores(model, &data, 0, 500);
        for (int64_t r = 0; r < 500; r++) {
            float x = 0;
            assert_true(fabs(score[r] - rows[i](r, &x)) < 0.05);
        }
        free(score);
        cst_tensors_free(model);
    }
}

/* Levels 0, 7, 14 … up to 39 are worth 10; no threshold on codes can say so. */
static double scattered(int64_t row, float *x)
{
    int level = (int)(uniform(row, 3) * LEVELS);
    x[0] = (float)level;
    return level % 7 == 0 ? 10 : 0;
}

static void one_split_finds_a_scattered_set_of_levels(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {
        .columns = 1, .levels = (const int32_t[]){LEVELS}, .row = scattered, .training = 8000};
    cst_tensors *model = NULL;
    assert_ok(play_train(&model, NULL, gbdt(), "regression",
                         "{\"trees\": 1, \"leaves\": 2, \"learning_rate\": 1, \"category_l2\": 0}",
                         &data, 1, &err));
    double *score = play_scores(model, &data, 0, 400);
    for (int64_t r = 0; r < 400; r++) {
        float x = 0;
        assert_true(fabs(score[r] - scattered(r, &x)) < 1e-6);
    }
    free(score);
    cst_tensors_free(model);
}

static void stopping_early_keeps_the_trees_of_the_lowest_loss(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_tensors *stopped = NULL;
    cst_tensors *cut = NULL;
    cst_standing standing;
    assert_ok(play_train(&stopped, &standing, gbdt(), "binary",
                         "{\"trees\": 300, \"learning_rate\": 0.5, \"early_stopping\": 5}",
                         &mixed_data, 1, &err));
    const cst_tensor *first = NULL;
    assert_ok(cst_tensors_get(&first, stopped, "tree.node_first", CST_TENSOR_I64, 1, &err));
    int64_t kept = first->shape[0] - 1;
    assert_true(kept > 0 && kept < 100);
    assert_int_equal(standing.step, kept + 5);
    char params[80];
    (void)snprintf(params, sizeof params, "{\"trees\": %lld, \"learning_rate\": 0.5}",
                   (long long)kept);
    assert_ok(play_train(&cut, NULL, gbdt(), "binary", params, &mixed_data, 1, &err));
    char *a = play_digest(stopped);
    char *b = play_digest(cut);
    assert_string_equal(a, b);
    free(a);
    free(b);
    cst_tensors_free(stopped);
    cst_tensors_free(cut);
}

static double constant(int64_t row, float *x)
{
    x[0] = (float)uniform(row, 0);
    return 2.5;
}

static void a_constant_label_needs_no_tree(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 1, .row = constant, .training = 500};
    cst_tensors *model = NULL;
    assert_ok(play_train(&model, NULL, gbdt(), "regression", "{}", &data, 1, &err));
    double *score = play_scores(model, &data, 0, 3);
    for (int r = 0; r < 3; r++)
        assert_true(score[r] == 2.5);
    free(score);
    cst_tensors_free(model);
}

static double two_classes_and_a_half(int64_t row, float *x)
{
    x[0] = (float)uniform(row, 0);
    return row == 77 ? 0.5 : (double)(row % 2);
}

static void labels_that_do_not_fit_are_named(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 1, .row = two_classes_and_a_half, .training = 500};
    cst_tensors *model = NULL;
    assert_fails(play_train(&model, NULL, gbdt(), "binary", "{}", &data, 1, &err), CST_INVALID,
                 "label of row 78 is 0.5");
    assert_fails(
        play_train(&model, NULL, gbdt(), "regression", "{\"early_stopping\": 5}", &data, 1, &err),
        CST_USAGE, "early_stopping needs validation rows");
    assert_null(model);
}

static void features_of_another_matrix_are_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 1, .row = constant, .training = 500};
    const play_data category = {
        .columns = 1, .levels = (const int32_t[]){40}, .row = scattered, .training = 10};
    cst_tensors *tensors = NULL;
    cst_model *model = NULL;
    assert_ok(play_train(&tensors, NULL, gbdt(), "regression", "{}", &data, 1, &err));
    assert_ok(cst_model_load(&model, tensors, &err));
    cst_matrix *wide = play_matrix(&mixed_data, 0, 0, 5, 5);
    cst_matrix *other = play_matrix(&category, 0, 0, 5, 5);
    double score[5];
    assert_fails(cst_model_predict(score, model, wide, &err), CST_INVALID, "1 features");
    assert_fails(cst_model_predict(score, model, other, &err), CST_INVALID, "x0 (category)");
    cst_matrix_free(wide);
    cst_matrix_free(other);
    cst_model_free(model);
    cst_tensors_free(tensors);
}

/* Set one number of a trained model and load it. */
static cst_code load_tampered(const char *name, cst_tensor_type type, int32_t value, cst_error *err)
{
    static const char params[] = "{\"trees\": 3, \"leaves\": 4}";
    cst_tensors *tensors = NULL;
    cst_model *model = NULL;
    const cst_tensor *tensor = NULL;
    assert_int_equal(play_train(&tensors, NULL, gbdt(), "binary", params, &mixed_data, 1, err),
                     CST_OK);
    assert_int_equal(cst_tensors_get(&tensor, tensors, name, type, 1, err), CST_OK);
    if (type == CST_TENSOR_I64)
        ((int64_t *)tensor->data)[1] = value;
    else
        ((int32_t *)tensor->data)[0] = value;
    cst_code rc = cst_model_load(&model, tensors, err);
    cst_model_free(model);
    cst_tensors_free(tensors);
    return rc;
}

static void trees_that_lead_astray_are_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *name;
        cst_tensor_type type;
        int32_t value;
    } row[] = {
        {"node.left", CST_TENSOR_I32, 0},          /* to itself: for ever */
        {"node.right", CST_TENSOR_I32, 3},         /* past the tree's nodes */
        {"node.right", CST_TENSOR_I32, ~4},        /* past its leaves */
        {"node.feature", CST_TENSOR_I32, 6},       /* past the columns */
        {"node.feature", CST_TENSOR_I32, -1},      /* before them */
        {"node.set", CST_TENSOR_I32, 100000},      /* past the sets */
        {"tree.node_first", CST_TENSOR_I64, 100},  /* past all nodes */
        {"tree.leaf_first", CST_TENSOR_I64, -1},   /* backwards */
        {"set.word_first", CST_TENSOR_I64, 10000}, /* past all words */
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error_clear(&err);
        assert_int_equal(load_tampered(row[i].name, row[i].type, row[i].value, &err), CST_INVALID);
        assert_true(err.text[0] != 0);
    }
}

/* scikit-learn's and LightGBM's trees, of the same size and number, on the same rows. */
static void friedman_comes_out_as_well_as_by_others(void **state)
{
    (void)state;
    enum { COLUMNS = 5, TRAINING = 1500 };
    cst_error err = CST_ERROR_INIT;
    json_t *expected = NULL;
    rows_file file = rows_read("../../fixtures/gbdt/friedman.csv");
    assert_ok(cst_json_read(&expected, "../../fixtures/gbdt/friedman.json", &err));
    cst_matrix *m[2];
    for (int test = 0; test < 2; test++) {
        size_t first = test ? TRAINING : 0;
        size_t rows = test ? file.rows - TRAINING : TRAINING;
        assert_ok(cst_matrix_new(&m[test], rows, COLUMNS, &err));
        m[test]->total = (int64_t)rows;
        for (size_t c = 0; c < COLUMNS; c++) {
            const char name[] = {(char)('a' + (int)c), 0};
            assert_ok(cst_matrix_name(m[test], c, name, CST_FEATURE_NUMERIC, 0, &err));
            for (size_t r = 0; r < rows; r++)
                m[test]->x[c][r] = (float)file.value[(first + r) * file.columns + c];
        }
        for (size_t r = 0; r < rows; r++) {
            m[test]->id[r].row = first + r;
            m[test]->label[r] = file.value[(first + r) * file.columns + COLUMNS];
        }
    }
    cst_tensors *tensors = NULL;
    cst_model *model = NULL;
    assert_ok(
        play_fit(&tensors, NULL, gbdt(), "regression", "{\"leaves\": 15}", &m[0], NULL, 1, &err));
    assert_ok(cst_model_load(&model, tensors, &err));
    double *score = cst_array_new(m[1]->rows, sizeof *score, "scores", &err);
    assert_ok(cst_model_predict(score, model, m[1], &err));
    double square = 0;
    for (size_t r = 0; r < m[1]->rows; r++)
        square += (score[r] - m[1]->label[r]) * (score[r] - m[1]->label[r]);
    double rmse = sqrt(square / (double)m[1]->rows);
    const char *name = NULL;
    json_t *theirs = NULL;
    json_object_foreach(json_object_get(expected, "rmse"), name, theirs)
        assert_true(rmse < 1.03 * json_real_value(theirs));
    free(score);
    cst_model_free(model);
    cst_tensors_free(tensors);
    cst_matrix_free(m[0]);
    cst_matrix_free(m[1]);
    rows_free(&file);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seven_ranks_grow_the_trees_of_one),
        cmocka_unit_test(the_validation_loss_is_that_of_the_saved_model),
        cmocka_unit_test(trees_come_near_the_loss_of_the_truth),
        cmocka_unit_test(a_split_may_be_about_missing_values_alone),
        cmocka_unit_test(missing_goes_where_it_fits),
        cmocka_unit_test(one_split_finds_a_scattered_set_of_levels),
        cmocka_unit_test(stopping_early_keeps_the_trees_of_the_lowest_loss),
        cmocka_unit_test(a_constant_label_needs_no_tree),
        cmocka_unit_test(labels_that_do_not_fit_are_named),
        cmocka_unit_test(features_of_another_matrix_are_refused),
        cmocka_unit_test(trees_that_lead_astray_are_refused),
        cmocka_unit_test(friedman_comes_out_as_well_as_by_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* glm.c - linear models against scikit-learn's and NIST's figures; the same at any rank count */
#include "test/unit/test.h"

#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "test/unit/model/play.h"
#include "test/unit/model/rows.h"

static const cst_learner *glm(void)
{
    return cst_learner_find("glm");
}

/* Longley, "An appraisal of least squares programs …" (1967), as NIST's Statistical Reference
 * Datasets give it, https://www.itl.nist.gov/div898/strd/lls/data/Longley.shtml. The deflator is
 * taken times 10, so that float32 holds it; its coefficient is then a tenth. */
static const double longley[][7] = {
    {60323, 830, 234289, 2356, 1590, 107608, 1947},
    {61122, 885, 259426, 2325, 1456, 108632, 1948},
    {60171, 882, 258054, 3682, 1616, 109773, 1949},
    {61187, 895, 284599, 3351, 1650, 110929, 1950},
    {63221, 962, 328975, 2099, 3099, 112075, 1951},
    {63639, 981, 346999, 1932, 3594, 113270, 1952},
    {64989, 990, 365385, 1870, 3547, 115094, 1953},
    {63761, 1000, 363112, 3578, 3350, 116219, 1954},
    {66019, 1012, 397469, 2904, 3048, 117388, 1955},
    {67857, 1046, 419180, 2822, 2857, 118734, 1956},
    {68169, 1084, 442769, 2936, 2798, 120445, 1957},
    {66513, 1108, 444546, 4681, 2637, 121950, 1958},
    {68655, 1126, 482704, 3813, 2552, 123366, 1959},
    {69564, 1142, 502601, 3931, 2514, 125368, 1960},
    {69331, 1157, 518173, 4806, 2572, 127852, 1961},
    {70551, 1169, 554894, 4007, 2827, 130081, 1962},
};
static const double longley_certified[] = {15.0618722713733 / 10,  -0.358191792925910E-01,
                                           -2.02022980381683,      -1.03322686717359,
                                           -0.511041056535807E-01, 1829.15146461355};
static const double longley_intercept = -3482258.63459582;

static double longley_row(int64_t row, float *x)
{
    for (int c = 0; c < 6; c++)
        x[c] = (float)longley[row][c + 1];
    return longley[row][0];
}

static const double *values(const cst_tensors *model, const char *name)
{
    cst_error err = CST_ERROR_INIT;
    const cst_tensor *tensor = NULL;
    assert_ok(cst_tensors_get(&tensor, model, name, CST_TENSOR_F64, 1, &err));
    return tensor->data;
}

static double digits(double value, double certified)
{
    return value == certified ? 15 : -log10(fabs(value - certified) / fabs(certified));
}

static void longley_comes_out_to_twelve_digits_and_more(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 6, .row = longley_row, .training = 16};
    cst_tensors *model = NULL;
    assert_ok(play_train(&model, NULL, glm(), "regression", "{\"l2\": 0}", &data, 1, &err));
    const double *coefficient = values(model, "coefficient");
    double intercept = values(model, "intercept")[0];
    for (int c = 0; c < 6; c++) {
        assert_true(digits(coefficient[c], longley_certified[c]) > 12.5);
        intercept -= coefficient[c] * values(model, "mean")[c];
    }
    assert_true(digits(intercept, longley_intercept) > 13);
    cst_tensors_free(model);
}

/* The penalised loss of a model over the fixture's rows, summed plainly. */
static double penalised(const cst_tensors *model, const rows_file *file, bool logistic)
{
    double loss = 0;
    double penalty = 0;
    for (size_t r = 0; r < file->rows; r++) {
        const double *row = file->value + r * file->columns;
        double score = values(model, "intercept")[0];
        for (size_t c = 0; c < 5; c++)
            score += values(model, "coefficient")[c] * (row[c] - values(model, "mean")[c]);
        double error = score - row[7];
        loss += row[5] * (logistic ? log1p(exp(score)) - row[6] * score : 0.5 * error * error);
    }
    for (size_t c = 0; c < 5; c++)
        penalty += pow(values(model, "coefficient")[c] * values(model, "scale")[c], 2);
    return loss + penalty / 2;
}

static cst_matrix *fixture_matrix(const rows_file *file, size_t label)
{
    cst_error err = CST_ERROR_INIT;
    cst_matrix *m = NULL;
    assert_ok(cst_matrix_new(&m, file->rows, 5, &err));
    m->weight = cst_array_new(file->rows, sizeof *m->weight, "weight", &err);
    for (size_t c = 0; c < 5; c++) {
        const char name[] = {(char)('a' + (int)c), 0};
        assert_ok(cst_matrix_name(m, c, name, CST_FEATURE_NUMERIC, 0, &err));
    }
    for (size_t r = 0; r < file->rows; r++) {
        const double *row = file->value + r * file->columns;
        for (size_t c = 0; c < 5; c++)
            m->x[c][r] = (float)row[c];
        m->id[r].row = r;
        m->weight[r] = row[5];
        m->label[r] = row[label];
    }
    m->total = (int64_t)file->rows;
    return m;
}

static void scikit_learn_finds_the_same_coefficients(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *expected = NULL;
    rows_file file = rows_read("../../fixtures/glm/rows.csv");
    assert_ok(cst_json_read(&expected, "../../fixtures/glm/expected.json", &err));
    for (int logistic = 0; logistic < 2; logistic++) {
        const json_t *wanted = json_object_get(expected, logistic ? "logistic" : "ridge");
        cst_matrix *m = fixture_matrix(&file, logistic ? 6 : 7);
        cst_tensors *model = NULL;
        assert_ok(play_fit(&model, NULL, glm(), logistic ? "binary" : "regression", "{}", &m, NULL,
                           1, &err));
        for (size_t c = 0; c < 5; c++) {
            double theirs =
                json_real_value(json_array_get(json_object_get(wanted, "coefficient"), c));
            assert_true(fabs(values(model, "coefficient")[c] / theirs - 1) < 1e-7);
        }
        double intercept = json_real_value(json_object_get(wanted, "intercept_at_means"));
        assert_true(fabs(values(model, "intercept")[0] / intercept - 1) < 1e-7);
        double objective = json_real_value(json_object_get(wanted, "objective"));
        assert_true(fabs(penalised(model, &file, logistic) / objective - 1) < 1e-12);
        cst_tensors_free(model);
        cst_matrix_free(m);
    }
    rows_free(&file);
    json_decref(expected);
}

static double uniform(int64_t row, uint64_t what)
{
    return (double)(((uint64_t)row * 2654435761u + what * 40503u * 65537u) % 10007) / 10007;
}

enum { SMOOTH = 4 };

static double smooth(int64_t row, float *x)
{
    for (uint64_t c = 0; c < SMOOTH; c++)
        x[c] = (float)uniform(row, c);
    x[SMOOTH] = 3; /* constant */
    return uniform(row, 9) < 0.2 + 0.6 * x[0] * x[1];
}

static void seven_ranks_find_the_bits_of_one(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {
        .columns = SMOOTH + 1, .row = smooth, .training = 30000, .validation = 5000};
    static const char *const objective[] = {"binary", "regression"};
    for (size_t i = 0; i < 2; i++) {
        char *digest[2];
        for (int seven = 0; seven < 2; seven++) {
            cst_tensors *model = NULL;
            assert_ok(
                play_train(&model, NULL, glm(), objective[i], "{}", &data, seven ? 7 : 1, &err));
            assert_true(values(model, "coefficient")[SMOOTH] == 0);
            digest[seven] = play_digest(model);
            cst_tensors_free(model);
        }
        assert_string_equal(digest[0], digest[1]);
        free(digest[0]);
        free(digest[1]);
    }
}

/* All of one class lies to the right: without a penalty the best slope is infinite. */
static double separated(int64_t row, float *x)
{
    x[0] = (float)row;
    return row >= 50;
}

static void separated_classes_converge_with_a_penalty_and_are_named_without(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 1, .row = separated, .training = 100};
    cst_tensors *model = NULL;
    assert_ok(play_train(&model, NULL, glm(), "binary", "{}", &data, 1, &err));
    double *score = play_scores(model, &data, 0, 100);
    for (int r = 0; r < 100; r++)
        assert_true((score[r] > 0.5) == (r >= 50));
    free(score);
    cst_tensors_free(model);
    model = NULL;
    assert_fails(play_train(&model, NULL, glm(), "binary", "{\"l2\": 0}", &data, 1, &err),
                 CST_FAILED, "l2");
    assert_null(model);
}

/* Weights of thirds leave a mean that is off by its rounding: that must not become a spread. */
static void a_constant_column_stays_one_under_weights(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = SMOOTH + 1, .row = smooth, .training = 3000};
    for (int penalised_too = 0; penalised_too < 2; penalised_too++) {
        cst_matrix *m = play_matrix(&data, 0, 0, data.training, data.training);
        m->weight = cst_array_new(m->rows, sizeof *m->weight, "weight", &err);
        assert_non_null(m->weight);
        for (size_t r = 0; r < m->rows; r++) {
            m->weight[r] = (double)(1 + r % 7) / 3;
            m->x[SMOOTH][r] = 0.1F;
        }
        cst_tensors *model = NULL;
        assert_ok(play_fit(&model, NULL, glm(), "regression",
                           penalised_too ? "{\"l2\": 1}" : "{\"l2\": 0}", &m, NULL, 1, &err));
        assert_true(values(model, "scale")[SMOOTH] == 0);
        assert_true(values(model, "coefficient")[SMOOTH] == 0);
        cst_tensors_free(model);
        cst_matrix_free(m);
    }
}

/* Labels without noise: the loss falls to its rounding, of which no step takes off any more. */
static double on_a_line(int64_t row, float *x)
{
    double label = 1;
    for (uint64_t c = 0; c < 3; c++) {
        x[c] = (float)(uniform(row, c) - 0.5);
        label += (double)(c + 2) * x[c];
    }
    return label;
}

static void labels_on_a_line_are_met_without_a_penalty(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    for (int64_t rows = 10; rows <= 200; rows++) {
        const play_data data = {.columns = 3, .row = on_a_line, .training = rows};
        cst_tensors *model = NULL;
        assert_ok(play_train(&model, NULL, glm(), "regression", "{\"l2\": 0}", &data, 1, &err));
        for (int c = 0; c < 3; c++)
            assert_true(fabs(values(model, "coefficient")[c] - (c + 2)) < 1e-13);
        cst_tensors_free(model);
    }
}

static double twice(int64_t row, float *x)
{
    x[0] = (float)(row % 10);
    x[1] = 2 * x[0] + 1;
    return x[0];
}

static void a_column_that_repeats_another_is_named(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 2, .row = twice, .training = 100};
    cst_tensors *model = NULL;
    assert_fails(play_train(&model, NULL, glm(), "regression", "{\"l2\": 0}", &data, 1, &err),
                 CST_FAILED, "feature x1");
}

static double with_gap(int64_t row, float *x)
{
    x[0] = row == 41 ? NAN : (float)row;
    return (double)row;
}

static void missing_values_are_named_with_their_remedy(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const play_data data = {.columns = 1, .row = with_gap, .training = 100};
    cst_tensors *model = NULL;
    assert_fails(play_train(&model, NULL, glm(), "regression", "{}", &data, 1, &err), CST_INVALID,
                 "x0 is missing in row 42");
    assert_non_null(strstr(err.text, "impute:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longley_comes_out_to_twelve_digits_and_more),
        cmocka_unit_test(scikit_learn_finds_the_same_coefficients),
        cmocka_unit_test(seven_ranks_find_the_bits_of_one),
        cmocka_unit_test(separated_classes_converge_with_a_penalty_and_are_named_without),
        cmocka_unit_test(a_constant_column_stays_one_under_weights),
        cmocka_unit_test(labels_on_a_line_are_met_without_a_penalty),
        cmocka_unit_test(a_column_that_repeats_another_is_named),
        cmocka_unit_test(missing_values_are_named_with_their_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

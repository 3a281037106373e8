/* checkpoint.c - a fit that was put where a checkpoint says is the one that the checkpoint is of */
#include "test/unit/test.h"

#include "config/json.h"
#include "exact/random.h"
#include "test/unit/model/play.h"

enum { COLUMNS = 3, TRAINING = 3000, VALIDATION = 1000 };

static double make_row(int64_t row, float *x)
{
    for (int c = 0; c < COLUMNS; c++)
        x[c] = (float)cst_random_unit(3, CST_STREAM_INITIAL, (uint64_t)row, (uint64_t)c);
    double noise = cst_random_unit(3, CST_STREAM_INITIAL, (uint64_t)row, COLUMNS);
    return 2 * x[0] - x[1] + 0.3 * noise > 0.6;
}

/* A rare flag under which labels are mixed: Newton's first step goes far too far and is halved. */
static double make_rare_row(int64_t row, float *x)
{
    (void)make_row(row, x);
    x[0] = row % 1000 < 50;
    return row % 1000 < 30;
}

/* A fit on one rank, and what it borrows. */
typedef struct {
    const cst_learner *learner;
    cst_matrix *training, *validation;
    json_t *params;
    void *fit;
    int64_t step;
    bool done;
} one;

static const struct {
    const char *learner, *params;
    play_row row;
} recipes[] = {
    {"gbdt", "{\"trees\": 6, \"leaves\": 5}", make_row},
    {"gbdt", "{\"trees\": 6, \"row_share\": 0.5, \"feature_share\": 0.6, \"early_stopping\": 2}",
     make_row},
    {"glm", "{\"l2\": 0.001}", make_row},
    {"glm", "{\"l2\": 0.001}", make_rare_row},
};
enum { RECIPES = sizeof recipes / sizeof recipes[0] };

static void start(one *out, size_t recipe)
{
    cst_error err = CST_ERROR_INIT;
    json_t *given = NULL;
    const char *text = recipes[recipe].params;
    const play_data data = {.columns = COLUMNS, .row = recipes[recipe].row};
    *out = (one){.learner = cst_learner_find(recipes[recipe].learner), .step = -1};
    out->training = play_matrix(&data, 0, 0, TRAINING, TRAINING);
    out->validation = play_matrix(&data, TRAINING, 0, VALIDATION, VALIDATION);
    assert_ok(cst_json_parse(&given, text, strlen(text), "params", &err));
    assert_ok(cst_option_check(&out->params, given, NULL, "params", out->learner->options, &err));
    json_decref(given);
    const cst_task task = {.training = out->training,
                           .validation = out->validation,
                           .params = out->params,
                           .objective = "binary",
                           .seed = 11};
    assert_ok(out->learner->begin(&out->fit, &task, &err));
}

static void stop(one *of)
{
    of->learner->end(of->fit);
    cst_matrix_free(of->training);
    cst_matrix_free(of->validation);
    json_decref(of->params);
}

/* Rounds until a step more is counted; alone, there is nothing to merge. */
static void make_step(one *of)
{
    cst_error err = CST_ERROR_INIT;
    int64_t before = of->step;
    while (!of->done && of->step == before) {
        assert_ok(of->learner->local(of->fit, &err));
        assert_ok(of->learner->advance(of->fit, &of->done, &err));
        cst_standing standing = of->learner->standing(of->fit);
        of->step = isnan(standing.training_loss) ? of->step : standing.step;
    }
}

static cst_text checkpoint_of(const one *of)
{
    cst_error err = CST_ERROR_INIT;
    cst_text bytes = CST_TEXT_INIT;
    cst_tensors *tensors = NULL;
    assert_ok(cst_tensors_new(&tensors, &err));
    assert_ok(of->learner->checkpoint(of->fit, tensors, &err));
    assert_ok(cst_tensors_encode(&bytes, tensors, &err));
    cst_tensors_free(tensors);
    return bytes;
}

static cst_code restore(one *out, const cst_text *bytes, cst_error *err)
{
    cst_tensors *tensors = NULL;
    cst_code rc = cst_tensors_decode(&tensors, bytes->data, bytes->size, "a checkpoint", err);
    assert_int_equal(rc, CST_OK);
    rc = out->learner->restore(out->fit, tensors, err);
    cst_tensors_free(tensors);
    return rc;
}

static void a_restored_fit_gives_the_checkpoint_back_bit_for_bit(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    for (size_t recipe = 0; recipe < RECIPES; recipe++) {
        one whole;
        int steps = 0;
        start(&whole, recipe);
        for (; !whole.done; steps++) {
            one restored;
            make_step(&whole);
            cst_text bytes = checkpoint_of(&whole);
            start(&restored, recipe);
            assert_ok(restore(&restored, &bytes, &err));
            cst_text again = checkpoint_of(&restored);
            assert_int_equal(bytes.size, again.size);
            assert_memory_equal(bytes.data, again.data, bytes.size);
            cst_text_free(&bytes);
            cst_text_free(&again);
            stop(&restored);
        }
        assert_true(steps > 2);
        stop(&whole);
    }
}

static void a_checkpoint_of_another_learner_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    for (size_t recipe = 0; recipe < RECIPES; recipe++) {
        one whole;
        one other;
        start(&whole, recipe);
        make_step(&whole);
        make_step(&whole);
        cst_text bytes = checkpoint_of(&whole);
        start(&other, recipe < 2 ? 2 : 0);
        assert_fails(restore(&other, &bytes, &err), CST_MISSING, "no tensor");
        cst_text_free(&bytes);
        stop(&whole);
        stop(&other);
    }
}

static void the_best_trees_cannot_be_more_than_there_are(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    one whole;
    cst_tensors *tensors = NULL;
    const cst_tensor *best = NULL;
    start(&whole, 1);
    make_step(&whole);
    assert_ok(cst_tensors_new(&tensors, &err));
    assert_ok(whole.learner->checkpoint(whole.fit, tensors, &err));
    assert_ok(cst_tensors_get(&best, tensors, "best.trees", CST_TENSOR_I64, 1, &err));
    ((int64_t *)best->data)[0] = 7;
    assert_fails(whole.learner->restore(whole.fit, tensors, &err), CST_INVALID, "cannot be 7");
    cst_tensors_free(tensors);
    stop(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_fit_gives_the_checkpoint_back_bit_for_bit),
        cmocka_unit_test(a_checkpoint_of_another_learner_is_refused),
        cmocka_unit_test(the_best_trees_cannot_be_more_than_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

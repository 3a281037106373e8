/* train.c - the training loop: the same model at any number of ranks, and no rank left behind */
#include "test/mpi/train/world.h"

static cst_comm *comm;

static cst_code train(cst_trained *out, const char *params, cst_matrix *training,
                      cst_matrix *validation, cst_error *err)
{
    return train_on(out, comm, params, NULL, training, validation, err);
}

/* The digests that these recipes have had since the learners' present revisions: where one changes,
 * the learner's revision must be raised with it. */
static const struct {
    const char *params;
    bool category;
    const char *digest;
} golden[] = {
    {"{\"model\": \"gbdt\", \"trees\": 20, \"early_stopping\": 3, \"learning_rate\": 0.3}", true,
     "ad5a147da010c20f6deb2cf89747eac280f3a2acac09e36225a02a88d4c54650"},
    {"{\"model\": \"glm\"}", false,
     "f0c347779777df3c691e52b01c7e11608687510b39f24f1b4dbbdd597b853bad"},
};

static void a_model_has_the_bytes_it_always_had(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        cst_matrix *training = rows(comm, 0, ROWS, golden[i].category);
        cst_matrix *validation = rows(comm, ROWS, 5000, golden[i].category);
        cst_trained trained;
        cst_text bytes = CST_TEXT_INIT;
        cst_digest digest;
        char hex[CST_DIGEST_HEX];
        assert_ok(train(&trained, golden[i].params, training, validation, &err));
        assert_ok(cst_tensors_encode(&bytes, trained.model, &err));
        assert_ok(cst_sha256_of(&digest, bytes.data, bytes.size, &err));
        cst_digest_hex(hex, &digest);
        assert_string_equal(hex, golden[i].digest);
        assert_true(json_array_size(trained.metrics) > 1);
        cst_text_free(&bytes);
        cst_trained_free(&trained);
        cst_matrix_free(training);
        cst_matrix_free(validation);
    }
}

static void metrics_hold_every_step_and_the_trees_kept(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_matrix *training = rows(comm, 0, ROWS, true);
    cst_trained trained;
    assert_ok(train(&trained, "{\"trees\": 7}", training, NULL, &err));
    assert_int_equal(json_array_size(trained.metrics), 8); /* 0 to 7 trees */
    double before = 1;
    for (size_t i = 0; i < 8; i++) {
        const json_t *entry = json_array_get(trained.metrics, i);
        double loss = json_real_value(json_object_get(entry, "training_loss"));
        assert_int_equal(json_integer_value(json_object_get(entry, "step")), i);
        assert_true(loss < before);
        assert_null(json_object_get(entry, "validation_loss"));
        before = loss;
    }
    assert_int_equal(json_integer_value(json_object_get(trained.resolved, "trees")), 7);
    cst_trained_free(&trained);
    cst_matrix_free(training);
}

/* The last rank alone has a label that does not fit. */
static void all_ranks_learn_of_a_bad_row_on_one(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_matrix *training = rows(comm, 0, ROWS, true);
    if (training->first + (int64_t)training->rows == ROWS)
        training->label[training->rows - 1] = 3;
    cst_trained trained;
    assert_fails(train(&trained, "{}", training, NULL, &err), CST_INVALID,
                 "label of row 20000 is 3");
    cst_matrix_free(training);
}

static void a_category_is_not_for_a_linear_model(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_matrix *training = rows(comm, 0, ROWS, true);
    cst_trained trained;
    assert_fails(train(&trained, "{\"model\": \"glm\"}", training, NULL, &err), CST_INVALID,
                 "encode: onehot");
    cst_matrix_free(training);
}

static void keys_belong_to_their_learner(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *out = NULL;
    json_t *given = json_pack("{s:s, s:i}", "model", "glm", "leaves", 31);
    assert_fails(cst_section_check(&out, given, NULL, "p.yaml", &train_section, &err), CST_USAGE,
                 "leaves");
    json_decref(given);
    given = json_pack("{s:s}", "model", "gbtd");
    assert_fails(cst_section_check(&out, given, NULL, "p.yaml", &train_section, &err), CST_USAGE,
                 "gbdt");
    json_decref(given);
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    MPI_Init(&argc, &argv);
    if (cst_comm_new(&comm, MPI_COMM_WORLD, true, &err) != CST_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_has_the_bytes_it_always_had),
        cmocka_unit_test(metrics_hold_every_step_and_the_trees_kept),
        cmocka_unit_test(all_ranks_learn_of_a_bad_row_on_one),
        cmocka_unit_test(a_category_is_not_for_a_linear_model),
        cmocka_unit_test(keys_belong_to_their_learner),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cst_comm_free(comm);
    MPI_Finalize();
    return failed;
}

/* checkpoint.c - a training stopped and resumed, on whatever ranks, is the one that was not */
#include "test/mpi/train/world.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/stop.h"

static cst_comm *comm;
static cst_comm *some; /* half of the ranks and one; NULL on the others */
static char *folder;   /* made afresh for each test, known to all ranks */

static const char trees[] = "{\"trees\": 6, \"leaves\": 8, \"learning_rate\": 0.3}";

static int set_up(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char pattern[] = "/tmp/capstan-checkpoint-XXXXXX";
    char *made = comm->rank == 0 ? mkdtemp(pattern) : NULL;
    folder = comm->rank == 0 ? cst_text_copy(made, &err) : NULL;
    assert_ok(cst_comm_share_text(comm, CST_OK, &folder, &err));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
    if (comm->rank == 0)
        assert_ok(cst_file_remove(folder, &err));
    free(folder);
    return 0;
}

static cst_train_control control_of(uint8_t recipe)
{
    cst_train_control control = {.folder = folder, .resume = true, .interval = INT64_MAX / 2};
    control.recipe.byte[0] = recipe;
    return control;
}

static cst_code train(cst_trained *out, cst_comm *on, const char *params,
                      const cst_train_control *control, cst_error *err)
{
    bool category = !strstr(params, "glm");
    cst_matrix *training = rows(on, 0, ROWS, category);
    cst_matrix *validation = rows(on, ROWS, 5000, category);
    cst_code rc = train_on(out, on, params, control, training, validation, err);
    cst_matrix_free(training);
    cst_matrix_free(validation);
    return rc;
}

/* The model's file and everything else that a training gives, as bytes; the training is freed. */
static cst_text all_of(cst_trained *trained)
{
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_true(trained->done);
    assert_ok(cst_tensors_encode(&out, trained->model, &err));
    assert_ok(cst_json_canonical(&out, trained->metrics, &err));
    assert_ok(cst_json_canonical(&out, trained->resolved, &err));
    assert_ok(cst_text_print(&out, &err, "%lld of %lld", (long long)trained->standing.step,
                             (long long)trained->standing.steps));
    cst_trained_free(trained);
    return out;
}

static void assert_same_and_free(cst_text *a, cst_text *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->data, b->data, a->size);
    cst_text_free(a);
    cst_text_free(b);
}

static cst_text undisturbed(cst_comm *on, const char *params)
{
    cst_error err = CST_ERROR_INIT;
    cst_trained trained;
    assert_ok(train(&trained, on, params, NULL, &err));
    return all_of(&trained);
}

/* One step at a time, in turn on all ranks and on some of them. */
static void stop_at_every_step(const char *params)
{
    cst_error err = CST_ERROR_INIT;
    cst_train_control control = control_of(1);
    cst_text expected = undisturbed(comm, params);
    cst_trained trained = {0};
    int64_t turns = 0;
    int64_t done = 0;
    for (control.limit = 1; !done; control.limit++, turns++) {
        cst_comm *on = turns % 2 ? some : comm;
        if (on) {
            cst_trained_free(&trained);
            assert_ok(train(&trained, on, params, &control, &err));
            assert_true(trained.done || trained.standing.step == control.limit);
            assert_true(trained.done == (trained.model != NULL));
            done = trained.done;
        }
        assert_ok(cst_comm_max(comm, &done, &err)); /* the others wait for their turn */
    }
    assert_true(turns > 2);
    if (trained.done) {
        cst_text got = all_of(&trained);
        assert_same_and_free(&expected, &got);
    } else {
        cst_trained_free(&trained);
        cst_text_free(&expected);
    }
}

static void trees_are_the_same_after_a_stop_at_every_step(void **state)
{
    (void)state;
    stop_at_every_step(trees);
}

static void trees_of_sampled_rows_and_features_are_the_same(void **state)
{
    (void)state;
    stop_at_every_step("{\"trees\": 6, \"leaves\": 8, \"row_share\": 0.6, \"feature_share\": 0.5}");
}

static void early_stopping_comes_when_it_would_have_come(void **state)
{
    (void)state;
    stop_at_every_step("{\"trees\": 60, \"early_stopping\": 2, \"learning_rate\": 1}");
}

static void coefficients_are_the_same_after_a_stop_at_every_step(void **state)
{
    (void)state;
    stop_at_every_step("{\"model\": \"glm\", \"l2\": 0.01}");
}

/* What stands when a training has ended at its limit: its very end too. */
static void a_training_that_is_done_is_taken_up_as_done(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const char *const params[] = {trees, "{\"model\": \"glm\"}"};
    for (uint8_t i = 0; i < 2; i++) {
        cst_train_control control = control_of(i);
        char *apart = cst_text_format(&err, "%s/%d", folder, i);
        control.folder = apart;
        control.limit = 1000;
        cst_trained trained;
        assert_ok(train(&trained, comm, params[i], &control, &err));
        cst_text first = all_of(&trained);
        assert_ok(train(&trained, comm, params[i], &control, &err));
        cst_text again = all_of(&trained);
        assert_same_and_free(&first, &again);
        free(apart);
    }
}

static void a_signal_on_one_rank_stops_all_and_costs_nothing(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_train_control control = control_of(1);
    cst_text expected = undisturbed(comm, trees);
    cst_trained trained;
    assert_ok(cst_stop_watch(&err));
    if (comm->rank == comm->size - 1)
        (void)raise(SIGUSR1);
    assert_fails(train(&trained, comm, trees, &control, &err), CST_STOPPED, "stopped after step 0");
    cst_stop_forget();
    assert_ok(train(&trained, comm, trees, &control, &err));
    cst_text got = all_of(&trained);
    assert_same_and_free(&expected, &got);
}

static void too_little_time_makes_one_step_at_a_time(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_train_control control = control_of(1);
    cst_trained trained;
    control.stop_at = cst_clock_now() / 1000000 + 5; /* less than what is always left over */
    assert_fails(train(&trained, comm, trees, &control, &err), CST_STOPPED, "step 0 of 6");
    assert_fails(train(&trained, comm, trees, &control, &err), CST_STOPPED, "step 1 of 6");
    assert_fails(train(&trained, comm, trees, &control, &err), CST_STOPPED, "little time");
    control.stop_at += 3600;
    assert_ok(train(&trained, comm, trees, &control, &err));
    cst_trained_free(&trained);
}

/* The steps whose files are in the folder, as text. Rank 0. */
static char *steps_in(const char *where)
{
    cst_error err = CST_ERROR_INIT;
    char **name = NULL;
    size_t count = 0;
    cst_text out = CST_TEXT_INIT;
    assert_ok(cst_file_names(&name, &count, where, &err));
    for (size_t i = 0; i < count; i++)
        assert_ok(cst_text_print(&out, &err, "%lld ", strtoll(name[i], NULL, 10)));
    cst_file_names_free(name, count);
    return out.data ? out.data : cst_text_copy("", &err);
}

static void assert_steps(const char *expected)
{
    cst_error err = CST_ERROR_INIT;
    if (comm->rank == 0) {
        char *steps = steps_in(folder);
        assert_string_equal(steps, expected);
        free(steps);
    }
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
}

/* Change a byte in the middle of a step's file, or cut the file there. Rank 0. */
static void damage(int step, bool cut)
{
    cst_error err = CST_ERROR_INIT;
    cst_text bytes = CST_TEXT_INIT;
    char *path = cst_text_format(&err, "%s/%010d.safetensors", folder, step);
    assert_ok(cst_file_read(&bytes, path, 0, &err));
    bytes.data[bytes.size / 2] ^= 1;
    assert_ok(cst_file_remove(path, &err));
    assert_ok(cst_file_write(path, bytes.data, cut ? bytes.size / 2 : bytes.size, &err));
    cst_text_free(&bytes);
    free(path);
}

static void stop_after(int64_t limit, uint8_t recipe)
{
    cst_error err = CST_ERROR_INIT;
    cst_trained trained;
    cst_train_control control = control_of(recipe);
    control.interval = 0;
    control.limit = limit;
    assert_ok(train(&trained, comm, trees, &control, &err));
    cst_trained_free(&trained);
}

static void a_damaged_checkpoint_is_passed_over_and_replaced(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text expected = undisturbed(comm, trees);
    stop_after(3, 1);
    assert_steps("2 3 "); /* the two newest */
    if (comm->rank == 0)
        damage(3, false);
    cst_train_control control = control_of(1);
    cst_trained trained;
    control.limit = 3; /* from 2, or this would be no test */
    assert_ok(train(&trained, comm, trees, &control, &err));
    cst_trained_free(&trained);
    assert_steps("2 3 ");
    stop_after(4, 1);
    assert_steps("3 4 "); /* 3 verifies again, or 2 would stand */
    if (comm->rank == 0) {
        damage(3, true);
        damage(4, true);
    }
    control.limit = 0;
    assert_ok(train(&trained, comm, trees, &control, &err)); /* from the start */
    cst_text got = all_of(&trained);
    assert_same_and_free(&expected, &got);
}

static void another_training_s_checkpoints_are_left_alone(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    stop_after(3, 1);
    stop_after(1, 2);
    assert_steps("0 1 2 3 ");
    cst_trained trained;
    cst_train_control control = control_of(2);
    control.limit = 2;
    assert_fails(train(&trained, comm, trees, &control, &err), CST_EXISTS, "another training");
    assert_steps("0 1 2 3 ");
}

static void another_folder_is_where_it_may_begin(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    stop_after(3, 1);
    char *own = cst_text_format(&err, "%s/own", folder);
    cst_trained trained;
    cst_train_control control = control_of(1);
    control.also = folder;
    control.folder = own;
    control.limit = 3;
    assert_ok(train(&trained, comm, trees, &control, &err));
    assert_int_equal(trained.standing.step, 3);
    assert_int_equal(json_array_size(trained.metrics), 4);
    assert_false(comm->rank == 0 && cst_file_exists(own)); /* there was nothing to do */
    cst_trained_free(&trained);
    free(own);
}

static void share_out_ranks(void)
{
    MPI_Comm half = MPI_COMM_NULL;
    cst_error err = CST_ERROR_INIT;
    bool mine = comm->rank <= comm->size / 2;
    (void)MPI_Comm_split(MPI_COMM_WORLD, mine ? 0 : MPI_UNDEFINED, comm->rank, &half);
    if (mine && cst_comm_new(&some, half, true, &err) != CST_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    if (mine)
        (void)MPI_Comm_free(&half);
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    MPI_Init(&argc, &argv);
    if (cst_comm_new(&comm, MPI_COMM_WORLD, true, &err) != CST_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    share_out_ranks();
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(trees_are_the_same_after_a_stop_at_every_step),
        WITH_FOLDER(trees_of_sampled_rows_and_features_are_the_same),
        WITH_FOLDER(early_stopping_comes_when_it_would_have_come),
        WITH_FOLDER(coefficients_are_the_same_after_a_stop_at_every_step),
        WITH_FOLDER(a_training_that_is_done_is_taken_up_as_done),
        WITH_FOLDER(a_signal_on_one_rank_stops_all_and_costs_nothing),
        WITH_FOLDER(too_little_time_makes_one_step_at_a_time),
        WITH_FOLDER(a_damaged_checkpoint_is_passed_over_and_replaced),
        WITH_FOLDER(another_training_s_checkpoints_are_left_alone),
        WITH_FOLDER(another_folder_is_where_it_may_begin),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cst_comm_free(some);
    cst_comm_free(comm);
    MPI_Finalize();
    return failed;
}

/* folder.c - a search's folder: claimed once, published once, read as it stands; its report */
#include "test/unit/test.h"

#include <unistd.h>

#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "tune/folder.h"
#include "tune/report.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/capstan-search.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return cst_file_remove(folder, NULL) == CST_OK ? 0 : -1;
}

static json_t *definition(int trials)
{
    return json_pack("{s:s, s:{s:s, s:i}, s:{s:s, s:i, s:[i,i], s:{s:s}}, s:i}", "model", "late",
                     "train", "model", "gbdt", "trees", 9, "tune", "method", "asha", "trials",
                     trials, "rungs", 3, 9, "space", "leaves", "int(2, 64)", "seed", 5);
}

static void open_search(cst_search *search)
{
    cst_error err = CST_ERROR_INIT;
    json_t *what = definition(3);
    assert_ok(cst_search_begin(folder, what, &err));
    assert_ok(cst_search_open(search, folder, &err));
    json_decref(what);
}

static void publish(const cst_search *search, int64_t trial, size_t rung, double loss)
{
    cst_error err = CST_ERROR_INIT;
    json_t *result =
        json_pack("{s:s, s:s, s:i, s:f, s:f, s:f}", "class", isnan(loss) ? "failed" : "done",
                  "message", "it diverged", "steps", 3, "training_loss", 0.5, "validation_loss",
                  isnan(loss) ? 0 : loss, "seconds", 1.5);
    assert_ok(
        cst_search_publish_result(search, (cst_work){.trial = trial, .rung = rung}, result, &err));
    json_decref(result);
}

static void a_claim_is_one_persons(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_search search;
    cst_work work = {.trial = 1, .rung = 0};
    json_t *mine = json_pack("{s:i}", "pid", 1);
    json_t *read = NULL;
    int64_t number = -1;
    open_search(&search);
    assert_ok(cst_search_read_claim(&read, &number, &search, work, &err));
    assert_int_equal(number, 0);
    assert_null(read);
    assert_ok(cst_search_claim(&search, work, 1, mine, &err));
    assert_int_equal(cst_search_claim(&search, work, 1, mine, &err), CST_EXISTS);
    assert_int_equal(err.code, CST_OK);
    assert_ok(cst_search_claim(&search, work, 2, mine, &err));
    assert_ok(cst_search_read_claim(&read, &number, &search, work, &err));
    assert_int_equal(number, 2);
    assert_true(json_equal(read, mine));
    assert_ok(cst_search_look(&search, &err));
    assert_int_equal(CST_CELL(&search.schedule, search.cells, 1, 0)->state, CST_TRIAL_CLAIMED);
    assert_int_equal(CST_CELL(&search.schedule, search.cells, 0, 0)->state, CST_TRIAL_OPEN);
    json_decref(read);
    json_decref(mine);
    cst_search_close(&search);
}

static void the_first_result_stays(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_search search;
    open_search(&search);
    publish(&search, 2, 0, 0.25);
    publish(&search, 2, 0, 0.75);
    publish(&search, 0, 0, NAN);
    assert_ok(cst_search_look(&search, &err));
    assert_true(CST_CELL(&search.schedule, search.cells, 2, 0)->loss == 0.25);
    assert_int_equal(CST_CELL(&search.schedule, search.cells, 0, 0)->state, CST_TRIAL_FAILED);
    cst_search_close(&search);
}

static void a_report_holds_trials_and_winner_and_no_times(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_search search;
    json_t *report = NULL;
    json_t *params = NULL;
    open_search(&search);
    assert_fails(cst_search_report(&report, &search, &err), CST_FAILED, "no trial of 3");
    cst_error_clear(&err);
    publish(&search, 0, 0, 0.5);
    publish(&search, 1, 0, 0.25);
    publish(&search, 2, 0, NAN);
    publish(&search, 1, 1, 0.125);
    assert_ok(cst_search_look(&search, &err));
    assert_ok(cst_search_report(&report, &search, &err));
    const json_t *winner = json_object_get(report, "winner");
    assert_int_equal(cst_get_int(winner, "trial", 9), 1);
    assert_int_equal(cst_get_int(winner, "rung", 9), 1);
    assert_true(cst_get_real(winner, "validation_loss", 9) == 0.125);
    assert_ok(cst_search_params(&params, &search, 1, &err));
    assert_int_equal(cst_get_int(params, "trees", 0), 9);
    assert_true(json_equal(json_object_get(params, "leaves"),
                           json_object_get(json_object_get(winner, "params"), "leaves")));
    cst_text text = CST_TEXT_INIT;
    assert_ok(cst_json_canonical(&text, report, &err));
    assert_null(strstr(text.data, "seconds"));
    assert_non_null(strstr(text.data, "\"failed\":\"it diverged\""));
    cst_text_free(&text);
    json_decref(params);
    json_decref(report);
    cst_search_close(&search);
}

static void the_winners_checkpoints_alone_are_kept(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_search search;
    open_search(&search);
    for (int64_t t = 0; t < 3; t++) {
        char *path = cst_search_checkpoints_path(&search, t, &err);
        assert_ok(cst_file_mkdirs(path, &err));
        publish(&search, t, 0, t == 1 ? 0.25 : 0.5);
        free(path);
    }
    assert_ok(cst_search_look(&search, &err));
    assert_ok(cst_search_forget(&search, &err));
    for (int64_t t = 0; t < 3; t++) {
        char *path = cst_search_checkpoints_path(&search, t, &err);
        assert_int_equal(cst_file_exists(path), t == 1);
        free(path);
    }
    cst_search_close(&search);
}

static void another_search_in_the_same_folder_is_an_error(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_search search;
    json_t *other = definition(4);
    open_search(&search);
    assert_fails(cst_search_begin(folder, other, &err), CST_INVALID, "that of another search");
    json_decref(other);
    cst_search_close(&search);
    assert_fails(cst_search_open(&search, "/nowhere", &err), CST_MISSING, "no search.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_claim_is_one_persons, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_first_result_stays, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_report_holds_trials_and_winner_and_no_times, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(the_winners_checkpoints_alone_are_kept, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(another_search_in_the_same_folder_is_an_error, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

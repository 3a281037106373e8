/* receipt.c - attempts, receipts, run ids */
#include "test/unit/test.h"

#include "pipeline/receipt.h"
#include "test/unit/pipeline/world.h"

static void each_attempt_is_a_folder_of_its_own(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    for (int n = 1; n <= 3; n++) {
        char expected[128];
        char *attempt = NULL;
        assert_ok(cst_receipt_attempt(&attempt, w->registry, "run", "train", &err));
        (void)snprintf(expected, sizeof expected, "/runs/run/train/attempt-%d", n);
        assert_non_null(strstr(attempt, expected));
        free(attempt);
    }
}

static void a_receipt_is_written_once(void **state)
{
    const world *w = *state;
    cst_error err = CST_ERROR_INIT;
    char *attempt = NULL;
    json_t *back = NULL;
    json_t *end = json_pack("{s:s}", "class", "refused");
    assert_ok(cst_receipt_attempt(&attempt, w->registry, "run", "train", &err));
    assert_fails(cst_receipt_read_end(&back, attempt, &err), CST_MISSING, "is not known");
    assert_ok(cst_receipt_end(attempt, end, &err));
    assert_fails(cst_receipt_end(attempt, end, &err), CST_EXISTS, "end.json");
    assert_ok(cst_receipt_read_end(&back, attempt, &err));
    assert_int_equal(cst_receipt_code(back), CST_REFUSED);
    json_decref(back);
    json_decref(end);
    free(attempt);
}

static void the_class_is_the_code_and_what_is_not_known_is_no_success(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        cst_code code;
    } row[] = {{"done", CST_OK},         {"failed", CST_FAILED},     {"usage", CST_USAGE},
               {"refused", CST_REFUSED}, {"conflict", CST_CONFLICT}, {"stopped", CST_STOPPED},
               {"skipped", CST_SKIPPED}, {"splendid", CST_FAILED},   {"", CST_FAILED}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        json_t *end = json_pack("{s:s}", "class", row[i].word);
        assert_int_equal(cst_receipt_code(end), row[i].code);
        json_decref(end);
    }
    assert_int_equal(cst_receipt_code(NULL), CST_FAILED);
}

static void run_ids_sort_by_time_and_never_meet(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char a[CST_RUN_ID];
    char b[CST_RUN_ID];
    assert_ok(cst_receipt_run_id(a, &err));
    assert_ok(cst_receipt_run_id(b, &err));
    assert_int_equal(strlen(a), 25); /* 20130401T120000Z-1a2b3c4d */
    assert_int_equal(a[8], 'T');
    assert_int_equal(a[15], 'Z');
    assert_int_equal(a[16], '-');
    assert_true(strncmp(a, b, 16) <= 0);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_attempt_is_a_folder_of_its_own, world_new, world_free),
        cmocka_unit_test_setup_teardown(a_receipt_is_written_once, world_new, world_free),
        cmocka_unit_test(the_class_is_the_code_and_what_is_not_known_is_no_success),
        cmocka_unit_test(run_ids_sort_by_time_and_never_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

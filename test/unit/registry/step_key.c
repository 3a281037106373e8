/* step_key.c - who first finished a step under its key is on record, once and for all */
#include "test/unit/test.h"

#include "registry/step_key.h"
#include "registry/verify.h"
#include "test/unit/registry/fixture.h"

static const char key[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static json_t *made(const char *run, const char *id)
{
    return json_pack("{s:s, s:s, s:i, s:s, s:[{s:s, s:s, s:i, s:s}]}", "run", run, "step", "train",
                     "attempt", 1, "class", "done", "outputs", "kind", "model", "name", "m",
                     "version", 1, "id", id);
}

static void the_first_stays(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    json_t *first = made("a", "1");
    json_t *second = made("b", "2");
    json_t *stands = NULL;
    assert_ok(cst_step_key_read(&stands, f->registry, key, &err));
    assert_null(stands);
    assert_ok(cst_step_key_publish(&stands, f->registry, key, first, &err));
    assert_null(stands);
    assert_int_equal(cst_step_key_publish(&stands, f->registry, key, second, &err), CST_SKIPPED);
    assert_string_equal(json_string_value(json_object_get(stands, "run")), "a");
    json_decref(stands);
    assert_ok(cst_step_key_read(&stands, f->registry, key, &err));
    assert_string_equal(json_string_value(json_object_get(stands, "run")), "a");
    assert_string_equal(json_string_value(json_object_get(stands, "key")), key);
    json_decref(stands);
    json_decref(first);
    json_decref(second);
}

static void what_is_no_key_is_refused(void **state)
{
    const fixture *f = *state;
    static const char *const none[] = {"", "abc", "../../0123456789abcdef"};
    cst_error err = CST_ERROR_INIT;
    json_t *stands = NULL;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_fails(cst_step_key_read(&stands, f->registry, none[i], &err), CST_USAGE,
                     "no step key");
}

static size_t findings(json_t **list, const fixture *f, bool quarantine)
{
    cst_error err = CST_ERROR_INIT;
    json_t *found = NULL;
    assert_ok(cst_verify(&found, f->registry, NULL, 0, quarantine, NULL, NULL, &err));
    *list = json_incref(json_object_get(found, "findings"));
    json_decref(found);
    return json_array_size(*list);
}

static void assert_found(const fixture *f, const char *words)
{
    json_t *list = NULL;
    assert_int_equal(findings(&list, f, false), 1);
    const char *said = json_string_value(json_object_get(json_array_get(list, 0), "problem"));
    if (!strstr(said, words))
        fail_msg("\"%s\" is not in \"%s\"", words, said);
    json_decref(list);
}

static void write_over(const char *path, const char *bytes, size_t size)
{
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_file_remove(path, &err));
    assert_ok(cst_file_publish(path, bytes, size, &err));
}

static void a_changed_record_is_found_and_not_believed(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    json_t *list = NULL;
    json_t *stands = NULL;
    json_t *first = made("a", "1");
    char *path = cst_text_format(&err, "%s/keys/%s.json", f->path, key);
    char *other = cst_text_format(&err, "%s/keys/%.63s0.json", f->path, key);
    char *stray = cst_text_format(&err, "%s/keys/stray", f->path);
    assert_ok(cst_step_key_publish(&stands, f->registry, key, first, &err));
    assert_int_equal(findings(&list, f, false), 0);
    json_decref(list);
    assert_ok(cst_file_read(&text, path, 0, &err));
    for (size_t i = 0; i < text.size; i++) {
        text.data[i] ^= 1;
        write_over(path, text.data, text.size);
        assert_int_equal(findings(&list, f, false), 1);
        assert_int_not_equal(cst_step_key_read(&stands, f->registry, key, &err), CST_OK);
        cst_error_clear(&err);
        json_decref(list);
        text.data[i] ^= 1;
    }
    write_over(path, text.data, text.size);
    assert_ok(cst_file_publish(other, text.data, text.size, &err));
    assert_found(f, "another key");
    assert_ok(cst_file_remove(other, &err));
    assert_ok(cst_file_publish(stray, "", 0, &err));
    assert_found(f, "is no record of a step key");
    assert_int_equal(findings(&list, f, true), 1); /* and is moved aside */
    json_decref(list);
    assert_int_equal(findings(&list, f, false), 0);
    json_decref(list);
    cst_text_free(&text);
    json_decref(first);
    free(path);
    free(other);
    free(stray);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)
    const struct CMUnitTest tests[] = {
        TEST(the_first_stays),
        TEST(what_is_no_key_is_refused),
        TEST(a_changed_record_is_found_and_not_believed),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* publishers.c - many processes publish under one name at once and nothing is lost */
#include "test/unit/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "test/unit/registry/fixture.h"

enum { PROCESSES = 16, ROUNDS = 6 };

/* Start PROCESSES children that each call work with their number, and wait for all to succeed. */
static void all_at_once(const fixture *f, cst_code (*work)(cst_registry *, int, cst_error *))
{
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            cst_error err = CST_ERROR_INIT;
            cst_registry *registry = NULL;
            cst_code rc = cst_registry_open(&registry, f->path, &err);
            for (int round = 0; rc == CST_OK && round < ROUNDS; round++)
                rc = work(registry, i * ROUNDS + round, &err);
            cst_registry_close(registry);
            if (rc != CST_OK)
                (void)fprintf(stderr, "%s\n", err.text);
            _exit(rc == CST_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
}

static cst_code publish_different(cst_registry *registry, int number, cst_error *err)
{
    char text[16];
    cst_version *version = NULL;
    (void)snprintf(text, sizeof text, "%d", number);
    cst_code rc = publish(&version, registry, CST_KIND_MODEL, "m", text, CST_PARENT_ANY, err);
    cst_version_free(version);
    return rc;
}

static void different_things_get_numbers_of_their_own(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version **versions = NULL;
    size_t count = 0;
    bool seen[PROCESSES * ROUNDS] = {false};
    all_at_once(f, publish_different);
    assert_ok(cst_registry_list(&versions, &count, f->registry, CST_KIND_MODEL, "m", &err));
    assert_int_equal(count, PROCESSES * ROUNDS);
    for (size_t i = 0; i < count; i++) {
        const json_t *params = json_object_get(versions[i]->manifest, "params");
        const char *text = json_string_value(json_object_get(params, "text"));
        long number = strtol(text, NULL, 10);
        assert_int_equal(versions[i]->number, i + 1);
        assert_false(seen[number]);
        seen[number] = true;
    }
    cst_versions_free(versions, count);
}

static cst_code publish_same(cst_registry *registry, int number, cst_error *err)
{
    cst_version *version = NULL;
    (void)number;
    cst_code rc = publish(&version, registry, CST_KIND_MODEL, "m", "same", CST_PARENT_ANY, err);
    cst_version_free(version);
    return rc == CST_SKIPPED ? CST_OK : rc;
}

static void the_same_thing_is_published_once(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version **versions = NULL;
    size_t count = 0;
    all_at_once(f, publish_same);
    assert_ok(cst_registry_list(&versions, &count, f->registry, CST_KIND_MODEL, "m", &err));
    assert_int_equal(count, 1);
    cst_versions_free(versions, count);
}

/* A snapshot of all numbers so far and one more, as ingestion does it: read the newest, build on
 * it, and once more where somebody was quicker. */
static cst_code publish_on_top(cst_registry *registry, int number, cst_error *err)
{
    for (;;) {
        cst_error lost = CST_ERROR_INIT;
        cst_version *newest = NULL;
        cst_version *made = NULL;
        cst_code rc = cst_registry_find(&newest, registry, CST_KIND_SNAPSHOT, "d", &lost);
        if (rc != CST_OK && rc != CST_MISSING)
            return cst_error_set(err, rc, "%s", lost.text);
        const json_t *params = newest ? json_object_get(newest->manifest, "params") : NULL;
        const char *before = json_string_value(json_object_get(params, "text"));
        char *text = cst_text_format(err, "%s%d,", before ? before : "", number);
        cst_error_clear(&lost);
        rc = text ? publish(&made, registry, CST_KIND_SNAPSHOT, "d", text,
                            newest ? newest->number : CST_PARENT_NONE, &lost)
                  : CST_NOMEM;
        cst_version_free(newest);
        cst_version_free(made);
        free(text);
        if (rc != CST_EXISTS)
            return rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", lost.text);
    }
}

static void what_is_built_on_top_of_another_loses_neither(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *newest = NULL;
    all_at_once(f, publish_on_top);
    assert_ok(cst_registry_find(&newest, f->registry, CST_KIND_SNAPSHOT, "d", &err));
    assert_int_equal(newest->number, PROCESSES * ROUNDS);
    const json_t *params = json_object_get(newest->manifest, "params");
    const char *text = json_string_value(json_object_get(params, "text"));
    bool seen[PROCESSES * ROUNDS] = {false};
    for (int i = 0; i < PROCESSES * ROUNDS; i++) {
        char *end = NULL;
        long number = strtol(text, &end, 10);
        assert_true(number >= 0 && number < PROCESSES * ROUNDS && !seen[number]);
        seen[number] = true;
        text = end + 1;
    }
    cst_version_free(newest);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)
    const struct CMUnitTest tests[] = {
        TEST(different_things_get_numbers_of_their_own),
        TEST(the_same_thing_is_published_once),
        TEST(what_is_built_on_top_of_another_loses_neither),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* registry.c - versions are published once, found by every kind of name, and never half there */
#include "test/unit/test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/unit/killed.h"
#include "test/unit/registry/fixture.h"

static void a_registry_is_made_once(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    assert_int_equal(cst_registry_init(f->path, &err), CST_SKIPPED);
    assert_string_equal(cst_registry_path(f->registry), f->path);
}

static void what_is_no_registry_is_refused(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_registry *registry = NULL;
    char *file = cst_file_join(f->path, "registry.json", &err);
    assert_fails(cst_registry_open(&registry, "/nowhere/at/all", &err), CST_MISSING,
                 "capstan init /nowhere/at/all");
    assert_fails(cst_registry_open(&registry, file, &err), CST_INVALID, "is a file");
    assert_fails(cst_registry_open(&registry, f->directory, &err), CST_MISSING, "no registry.json");
    assert_fails(cst_registry_init(f->directory, &err), CST_INVALID, "is not empty (there is reg)");
    assert_fails(cst_registry_init(file, &err), CST_INVALID, "is a file");
    assert_int_equal(chmod(f->path, 0777), 0);
    assert_fails(cst_registry_open(&registry, f->path, &err), CST_INVALID, "chmod o-w");
    assert_null(registry);
    free(file);
}

static void a_newer_format_is_not_touched(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_registry *registry = NULL;
    char *file = cst_file_join(f->path, "registry.json", &err);
    static const char newer[] = "{\"format\": 2}";
    assert_ok(cst_file_remove(file, &err));
    assert_ok(cst_file_publish(file, newer, strlen(newer), &err));
    assert_fails(cst_registry_open(&registry, f->path, &err), CST_INVALID, "use a newer capstan");
    assert_fails(cst_registry_init(f->path, &err), CST_INVALID, "use a newer capstan");
    free(file);
}

static void numbers_ascend_and_the_same_id_is_not_published_again(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *first = NULL;
    cst_version *second = NULL;
    cst_version *again = NULL;
    assert_ok(publish(&first, f->registry, CST_KIND_MODEL, "m", "a", CST_PARENT_ANY, &err));
    assert_ok(publish(&second, f->registry, CST_KIND_MODEL, "m", "b", CST_PARENT_ANY, &err));
    assert_int_equal(first->number, 1);
    assert_int_equal(second->number, 2);
    assert_false(cst_digest_equal(&first->id, &second->id));
    assert_int_equal(publish(&again, f->registry, CST_KIND_MODEL, "m", "a", CST_PARENT_ANY, &err),
                     CST_SKIPPED);
    assert_int_equal(again->number, 1);
    assert_true(cst_digest_equal(&first->id, &again->id));
    cst_version_free(first);
    cst_version_free(second);
    cst_version_free(again);
}

static void the_id_is_of_what_was_made_not_of_how(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_draft *draft = NULL;
    cst_digest id[5];
    json_t *params = json_pack("{s:i}", "leaves", 31);
    json_t *other = json_pack("{s:s}", "host", "elsewhere");
    cst_recipe recipe = {.stage = "train", .revision = 1, .params = params, .seed = 7};
    assert_ok(cst_draft_new(&draft, f->registry, CST_KIND_MODEL, "m", &err));
    assert_ok(cst_draft_id(&id[0], draft, &recipe, &err));
    recipe.provenance = other;
    recipe.summary = other;
    recipe.extra = other;
    assert_ok(cst_draft_add_bytes(draft, "README.md", "a card", 6, true, &err));
    assert_ok(cst_draft_id(&id[1], draft, &recipe, &err));
    assert_true(cst_digest_equal(&id[0], &id[1]));
    recipe.seed = 8;
    assert_ok(cst_draft_id(&id[2], draft, &recipe, &err));
    recipe.revision = 2;
    assert_ok(cst_draft_id(&id[3], draft, &recipe, &err));
    assert_ok(cst_draft_add_bytes(draft, "weights", "0", 1, false, &err));
    assert_ok(cst_draft_id(&id[4], draft, &recipe, &err));
    for (int i = 1; i < 4; i++)
        assert_false(cst_digest_equal(&id[i], &id[i + 1]));
    cst_draft_free(draft);
    json_decref(params);
    json_decref(other);
}

static void a_draft_keeps_its_files_apart(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_draft *draft = NULL;
    cst_digest digest = {0};
    assert_fails(cst_draft_new(&draft, f->registry, CST_KIND_MODEL, "../m", &err), CST_USAGE,
                 "no name of model");
    assert_ok(cst_draft_new(&draft, f->registry, CST_KIND_MODEL, "m", &err));
    static const char *const bad[] = {"", "../x", "a/b", ".hidden", "manifest.json", "gone.json"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(cst_draft_add_bytes(draft, bad[i], "x", 1, false, &err), CST_USAGE, "no name");
    assert_ok(cst_draft_add_bytes(draft, "x", "x", 1, false, &err));
    assert_fails(cst_draft_add_bytes(draft, "x", "y", 1, false, &err), CST_EXISTS, "x already");
    assert_fails(cst_draft_add_file(draft, "absent", &digest, &digest, 1, &err), CST_MISSING,
                 "absent");
    char *path = cst_text_copy(cst_draft_path(draft), &err);
    cst_draft_free(draft);
    assert_false(cst_file_exists(path));
    free(path);
}

static void nobodys_part_is_lost_between_read_and_publish(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *version = NULL;
    cst_kind kind = CST_KIND_SNAPSHOT;
    assert_ok(publish(&version, f->registry, kind, "d", "1", CST_PARENT_NONE, &err));
    cst_version_free(version);
    assert_fails(publish(&version, f->registry, kind, "d", "x", CST_PARENT_NONE, &err), CST_EXISTS,
                 "d@1 meanwhile");
    assert_ok(publish(&version, f->registry, kind, "d", "1+2", 1, &err));
    cst_version_free(version);
    assert_fails(publish(&version, f->registry, kind, "d", "1+3", 1, &err), CST_EXISTS,
                 "d@2 meanwhile");
    assert_ok(publish(&version, f->registry, kind, "d", "1+2+3", 2, &err));
    assert_int_equal(version->number, 3);
    cst_version_free(version);
}

static void assert_found(cst_registry *registry, cst_kind kind, const char *reference,
                         cst_kind expected, int64_t number)
{
    cst_error err = CST_ERROR_INIT;
    cst_version *version = NULL;
    assert_ok(cst_registry_find(&version, registry, kind, reference, &err));
    assert_int_equal(version->kind, expected);
    assert_int_equal(version->number, number);
    cst_version_free(version);
}

static void versions_are_found_by_name_and_by_id(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *version = NULL;
    put(f->registry, CST_KIND_SNAPSHOT, "flights", "a");
    put(f->registry, CST_KIND_SNAPSHOT, "flights", "b");
    put(f->registry, CST_KIND_FEATURES, "flights", "c");
    put(f->registry, CST_KIND_MODEL, "flight-delay", "d");
    assert_found(f->registry, CST_KIND_SNAPSHOT, "flights", CST_KIND_SNAPSHOT, 2);
    assert_found(f->registry, CST_KIND_SNAPSHOT, "flights@latest", CST_KIND_SNAPSHOT, 2);
    assert_found(f->registry, CST_KIND_SNAPSHOT, "flights@1", CST_KIND_SNAPSHOT, 1);
    assert_found(f->registry, CST_KIND_ANY, "flight-delay@1", CST_KIND_MODEL, 1);
    assert_found(f->registry, CST_KIND_ANY, "flights@2", CST_KIND_SNAPSHOT, 2);
    assert_ok(cst_registry_find(&version, f->registry, CST_KIND_FEATURES, "flights", &err));
    char hex[CST_DIGEST_HEX];
    char reference[CST_DIGEST_HEX + 8];
    cst_digest_hex(hex, &version->id);
    (void)snprintf(reference, sizeof reference, "sha256:%.8s", hex);
    assert_found(f->registry, CST_KIND_ANY, reference, CST_KIND_FEATURES, 1);
    cst_version_free(version);
}

static void what_is_not_found_is_said_with_what_is_near(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *v = NULL;
    cst_registry *r = f->registry;
    put(r, CST_KIND_SNAPSHOT, "flights", "a");
    put(r, CST_KIND_FEATURES, "flights", "b");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "flights@1", &err), CST_USAGE, "--kind");
    assert_fails(cst_registry_find(&v, r, CST_KIND_SNAPSHOT, "flights@7", &err), CST_MISSING,
                 "the latest is flights@1");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "fligths", &err), CST_MISSING,
                 "did you mean flights?");
    assert_fails(cst_registry_find(&v, r, CST_KIND_SNAPSHOT, "flights@champion", &err), CST_MISSING,
                 "no alias champion");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "flights@0", &err), CST_USAGE, "name@3");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "flights@", &err), CST_USAGE, "name@3");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "flights@1x", &err), CST_USAGE, "name@3");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "../../etc@1", &err), CST_USAGE, "no name");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "sha256:12", &err), CST_USAGE, "8 to 64");
    assert_fails(cst_registry_find(&v, r, CST_KIND_ANY, "sha256:00000000", &err), CST_MISSING,
                 "begins with 00000000");
    assert_null(v);
}

static void a_list_is_sorted_and_holds_what_is_whole(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version **versions = NULL;
    size_t count = 0;
    put(f->registry, CST_KIND_MODEL, "b", "1");
    put(f->registry, CST_KIND_MODEL, "a", "1");
    put(f->registry, CST_KIND_MODEL, "a", "2");
    put(f->registry, CST_KIND_SNAPSHOT, "z", "1");
    char *half = cst_file_join(f->path, "models/a/0000000003", &err);
    assert_ok(cst_file_mkdirs(half, &err));
    assert_ok(cst_registry_list(&versions, &count, f->registry, CST_KIND_ANY, NULL, &err));
    assert_int_equal(count, 4);
    assert_string_equal(versions[0]->name, "z");
    assert_string_equal(versions[1]->name, "a");
    assert_int_equal(versions[2]->number, 2);
    assert_string_equal(versions[3]->name, "b");
    cst_versions_free(versions, count);
    assert_ok(cst_registry_list(&versions, &count, f->registry, CST_KIND_MODEL, "a", &err));
    assert_int_equal(count, 2);
    cst_versions_free(versions, count);
    cst_version *next = NULL;
    assert_ok(publish(&next, f->registry, CST_KIND_MODEL, "a", "3", CST_PARENT_ANY, &err));
    assert_int_equal(next->number, 4); /* a number once used is not used again */
    cst_version_free(next);
    free(half);
}

static void a_version_behind_a_link_is_not_read(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *version = NULL;
    put(f->registry, CST_KIND_MODEL, "m", "1");
    char *path = cst_file_join(f->path, "models/m/0000000001", &err);
    char *elsewhere = cst_file_join(f->directory, "elsewhere", &err);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
    assert_fails(cst_registry_find(&version, f->registry, CST_KIND_MODEL, "m", &err), CST_IO,
                 "symbolic link");
    free(path);
    free(elsewhere);
}

static void a_part_is_shared_and_a_changed_one_noticed(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_digest id = {.byte = {1}};
    for (int round = 0; round < 3; round++) {
        char *temporary = NULL;
        cst_digest sha256;
        assert_ok(cst_registry_part_temporary(&temporary, f->registry, "d", &err));
        assert_ok(cst_file_write(temporary, round < 2 ? "same" : "else", 4, &err));
        assert_ok(cst_sha256_file(&sha256, temporary, &err));
        if (round < 2)
            assert_ok(cst_registry_part_publish(f->registry, "d", temporary, &id, &sha256, &err));
        else
            assert_fails(cst_registry_part_publish(f->registry, "d", temporary, &id, &sha256, &err),
                         CST_INVALID, "capstan verify --level 3");
        assert_false(cst_file_exists(temporary));
        free(temporary);
    }
    char *path = NULL;
    assert_ok(cst_registry_part_path(&path, f->registry, "d", &id, &err));
    assert_true(cst_file_exists(path));
    free(path);
}

static void a_registry_that_cannot_be_written_says_so(void **state)
{
    const fixture *f = *state;
    enum { NOBODY = 65534, SAID = 10 };
    assert_int_equal(chmod(f->path, 0555), 0);
    assert_int_equal(chmod(f->directory, 0755), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cst_error err = CST_ERROR_INIT;
        cst_draft *draft = NULL;
        if (geteuid() == 0 && setuid(NOBODY) != 0)
            _exit(1);
        cst_code rc = cst_draft_new(&draft, f->registry, CST_KIND_MODEL, "m", &err);
        _exit(rc == CST_IO && strstr(err.text, "Permission denied") ? SAID : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), SAID);
    assert_int_equal(chmod(f->path, 0755), 0);
}

static void publish_from_child(void *context)
{
    cst_version *version = NULL;
    (void)publish(&version, context, CST_KIND_MODEL, "m", "whole", CST_PARENT_ANY, NULL);
}

static void killed_at_any_call_there_is_a_whole_version_or_none(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    size_t absent = 0;
    bool finished = false;
    for (size_t step = 0; !finished; step++) {
        cst_version *version = NULL;
        finished = killed_before_call(step, publish_from_child, f->registry);
        cst_error_clear(&err);
        cst_code rc = cst_registry_find(&version, f->registry, CST_KIND_MODEL, "m", &err);
        if (rc == CST_OK) {
            char *file = cst_file_join(version->path, "text", &err);
            int64_t size = 0;
            assert_ok(cst_file_size(&size, file, &err));
            assert_int_equal(size, 5);
            assert_ok(cst_file_remove(version->path, &err));
            free(file);
        } else {
            assert_int_equal(rc, CST_MISSING);
            assert_false(finished);
            absent++;
        }
        cst_version_free(version);
    }
    assert_true(absent > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)
    const struct CMUnitTest tests[] = {
        TEST(a_registry_is_made_once),
        TEST(what_is_no_registry_is_refused),
        TEST(a_newer_format_is_not_touched),
        TEST(numbers_ascend_and_the_same_id_is_not_published_again),
        TEST(the_id_is_of_what_was_made_not_of_how),
        TEST(a_draft_keeps_its_files_apart),
        TEST(nobodys_part_is_lost_between_read_and_publish),
        TEST(versions_are_found_by_name_and_by_id),
        TEST(what_is_not_found_is_said_with_what_is_near),
        TEST(a_list_is_sorted_and_holds_what_is_whole),
        TEST(a_version_behind_a_link_is_not_read),
        TEST(a_part_is_shared_and_a_changed_one_noticed),
        TEST(a_registry_that_cannot_be_written_says_so),
        TEST(killed_at_any_call_there_is_a_whole_version_or_none),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}

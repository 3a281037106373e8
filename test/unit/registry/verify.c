/* verify.c - one flipped bit anywhere is found, and so is what was moved, lost or added */
#include "test/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "registry/alias.h"
#include "registry/verify.h"
#include "test/unit/registry/fixture.h"

static json_t *verify(cst_registry *registry, int level)
{
    cst_error err = CST_ERROR_INIT;
    json_t *found = NULL;
    assert_ok(cst_verify(&found, registry, NULL, level, false, NULL, NULL, &err));
    return found;
}

static size_t findings(cst_registry *registry, int level)
{
    json_t *found = verify(registry, level);
    size_t count = json_array_size(json_object_get(found, "findings"));
    json_decref(found);
    return count;
}

static void assert_found(cst_registry *registry, int level, const char *path, const char *problem)
{
    json_t *found = verify(registry, level);
    const json_t *list = json_object_get(found, "findings");
    const json_t *first = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(first, "path")), path);
    const char *said = json_string_value(json_object_get(first, "problem"));
    if (!strstr(said, problem))
        fail_msg("\"%s\" is not in \"%s\"", problem, said);
    json_decref(found);
}

/* A snapshot with a part, a model with an alias of two generations. */
static void fill(const fixture *f)
{
    cst_error err = CST_ERROR_INIT;
    cst_digest id = {.byte = {7}};
    cst_digest sha256;
    char hex[2][CST_DIGEST_HEX];
    char *temporary = NULL;
    char *path = NULL;
    cst_draft *draft = NULL;
    cst_version *version = NULL;
    assert_ok(cst_registry_part_temporary(&temporary, f->registry, "d", &err));
    assert_ok(cst_file_write(temporary, "a part", 6, &err));
    assert_ok(cst_sha256_file(&sha256, temporary, &err));
    assert_ok(cst_registry_part_publish(f->registry, "d", temporary, &id, &sha256, &err));
    assert_ok(cst_registry_part_path(&path, f->registry, "d", &id, &err));
    cst_digest_hex(hex[0], &id);
    cst_digest_hex(hex[1], &sha256);
    json_t *part = json_pack("{s:s, s:s, s:i, s:i, s:s}", "id", hex[0], "sha256", hex[1], "bytes",
                             6, "rows", 1, "path", path + strlen(f->path) + 1);
    cst_recipe recipe = {.stage = "ingest", .revision = 1};
    assert_ok(cst_draft_new(&draft, f->registry, CST_KIND_SNAPSHOT, "d", &err));
    assert_ok(cst_draft_add_part(draft, part, &err));
    assert_ok(cst_draft_publish(&version, draft, &recipe, CST_PARENT_ANY, &err));
    cst_version_free(version);
    for (int64_t i = 0; i < 2; i++) {
        int64_t generation = 0;
        cst_promotion forced = {
            .alias = "champion", .expect = i, .override = true, .reason = "a test"};
        assert_ok(publish(&version, f->registry, CST_KIND_MODEL, "m", i ? "two" : "one",
                          CST_PARENT_ANY, &err));
        assert_ok(cst_alias_promote(&generation, f->registry, version, &forced, &err));
        cst_version_free(version);
    }
    cst_draft_free(draft);
    json_decref(part);
    free(temporary);
    free(path);
}

static void write_over(const char *path, const void *bytes, size_t size)
{
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_file_remove(path, &err));
    assert_ok(cst_file_publish(path, bytes, size, &err));
}

static void a_sound_registry_has_no_findings(void **state)
{
    const fixture *f = *state;
    fill(f);
    json_t *found = verify(f->registry, 2);
    assert_int_equal(json_array_size(json_object_get(found, "findings")), 0);
    assert_int_equal(json_integer_value(json_object_get(found, "versions")), 3);
    assert_int_equal(json_integer_value(json_object_get(found, "files")), 6);
    json_decref(found);
}

/* Flip each byte of a file in turn. */
static void flip_every_byte(const fixture *f, const char *relative)
{
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    char *path = cst_file_join(f->path, relative, &err);
    assert_ok(cst_file_read(&text, path, 0, &err));
    for (size_t i = 0; i < text.size; i++) {
        char bit = (char)(1 << i % 7);
        text.data[i] = (char)(text.data[i] ^ bit);
        write_over(path, text.data, text.size);
        if (findings(f->registry, 2) == 0)
            fail_msg("a flipped bit of byte %zu of %s was not found", i, relative);
        text.data[i] = (char)(text.data[i] ^ bit);
    }
    write_over(path, text.data, text.size);
    assert_int_equal(findings(f->registry, 2), 0);
    cst_text_free(&text);
    free(path);
}

static void a_flipped_bit_of_any_byte_is_found(void **state)
{
    const fixture *f = *state;
    fill(f);
    char part[128];
    (void)snprintf(part, sizeof part, "parts/d/07%062d.h5", 0);
    flip_every_byte(f, part);
    flip_every_byte(f, "models/m/0000000001/text");
    flip_every_byte(f, "models/m/0000000001/manifest.json");
    flip_every_byte(f, "snapshots/d/0000000001/manifest.json");
    flip_every_byte(f, "aliases/m/champion/0000000001.json");
    flip_every_byte(f, "aliases/m/champion/0000000002.json");
    flip_every_byte(f, "registry.json");
}

static void sizes_are_looked_at_from_level_one_and_bytes_from_level_two(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    fill(f);
    char *path = cst_file_join(f->path, "models/m/0000000001/text", &err);
    write_over(path, "longer", 6);
    assert_int_equal(findings(f->registry, 0), 0);
    assert_found(f->registry, 1, "models/m/0000000001/text", "has 6 bytes, 3 were published");
    write_over(path, "0ne", 3);
    assert_int_equal(findings(f->registry, 1), 0);
    assert_found(f->registry, 2, "models/m/0000000001/text", "SHA-256 differs");
    free(path);
}

static void a_broken_chain_is_found(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text first = CST_TEXT_INIT;
    fill(f);
    char *one = cst_file_join(f->path, "aliases/m/champion/0000000001.json", &err);
    char *two = cst_file_join(f->path, "aliases/m/champion/0000000002.json", &err);
    assert_ok(cst_file_read(&first, one, 0, &err));
    assert_ok(cst_file_remove(one, &err));
    assert_found(f->registry, 0, "aliases/m/champion", "generation 1 is missing");
    assert_ok(cst_file_publish(one, first.data, first.size, &err));
    assert_int_equal(findings(f->registry, 0), 0);
    write_over(two, first.data, first.size); /* a record put in another's place */
    assert_found(f->registry, 0, "aliases/m/champion", "record of generation 1: it was moved");
    cst_text_free(&first);
    free(one);
    free(two);
}

static void what_does_not_belong_is_found(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    fill(f);
    static const char *const strangers[] = {"models/m/0000000001/extra", "models/m/third",
                                            "models/Upper/x", "note"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        char *path = cst_file_join(f->path, strangers[i], &err);
        char *parent = cst_file_parent(path, &err);
        bool made = !cst_file_exists(parent);
        assert_ok(cst_file_mkdirs(parent, &err));
        assert_ok(cst_file_publish(path, "x", 1, &err));
        assert_int_equal(findings(f->registry, 0), 1);
        assert_ok(cst_file_remove(made ? parent : path, &err));
        free(parent);
        free(path);
    }
}

static void modes_and_links_are_found(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    fill(f);
    char *text = cst_file_join(f->path, "models/m/0000000001/text", &err);
    char *folder = cst_file_join(f->path, "models/m", &err);
    char *elsewhere = cst_file_join(f->directory, "elsewhere", &err);
    assert_int_equal(chmod(text, 0644), 0);
    assert_found(f->registry, 0, "models/m/0000000001/text", "mode 0644");
    assert_int_equal(chmod(text, 0444), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_found(f->registry, 0, "models/m", "written by everybody");
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(rename(text, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, text), 0);
    assert_found(f->registry, 0, "models/m/0000000001/text", "not a regular file");
    free(text);
    free(folder);
    free(elsewhere);
}

static void a_swapped_version_is_found(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    fill(f);
    char *one = cst_file_join(f->path, "models/m/0000000001", &err);
    char *two = cst_file_join(f->path, "models/m/0000000002", &err);
    char *aside = cst_file_join(f->directory, "aside", &err);
    assert_int_equal(rename(one, aside), 0);
    assert_int_equal(rename(two, one), 0);
    assert_int_equal(rename(aside, two), 0);
    assert_int_equal(findings(f->registry, 0), 2); /* both generations point at another one now */
    free(one);
    free(two);
    free(aside);
}

static void quarantine_moves_aside_and_keeps_the_number(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    json_t *found = NULL;
    cst_version *version = NULL;
    fill(f);
    char *text = cst_file_join(f->path, "models/m/0000000002/text", &err);
    write_over(text, "tw0", 3);
    assert_ok(cst_verify(&found, f->registry, NULL, 2, true, NULL, NULL, &err));
    assert_int_equal(json_array_size(json_object_get(found, "quarantined")), 1);
    json_decref(found);
    assert_int_equal(findings(f->registry, 2), 0);
    assert_fails(cst_registry_find(&version, f->registry, CST_KIND_MODEL, "m@2", &err), CST_MISSING,
                 "is gone since");
    assert_ok(publish(&version, f->registry, CST_KIND_MODEL, "m", "two", CST_PARENT_ANY, &err));
    assert_int_equal(version->number, 3);
    cst_version_free(version);
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)
    const struct CMUnitTest tests[] = {
        TEST(a_sound_registry_has_no_findings),
        TEST(a_flipped_bit_of_any_byte_is_found),
        TEST(sizes_are_looked_at_from_level_one_and_bytes_from_level_two),
        TEST(a_broken_chain_is_found),
        TEST(what_does_not_belong_is_found),
        TEST(modes_and_links_are_found),
        TEST(a_swapped_version_is_found),
        TEST(quarantine_moves_aside_and_keeps_the_number),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}

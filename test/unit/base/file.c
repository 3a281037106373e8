/* file.c - files read whole; directories listed, made, removed */
#include "test/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

typedef struct {
    char directory[64];
    char *path; /* of a file that the test makes in it */
} fixture;

static int make(void **state)
{
    static fixture f;
    (void)snprintf(f.directory, sizeof f.directory, "/tmp/capstan-file-XXXXXX");
    if (!mkdtemp(f.directory))
        return -1;
    f.path = cst_file_join(f.directory, "thing", NULL);
    *state = &f;
    return f.path ? 0 : -1;
}

static int clean(void **state)
{
    fixture *f = *state;
    free(f->path);
    return cst_file_remove(f->directory, NULL) == CST_OK ? 0 : -1;
}

static void write_plain(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void paths_are_joined_and_taken_apart(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a/b/c", "a/b"}, {"/a", "/"},   {"a", "."},
                                           {"a//b", "a"},    {"a/b/", "a"}, {"/", "/"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *parent = cst_file_parent(cases[i][0], NULL);
        assert_string_equal(parent, cases[i][1]);
        free(parent);
    }
    char *joined = cst_file_join("/", "a", NULL);
    assert_string_equal(joined, "/a");
    free(joined);
}

static void a_file_is_read_whole_up_to_its_limit(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    write_plain(f->path, "twelve bytes");
    assert_ok(cst_file_read(&text, f->path, 12, &err));
    assert_int_equal(text.size, 12);
    assert_string_equal(text.data, "twelve bytes");
    cst_text_free(&text);
    assert_fails(cst_file_read(&text, f->path, 11, &err), CST_INVALID, "larger than the 11 bytes");
    int64_t size = 0;
    assert_ok(cst_file_size(&size, f->path, &err));
    assert_int_equal(size, 12);
}

static void an_empty_file_is_read_as_empty_text(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    write_plain(f->path, "");
    assert_ok(cst_file_read(&text, f->path, 0, &err));
    assert_int_equal(text.size, 0);
    assert_string_equal(text.data, "");
    cst_text_free(&text);
}

static void what_is_no_file_is_said_so(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    int64_t size = 0;
    assert_fails(cst_file_read(&text, f->path, 0, &err), CST_MISSING, "thing");
    assert_fails(cst_file_size(&size, f->path, &err), CST_MISSING, "thing");
    assert_fails(cst_file_read(&text, f->directory, 0, &err), CST_INVALID, "not a regular file");
    assert_int_equal(mkfifo(f->path, 0600), 0);
    assert_fails(cst_file_read(&text, f->path, 0, &err), CST_INVALID, "not a regular file");
}

static void links_are_followed_only_where_they_may_be(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    char *real = cst_file_join(f->directory, "real", &err);
    char *link = cst_file_join(f->directory, "link", &err);
    char *last = cst_file_join(real, "last", &err);
    char *inside = cst_file_join(real, "file", &err);
    char *through = cst_file_join(link, "file", &err);
    assert_ok(cst_file_mkdirs(real, &err));
    write_plain(inside, "text");
    assert_int_equal(symlink(real, link), 0);
    assert_int_equal(symlink(inside, last), 0);
    assert_ok(cst_file_read(&text, through, 0, &err));
    cst_text_free(&text);
    assert_ok(cst_file_read_no_links(&text, inside, 0, &err));
    assert_string_equal(text.data, "text");
    cst_text_free(&text);
    assert_fails(cst_file_read_no_links(&text, through, 0, &err), CST_IO, "symbolic link");
    assert_fails(cst_file_read_no_links(&text, last, 0, &err), CST_IO, "symbolic link");
    assert_fails(cst_file_read_no_links(&text, f->path, 0, &err), CST_MISSING, "thing");
    assert_fails(cst_file_read_no_links(&text, "relative", 0, &err), CST_USAGE, "absolute");
    free(real);
    free(link);
    free(last);
    free(inside);
    free(through);
}

static void directories_are_made_listed_and_removed(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    char **names = NULL;
    size_t count = 0;
    char *deep = cst_file_join(f->path, "b/c", &err);
    assert_ok(cst_file_mkdirs(deep, &err));
    assert_ok(cst_file_mkdirs(deep, &err));
    char *temporary = NULL;
    assert_ok(cst_file_temporary_directory(&temporary, f->path, &err));
    static const char *const made[] = {"z", "Z", "a"};
    for (size_t i = 0; i < 3; i++) {
        char *path = cst_file_join(f->path, made[i], &err);
        write_plain(path, made[i]);
        free(path);
    }
    assert_ok(cst_file_names(&names, &count, f->path, &err));
    assert_int_equal(count, 4);
    static const char *const sorted[] = {"Z", "a", "b", "z"};
    for (size_t i = 0; i < count; i++)
        assert_string_equal(names[i], sorted[i]);
    cst_file_names_free(names, count);
    assert_ok(cst_file_remove(f->path, &err));
    assert_false(cst_file_exists(f->path));
    assert_ok(cst_file_remove(f->path, &err));
    assert_ok(cst_file_names(&names, &count, f->path, &err));
    assert_int_equal(count, 0);
    cst_file_names_free(names, count);
    free(temporary);
    free(deep);
}

static void removing_does_not_follow_links(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    char *kept = cst_file_join(f->directory, "kept", &err);
    char *tree = cst_file_join(f->directory, "tree", &err);
    char *inside = cst_file_join(tree, "link", &err);
    char *file = cst_file_join(kept, "file", &err);
    assert_ok(cst_file_mkdirs(kept, &err));
    assert_ok(cst_file_mkdirs(tree, &err));
    write_plain(file, "precious");
    assert_int_equal(symlink(kept, inside), 0);
    assert_ok(cst_file_remove(tree, &err));
    assert_true(cst_file_exists(file));
    free(kept);
    free(tree);
    free(inside);
    free(file);
}

static void a_file_in_the_way_of_a_directory_is_named(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    write_plain(f->path, "in the way");
    char *below = cst_file_join(f->path, "below", &err);
    assert_fails(cst_file_mkdirs(f->path, &err), CST_IO, "thing");
    assert_fails(cst_file_mkdirs(below, &err), CST_IO, "thing");
    free(below);
}

static void nonces_differ(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char a[CST_NONCE];
    char b[CST_NONCE];
    assert_ok(cst_file_nonce(a, &err));
    assert_ok(cst_file_nonce(b, &err));
    assert_int_equal(strlen(a), CST_NONCE - 1);
    assert_int_equal(strspn(a, "0123456789abcdef"), CST_NONCE - 1);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined_and_taken_apart),
        cmocka_unit_test_setup_teardown(a_file_is_read_whole_up_to_its_limit, make, clean),
        cmocka_unit_test_setup_teardown(an_empty_file_is_read_as_empty_text, make, clean),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_said_so, make, clean),
        cmocka_unit_test_setup_teardown(links_are_followed_only_where_they_may_be, make, clean),
        cmocka_unit_test_setup_teardown(directories_are_made_listed_and_removed, make, clean),
        cmocka_unit_test_setup_teardown(removing_does_not_follow_links, make, clean),
        cmocka_unit_test_setup_teardown(a_file_in_the_way_of_a_directory_is_named, make, clean),
        cmocka_unit_test(nonces_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

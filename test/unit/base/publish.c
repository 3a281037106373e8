/* publish.c - a file or a directory appears whole or not at all, once, whoever is killed when */
#include "test/unit/test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "test/unit/killed.h"

typedef struct {
    char directory[64];
    char *path;
} fixture;

static int make(void **state)
{
    static fixture f;
    (void)snprintf(f.directory, sizeof f.directory, "/tmp/capstan-publish-XXXXXX");
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

static void assert_content(const char *path, const char *expected)
{
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    assert_ok(cst_file_read(&text, path, 0, &err));
    assert_string_equal(text.data, expected);
    cst_text_free(&text);
}

/* How many entries a directory has, temporary ones included. */
static size_t entries(const char *directory)
{
    char command[128];
    (void)snprintf(command, sizeof command, "ls -A %s | wc -l", directory);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t count = 0;
    assert_int_equal(fscanf(pipe, "%zu", &count), 1);
    assert_int_equal(pclose(pipe), 0);
    return count;
}

static void a_name_is_given_once(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_file_publish(f->path, "first", 5, &err));
    assert_fails(cst_file_publish(f->path, "second", 6, &err), CST_EXISTS, "thing");
    assert_content(f->path, "first");
    struct stat status;
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0444);
    assert_int_equal(entries(f->directory), 1);
}

static void a_missing_directory_is_an_error(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    char *path = cst_file_join(f->path, "below", &err);
    assert_fails(cst_file_publish(path, "x", 1, &err), CST_IO, "No such file");
    free(path);
}

static void a_written_file_gets_its_name(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    char *temporary = cst_file_join(f->directory, ".tmp.mine", &err);
    for (int i = 0; i < 2; i++) {
        FILE *file = fopen(temporary, "w");
        assert_non_null(file);
        assert_true(fprintf(file, "attempt %d", i) > 0);
        assert_int_equal(fclose(file), 0);
        if (i == 0)
            assert_ok(cst_file_publish_as(f->path, temporary, &err));
        else
            assert_fails(cst_file_publish_as(f->path, temporary, &err), CST_EXISTS, "thing");
        assert_int_equal(entries(f->directory), 1);
    }
    assert_content(f->path, "attempt 0");
    free(temporary);
}

static char *make_tree(const char *directory, const char *text)
{
    cst_error err = CST_ERROR_INIT;
    char *temporary = NULL;
    assert_ok(cst_file_temporary_directory(&temporary, directory, &err));
    char *below = cst_file_join(temporary, "below", &err);
    char *file = cst_file_join(below, "file", &err);
    assert_ok(cst_file_mkdirs(below, &err));
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    free(below);
    free(file);
    return temporary;
}

static void a_directory_is_named_once(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    char *first = make_tree(f->directory, "first");
    char *second = make_tree(f->directory, "second");
    assert_ok(cst_file_publish_directory(f->path, first, &err));
    assert_fails(cst_file_publish_directory(f->path, second, &err), CST_EXISTS, "thing");
    assert_true(cst_file_exists(second));
    char *file = cst_file_join(f->path, "below/file", &err);
    assert_content(file, "first");
    struct stat status;
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0444);
    free(file);
    free(first);
    free(second);
}

static void a_link_is_not_published(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    char *tree = make_tree(f->directory, "honest");
    char *link = cst_file_join(tree, "link", &err);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_fails(cst_file_publish_directory(f->path, tree, &err), CST_INVALID, "link");
    assert_false(cst_file_exists(f->path));
    free(link);
    free(tree);
}

static void a_full_disk_leaves_nothing(void **state)
{
    const fixture *f = *state;
    enum { LIMIT = 4096 };
    static const char bytes[2 * LIMIT];
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cst_error err = CST_ERROR_INIT;
        (void)signal(SIGXFSZ, SIG_IGN); /* a write past the limit then fails, after a short one */
        struct rlimit limit = {.rlim_cur = LIMIT, .rlim_max = LIMIT};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        _exit(cst_file_publish(f->path, bytes, sizeof bytes, &err) == CST_IO ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(entries(f->directory), 0);
}

static void sixteen_at_once_and_one_wins(void **state)
{
    const fixture *f = *state;
    enum { PROCESSES = 16 };
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            char text[16];
            int size = snprintf(text, sizeof text, "writer %d", i);
            cst_error err = CST_ERROR_INIT;
            cst_code rc = cst_file_publish(f->path, text, (size_t)size, &err);
            _exit(rc == CST_OK ? 10 : rc == CST_EXISTS ? 11 : 12);
        }
    }
    int count[3] = {0};
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= 10 && WEXITSTATUS(status) <= 12);
        count[WEXITSTATUS(status) - 10]++;
    }
    assert_int_equal(count[0], 1);
    assert_int_equal(count[1], PROCESSES - 1);
    assert_int_equal(entries(f->directory), 1);
}

static void publish_text(void *context)
{
    (void)cst_file_publish(context, "whole", 5, NULL);
}

static void killed_before_any_system_call_it_is_whole_or_absent(void **state)
{
    const fixture *f = *state;
    size_t absent = 0;
    bool finished = false;
    for (size_t step = 0; !finished; step++) {
        finished = killed_before_call(step, publish_text, f->path);
        if (cst_file_exists(f->path)) {
            assert_content(f->path, "whole");
            assert_int_equal(unlink(f->path), 0);
        } else {
            assert_false(finished);
            absent++;
        }
    }
    assert_true(absent >= 5); /* before open, write, chmod, sync and link at the least */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_is_given_once, make, clean),
        cmocka_unit_test_setup_teardown(a_missing_directory_is_an_error, make, clean),
        cmocka_unit_test_setup_teardown(a_written_file_gets_its_name, make, clean),
        cmocka_unit_test_setup_teardown(a_directory_is_named_once, make, clean),
        cmocka_unit_test_setup_teardown(a_link_is_not_published, make, clean),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing, make, clean),
        cmocka_unit_test_setup_teardown(sixteen_at_once_and_one_wins, make, clean),
        cmocka_unit_test_setup_teardown(killed_before_any_system_call_it_is_whole_or_absent, make,
                                        clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

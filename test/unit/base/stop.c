/* stop.c - signals that ask to stop are remembered; impatience ends the process */
#include "test/unit/test.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stop.h"

static void a_signal_is_remembered_until_it_is_forgotten(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const int signals[] = {SIGTERM, SIGUSR1, SIGUSR2, SIGINT};
    assert_ok(cst_stop_watch(&err));
    assert_int_equal(cst_stop_signal(), 0);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        assert_int_equal(raise(signals[i]), 0);
        assert_int_equal(cst_stop_signal(), signals[i]);
        cst_stop_forget();
        assert_int_equal(cst_stop_signal(), 0);
    }
}

static void a_second_interrupt_ends_the_process_a_second_term_does_not(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool fine = cst_stop_watch(NULL) == CST_OK && raise(SIGTERM) == 0 && raise(SIGTERM) == 0 &&
                    raise(SIGINT) == 0 && cst_stop_signal() == SIGINT;
        if (!fine)
            _exit(1);
        (void)raise(SIGINT);
        _exit(2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_interrupt_ends_the_process_a_second_term_does_not),
        cmocka_unit_test(a_signal_is_remembered_until_it_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

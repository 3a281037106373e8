/* killed.h - run something in a child process that is killed before its nth system call */
#ifndef CST_TEST_KILLED_H
#define CST_TEST_KILLED_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/** Run work(context) in a child and kill it (SIGKILL) before its call number step, counted from
 *  0. True if it came to its end before that. */
static inline bool killed_before_call(size_t step, void (*work)(void *), void *context)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(1);
        (void)raise(SIGSTOP);
        work(context);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSTOPPED(status)); /* the system must let a parent trace its child */
    /* A call stops its process twice, on the way in and on the way out. */
    for (size_t stop = 0; stop < 2 * step + 2; stop++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status))
            return true;
        assert_true(WIFSTOPPED(status));
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return false;
}

#endif

/* launch_run.c - a stage's program as a child: started, its signals passed on, waited for */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/launch.h"

/* Output to the log; the program is ended with its parent. */
static bool detach(const char *log, pid_t parent)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return out >= 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2 &&
           prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 &&
           getppid() == parent; /* it may have died before that was set */
}

/* A launcher too is a group of its own: the terminal's Ctrl-C must not reach it by itself. */
static bool is_group(const cst_launch *launch, const char *log)
{
    return log || launch->under;
}

/* In the child. */
static void become(const cst_launch *launch, const char *log, pid_t parent)
{
    sigset_t none;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigemptyset(&none);
    if (in >= 0 && dup2(in, 0) == 0 && (!is_group(launch, log) || setpgid(0, 0) == 0) &&
        (!log || detach(log, parent)) && sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
        cst_launch_environment(launch))
        (void)execvp(launch->argv[0], launch->argv);
    (void)dprintf(2, "cannot start %s: %s\n", launch->argv[0], strerror(errno));
    _exit(127);
}

cst_code cst_launch_start(pid_t *out, const cst_launch *launch, const char *log, cst_error *err)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(launch, log, parent);
    if (pid < 0)
        return cst_error_errno(err, "cannot start a process for %s", launch->argv[0]);
    if (is_group(launch, log))
        (void)setpgid(pid, pid); /* the child does it too: whoever is first */
    *out = pid;
    return CST_OK;
}

/* Those that are passed on. */
static void passed_on(sigset_t *out)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    sigemptyset(out);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(out, signals[i]);
}

cst_code cst_launch_hold_signals(cst_error *err)
{
    sigset_t held;
    passed_on(&held);
    return sigprocmask(SIG_BLOCK, &held, NULL) == 0
               ? CST_OK
               : cst_error_errno(err, "cannot hold signals back");
}

/* Has one of them come before there was anybody to pass it on to? */
static bool is_signalled(void)
{
    sigset_t held;
    sigset_t pending;
    passed_on(&held);
    return sigpending(&pending) == 0 && sigandset(&pending, &pending, &held) == 0 &&
           !sigisemptyset(&pending);
}

/* The child may have ended. asked: it was asked to stop already, so another INT is impatience. */
static void pass_on(pid_t child, bool under, bool asked, int number)
{
    bool ending = number == SIGTERM || number == SIGHUP || (number == SIGINT && !asked);
    (void)kill(child, under && ending ? SIGUSR1 : number);
}

/* *passed: the signal that was passed on last; 0: none. */
static cst_code wait_for(int *status, int *passed, pid_t child, const cst_launch *launch,
                         const sigset_t *watched, cst_error *err)
{
    *passed = 0;
    for (;;) {
        int how = 0;
        pid_t ended = waitpid(child, &how, WNOHANG);
        if (ended == child) {
            *status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
            return CST_OK;
        }
        if (ended < 0 && errno != EINTR)
            return cst_error_errno(err, "cannot wait for %s", launch->argv[0]);
        int number = 0;
        if (sigwait(watched, &number) != 0 || number == SIGCHLD)
            continue;
        pass_on(child, launch->under, *passed != 0, number);
        *passed = number;
    }
}

cst_code cst_launch_run(int *status, const cst_launch *launch, const char *log, cst_error *err)
{
    sigset_t watched;
    sigset_t before;
    pid_t child = 0;
    int passed = 0;
    passed_on(&watched);
    sigaddset(&watched, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &watched, &before) != 0)
        return cst_error_errno(err, "cannot wait for signals");
    cst_code rc = is_signalled()
                      ? cst_error_set(err, CST_STOPPED, "a signal came before %s was started",
                                      launch->argv[0])
                      : cst_launch_start(&child, launch, log, err);
    if (rc == CST_OK)
        rc = wait_for(status, &passed, child, launch, &watched, err);
    if (passed && sigismember(&before, passed) == 1)
        (void)raise(passed); /* held back by the caller, who may have more to start */
    if (sigprocmask(SIG_SETMASK, &before, NULL) != 0 && rc == CST_OK)
        rc = cst_error_errno(err, "cannot restore signals");
    return rc;
}

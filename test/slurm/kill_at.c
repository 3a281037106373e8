/* kill_at.c - to be preloaded: SIGKILL just before the nth call that others can see
 *
 * What others see of a driver are files that appear (link, rename), folders, and programs started.
 * KILL_AT=n kills this process before its nth such call (from 1); KILL_LOG=file gets a line a call,
 * the one it dies before last. Neither this library nor its settings are passed on to children.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    long at, calls;
    int log;
} killer = {.log = -1};

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("KILL_AT"), *log = getenv("KILL_LOG");
    killer.at = at ? atol(at) : 0;
    if (log)
        killer.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    (void)unsetenv("KILL_AT");
    (void)unsetenv("KILL_LOG");
    (void)unsetenv("LD_PRELOAD");
}

static void step(const char *call, const char *what)
{
    char line[4200];
    int size = snprintf(line, sizeof line, "%s %.4000s\n", call, what ? what : "");
    if (killer.log >= 0 && write(killer.log, line, (size_t)size) != size)
        abort();
    if (++killer.calls == killer.at)
        (void)kill(getpid(), SIGKILL);
}

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int link(const char *from, const char *to)
{
    step("link", to);
    return REAL(link)(from, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    step("linkat", to);
    return REAL(linkat)(from_fd, from, to_fd, to, flags);
}

int rename(const char *from, const char *to)
{
    step("rename", to);
    return REAL(rename)(from, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    step("renameat2", to);
    return REAL(renameat2)(from_fd, from, to_fd, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
    step("mkdir", path);
    return REAL(mkdir)(path, mode);
}

pid_t fork(void)
{
    step("fork", NULL);
    return REAL(fork)();
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    step("spawn", file);
    return REAL(posix_spawnp)(pid, file, actions, attributes, argv, envp);
}

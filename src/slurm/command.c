/* command.c - running one of Slurm's commands and taking what it prints */
#include "slurm/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"

extern char **environ;

enum {
    SAID_LINES = 3,   /* of standard error that a message holds */
    SAID_BYTES = 768, /* and no more than this */
    PIPE_BLOCK = 65536,
};

/* A command under way. */
typedef struct {
    pid_t pid;
    int out, said; /* what it prints is read from; -1: at its end */
    double until;  /* on cst_clock_elapsed's clock */
} process;

/* What SBATCH_… says stands above what a script says: of that a site may set where jobs run and who
 * pays, but not what a job is found by, or how it ends. When this job ends is nothing to another.
 */
static bool is_kept(const char *variable)
{
    static const char *const dropped[] = {"SQUEUE_", "SACCT_",  "SLURM_",
                                          "SBATCH_", "LC_ALL=", "CAPSTAN_STOP_AT="};
    static const char *const kept[] = {
        "SLURM_CONF=",         "SLURM_CLUSTERS=",    "SLURM_JWT=",
        "SBATCH_ACCOUNT=",     "SBATCH_PARTITION=",  "SBATCH_QOS=",
        "SBATCH_RESERVATION=", "SBATCH_CONSTRAINT=", "SBATCH_CLUSTERS=",
    };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strncmp(variable, kept[i], strlen(kept[i])) == 0)
            return true;
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
        if (strncmp(variable, dropped[i], strlen(dropped[i])) == 0)
            return false;
    return true;
}

/* The environment of a command, borrowing this process's strings; to be freed. */
static char **new_environment(cst_error *err)
{
    static char seconds[] = "SLURM_TIME_FORMAT=%s", plain[] = "LC_ALL=C";
    static char whole_lists[] = "SLURM_BITSTR_LEN=0"; /* of an array's elements: else 64 bytes */
    size_t count = 0, n = 0;
    while (environ[count])
        count++;
    char **variables = cst_array_new(count + 4, sizeof *variables, "an environment", err);
    if (!variables)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (is_kept(environ[i]))
            variables[n++] = environ[i];
    variables[n++] = seconds;
    variables[n++] = plain;
    variables[n++] = whole_lists;
    return variables;
}

/* A NULL-ended argv that borrows the words; to be freed. */
static char **new_arguments(const json_t *words, cst_error *err)
{
    size_t count = json_array_size(words);
    char **argv = cst_array_new(count + 1, sizeof *argv, "arguments", err);
    for (size_t i = 0; i < count && argv; i++)
        argv[i] = (char *)(uintptr_t)json_string_value(json_array_get(words, i));
    return argv;
}

/* Its own group, so that its children die with it; no signal blocked or ignored by inheritance. */
static bool set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGXFSZ);
    return posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &usual) == 0 &&
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF) == 0;
}

static cst_code spawn(pid_t *pid, char **argv, char **variables, int out, int said, cst_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return cst_error_nomem(err, argv[0]);
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return cst_error_nomem(err, argv[0]);
    }
    bool ready = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
                 posix_spawn_file_actions_adddup2(&actions, out, 1) == 0 &&
                 posix_spawn_file_actions_adddup2(&actions, said, 2) == 0 &&
                 set_attributes(&attributes);
    int failed =
        ready ? posix_spawnp(pid, argv[0], &actions, &attributes, argv, variables) : ENOMEM;
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed == ENOENT)
        return cst_error_set(err, CST_MISSING,
                             "there is no command %s in PATH: is this a machine that Slurm's jobs "
                             "are submitted from? Load Slurm's module, or put its folder in PATH",
                             argv[0]);
    errno = failed;
    return failed ? cst_error_errno(err, "cannot run %s", argv[0]) : CST_OK;
}

static void close_end(int *end)
{
    if (*end >= 0)
        (void)close(*end);
    *end = -1;
}

/* Start it with a pipe for each of its outputs. */
static cst_code start(process *started, char **argv, char **variables, int seconds, cst_error *err)
{
    int out[2] = {-1, -1}, said[2] = {-1, -1};
    cst_code rc = CST_OK;
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(said, O_CLOEXEC) != 0)
        rc = cst_error_errno(err, "cannot make a pipe for %s", argv[0]);
    *started = (process){.pid = -1, .until = cst_clock_elapsed() + seconds};
    if (rc == CST_OK)
        rc = spawn(&started->pid, argv, variables, out[1], said[1], err);
    close_end(&out[1]);
    close_end(&said[1]);
    if (rc != CST_OK) {
        close_end(&out[0]);
        close_end(&said[0]);
    }
    started->out = out[0];
    started->said = said[0];
    return rc;
}

/* What is there to read at one end; the end is closed when it is over. */
static cst_code take(int *end, cst_text *out, cst_error *err)
{
    char block[PIPE_BLOCK];
    ssize_t size = read(*end, block, sizeof block);
    if (size > 0)
        return cst_text_add(out, block, (size_t)size, err);
    if (size == 0 || errno != EINTR)
        close_end(end);
    return CST_OK;
}

static int milliseconds_left(const process *running)
{
    double left = running->until - cst_clock_elapsed();
    return left <= 0 ? 0 : left > 3600 ? 3600000 : (int)(left * 1000) + 1;
}

/* Read both ends until they are over or the time is. */
static cst_code collect(process *running, cst_text *out, cst_text *said, cst_error *err)
{
    cst_code rc = CST_OK;
    while (rc == CST_OK && (running->out >= 0 || running->said >= 0)) {
        struct pollfd ends[] = {{.fd = running->out, .events = POLLIN},
                                {.fd = running->said, .events = POLLIN}};
        int left = milliseconds_left(running);
        int ready = left > 0 ? poll(ends, 2, left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            break;
        if (ends[0].revents)
            rc = take(&running->out, out, err);
        if (rc == CST_OK && ends[1].revents)
            rc = take(&running->said, said, err);
    }
    return rc;
}

/* How the wait for a command's end came out. */
typedef enum { IN_TIME, TOO_LATE, NOBODY_KNOWS } ending;

/* Wait for its end, which is made where the time is over. */
static ending reap(process *running, int *status)
{
    ending how = IN_TIME;
    pid_t found;
    while ((found = waitpid(running->pid, status, WNOHANG)) == 0 || (found < 0 && errno == EINTR)) {
        if (found == 0 && milliseconds_left(running) == 0) {
            how = TOO_LATE;
            (void)kill(-running->pid, SIGKILL);
            while (waitpid(running->pid, status, 0) < 0 && errno == EINTR)
                continue;
            break;
        }
        (void)poll(NULL, 0, 2);
    }
    close_end(&running->out);
    close_end(&running->said);
    return found < 0 ? NOBODY_KNOWS : how;
}

/* The first lines of what it complained of, in one. */
static void shorten(cst_text *said)
{
    int lines = 0;
    size_t size = said->size < SAID_BYTES ? said->size : SAID_BYTES;
    while (size > 0 && said->data[size - 1] == '\n')
        size--;
    for (size_t i = 0; i < size; i++)
        if (said->data[i] == '\n') {
            said->data[i] = ' ';
            if (++lines == SAID_LINES)
                size = i;
        }
    if (said->data)
        said->data[size] = '\0';
    said->size = size;
}

static cst_code judge(const char *command, ending how, int status, int seconds, cst_text *said,
                      cst_error *err)
{
    shorten(said);
    const char *text = said->size > 0 ? said->data : "it said nothing";
    if (how == NOBODY_KNOWS)
        return cst_error_set(err, CST_IO,
                             "%s has ended and left no exit status: is SIGCHLD ignored?", command);
    if (how == TOO_LATE)
        return cst_error_set(err, CST_IO, "%s gave no answer in %d seconds: %s", command, seconds,
                             text);
    if (WIFSIGNALED(status))
        return cst_error_set(err, CST_IO, "%s was ended by signal %d: %s", command,
                             WTERMSIG(status), text);
    if (WEXITSTATUS(status) != 0)
        return cst_error_set(err, CST_FAILED, "%s ended with status %d: %s", command,
                             WEXITSTATUS(status), text);
    return CST_OK;
}

cst_code cst_slurm_command(cst_text *out, const json_t *words, int seconds, cst_error *err)
{
    cst_text ignored = CST_TEXT_INIT, said = CST_TEXT_INIT;
    process running = {.pid = -1, .out = -1, .said = -1};
    char **variables = new_environment(err);
    char **argv = variables ? new_arguments(words, err) : NULL;
    cst_code rc = argv ? start(&running, argv, variables, seconds, err) : CST_NOMEM;
    if (rc == CST_OK) {
        int status = 0;
        rc = collect(&running, out ? out : &ignored, &said, err);
        if (rc != CST_OK)
            running.until = 0;
        ending how = reap(&running, &status);
        if (rc == CST_OK)
            rc = judge(argv[0], how, status, seconds, &said, err);
    }
    cst_text_free(&ignored);
    cst_text_free(&said);
    free(argv);
    free(variables);
    return rc;
}

bool cst_slurm_no_such_job(const cst_error *err)
{
    return err->code == CST_FAILED && strstr(err->text, "Invalid job id specified");
}

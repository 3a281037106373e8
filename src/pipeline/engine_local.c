/* engine_local.c - steps as processes of this machine, each a group of its own */
#include <errno.h>
#include <signal.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/arguments.h"
#include "pipeline/engine.h"
#include "pipeline/launch.h"

/* What stands behind the name in /proc/<pid>/stat (proc(5)): field 3 and those after it; "" where
 * there is no such process. */
static void read_stat(char out[1024], pid_t pid)
{
    char path[64];
    char bytes[1024];
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *stat = fopen(path, "re");
    size_t size = stat ? fread(bytes, 1, sizeof bytes - 1, stat) : 0;
    if (stat)
        (void)fclose(stat);
    bytes[size] = '\0';
    const char *behind = strrchr(bytes, ')'); /* the name may hold anything */
    (void)snprintf(out, 1024, "%s", behind && behind[1] ? behind + 2 : "");
}

/* When a process started, in ticks since boot (field 22): together with the pid it names a process
 * for good. 0: there is no such process, or it has ended and nobody has asked how. */
static int64_t started_at(pid_t pid)
{
    enum { STATE = 3, START_TIME = 22 };
    char fields[1024];
    read_stat(fields, pid);
    const char *field = *fields && *fields != 'Z' ? fields : NULL;
    for (int i = STATE; i < START_TIME && field; i++) {
        field = strchr(field, ' ');
        field += field != NULL;
    }
    return field ? strtoll(field, NULL, 10) : 0;
}

json_t *cst_process_handle(int64_t pid)
{
    struct utsname about;
    return json_pack("{s:s, s:s, s:I, s:I}", "engine", "local", "host",
                     uname(&about) == 0 ? about.nodename : "", "pid", (json_int_t)pid, "started",
                     (json_int_t)started_at((pid_t)pid));
}

cst_step_state cst_process_state(const json_t *handle)
{
    struct utsname about;
    const char *host = cst_get_string(handle, "host", "");
    pid_t pid = (pid_t)cst_get_int(handle, "pid", 0);
    if (uname(&about) != 0 || strcmp(about.nodename, host) != 0)
        return CST_STEP_UNKNOWN;
    int64_t started = pid > 0 ? started_at(pid) : 0;
    if (started == 0 || started != cst_get_int(handle, "started", 0))
        return CST_STEP_ENDED;
    return CST_STEP_RUNNING;
}

static cst_code local_start(cst_job *out, const json_t *step, const char *attempt, cst_error *err)
{
    cst_launch launch = {0};
    json_t *arguments = cst_step_arguments(step, attempt, err);
    char *log = cst_file_join(attempt, "log", err);
    cst_code rc = arguments && log ? CST_OK : cst_error_nomem(err, "a step");
    if (rc == CST_OK)
        rc = cst_launch_new(&launch, cst_get_string(step, "program", ""), arguments,
                            (int)cst_get_int(step, "ranks", 1), err);
    if (rc != CST_OK)
        goto out;
    pid_t pid = 0;
    if ((rc = cst_launch_start(&pid, &launch, log, err)) != CST_OK)
        goto out;
    *out = (cst_job){.handle = cst_process_handle(pid), .state = CST_STEP_RUNNING, .status = -1};
    rc = out->handle ? cst_json_put(out->handle, "checkpoints",
                                    json_boolean(cst_step_checkpoints(step)), err)
                     : cst_error_nomem(err, "a step");
out:
    cst_launch_free(&launch);
    json_decref(arguments);
    free(log);
    return rc;
}

static void poll_one(cst_job *job)
{
    int status = 0;
    pid_t pid = (pid_t)cst_get_int(job->handle, "pid", 0);
    if (job->state == CST_STEP_ENDED)
        return;
    pid_t found = pid > 0 ? waitpid(pid, &status, WNOHANG) : -1;
    if (found == pid) {
        job->state = CST_STEP_ENDED;
        job->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (found < 0) { /* started by another driver */
        job->state = cst_process_state(job->handle);
    }
}

static cst_code local_poll(cst_job *jobs, size_t count, cst_error *err)
{
    (void)err;
    for (size_t i = 0; i < count; i++)
        poll_one(&jobs[i]);
    return CST_OK;
}

static cst_code signal_group(const cst_job *job, int number, cst_error *err)
{
    pid_t pid = (pid_t)cst_get_int(job->handle, "pid", 0);
    if (kill(-pid, number) != 0 && errno != ESRCH)
        return cst_error_errno(err, "cannot end the processes of group %ld", (long)pid);
    return CST_OK;
}

/* Until the job has ended, or so many tenths of a second. False where the driver got another TERM
 * or INT meanwhile, which it keeps blocked: somebody will not wait. */
static bool wait_for_end(cst_job *job, int tenths)
{
    const struct timespec tenth = {.tv_nsec = 100000000};
    sigset_t impatience;
    (void)sigemptyset(&impatience);
    (void)sigaddset(&impatience, SIGTERM);
    (void)sigaddset(&impatience, SIGINT);
    for (int i = 0; i < tenths && job->state == CST_STEP_RUNNING; i++) {
        if (sigtimedwait(&impatience, NULL, &tenth) > 0)
            return false;
        poll_one(job);
    }
    return true;
}

/* Have a job checkpoint: it has time for its present step. USR1 is what mpirun passes on; after
 * TERM it gives its ranks a second (Open MPI 4.1, as observed). A rank that is only just starting
 * may lose one, so it is sent again and again. */
static cst_code ask_to_stop(cst_job *job, cst_error *err)
{
    enum { SECONDS = 300 };
    cst_code rc = CST_OK;
    bool patient = true;
    for (int i = 0; i < SECONDS && patient && rc == CST_OK && job->state == CST_STEP_RUNNING; i++) {
        rc = signal_group(job, SIGUSR1, err);
        patient = wait_for_end(job, 10);
    }
    return rc;
}

/* A step that checkpoints is asked first; then TERM, and KILL for what is still there after GRACE
 * tenths of a second. */
static cst_code local_cancel(cst_job *job, cst_error *err)
{
    enum { GRACE = 50 };
    cst_code rc = CST_OK;
    poll_one(job);
    if (cst_get_bool(job->handle, "checkpoints", false))
        rc = ask_to_stop(job, err);
    if (rc == CST_OK && job->state == CST_STEP_RUNNING)
        rc = signal_group(job, SIGTERM, err);
    if (rc == CST_OK)
        (void)wait_for_end(job, GRACE);
    if (rc == CST_OK && job->state == CST_STEP_RUNNING)
        rc = signal_group(job, SIGKILL, err);
    return rc;
}

const cst_engine cst_engine_local = {
    .name = "local", .start = local_start, .poll = local_poll, .cancel = local_cancel};

/* doctor.c - capstan doctor: looks at this machine, a line a check */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/call.h"
#include "cmd/output.h"
#include "cmd/place.h"
#include "cmd/stages.h"
#include "config/json.h"

static const cst_option options[] = {
    {.name = "directory",
     .type = CST_OPTION_STRING,
     .help = "whose file system is looked at (default: the registry, else the current directory)",
     .metavar = "DIR",
     .flags = CST_OPTION_POSITIONAL},
    {.name = NULL},
};

static const cst_command command = {
    .name = "doctor",
    .summary = "look whether this machine has what Capstan needs",
    .description = "Prints a line a check: ok, warning, or problem with its remedy. Looked at: "
                   "mpirun, the programs of the stages, what link and rename do on the file "
                   "system, its free space and inodes, its clock, the limits of this process.",
    .options = options,
    .example = "capstan doctor",
    .statuses = "0  no problem (there may be warnings)\n1  a problem",
};

typedef enum { OK, WARNING, PROBLEM } verdict;

typedef struct {
    const char *directory;
    json_t *checks; /* [{"check", "verdict", "message"}] */
    bool problem;
} examination;

static cst_code note(examination *e, const char *check, verdict found, char *message,
                     cst_error *err)
{
    static const char *const words[] = {"ok", "warning", "problem"};
    if (!message)
        return cst_error_nomem(err, "check");
    e->problem = e->problem || found == PROBLEM;
    json_t *entry =
        json_pack("{s:s, s:s, s:s}", "check", check, "verdict", words[found], "message", message);
    free(message);
    return cst_json_append(e->checks, entry, err);
}

/* The first line of what a command prints, to be freed; NULL where it cannot be run. */
static char *first_line(const char *shell_command)
{
    char line[256] = "";
    FILE *pipe = popen(shell_command, "r");
    if (!pipe)
        return NULL;
    bool read = fgets(line, sizeof line, pipe);
    while (read && fgetc(pipe) != EOF)
        continue;
    bool succeeded = pclose(pipe) == 0;
    line[strcspn(line, "\n")] = '\0';
    return read && succeeded ? cst_text_copy(line, NULL) : NULL;
}

static cst_code check_mpirun(examination *e, cst_error *err)
{
    char *version = first_line("mpirun --version 2>/dev/null");
    if (version)
        return note(e, "mpirun", OK, version, err);
    return note(e, "mpirun", PROBLEM,
                cst_text_format(err, "there is none in PATH that runs: install Open MPI, or load "
                                     "its module"),
                err);
}

static cst_code check_programs(examination *e, cst_error *err)
{
    enum { ROOM = 4096 };
    char self[ROOM];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size <= 0)
        return note(e, "programs", WARNING,
                    cst_text_format(err, "/proc is not there: stages are looked for in PATH"), err);
    self[size] = '\0';
    char *folder = cst_file_parent(self, err);
    cst_text missing = CST_TEXT_INIT;
    cst_code rc = folder ? CST_OK : CST_NOMEM;
    for (const cst_stage_entry *stage = cst_stage_entries; rc == CST_OK && stage->name; stage++) {
        char *path = cst_file_join(folder, stage->program, err);
        if (!path)
            rc = CST_NOMEM;
        else if (access(path, X_OK) != 0)
            rc = cst_text_print(&missing, err, "%s%s", missing.size ? ", " : "", stage->program);
        free(path);
    }
    if (rc == CST_OK && missing.size)
        rc = note(e, "programs", PROBLEM,
                  cst_text_format(err, "%s: not in %s; install them again", missing.data, folder),
                  err);
    else if (rc == CST_OK)
        rc = note(e, "programs", OK, cst_text_format(err, "all stages are in %s", folder), err);
    cst_text_free(&missing);
    free(folder);
    return rc;
}

static cst_code check_semantics(examination *e, cst_error *err)
{
    cst_error found = CST_ERROR_INIT;
    cst_code rc = cst_registry_try(e->directory, &found);
    if (rc == CST_NOMEM)
        return cst_error_set(err, rc, "%s", found.text);
    if (rc != CST_OK)
        return note(e, "file system", PROBLEM, cst_text_copy(found.text, err), err);
    return note(
        e, "file system", OK,
        cst_text_format(err, "link and rename do in %s what a registry rests on", e->directory),
        err);
}

static cst_code check_space(examination *e, cst_error *err)
{
    struct statvfs space;
    if (statvfs(e->directory, &space) != 0)
        return note(e, "space", PROBLEM,
                    cst_text_format(err, "cannot look at %s: %s", e->directory, strerror(errno)),
                    err);
    double free_bytes = (double)space.f_bavail * (double)space.f_frsize;
    double all_bytes = (double)space.f_blocks * (double)space.f_frsize;
    bool scarce = free_bytes < 0.05 * all_bytes;
    cst_code rc = note(e, "space", scarce ? WARNING : OK,
                       cst_text_format(err, "%.1f GB of %.1f GB are free in %s", free_bytes / 1e9,
                                       all_bytes / 1e9, e->directory),
                       err);
    bool few = space.f_files && space.f_favail < space.f_files / 20;
    if (rc == CST_OK && space.f_files) /* some file systems make inodes as they go */
        rc = note(e, "inodes", few ? WARNING : OK,
                  cst_text_format(err, "%llu of %llu are free in %s",
                                  (unsigned long long)space.f_favail,
                                  (unsigned long long)space.f_files, e->directory),
                  err);
    return rc;
}

/* The file server's clock against this machine's: times of records come from both. */
static cst_code check_clock(examination *e, cst_error *err)
{
    enum { TOLERATED = 2 /* seconds */ };
    char *directory = NULL;
    struct stat status;
    cst_error found = CST_ERROR_INIT;
    if (cst_file_temporary_directory(&directory, e->directory, &found) != CST_OK)
        return note(e, "clock", WARNING, cst_text_copy(found.text, err), err);
    bool seen = stat(directory, &status) == 0;
    int64_t now = cst_clock_now() / 1000000;
    long long apart = seen ? (long long)(status.st_mtim.tv_sec - now) : 0;
    (void)cst_file_remove(directory, NULL);
    free(directory);
    if (apart > TOLERATED || apart < -TOLERATED)
        return note(e, "clock", WARNING,
                    cst_text_format(err,
                                    "the clock of the file system of %s is %lld s from this "
                                    "machine's: ask for NTP",
                                    e->directory, apart),
                    err);
    return note(e, "clock", OK, cst_text_format(err, "within %d s of the file system's", TOLERATED),
                err);
}

static cst_code check_limit(examination *e, const char *check, int resource, rlim_t wanted,
                            const char *remedy, cst_error *err)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return cst_error_errno(err, "cannot read the limit on %s", check);
    if (limit.rlim_cur == RLIM_INFINITY)
        return note(e, check, OK, cst_text_format(err, "unlimited"), err);
    bool small = limit.rlim_cur < wanted;
    return note(e, check, small ? WARNING : OK,
                cst_text_format(err, "limited to %llu%s%s", (unsigned long long)limit.rlim_cur,
                                small ? ": " : "", small ? remedy : ""),
                err);
}

static cst_code examine(examination *e, cst_error *err)
{
    enum { FILES = 1024, STACK = 8 << 20, LARGE_FILE = 1 << 30 };
    cst_code rc = check_mpirun(e, err);
    if (rc == CST_OK)
        rc = check_programs(e, err);
    if (rc == CST_OK)
        rc = check_semantics(e, err);
    if (rc == CST_OK)
        rc = check_space(e, err);
    if (rc == CST_OK)
        rc = check_clock(e, err);
    if (rc == CST_OK)
        rc = check_limit(e, "open files", RLIMIT_NOFILE, FILES, "ulimit -n 1024", err);
    if (rc == CST_OK)
        rc = check_limit(e, "stack", RLIMIT_STACK, STACK, "ulimit -s 8192", err);
    if (rc == CST_OK)
        rc = check_limit(e, "file size", RLIMIT_FSIZE, LARGE_FILE, "ulimit -f unlimited", err);
    return rc;
}

static cst_code write_text(const examination *e, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *check = NULL;
    json_array_foreach(e->checks, i, check)
    {
        if (rc == CST_OK)
            rc = cst_output_print(err, "%-8s %s: %s\n", cst_get_string(check, "verdict", "-"),
                                  cst_get_string(check, "check", "-"),
                                  cst_get_string(check, "message", "-"));
    }
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    char *registry = NULL;
    const char *directory = cst_get_string(call->options, "directory", NULL);
    if (!directory && cst_place_registry(&registry, call->options, NULL) == CST_OK)
        directory = registry;
    examination e = {.directory = directory ? directory : ".", .checks = json_array()};
    cst_code rc = e.checks ? examine(&e, err) : cst_error_nomem(err, "checks");
    if (rc == CST_OK)
        rc = call->json ? cst_output_json(e.checks, err) : write_text(&e, err);
    if (rc == CST_OK && e.problem)
        rc = cst_error_set(err, CST_FAILED,
                           "this machine has a problem that Capstan cannot work "
                           "around: see above");
    json_decref(e.checks);
    free(registry);
    return rc;
}

const cst_builtin cst_builtin_doctor = {.command = &command, .group = "Machine", .run = run};

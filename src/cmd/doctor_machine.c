/* doctor_machine.c - what the doctor looks at on this machine: programs and limits */
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/doctor.h"
#include "cmd/stages.h"

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

static cst_code check_mpirun(cst_examination *e, cst_error *err)
{
    char *version = first_line("mpirun --version 2>/dev/null");
    if (version)
        return cst_doctor_note(e, "mpirun", CST_HEALTH_OK, version, err);
    return cst_doctor_note(
        e, "mpirun", CST_HEALTH_PROBLEM,
        cst_text_format(err, "there is none in PATH that runs: install Open MPI, or load "
                             "its module"),
        err);
}

static cst_code check_programs(cst_examination *e, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    char *folder = cst_doctor_folder(&why);
    if (!folder)
        return cst_doctor_note(e, "programs", CST_HEALTH_WARNING,
                               cst_text_format(err, "%s: stages are looked for in PATH", why.text),
                               err);
    cst_text missing = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (const cst_stage_entry *stage = cst_stage_entries; rc == CST_OK && stage->name; stage++) {
        char *path = cst_file_join(folder, stage->program, err);
        if (!path)
            rc = CST_NOMEM;
        else if (access(path, X_OK) != 0)
            rc = cst_text_print(&missing, err, "%s%s", missing.size ? ", " : "", stage->program);
        free(path);
    }
    if (rc == CST_OK && missing.size)
        rc = cst_doctor_note(
            e, "programs", CST_HEALTH_PROBLEM,
            cst_text_format(err, "%s: not in %s; install them again", missing.data, folder), err);
    else if (rc == CST_OK)
        rc = cst_doctor_note(e, "programs", CST_HEALTH_OK,
                             cst_text_format(err, "all stages are in %s", folder), err);
    cst_text_free(&missing);
    free(folder);
    return rc;
}

static cst_code check_limit(cst_examination *e, const char *check, int resource, rlim_t wanted,
                            const char *remedy, cst_error *err)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return cst_error_errno(err, "cannot read the limit on %s", check);
    if (limit.rlim_cur == RLIM_INFINITY)
        return cst_doctor_note(e, check, CST_HEALTH_OK, cst_text_format(err, "unlimited"), err);
    bool small = limit.rlim_cur < wanted;
    return cst_doctor_note(e, check, small ? CST_HEALTH_WARNING : CST_HEALTH_OK,
                           cst_text_format(err, "limited to %llu%s%s",
                                           (unsigned long long)limit.rlim_cur, small ? ": " : "",
                                           small ? remedy : ""),
                           err);
}

cst_code cst_doctor_machine(cst_examination *e, cst_error *err)
{
    enum { FILES = 1024, STACK = 8 << 20, LARGE_FILE = 1 << 30 };
    cst_code rc = check_mpirun(e, err);
    if (rc == CST_OK)
        rc = check_programs(e, err);
    if (rc == CST_OK)
        rc = check_limit(e, "open files", RLIMIT_NOFILE, FILES, "ulimit -n 1024", err);
    if (rc == CST_OK)
        rc = check_limit(e, "stack", RLIMIT_STACK, STACK, "ulimit -s 8192", err);
    if (rc == CST_OK)
        rc = check_limit(e, "file size", RLIMIT_FSIZE, LARGE_FILE, "ulimit -f unlimited", err);
    return rc;
}

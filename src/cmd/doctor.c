/* doctor.c - capstan doctor: looks at this machine and its cluster, a line a check */
#include "cmd/doctor.h"

#include <unistd.h>

#include "base/file.h"
#include "cmd/call.h"
#include "cmd/output.h"
#include "cmd/place.h"
#include "config/json.h"

static const cst_option options[] = {
    {.name = "directory",
     .type = CST_OPTION_STRING,
     .help = "whose file system is looked at (default: the registry, else the current directory)",
     .metavar = "DIR",
     .flags = CST_OPTION_POSITIONAL},
    {.name = "jobs",
     .type = CST_OPTION_BOOL,
     .help = "submit a small job as well: two ranks on two nodes exchange a message and look at "
             "the directory",
     .flags = CST_OPTION_RUNTIME},
    {.name = "srun",
     .type = CST_OPTION_STRING,
     .help = "with --jobs: an option for srun, such as --account=physics",
     .metavar = "OPTION",
     .flags = CST_OPTION_RUNTIME | CST_OPTION_MANY},
    {.name = "patience",
     .type = CST_OPTION_INT,
     .fallback = "120",
     .help = "with --jobs: the seconds that the job may wait for its nodes",
     .flags = CST_OPTION_RUNTIME,
     .min = 1,
     .max = 86400},
    {.name = NULL},
};

static const cst_command command = {
    .name = "doctor",
    .summary = "look whether this machine and its cluster have what Capstan needs",
    .description =
        "Prints a line a check: ok, warning, or problem with its remedy. Looked at: "
        "mpirun, the programs of the stages, what link and rename do on the file "
        "system, its free space and inodes, its clock, the limits of this process; and "
        "where there is Slurm, whether it answers, its PMIx and Open MPI's, accounting, "
        "partitions, arrays, preemption. Nothing is submitted unless --jobs asks for it.",
    .options = options,
    .example = "capstan doctor",
    .statuses = "0  no problem (there may be warnings)\n1  a problem",
};

cst_code cst_doctor_note(cst_examination *e, const char *check, cst_health found, char *message,
                         cst_error *err)
{
    static const char *const words[] = {"ok", "warning", "problem"};
    if (!message)
        return cst_error_nomem(err, "check");
    e->problem = e->problem || found == CST_HEALTH_PROBLEM;
    json_t *entry =
        json_pack("{s:s, s:s, s:s}", "check", check, "verdict", words[found], "message", message);
    free(message);
    return cst_json_append(e->checks, entry, err);
}

char *cst_doctor_folder(cst_error *err)
{
    enum { ROOM = 4096 };
    char self[ROOM];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size <= 0) {
        (void)cst_error_errno(err, "cannot read /proc/self/exe");
        return NULL;
    }
    self[size] = '\0';
    return cst_file_parent(self, err);
}

static cst_code write_text(const cst_examination *e, cst_error *err)
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

static cst_code examine(cst_examination *e, const json_t *asked, cst_error *err)
{
    bool answers = false;
    cst_code rc = cst_doctor_machine(e, err);
    if (rc == CST_OK)
        rc = cst_doctor_files(e, err);
    if (rc == CST_OK)
        rc = cst_doctor_slurm(e, &answers, err);
    if (rc != CST_OK || !cst_get_bool(asked, "jobs", false))
        return rc;
    if (!answers)
        return cst_doctor_note(e, "job", CST_HEALTH_PROBLEM,
                               cst_text_format(err, "no Slurm answers that could take one"), err);
    return cst_doctor_job(e, json_object_get(asked, "srun"), (int)cst_get_int(asked, "patience", 0),
                          err);
}

static cst_code run(const cst_call *call, cst_error *err)
{
    char *registry = NULL;
    const char *directory = cst_get_string(call->options, "directory", NULL);
    if (!directory && cst_place_registry(&registry, call->options, NULL) == CST_OK)
        directory = registry;
    cst_examination e = {.directory = directory ? directory : ".", .checks = json_array()};
    cst_code rc = e.checks ? examine(&e, call->options, err) : cst_error_nomem(err, "checks");
    if (rc == CST_OK)
        rc = call->json ? cst_output_json(e.checks, err) : write_text(&e, err);
    if (rc == CST_OK && e.problem)
        rc = cst_error_set(err, CST_FAILED,
                           "there is a problem that Capstan cannot work around: see above");
    json_decref(e.checks);
    free(registry);
    return rc;
}

const cst_builtin cst_builtin_doctor = {.command = &command, .group = "Machine", .run = run};

/* script.c - the batch scripts of a run: plain text from settings */
#include "pipeline/script.h"

#include "config/option.h"

char *cst_script_name(const char *run, const char *step, const char *nonce, cst_error *err)
{
    return cst_text_format(err, "capstan-%s-%s-%s", run, step, nonce);
}

/* A word that no shell and no sbatch takes apart. */
static bool is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./:,@%";
    return *text && strspn(text, plain) == strlen(text);
}

cst_code cst_script_quote(cst_text *out, const char *text, cst_error *err)
{
    cst_code rc = CST_OK;
    if (is_plain(text))
        return cst_text_puts(out, text, err);
    rc = cst_text_puts(out, "'", err);
    for (const char *p = text; *p && rc == CST_OK; p++)
        rc = *p == '\'' ? cst_text_puts(out, "'\\''", err) : cst_text_add(out, p, 1, err);
    return rc == CST_OK ? cst_text_puts(out, "'", err) : rc;
}

/* A line of options ends where the line ends: what follows would be run. */
static cst_code check_line(const char *text, cst_error *err)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ')
            return cst_error_set(err, CST_USAGE,
                                 "\"%s\" has a line end or another control character in it: it "
                                 "cannot stand in a batch script",
                                 text);
    return CST_OK;
}

/* "#SBATCH --output=…"; in quotes where sbatch would take the value apart. */
static cst_code put_option(cst_text *out, const char *name, const char *value, cst_error *err)
{
    cst_code rc = value ? check_line(value, err) : CST_OK;
    if (rc != CST_OK || !value)
        return rc;
    const char *quote = strpbrk(value, " '\"\\#") ? "\"" : "";
    rc = cst_text_print(out, err, "#SBATCH --%s=%s", name, quote);
    for (const char *p = value; *p && rc == CST_OK; p++)
        rc = cst_text_print(out, err, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
    return rc == CST_OK ? cst_text_print(out, err, "%s\n", quote) : rc;
}

/* A path as sbatch takes those of output: '%' begins a pattern there. To be freed. */
static char *output_path(const char *path, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (const char *p = path; *p && rc == CST_OK; p++)
        rc = cst_text_print(&text, err, "%s%c", *p == '%' ? "%" : "", *p);
    if (rc != CST_OK)
        cst_text_free(&text);
    return text.data;
}

static cst_code put_number(cst_text *out, const char *name, int64_t number, cst_error *err)
{
    return number ? cst_text_print(out, err, "#SBATCH --%s=%lld\n", name, (long long)number)
                  : CST_OK;
}

static cst_code put_time(cst_text *out, int64_t microseconds, cst_error *err)
{
    int64_t seconds = (microseconds + 999999) / 1000000;
    if (!seconds)
        return CST_OK;
    return cst_text_print(out, err, "#SBATCH --time=%lld-%02d:%02d:%02d\n",
                          (long long)(seconds / 86400), (int)(seconds / 3600 % 24),
                          (int)(seconds / 60 % 60), (int)(seconds % 60));
}

/* Its own name and record: found again by them, whatever happened to who submitted it. */
static cst_code put_identity(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                             cst_error *err)
{
    char *name = cst_script_name(run->run, job->step, job->nonce, err);
    char *folder = cst_text_format(err, "%s/runs/%s", run->registry, run->run);
    char *output = folder ? output_path(folder, err) : NULL;
    char *log = output ? cst_text_format(err, "%s/%s/attempt-%lld/log%s", output, job->step,
                                         (long long)job->attempt, job->array ? "-%a" : "")
                       : NULL;
    cst_code rc = name && folder && log ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = put_option(out, "job-name", name, err);
    if (rc == CST_OK)
        rc = put_option(out, "comment", job->nonce, err);
    if (rc == CST_OK)
        rc = put_option(out, "chdir", folder, err);
    if (rc == CST_OK)
        rc = put_option(out, "output", log, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "#SBATCH --open-mode=append\n", err);
    free(name);
    free(folder);
    free(output);
    free(log);
    return rc;
}

static cst_code put_resources(cst_text *out, const cst_script_job *job, cst_error *err)
{
    const json_t *resources = job->resources;
    int64_t ranks = job->srun ? cst_get_int(resources, "ranks", 1) : 1;
    cst_code rc =
        job->srun ? put_number(out, "nodes", cst_get_int(resources, "nodes", 0), err) : CST_OK;
    if (rc == CST_OK)
        rc = put_number(out, "ntasks", ranks, err);
    if (rc == CST_OK && job->srun)
        rc = put_number(out, "ntasks-per-node", cst_get_int(resources, "ranks_per_node", 0), err);
    if (rc == CST_OK && job->srun)
        rc = put_number(out, "cpus-per-task", cst_get_int(resources, "threads", 0), err);
    if (rc == CST_OK)
        rc = put_time(out, cst_get_duration(resources, "time", 0), err);
    if (rc == CST_OK)
        rc = put_option(out, "mem", cst_get_string(resources, "memory", NULL), err);
    return rc;
}

/* Where it may run, on whose account: the step's own word above that of slurm:. */
static cst_code put_place(cst_text *out, const json_t *slurm, const json_t *resources,
                          cst_error *err)
{
    static const char *const rows[][2] = {
        {"account", "account"},       {"partition", "partition"}, {"qos", "qos"},
        {"constraint", "constraint"}, {"gres", "gres"},           {"reservation", "reservation"},
        {"mail_user", "mail-user"},   {"mail_type", "mail-type"},
    };
    cst_code rc = CST_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && rc == CST_OK; i++) {
        const char *value = cst_get_string(slurm, rows[i][0], NULL);
        rc = put_option(out, rows[i][1], cst_get_string(resources, rows[i][0], value), err);
    }
    return rc;
}

/* What a job is found by, how it ends and who brings it back is not a setting: another word on that
 * and a job could not be told from others, or would have two owners. */
static cst_code check_extra(const char *line, cst_error *err)
{
    static const char *const own[] = {
        "--job-name",   "-J",          "--comment",
        "--chdir",      "-D",          "--output",
        "-o",           "-a",          "--array",
        "--open-mode",  "--requeue",   "--no-requeue",
        "--dependency", "-d",          "--signal",
        "--parsable",   "--wait",      "-W",
        "--wrap",       "--test-only", "--kill-on-invalid-dep",
    };
    size_t length = strcspn(line, "= \t");
    if (length > 2 && line[1] != '-') /* "-Jname" */
        length = 2;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strlen(own[i]) == length && strncmp(own[i], line, length) == 0)
            return cst_error_set(err, CST_USAGE,
                                 "slurm.extra: \"%s\": %s is set by capstan itself: leave it out",
                                 line, own[i]);
    return CST_OK;
}

static cst_code put_extra(cst_text *out, const json_t *slurm, cst_error *err)
{
    const json_t *extra = json_object_get(slurm, "extra");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(extra) && rc == CST_OK; i++) {
        const char *line = json_string_value(json_array_get(extra, i));
        rc = check_line(line, err);
        if (rc == CST_OK && line[0] != '-')
            rc = cst_error_set(err, CST_USAGE,
                               "slurm.extra: \"%s\" is no option of sbatch: expected one such as "
                               "--exclusive",
                               line);
        if (rc == CST_OK)
            rc = check_extra(line, err);
        if (rc == CST_OK)
            rc = cst_text_print(out, err, "#SBATCH %s\n", line);
    }
    return rc;
}

static cst_code put_exclude(cst_text *out, const json_t *exclude, cst_error *err)
{
    cst_text nodes = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(exclude) && rc == CST_OK; i++)
        rc = cst_text_print(&nodes, err, "%s%s", i ? "," : "",
                            json_string_value(json_array_get(exclude, i)));
    if (rc == CST_OK)
        rc = put_option(out, "exclude", nodes.data, err);
    cst_text_free(&nodes);
    return rc;
}

/* Seconds before the end at which Slurm warns a step: a quarter of its time at most, or a short job
 * would be warned as soon as it starts, and come back again and again. 0: not at all, where the
 * partition gives the time: the step itself sees what is left of it. */
static int64_t warning_lead(const json_t *slurm, const json_t *resources)
{
    int64_t lead = cst_get_duration(slurm, "signal", 0);
    int64_t most = cst_get_duration(resources, "time", 0) / 4;
    return (lead < most ? lead : most) / 1000000;
}

/* One owner of requeueing: Slurm for what checkpoints, whoever drives the run for all else. */
static cst_code put_restarts(cst_text *out, const json_t *slurm, const cst_script_job *job,
                             cst_error *err)
{
    int64_t lead = warning_lead(slurm, job->resources);
    if (!job->restarts)
        return cst_text_puts(out, "#SBATCH --no-requeue\n", err);
    cst_code rc = cst_text_puts(out, "#SBATCH --requeue\n", err);
    if (rc == CST_OK && lead)
        rc = cst_text_print(out, err, "#SBATCH --signal=USR1@%lld\n", (long long)lead);
    return rc;
}

static cst_code put_options(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                            cst_error *err)
{
    cst_code rc = put_identity(out, run, job, err);
    if (rc == CST_OK)
        rc = put_resources(out, job, err);
    if (rc == CST_OK)
        rc = put_place(out, run->slurm, job->resources, err);
    if (rc == CST_OK)
        rc = put_option(out, "array", job->array, err);
    if (rc == CST_OK)
        rc = put_restarts(out, run->slurm, job, err);
    if (rc == CST_OK)
        rc = put_exclude(out, job->exclude, err);
    if (rc == CST_OK)
        rc = put_extra(out, run->slurm, err);
    return rc;
}

static cst_code put_modules(cst_text *out, const json_t *modules, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(modules) && rc == CST_OK; i++) {
        rc = cst_text_puts(out, "module load ", err);
        if (rc == CST_OK)
            rc = cst_script_quote(out, json_string_value(json_array_get(modules, i)), err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, "\n", err);
    }
    return rc;
}

static cst_code put_path(cst_text *out, const char *bin, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "export PATH=", err);
    if (rc == CST_OK)
        rc = cst_script_quote(out, bin, err);
    return rc == CST_OK ? cst_text_puts(out, ":$PATH\n", err) : rc;
}

cst_code cst_script_head(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                         cst_error *err)
{
    cst_code rc = cst_text_print(out, err,
                                 "#!/usr/bin/env bash\n"
                                 "# %s of the pipeline %s, run %s: written by capstan submit\n",
                                 job->step, run->pipeline, run->run);
    if (rc == CST_OK)
        rc = put_options(out, run, job, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "set -euo pipefail\n", err);
    if (rc == CST_OK)
        rc = put_modules(out, json_object_get(run->slurm, "modules"), err);
    return rc == CST_OK ? put_path(out, run->bin, err) : rc;
}

/* "capstan step RUN STEP --attempt N --registry R [-- srun …]" */
static cst_code put_call(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                         cst_error *err)
{
    cst_code rc = cst_text_print(out, err, "capstan step %s %s --attempt %lld --registry ",
                                 run->run, job->step, (long long)job->attempt);
    if (rc == CST_OK)
        rc = cst_script_quote(out, run->registry, err);
    if (rc == CST_OK && job->srun)
        rc = cst_text_puts(out, " --", err);
    for (size_t i = 0; i < json_array_size(job->srun) && rc == CST_OK; i++) {
        rc = cst_text_puts(out, " ", err);
        if (rc == CST_OK)
            rc = cst_script_quote(out, json_string_value(json_array_get(job->srun, i)), err);
    }
    return rc;
}

/* Slurm would bring back a job that somebody has cancelled, too, while it ends (Slurm 22.05). */
static cst_code put_requeue(cst_text *out, const cst_script_run *run, cst_error *err)
{
    return cst_text_print(
        out, err,
        "# 75: stopped in good order, with a checkpoint. Back into the queue, unless the run was\n"
        "# cancelled, or Slurm is ending the job: it is RUNNING no more then.\n"
        "if [ $status = 75 ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt %lld ] &&\n"
        "    [ ! -e pipeline/attempt-%lld/cancel.json ] &&\n"
        "    [ \"$(squeue -h -j \"$SLURM_JOB_ID\" -o %%T)\" = RUNNING ]; then\n"
        "    scontrol requeue \"$SLURM_JOB_ID\"\n"
        "fi\n",
        (long long)cst_get_int(run->slurm, "restarts", 0), (long long)run->driving);
}

/* Who goes back into the queue goes by itself: never by the site's RequeueExit. */
static cst_code put_exit(cst_text *out, cst_error *err)
{
    return cst_text_puts(out, "[ $status != 75 ] || status=1\nexit $status\n", err);
}

cst_code cst_script_step(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                         cst_error *err)
{
    cst_code rc = cst_script_head(out, run, job, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out,
                           "# Slurm warns the step, which stops by itself: the shell waits for it "
                           "to end.\n"
                           "trap : TERM USR1 USR2\n"
                           "status=0\n",
                           err);
    if (rc == CST_OK)
        rc = put_call(out, run, job, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, " || status=$?\n", err);
    if (rc == CST_OK && job->restarts)
        rc = put_requeue(out, run, err);
    return rc == CST_OK ? put_exit(out, err) : rc;
}

cst_code cst_script_sentinel(cst_text *out, const cst_script_run *run, const cst_script_job *job,
                             cst_error *err)
{
    cst_code rc = cst_script_head(out, run, job, err);
    if (rc == CST_OK)
        rc = cst_text_print(out, err,
                            "# Runs when a job of the run has failed: mends what can be mended, "
                            "with nobody logged in.\n"
                            "status=0\n"
                            "capstan wait %s --once --registry ",
                            run->run);
    if (rc == CST_OK)
        rc = cst_script_quote(out, run->registry, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, " || status=$?\n", err);
    return rc == CST_OK ? put_exit(out, err) : rc;
}

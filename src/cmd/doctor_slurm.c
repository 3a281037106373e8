/* doctor_slurm.c - what the doctor asks Slurm, without submitting anything */
#include <unistd.h>

#include "base/file.h"
#include "cmd/doctor.h"
#include "config/json.h"
#include "config/option.h"
#include "slurm/cluster.h"
#include "slurm/command.h"

enum { PATIENCE = 10 /* seconds that one command may take */ };

/* Run words (NULL-ended). Only CST_NOMEM is the caller's error; the answer is in *answer. */
static cst_code ask(cst_text *out, cst_code *answer, cst_error *why, const char *const *words,
                    cst_error *err)
{
    json_t *list = json_array();
    cst_code rc = list ? CST_OK : cst_error_nomem(err, "a command");
    for (size_t i = 0; rc == CST_OK && words[i]; i++)
        rc = cst_json_append(list, json_string(words[i]), err);
    if (rc == CST_OK)
        *answer = cst_slurm_command(out, list, PATIENCE, why);
    json_decref(list);
    if (rc == CST_OK && *answer == CST_NOMEM)
        rc = cst_error_set(err, CST_NOMEM, "%s", why->text);
    return rc;
}

static bool says(const cst_text *text, const char *words)
{
    return text->data && strstr(text->data, words);
}

/* Is there a Slurm, and does its controller answer? Others ask it only then: they would wait. */
static cst_code check_controller(cst_examination *e, bool *answers, cst_error *err)
{
    static const char *const ping[] = {"scontrol", "ping", NULL};
    cst_text said = CST_TEXT_INIT;
    cst_error why = CST_ERROR_INIT;
    cst_code answer = CST_OK;
    cst_code rc = ask(&said, &answer, &why, ping, err);
    *answers = rc == CST_OK && says(&said, "is UP");
    if (rc != CST_OK || *answers)
        goto out;
    if (said.data)
        said.data[strcspn(said.data, "\n")] = '\0';
    if (answer == CST_MISSING)
        rc = cst_doctor_note(e, "slurm", CST_HEALTH_OK, cst_text_format(err, "none here"), err);
    else if (strstr(why.text, "establish_config_source"))
        rc = cst_doctor_note(
            e, "slurm", CST_HEALTH_WARNING,
            cst_text_format(err, "none here: its commands are, but they find no slurm.conf; set "
                                 "SLURM_CONF if this machine belongs to a cluster"),
            err);
    else
        rc = cst_doctor_note(
            e, "slurmctld", CST_HEALTH_PROBLEM,
            cst_text_format(err,
                            "%s: nothing can be submitted or asked for now, jobs that run go on; "
                            "have slurmctld started there (systemctl status slurmctld, its log)",
                            says(&said, "is DOWN") ? said.data : why.text),
            err);
out:
    cst_text_free(&said);
    return rc;
}

/* The highest version that `srun --mpi=list` has of its pmix plugin; 0: it has one that does not
 * say, -1: it has none. */
static int plugin_version(const char *list)
{
    static const char name[] = "pmix";
    int highest = -1;
    for (const char *at = strstr(list, name); at; at = strstr(at + 1, name)) {
        int version = strncmp(at, "pmix_v", 6) == 0 ? (int)strtol(at + 6, NULL, 10) : 0;
        highest = version > highest ? version : highest;
    }
    return highest;
}

/* What capstan-probe says of MPI and PMIx, alone: an object, or NULL with *why set. */
static cst_code ask_probe(json_t **out, cst_error *why, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code answer = CST_FAILED;
    char *folder = cst_doctor_folder(err);
    char *probe = folder ? cst_file_join(folder, "capstan-probe", err) : NULL;
    cst_code rc = probe ? ask(&text, &answer, why, (const char *[]){probe, NULL}, err) : CST_NOMEM;
    if (rc == CST_OK && answer == CST_OK)
        (void)cst_json_parse(out, text.data ? text.data : "", text.size, probe, why);
    cst_text_free(&text);
    free(probe);
    free(folder);
    return rc;
}

static cst_code compare_versions(cst_examination *e, int plugin, const json_t *probe,
                                 cst_error *err)
{
    const char *mpi = cst_get_string(probe, "mpi", "?");
    const char *pmix = cst_get_string(probe, "pmix", NULL);
    if (!pmix)
        return cst_doctor_note(
            e, "pmix", CST_HEALTH_PROBLEM,
            cst_text_format(err,
                            "%s has no PMIx: ranks that srun starts would not find each other; "
                            "load an Open MPI that was built --with-pmix, and build with it",
                            mpi),
            err);
    long major = strtol(pmix, NULL, 10);
    if (plugin > 0 && plugin != major)
        return cst_doctor_note(
            e, "pmix", CST_HEALTH_WARNING,
            cst_text_format(err,
                            "srun has pmix_v%d, %s was built with PMIx %s: neighbours mostly "
                            "understand each other; have a job prove it: capstan doctor --jobs",
                            plugin, mpi, pmix),
            err);
    return cst_doctor_note(
        e, "pmix", CST_HEALTH_OK,
        cst_text_format(err, "srun --mpi=pmix fits %s, built with PMIx %s", mpi, pmix), err);
}

/* Older releases print the list to standard error. */
static cst_code check_pmix(cst_examination *e, const cst_slurm_facts *facts, cst_error *err)
{
    static const char *const list[] = {"sh", "-c", "srun --mpi=list 2>&1", NULL};
    cst_text said = CST_TEXT_INIT;
    cst_error why = CST_ERROR_INIT;
    json_t *probe = NULL;
    cst_code answer = CST_OK;
    cst_code rc = ask(&said, &answer, &why, list, err);
    int plugin = said.data ? plugin_version(said.data) : -1;
    if (rc == CST_OK && answer != CST_OK)
        rc = cst_doctor_note(e, "pmix", CST_HEALTH_PROBLEM, cst_text_copy(why.text, err), err);
    else if (rc == CST_OK && plugin < 0)
        rc = cst_doctor_note(
            e, "pmix", CST_HEALTH_PROBLEM,
            cst_text_format(err,
                            "srun --mpi=list has no pmix: this Slurm %s was built without it; "
                            "have its mpi_pmix plugin installed on all nodes",
                            facts->version),
            err);
    else if (rc == CST_OK && (rc = ask_probe(&probe, &why, err)) == CST_OK && !probe)
        rc = cst_doctor_note(e, "pmix", CST_HEALTH_WARNING,
                             cst_text_format(err,
                                             "srun has it, but MPI does not start here (%s): have "
                                             "a job prove it: capstan doctor --jobs",
                                             why.text),
                             err);
    else if (rc == CST_OK)
        rc = compare_versions(e, plugin, probe, err);
    json_decref(probe);
    cst_text_free(&said);
    return rc;
}

/* Where the end of a job is looked up without accounting, and what would be better. */
static char *fallback(const cst_slurm_facts *facts, cst_error *err)
{
    bool file = strcmp(facts->completion, "jobcomp/filetxt") == 0 && *facts->completion_at;
    if (file && access(facts->completion_at, R_OK) == 0)
        return cst_text_format(err, "ends of jobs are looked up in %s; slurmdbd would tell more",
                               facts->completion_at);
    return cst_text_format(
        err,
        "scontrol knows an ended job for %lld s, and later one without a receipt "
        "counts as lost; ask for slurmdbd, or for %s",
        (long long)facts->min_job_age,
        file ? "the job completion file to be readable here" : "JobCompType=jobcomp/filetxt");
}

static cst_code check_accounting(cst_examination *e, const cst_slurm_facts *facts, cst_error *err)
{
    static const char *const sacct[] = {"sacct",        "-X", "-n",    "-P", "-S",
                                        "now-1minutes", "-o", "JobID", NULL};
    cst_error why = CST_ERROR_INIT;
    cst_code answer = CST_OK;
    bool configured = cst_slurm_accounts(facts);
    cst_code rc = configured ? ask(NULL, &answer, &why, sacct, err) : CST_OK;
    if (rc == CST_OK && configured && answer == CST_OK)
        return cst_doctor_note(e, "accounting", CST_HEALTH_OK,
                               cst_text_format(err, "sacct answers (%s)", facts->accounting), err);
    char *instead = rc == CST_OK ? fallback(facts, err) : NULL;
    if (instead)
        rc = cst_doctor_note(
            e, "accounting", CST_HEALTH_WARNING,
            cst_text_format(err, "%s: %s", configured ? why.text : "there is none", instead), err);
    else if (rc == CST_OK)
        rc = CST_NOMEM;
    free(instead);
    return rc;
}

static cst_code check_arrays(cst_examination *e, const cst_slurm_facts *facts, cst_error *err)
{
    long long most = (long long)facts->max_array_size;
    if (most < 2)
        return cst_doctor_note(e, "arrays", CST_HEALTH_WARNING,
                               cst_text_format(err,
                                               "MaxArraySize is %lld: none can be submitted; "
                                               "a search has to be one job after the other",
                                               most),
                               err);
    return cst_doctor_note(e, "arrays", CST_HEALTH_OK,
                           cst_text_format(err,
                                           "%lld tasks an array (MaxArraySize), %lld jobs at once "
                                           "(MaxJobCount)",
                                           most, (long long)facts->max_job_count),
                           err);
}

static cst_code check_preemption(cst_examination *e, const cst_slurm_facts *facts, cst_error *err)
{
    const char *mode = facts->preempt_mode;
    if (strcmp(facts->preempt_type, "preempt/none") == 0 || strcmp(mode, "OFF") == 0)
        return cst_doctor_note(e, "preemption", CST_HEALTH_OK, cst_text_format(err, "off"), err);
    return cst_doctor_note(
        e, "preemption", CST_HEALTH_OK,
        cst_text_format(err, "%s (%s), %lld s from SIGTERM to SIGKILL%s", mode, facts->preempt_type,
                        (long long)facts->kill_wait,
                        strstr(mode, "CANCEL") ? "; who drives a run submits its jobs again" : ""),
        err);
}

/* Whether a list as Slurm writes it ("1,70-80") has a status. */
static bool lists(const char *statuses, long status)
{
    for (const char *at = statuses; *at;) {
        char *end = NULL;
        long first = strtol(at, &end, 10);
        long last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        if (end == at)
            return false;
        if (first <= status && status <= last)
            return true;
        at = *end == ',' ? end + 1 : "";
    }
    return false;
}

/* A step's script ends with its step's status, but never with that of a stopped one: those it puts
 * back itself. What the site puts back would run beside the retries, and without their bounds. */
static cst_code check_requeue(cst_examination *e, const cst_slurm_facts *facts, cst_error *err)
{
    static const cst_code ends[] = {CST_FAILED, CST_REFUSED, CST_CONFLICT};
    const char *word = NULL;
    for (size_t i = 0; !word && i < sizeof ends / sizeof ends[0]; i++)
        if (lists(facts->requeue_exit, cst_code_status(ends[i])))
            word = cst_code_word(ends[i]);
    if (!word)
        return cst_doctor_note(
            e, "requeue", CST_HEALTH_OK,
            cst_text_format(err, "RequeueExit=%s takes back no step that has ended",
                            *facts->requeue_exit ? facts->requeue_exit : "(none)"),
            err);
    return cst_doctor_note(
        e, "requeue", CST_HEALTH_WARNING,
        cst_text_format(err,
                        "RequeueExit=%s: Slurm runs a step that ended as %s again and "
                        "again, whatever slurm.retries says; ask for a list "
                        "without the statuses 1 to 4",
                        facts->requeue_exit, word),
        err);
}

/* One line of sinfo, "main*|up|1:00:00|2|REQUEUE", behind what is there. */
static cst_code add_partition(cst_text *list, char *line, int *up, bool *has_default,
                              cst_error *err)
{
    char *rest = line;
    const char *name = strsep(&rest, "|"), *state = strsep(&rest, "|"), *limit = strsep(&rest, "|");
    const char *nodes = strsep(&rest, "|"), *preemption = rest;
    if (!preemption)
        return CST_OK;
    bool is_up = strcmp(state, "up") == 0, is_safe = strcmp(preemption, "OFF") == 0;
    *up += is_up;
    *has_default = *has_default || strchr(name, '*');
    return cst_text_print(list, err, "%s%s %s, %s nodes%s%s%s%s", list->size ? "; " : "", name,
                          limit, nodes, is_safe ? "" : ", preempted by ", is_safe ? "" : preemption,
                          is_up ? "" : ", ", is_up ? "" : state);
}

static cst_code check_partitions(cst_examination *e, const cst_slurm_facts *facts, cst_error *err)
{
    static const char *const sinfo[] = {"sinfo", "-h", "-o", "%P|%a|%l|%D|%M", NULL};
    cst_text said = CST_TEXT_INIT, list = CST_TEXT_INIT;
    cst_error why = CST_ERROR_INIT;
    cst_code answer = CST_OK;
    bool has_default = false;
    int up = 0;
    cst_code rc = ask(&said, &answer, &why, sinfo, err);
    char *rest = said.data;
    for (char *line; rc == CST_OK && (line = strsep(&rest, "\n"));)
        rc = add_partition(&list, line, &up, &has_default, err);
    const char *text = list.data ? list.data : "none";
    if (rc == CST_OK && answer != CST_OK)
        rc =
            cst_doctor_note(e, "partitions", CST_HEALTH_PROBLEM, cst_text_copy(why.text, err), err);
    else if (rc == CST_OK && up == 0)
        rc = cst_doctor_note(e, "partitions", CST_HEALTH_PROBLEM,
                             cst_text_format(err, "none is up on %s: %s", facts->cluster, text),
                             err);
    else if (rc == CST_OK)
        rc = cst_doctor_note(
            e, "partitions", has_default ? CST_HEALTH_OK : CST_HEALTH_WARNING,
            cst_text_format(err, "%s%s", text,
                            has_default ? "" : ": none is the default, so set slurm.partition"),
            err);
    cst_text_free(&list);
    cst_text_free(&said);
    return rc;
}

static cst_code check_facts(cst_examination *e, const cst_slurm_facts *facts, cst_error *err)
{
    static cst_code (*const checks[])(cst_examination *, const cst_slurm_facts *, cst_error *) = {
        check_pmix,   check_accounting, check_partitions,
        check_arrays, check_preemption, check_requeue,
    };
    cst_code rc =
        cst_doctor_note(e, "slurmctld", CST_HEALTH_OK,
                        cst_text_format(err, "answers: %s on %s, Slurm %s", facts->cluster,
                                        facts->controller, facts->version),
                        err);
    for (size_t i = 0; rc == CST_OK && i < sizeof checks / sizeof checks[0]; i++)
        rc = checks[i](e, facts, err);
    return rc;
}

cst_code cst_doctor_slurm(cst_examination *e, bool *answers, cst_error *err)
{
    const cst_slurm_facts *facts = NULL;
    cst_slurm *slurm = NULL;
    cst_error why = CST_ERROR_INIT;
    cst_code rc = check_controller(e, answers, err);
    if (rc != CST_OK || !*answers || (rc = cst_slurm_new(&slurm, PATIENCE, err)) != CST_OK)
        return rc;
    if (cst_slurm_get_facts(slurm, &facts, &why) == CST_OK)
        rc = check_facts(e, facts, err);
    else
        rc = cst_doctor_note(e, "slurmctld", CST_HEALTH_PROBLEM, cst_text_copy(why.text, err), err);
    cst_slurm_free(slurm);
    return rc;
}

/* owner.c - who works on a claimed trial, and whether it still does */
#include "pipeline/owner.h"

#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/engine.h"
#include "slurm/look.h"
#include "slurm/verdict.h"

static const int64_t second = 1000000; /* microseconds */

static int64_t number_of(const char *variable, int64_t fallback)
{
    const char *text = getenv(variable);
    return text && *text ? strtoll(text, NULL, 10) : fallback;
}

/* The job that this process is part of; new reference, NULL where it is none or without memory. */
static json_t *own_job(void)
{
    int64_t index = number_of("SLURM_ARRAY_TASK_ID", -1);
    int64_t job = number_of(index < 0 ? "SLURM_JOB_ID" : "SLURM_ARRAY_JOB_ID", 0);
    if (job <= 0)
        return NULL;
    return json_pack("{s:I, s:I, s:I, s:I}", "job", (json_int_t)job, "index", (json_int_t)index,
                     "restarts", (json_int_t)number_of("SLURM_RESTART_COUNT", 0), "begun",
                     (json_int_t)(cst_clock_now() / second));
}

json_t *cst_owner_new(void)
{
    json_t *owner = cst_process_handle(getpid());
    json_t *job = own_job();
    if (owner && job && json_object_set_new(owner, "slurm", job) != 0) {
        json_decref(owner);
        return NULL;
    }
    return owner;
}

/* An owner of another machine, and its job. */
typedef struct {
    size_t at; /* in owners */
    const json_t *claimed;
} remote;

/* Its name in memory; jobs' ids are used again, so when it began is part of it. */
static void name_of(char out[96], const json_t *claimed)
{
    (void)snprintf(out, 96, "%lld_%lld_%lld_%lld", (long long)cst_get_int(claimed, "job", 0),
                   (long long)cst_get_int(claimed, "index", -1),
                   (long long)cst_get_int(claimed, "restarts", 0),
                   (long long)cst_get_int(claimed, "begun", 0));
}

/* Has the job begun once more since? Then who claimed is gone, whatever runs now. */
static bool was_restarted(const cst_sighting *seen, const json_t *claimed)
{
    for (int source = 0; source < CST_SOURCE_COUNT; source++)
        if (seen[source].answer == CST_ANSWER_SEEN &&
            seen[source].restarts > cst_get_int(claimed, "restarts", 0))
            return true;
    return false;
}

static cst_code weigh(bool *gone, const cst_slurm_job *job, const json_t *claimed,
                      int64_t lost_after, json_t *memory, cst_error *err)
{
    char name[96];
    name_of(name, claimed);
    cst_evidence evidence = {.seen = job->seen,
                             .now = cst_clock_now() / second,
                             .unknown_since = cst_get_int(memory, name, 0),
                             .lost_after = lost_after};
    cst_verdict verdict = cst_slurm_judge(&evidence);
    bool lives = verdict.fate == CST_FATE_RUNNING || verdict.fate == CST_FATE_UNKNOWN;
    *gone = !lives || was_restarted(job->seen, claimed);
    return cst_json_put(memory, name, json_integer(verdict.unknown_since), err);
}

/* Ask Slurm about the jobs of owners of other machines. */
static cst_code look_at_jobs(bool *gone, const remote *remotes, size_t count, cst_slurm *slurm,
                             int64_t lost_after, json_t *memory, cst_error *err)
{
    cst_slurm_job *jobs = cst_array_new(count, sizeof *jobs, "jobs", err);
    cst_code rc = jobs ? CST_OK : CST_NOMEM;
    for (size_t i = 0; i < count && rc == CST_OK; i++)
        jobs[i] = (cst_slurm_job){.id = cst_get_int(remotes[i].claimed, "job", 0),
                                  .index = cst_get_int(remotes[i].claimed, "index", -1),
                                  .requeues = true};
    if (rc == CST_OK)
        rc = cst_slurm_look(slurm, jobs, count, err);
    for (size_t i = 0; i < count && rc == CST_OK; i++)
        rc = weigh(&gone[remotes[i].at], &jobs[i], remotes[i].claimed, lost_after, memory, err);
    for (size_t i = 0; i < count && jobs; i++)
        cst_slurm_job_clear(&jobs[i]);
    free(jobs);
    return rc;
}

cst_code cst_owner_look(bool *gone, const json_t *const *owners, size_t count, cst_slurm *slurm,
                        int64_t lost_after, json_t *memory, cst_error *err)
{
    size_t remotes = 0;
    remote *job = cst_array_new(count, sizeof *job, "owners", err);
    if (!job)
        return CST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        cst_step_state state = cst_process_state(owners[i]);
        const json_t *claimed = json_object_get(owners[i], "slurm");
        gone[i] = state == CST_STEP_ENDED;
        if (state == CST_STEP_UNKNOWN && claimed && slurm)
            job[remotes++] = (remote){.at = i, .claimed = claimed};
    }
    cst_code rc =
        remotes ? look_at_jobs(gone, job, remotes, slurm, lost_after, memory, err) : CST_OK;
    free(job);
    return rc;
}

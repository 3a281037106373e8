/* look.c - what Slurm's sources say about a set of jobs, in at most one squeue and one sacct */
#include "slurm/look.h"

#include "base/array.h"
#include "base/text.h"
#include "slurm/query.h"
#include "slurm/state.h"

enum {
    IDS_BYTES = 100000, /* of an argument, of which Linux takes 128 KiB; past that all are listed */
    ASKED_ALONE = 16,   /* jobs that scontrol is asked about in a look */
};

/* The jobs of a look, sorted, and those of them that are still open. */
typedef struct {
    cst_slurm *slurm;
    cst_slurm_job **jobs;
    size_t count;
} looking;

const char *cst_source_name(cst_source source)
{
    static const char *const names[] = {
        [CST_SQUEUE] = "squeue",   [CST_SACCT] = "sacct",         [CST_SCONTROL] = "scontrol",
        [CST_JOBCOMP] = "jobcomp", [CST_SOURCE_COUNT] = "nobody",
    };
    return names[source];
}

const char *cst_slurm_said(const cst_slurm *slurm, cst_source source)
{
    return slurm->said[source];
}

void cst_slurm_job_clear(cst_slurm_job *job)
{
    for (int i = 0; i < CST_SOURCE_COUNT; i++) {
        free(job->seen[i].nodes);
        job->seen[i] = (cst_sighting){.answer = CST_ANSWER_NONE};
    }
}

/* "12,13": the ids of jobs, each once. *out is NULL where there are too many for an argument. */
static cst_code list_ids(char **out, const looking *look, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (size_t i = 0; i < look->count && rc == CST_OK; i++)
        if (i == 0 || look->jobs[i]->id != look->jobs[i - 1]->id)
            rc = cst_text_print(&text, err, "%s%lld", i ? "," : "", (long long)look->jobs[i]->id);
    bool fits = text.size <= IDS_BYTES;
    *out = rc == CST_OK && fits ? text.data : NULL;
    if (!*out)
        cst_text_free(&text);
    return rc;
}

static int64_t oldest(const looking *look)
{
    int64_t since = INT64_MAX;
    for (size_t i = 0; i < look->count; i++)
        if (look->jobs[i]->submitted < since)
            since = look->jobs[i]->submitted;
    return since;
}

/* Give the jobs what came of asking a source; a failure is kept as its words. */
static cst_code settle(const looking *look, cst_source source, cst_code asked, cst_rows *rows,
                       bool none, const cst_error *said, cst_error *err)
{
    cst_answer answer = rows->count > 0 || none ? CST_ANSWER_ABSENT : CST_ANSWER_EMPTY;
    if (asked == CST_NOMEM)
        return cst_error_set(err, asked, "%s", said->text);
    if (asked != CST_OK) {
        bool is_there = asked != CST_MISSING;
        answer = is_there ? CST_ANSWER_FAILED : CST_ANSWER_NONE;
        if (is_there)
            cst_query_keep(look->slurm, source, said);
    }
    for (size_t i = 0; i < look->count; i++)
        look->jobs[i]->seen[source].answer = answer;
    return asked == CST_OK ? cst_rows_assign(rows, look->jobs, look->count, source, err) : CST_OK;
}

static cst_code look_at_squeue(const looking *look, cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    cst_rows rows = {0};
    cst_query query = {0};
    char *ids = NULL;
    bool none = false;
    cst_code rc = list_ids(&ids, look, err);
    query.ids = ids;
    if (rc == CST_OK) {
        cst_code asked = cst_query_squeue(look->slurm, &rows, &none, &query, &said);
        /* without a command there is no telling: this is a failure, not a source that is missing */
        rc = settle(look, CST_SQUEUE, asked == CST_MISSING ? CST_IO : asked, &rows, none, &said,
                    err);
        const cst_slurm_facts *facts; /* without them all other sources are asked */
        if (asked == CST_OK)
            (void)cst_slurm_get_facts(look->slurm, &facts, NULL);
    }
    cst_rows_free(&rows);
    free(ids);
    return rc;
}

static cst_code look_at_sacct(const looking *look, cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    cst_rows rows = {0};
    cst_query query = {.since = oldest(look)};
    char *ids = NULL;
    cst_code rc = list_ids(&ids, look, err);
    query.ids = ids;
    if (rc == CST_OK) {
        cst_code asked = cst_query_sacct(look->slurm, &rows, &query, &said);
        rc = settle(look, CST_SACCT, asked, &rows, false, &said, err);
    }
    cst_rows_free(&rows);
    free(ids);
    return rc;
}

static cst_code look_at_jobcomp(const looking *look, cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    cst_rows rows = {0};
    cst_code asked = cst_query_jobcomp(look->slurm, &rows, &said);
    cst_code rc = settle(look, CST_JOBCOMP, asked, &rows, false, &said, err);
    cst_rows_free(&rows);
    return rc;
}

/* Ask the controller about one job by name of its id; *answers turns false where it does not. */
static cst_code look_at_one(const looking *one, bool *answers, cst_error *err)
{
    const cst_slurm_job *job = one->jobs[0];
    cst_error said = CST_ERROR_INIT;
    cst_rows rows = {0};
    char id[48];
    bool none = false;
    if (job->index < 0)
        (void)snprintf(id, sizeof id, "%lld", (long long)job->id);
    else
        (void)snprintf(id, sizeof id, "%lld_%lld", (long long)job->id, (long long)job->index);
    cst_code asked = cst_query_scontrol(one->slurm, &rows, &none, id, &said);
    *answers = asked == CST_OK;
    cst_code rc =
        settle(one, CST_SCONTROL, asked == CST_MISSING ? CST_IO : asked, &rows, none, &said, err);
    cst_rows_free(&rows);
    return rc;
}

/* Where squeue failed or printed nothing at all, ask for single jobs: an explicit "no such job" is
 * the controller's word that it works, and stands for the others that squeue did not show. */
static cst_code look_at_scontrol(const looking *open, cst_error *err)
{
    bool answers = !open->slurm->out_of_reach, knows_not = false;
    cst_code rc = CST_OK;
    for (size_t i = 0; i < open->count && rc == CST_OK; i++) {
        looking one = {.slurm = open->slurm, .jobs = &open->jobs[i], .count = 1};
        cst_sighting *seen = open->jobs[i]->seen;
        if (seen[CST_SQUEUE].answer == CST_ANSWER_ABSENT)
            continue;
        if (i < ASKED_ALONE && answers)
            rc = look_at_one(&one, &answers, err);
        else if (!answers)
            seen[CST_SCONTROL].answer = CST_ANSWER_FAILED;
        else if (knows_not && seen[CST_SQUEUE].answer == CST_ANSWER_EMPTY)
            seen[CST_SCONTROL].answer = CST_ANSWER_ABSENT;
        knows_not = knows_not || seen[CST_SCONTROL].answer == CST_ANSWER_ABSENT;
    }
    return rc;
}

/* True where nothing that was asked so far says where the job is: also where accounting has it
 * alive and the controller does not know it. */
static bool is_open(const cst_slurm_job *job)
{
    const cst_sighting *seen = job->seen;
    bool controller =
        seen[CST_SQUEUE].answer == CST_ANSWER_SEEN || seen[CST_SCONTROL].answer == CST_ANSWER_SEEN;
    bool ended =
        seen[CST_SACCT].answer == CST_ANSWER_SEEN && !cst_state_lives(seen[CST_SACCT].state);
    return !controller && !ended;
}

/* Keep the open ones. */
static void narrow(looking *look)
{
    size_t kept = 0;
    for (size_t i = 0; i < look->count; i++)
        if (is_open(look->jobs[i]))
            look->jobs[kept++] = look->jobs[i];
    look->count = kept;
}

cst_code cst_slurm_look(cst_slurm *slurm, cst_slurm_job *jobs, size_t count, cst_error *err)
{
    static cst_code (*const sources[])(const looking *, cst_error *) = {
        look_at_squeue, look_at_sacct, look_at_scontrol, look_at_jobcomp};
    looking open = {.slurm = slurm, .count = count};
    open.jobs = cst_array_new(count, sizeof *open.jobs, "jobs", err);
    cst_code rc = open.jobs ? CST_OK : CST_NOMEM;
    memset(slurm->said, 0, sizeof slurm->said);
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        cst_slurm_job_clear(&jobs[i]);
        open.jobs[i] = &jobs[i];
    }
    if (rc == CST_OK) {
        qsort(open.jobs, count, sizeof *open.jobs, cst_slurm_job_order);
    }
    for (size_t i = 0; i < sizeof sources / sizeof sources[0] && rc == CST_OK && open.count; i++) {
        rc = sources[i](&open, err);
        narrow(&open);
    }
    free(open.jobs);
    return rc;
}

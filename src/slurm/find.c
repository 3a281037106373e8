/* find.c - jobs by name: what became of a submission whose answer was not heard */
#include "base/array.h"
#include "base/text.h"
#include "slurm/query.h"
#include "slurm/submit.h"

/* What was found so far, and whether all that could tell has told. */
typedef struct {
    cst_found *found;
    const char *name;
    size_t room;
    bool failed;
    cst_error *why;
} search;

static cst_code add_job(search *finding, const cst_row *row, cst_error *err)
{
    cst_found *found = finding->found;
    for (size_t i = 0; i < found->count; i++)
        if (found->jobs[i].id == row->id)
            return CST_OK;
    void *grown = cst_array_grow(found->jobs, &finding->room, found->count + 1, sizeof *found->jobs,
                                 "jobs", err);
    if (!grown)
        return CST_NOMEM;
    found->jobs = grown;
    found->jobs[found->count].id = row->id;
    found->jobs[found->count].submitted = row->local_time ? 0 : row->sighting.submitted;
    (void)snprintf(found->jobs[found->count].state, CST_STATE_WORD, "%s", row->sighting.state);
    found->count++;
    return CST_OK;
}

/* Take what one source said; must: it knows all jobs, or would. */
static cst_code take(search *finding, cst_code asked, const cst_rows *rows, bool must,
                     const cst_error *said, cst_error *err)
{
    cst_code rc = CST_OK;
    if (asked == CST_NOMEM)
        return cst_error_set(err, asked, "%s", said->text);
    if (asked != CST_OK && must) {
        finding->failed = true;
        cst_error_set(finding->why, asked, "%s", said->text);
    }
    for (size_t i = 0; asked == CST_OK && i < rows->count && rc == CST_OK; i++)
        if (!rows->rows[i].name || strcmp(rows->rows[i].name, finding->name) == 0)
            rc = add_job(finding, &rows->rows[i], err);
    return rc;
}

static cst_code find_in_squeue(cst_slurm *slurm, search *finding, const cst_query *query,
                               cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    cst_rows rows = {0};
    bool none = false;
    cst_code asked = cst_query_squeue(slurm, &rows, &none, query, &said);
    cst_code rc = take(finding, asked, &rows, true, &said, err);
    cst_rows_free(&rows);
    return rc;
}

static cst_code find_in_sacct(cst_slurm *slurm, search *finding, const cst_query *query,
                              cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    cst_rows rows = {0};
    cst_code asked = cst_query_sacct(slurm, &rows, query, &said);
    cst_code rc = take(finding, asked, &rows, asked != CST_MISSING, &said, err);
    cst_rows_free(&rows);
    return rc;
}

/* The file of completed jobs, whose local times do not matter: a name is used once. By name sacct
 * does not show jobs that were ended before they could start. */
static cst_code find_in_jobcomp(cst_slurm *slurm, search *finding, cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    cst_rows rows = {0};
    cst_code asked = cst_query_jobcomp(slurm, &rows, &said);
    cst_code rc = take(finding, asked, &rows, false, &said, err);
    cst_rows_free(&rows);
    return rc;
}

static int by_id(const void *a, const void *b)
{
    const int64_t *left = a, *right = b; /* the first member */
    return (*left > *right) - (*left < *right);
}

cst_code cst_slurm_find(cst_slurm *slurm, cst_found *out, const char *name, int64_t since,
                        cst_error *why, cst_error *err)
{
    const cst_slurm_facts *facts;
    cst_query query = {.name = name, .since = since};
    *out = (cst_found){.answer = CST_ANSWER_FAILED};
    search finding = {.found = out, .name = name, .why = why};
    cst_code rc = find_in_squeue(slurm, &finding, &query, err);
    if (rc == CST_OK && !slurm->out_of_reach) /* without them all other sources are asked */
        (void)cst_slurm_get_facts(slurm, &facts, NULL);
    if (rc == CST_OK)
        rc = find_in_sacct(slurm, &finding, &query, err);
    if (rc == CST_OK && out->count == 0)
        rc = find_in_jobcomp(slurm, &finding, err);
    if (rc != CST_OK) {
        cst_found_free(out);
        return rc;
    }
    if (out->count > 0) {
        qsort(out->jobs, out->count, sizeof *out->jobs, by_id);
        out->answer = CST_ANSWER_SEEN;
    } else {
        out->answer = finding.failed ? CST_ANSWER_FAILED : CST_ANSWER_ABSENT;
    }
    return CST_OK;
}

void cst_found_free(cst_found *found)
{
    free(found->jobs);
    *found = (cst_found){.answer = CST_ANSWER_NONE};
}

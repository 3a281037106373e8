/* match.c - which row is whose: ids are used again, and arrays are listed in part */
#include <ctype.h>

#include "base/text.h"
#include "slurm/rows.h"

enum {
    CLOCKS_DIFFER = 60,      /* seconds that two clocks of a site may be apart */
    ZONE_STEP = 15 * 60,     /* local times differ from UTC by a multiple of this */
    ZONE_SPAN = 26 * 60 * 60 /* and two of them by no more */
};

bool cst_elements_hold(const char *elements, int64_t index)
{
    int64_t last = -1;
    const char *at = elements + (*elements == '[');
    while (isdigit((unsigned char)*at)) {
        char *end = NULL;
        int64_t from = strtoll(at, &end, 10), step = 1;
        last = from;
        if (*end == '-')
            last = strtoll(end + 1, &end, 10);
        if (*end == ':')
            step = strtoll(end + 1, &end, 10);
        if (index >= from && index <= last && step > 0 && (index - from) % step == 0)
            return true;
        at = end + (*end == ',');
    }
    return strncmp(at, "...", 3) == 0 && index > last;
}

/* How far apart two times are where one is a local time of an unknown zone. */
static int64_t within_zone(int64_t apart)
{
    if (apart > ZONE_SPAN || apart < -ZONE_SPAN)
        return apart;
    int64_t rest = apart % ZONE_STEP;
    return rest > ZONE_STEP / 2    ? rest - ZONE_STEP
           : rest < -ZONE_STEP / 2 ? rest + ZONE_STEP
                                   : rest;
}

/* A job's name holds a nonce: where it is known it decides. Else the time of submission does, which
 * a requeue moves on. */
static bool is_of(const cst_row *row, const cst_slurm_job *job)
{
    if (job->name && row->name && *row->name)
        return strcmp(job->name, row->name) == 0;
    if (job->submitted == 0 || row->sighting.submitted == 0)
        return true;
    int64_t apart = row->sighting.submitted - job->submitted;
    if (row->local_time)
        apart = within_zone(apart);
    bool moved_on = job->requeues || row->sighting.restarts > 0;
    return apart >= -CLOCKS_DIFFER && (moved_on || apart <= CLOCKS_DIFFER);
}

static cst_code assign(const cst_row *row, cst_slurm_job *job, cst_source source, cst_error *err)
{
    cst_sighting *seen = &job->seen[source];
    char *nodes = NULL;
    if (row->sighting.nodes && *row->sighting.nodes) {
        nodes = cst_text_copy(row->sighting.nodes, err);
        if (!nodes)
            return CST_NOMEM;
    }
    free(seen->nodes);
    *seen = row->sighting;
    seen->nodes = nodes;
    if (row->local_time)
        seen->submitted = 0;
    return CST_OK;
}

int cst_slurm_job_order(const void *a, const void *b)
{
    const cst_slurm_job *left = *(cst_slurm_job *const *)a, *right = *(cst_slurm_job *const *)b;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

/* The first of the sorted jobs with this id and at least this index. */
static size_t first_from(cst_slurm_job *const *jobs, size_t count, int64_t id, int64_t index)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const cst_slurm_job *job = jobs[middle];
        if (job->id < id || (job->id == id && job->index < index))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* True where elements are one alone, or the job is no array: a row of its own. */
static bool is_own(const char *elements)
{
    return elements[strspn(elements, "0123456789")] == '\0';
}

/* One row to the jobs that it is of. */
static cst_code assign_row(const cst_row *row, cst_slurm_job **jobs, size_t count,
                           cst_source source, cst_error *err)
{
    const char *elements = row->elements ? row->elements : "";
    bool own = is_own(elements);
    int64_t index = !own ? 0 : *elements ? strtoll(elements, NULL, 10) : -1;
    cst_code rc = CST_OK;
    for (size_t i = first_from(jobs, count, row->id, index);
         i < count && jobs[i]->id == row->id && rc == CST_OK; i++) {
        if (own && jobs[i]->index != index)
            break;
        if ((own || cst_elements_hold(elements, jobs[i]->index)) && is_of(row, jobs[i]))
            rc = assign(row, jobs[i], source, err);
    }
    return rc;
}

cst_code cst_rows_assign(const cst_rows *rows, cst_slurm_job **jobs, size_t count,
                         cst_source source, cst_error *err)
{
    cst_code rc = CST_OK;
    for (int own = 0; own < 2; own++) /* lists first: an element's own row wins */
        for (size_t i = 0; i < rows->count && rc == CST_OK; i++) {
            const char *elements = rows->rows[i].elements;
            if (is_own(elements ? elements : "") == (own == 1))
                rc = assign_row(&rows->rows[i], jobs, count, source, err);
        }
    return rc;
}

/* helpers.c - further jobs of Slurm that work on a search, beside the job of its step */
#include "pipeline/helpers.h"

#include <limits.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/run.h"
#include "pipeline/script.h"
#include "slurm/state.h"
#include "slurm/submit.h"

static const char helpers_step[] = "helpers";
enum { PARTS_MOST = 1024 };

struct cst_helpers {
    const cst_driver *driver;
    const json_t *step, *settings; /* slurm.tune */
    const cst_search *search;
    cst_slurm *slurm;
    char bin[PATH_MAX]; /* folder of this program */
    bool pilots;
    bool *asked;  /* of a trial at a rung, shape [trials, rungs] */
    bool called;  /* pilots were */
    int64_t last; /* number of the newest record */
};

/* ------------------------------------------------------------------------------------- the record
 */

static cst_code read_record(json_t **out, const char *folder, int64_t k, cst_error *err)
{
    char *path = cst_text_format(err, "%s/helpers-%lld.json", folder, (long long)k);
    cst_code rc = path ? CST_OK : CST_NOMEM;
    *out = NULL;
    if (rc == CST_OK && cst_file_exists(path))
        rc = cst_json_read(out, path, err);
    free(path);
    return rc;
}

/* The ids of a record's array that may live, appended to ids. CST_IO: Slurm does not answer. */
static cst_code find_jobs(json_t *ids, const json_t *record, const char *run, cst_slurm *slurm,
                          cst_error *err)
{
    cst_found found = {0};
    cst_error why = CST_ERROR_INIT;
    char *name = cst_script_name(run, helpers_step, cst_get_string(record, "nonce", ""), err);
    cst_code rc =
        name ? cst_slurm_find(slurm, &found, name, cst_get_int(record, "sent", 0), &why, err)
             : CST_NOMEM;
    if (rc == CST_OK && found.answer == CST_ANSWER_FAILED)
        rc = cst_error_set(err, CST_IO, "%s", why.text);
    for (size_t i = 0; i < found.count && rc == CST_OK; i++)
        if (cst_state_lives(found.jobs[i].state))
            rc = cst_json_append(ids, json_sprintf("%lld", (long long)found.jobs[i].id), err);
    cst_found_free(&found);
    free(name);
    return rc;
}

cst_code cst_helpers_jobs(json_t *ids, const char *folder, const char *run, cst_slurm *slurm,
                          cst_error *err)
{
    cst_code rc = CST_OK;
    for (int64_t k = 1; rc == CST_OK; k++) {
        json_t *record = NULL;
        rc = read_record(&record, folder, k, err);
        if (rc != CST_OK || !record)
            break;
        rc = find_jobs(ids, record, run, slurm, err);
        json_decref(record);
    }
    return rc;
}

static void mark_asked(cst_helpers *h, const json_t *record)
{
    const json_t *list = json_object_get(record, "work");
    const cst_schedule *schedule = &h->search->schedule;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        int64_t trial = json_integer_value(json_array_get(entry, 0));
        int64_t rung = json_integer_value(json_array_get(entry, 1));
        if (trial < schedule->trials && rung < (int64_t)schedule->rungs)
            h->asked[(size_t)trial * schedule->rungs + (size_t)rung] = true;
    }
    h->called = h->called || json_array_size(list) == 0;
}

/* Where Slurm does not answer, more is asked for than is needed, perhaps. */
static cst_code find_again(json_t *ids, const cst_helpers *h, const json_t *record, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    cst_code rc = find_jobs(ids, record, h->driver->run, h->slurm, &why);
    return rc == CST_OK || rc == CST_IO ? CST_OK : cst_error_set(err, rc, "%s", why.text);
}

/* What was asked for by a job before this one and is still in the queue. */
static cst_code recall(cst_helpers *h, cst_error *err)
{
    cst_code rc = CST_OK;
    for (int64_t k = 1; rc == CST_OK; k++) {
        json_t *record = NULL;
        json_t *ids = json_array();
        rc = ids ? read_record(&record, h->search->path, k, err) : cst_error_nomem(err, "job ids");
        if (rc == CST_OK && record)
            rc = find_again(ids, h, record, err);
        if (rc == CST_OK && json_array_size(ids) > 0)
            mark_asked(h, record);
        bool end = !record;
        json_decref(record);
        json_decref(ids);
        if (end)
            break;
        h->last = k;
    }
    return rc;
}

cst_code cst_helpers_new(cst_helpers **out, const cst_driver *driver, const json_t *step,
                         const cst_search *search, cst_slurm *slurm, cst_error *err)
{
    const json_t *settings = json_object_get(json_object_get(driver->plan, "slurm"), "tune");
    cst_helpers *h = cst_array_new(1, sizeof *h, "helpers", err);
    if (!h)
        return CST_NOMEM;
    *h = (cst_helpers){.driver = driver,
                       .step = step,
                       .settings = settings,
                       .search = search,
                       .slurm = slurm,
                       .pilots = !strcmp(cst_get_string(settings, "mode", ""), "pilots")};
    ssize_t size = readlink("/proc/self/exe", h->bin, sizeof h->bin - 1);
    cst_code rc =
        size > 0 ? CST_OK : cst_error_errno(err, "cannot find out where this program lies");
    if (rc == CST_OK)
        *strrchr(h->bin, '/') = '\0';
    if (rc == CST_OK &&
        !(h->asked = cst_array_new((size_t)search->schedule.trials * search->schedule.rungs,
                                   sizeof *h->asked, "trials", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = recall(h, err);
    if (rc == CST_OK)
        *out = h;
    else
        cst_helpers_free(h);
    return rc;
}

void cst_helpers_free(cst_helpers *helpers)
{
    if (helpers)
        free(helpers->asked);
    free(helpers);
}

/* ---------------------------------------------------------------------------------------- arrays
 */

size_t cst_array_split(cst_array_part *out, size_t room, int64_t tasks, int64_t most, int64_t limit)
{
    size_t count = 0;
    int64_t given = 0;
    for (int64_t offset = 0; offset < tasks; count++) {
        int64_t here = most > 0 && tasks - offset > most ? most : tasks - offset;
        int64_t share = limit * (offset + here) / tasks - given;
        if (limit > 0 && share < 1)
            share = 1;
        if (count < room)
            out[count] = (cst_array_part){.offset = offset, .tasks = here, .limit = share};
        given += share;
        offset += here;
    }
    return count;
}

/* "capstan pilot RUN --registry R … -- srun …" */
static cst_code add_call(cst_text *out, const cst_helpers *h, int64_t k, const cst_array_part *part,
                         cst_error *err)
{
    const json_t *srun = json_object_get(h->step, "srun");
    cst_code rc = cst_text_print(out, err, "exec capstan pilot %s --registry ", h->driver->run);
    if (rc == CST_OK)
        rc = cst_script_quote(out, cst_registry_path(h->driver->registry), err);
    if (rc == CST_OK && !h->pilots)
        rc = cst_text_print(out, err, " --array %lld --index $((%lld + SLURM_ARRAY_TASK_ID))",
                            (long long)k, (long long)part->offset);
    if (rc == CST_OK)
        rc = cst_text_puts(out, " --", err);
    for (size_t i = 0; i < json_array_size(srun) && rc == CST_OK; i++) {
        rc = cst_text_puts(out, " ", err);
        if (rc == CST_OK)
            rc = cst_script_quote(out, json_string_value(json_array_get(srun, i)), err);
    }
    return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
}

static cst_code make_script(cst_text *out, const cst_helpers *h, int64_t k, const char *nonce,
                            const cst_array_part *part, cst_error *err)
{
    char tasks[64];
    (void)snprintf(tasks, sizeof tasks, "0-%lld", (long long)part->tasks - 1);
    if (part->limit > 0)
        (void)snprintf(tasks + strlen(tasks), sizeof tasks - strlen(tasks), "%%%lld",
                       (long long)part->limit);
    const cst_script_run run = {.pipeline = cst_get_string(h->driver->plan, "pipeline", ""),
                                .run = h->driver->run,
                                .registry = cst_registry_path(h->driver->registry),
                                .bin = h->bin,
                                .slurm = json_object_get(h->driver->plan, "slurm")};
    const cst_script_job job = {.step = helpers_step,
                                .attempt = k,
                                .nonce = nonce,
                                .resources = json_object_get(h->step, "resources"),
                                .srun = json_object_get(h->step, "srun"),
                                .array = tasks};
    cst_code rc = cst_script_head(out, &run, &job, err);
    return rc == CST_OK ? add_call(out, h, k, part, err) : rc;
}

/* Its logs lie in runs/<run>/helpers/attempt-<k>, its scripts too. */
static cst_code send_part(const cst_helpers *h, int64_t k, const char *nonce,
                          const cst_array_part *part, cst_error *err)
{
    cst_text script = CST_TEXT_INIT;
    json_t *options = json_array();
    int64_t id = 0;
    int64_t submitted = 0;
    char *folder =
        cst_text_format(err, "%s/runs/%s/%s/attempt-%lld", cst_registry_path(h->driver->registry),
                        h->driver->run, helpers_step, (long long)k);
    char *path =
        folder ? cst_text_format(err, "%s/script-%lld", folder, (long long)part->offset) : NULL;
    cst_code rc = path && options ? cst_file_mkdirs(folder, err) : cst_error_nomem(err, "a script");
    if (rc == CST_OK)
        rc = make_script(&script, h, k, nonce, part, err);
    if (rc == CST_OK)
        rc = cst_file_publish(path, script.data, script.size, err);
    if (rc == CST_OK)
        rc = cst_slurm_submit(h->slurm, &id, &submitted, path, options, err);
    if (rc == CST_OK)
        cst_log_info(h->driver->log, "search: array %lld of %lld %s", (long long)id,
                     (long long)part->tasks, h->pilots ? "pilots" : "tasks");
    cst_text_free(&script);
    json_decref(options);
    free(folder);
    free(path);
    return rc;
}

/* Publish what is asked for, and send it. work is taken. */
static cst_code send(cst_helpers *h, json_t *work, int64_t tasks, cst_error *err)
{
    char nonce[CST_NONCE];
    cst_array_part part[PARTS_MOST];
    const cst_slurm_facts *facts = NULL;
    int64_t k = ++h->last;
    char *path = cst_text_format(err, "%s/helpers-%lld.json", h->search->path, (long long)k);
    cst_code rc = path ? cst_file_nonce(nonce, err) : CST_NOMEM;
    json_t *record = rc == CST_OK ? json_pack("{s:s, s:s, s:I, s:O}", "nonce", nonce, "mode",
                                              h->pilots ? "pilots" : "arrays", "sent",
                                              (json_int_t)(cst_clock_now() / 1000000), "work", work)
                                  : NULL;
    json_decref(work);
    if (rc == CST_OK)
        rc = record ? cst_json_publish(path, record, err) : cst_error_nomem(err, "a record");
    if (rc == CST_OK)
        rc = cst_slurm_get_facts(h->slurm, &facts, err);
    if (rc == CST_OK) {
        size_t parts = cst_array_split(part, PARTS_MOST, tasks, facts->max_array_size,
                                       h->pilots ? 0 : cst_get_int(h->settings, "limit", 0));
        for (size_t i = 0; i < parts && i < PARTS_MOST && rc == CST_OK; i++)
            rc = send_part(h, k, nonce, &part[i], err);
    }
    json_decref(record);
    free(path);
    return rc;
}

/* The work that nobody has begun or was asked for; the first of it is this job's own. */
static cst_code list_unasked(json_t *out, cst_helpers *h, const cst_work *work, size_t count,
                             cst_error *err)
{
    const cst_schedule *schedule = &h->search->schedule;
    cst_code rc = CST_OK;
    bool own = true;
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        size_t at = (size_t)work[i].trial * schedule->rungs + work[i].rung;
        if (h->asked[at] || h->search->cells[at].state != CST_TRIAL_OPEN)
            continue;
        h->asked[at] = true;
        if (!own)
            rc = cst_json_append(
                out, json_pack("[I,I]", (json_int_t)work[i].trial, (json_int_t)work[i].rung), err);
        own = false;
    }
    return rc;
}

cst_code cst_helpers_call(cst_helpers *h, const cst_work *work, size_t count, cst_error *err)
{
    cst_error refused = CST_ERROR_INIT;
    json_t *list = json_array();
    cst_code rc = list ? CST_OK : cst_error_nomem(err, "work");
    int64_t tasks = 0;
    if (rc == CST_OK && h->pilots) {
        tasks = h->called ? 0 : cst_get_int(h->settings, "workers", 1) - 1;
        h->called = true;
    } else if (rc == CST_OK) {
        int64_t pack = cst_get_int(h->settings, "pack", 1);
        rc = list_unasked(list, h, work, count, err);
        tasks = ((int64_t)json_array_size(list) + pack - 1) / pack;
    }
    if (rc != CST_OK || tasks == 0) {
        json_decref(list);
        return rc;
    }
    rc = send(h, list, tasks, &refused);
    if (rc == CST_OK || rc == CST_NOMEM)
        return rc;
    cst_log_warn(h->driver->log, "search: nobody helps, it goes on alone: %s", refused.text);
    return CST_OK;
}

cst_code cst_helpers_task(cst_work **out, size_t *count, const cst_search *search, int64_t k,
                          int64_t index, int64_t pack, cst_error *err)
{
    json_t *record = NULL;
    cst_work *work = cst_array_new((size_t)pack, sizeof *work, "trials", err);
    cst_code rc = work ? read_record(&record, search->path, k, err) : CST_NOMEM;
    if (rc == CST_OK && !record)
        rc = cst_error_set(err, CST_MISSING, "%s has no helpers-%lld.json", search->path,
                           (long long)k);
    const json_t *list = json_object_get(record, "work");
    size_t found = 0;
    for (int64_t i = index * pack; rc == CST_OK && i < (index + 1) * pack; i++) {
        const json_t *entry = json_array_get(list, (size_t)i);
        if (!entry)
            break;
        work[found++] = (cst_work){.trial = json_integer_value(json_array_get(entry, 0)),
                                   .rung = (size_t)json_integer_value(json_array_get(entry, 1))};
    }
    json_decref(record);
    if (rc != CST_OK) {
        free(work);
        return rc;
    }
    *out = work;
    *count = found;
    return CST_OK;
}

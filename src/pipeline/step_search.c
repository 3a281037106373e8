/* step_search.c - the step that searches for parameters: trials one after the other, then a report
 *
 * Its trials are programs; the step itself reads no rows and runs in whoever does it.
 */
#include "base/clock.h"
#include "base/text.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/pilot.h"
#include "pipeline/receipt.h"
#include "pipeline/run.h"
#include "slurm/submit.h"
#include "tune/report.h"

/* What search.json says. */
static cst_code define(json_t **out, const json_t *step, const json_t *plan, cst_error *err)
{
    const json_t *sections = json_object_get(step, "sections");
    json_t *features = json_copy(json_array_get(json_object_get(step, "inputs"), 0));
    if (features)
        (void)json_object_del(features, "role");
    *out = json_pack("{s:s, s:O, s:O, s:O, s:I, s:I}", "model",
                     cst_get_string(plan, "pipeline", ""), "features", features, "train",
                     json_object_get(sections, "train"), "tune", json_object_get(sections, "tune"),
                     "seed", (json_int_t)cst_get_int(plan, "seed", 0), "revision",
                     (json_int_t)cst_get_int(step, "revision", 0));
    json_decref(features);
    return *out ? CST_OK : cst_error_nomem(err, "a search");
}

/* Begun by whoever is first, in the folder that all attempts share. */
static cst_code open_search(cst_search *out, const cst_driver *driver, const json_t *step,
                            cst_error *err)
{
    json_t *definition = NULL;
    char *folder =
        cst_receipt_step_path(driver->registry, driver->run, cst_get_string(step, "id", ""), err);
    cst_code rc = folder ? define(&definition, step, driver->plan, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_search_begin(folder, definition, err);
    if (rc == CST_OK)
        rc = cst_search_open(out, folder, err);
    json_decref(definition);
    free(folder);
    return rc;
}

/* Who made the winning result, and when, as its receipt says: what the report's manifest says of
 * its making. *out stays NULL where nothing is known. */
static cst_code read_provenance(json_t **out, const cst_search *search, cst_error *err)
{
    cst_work winner;
    int64_t number = 0;
    json_t *claim = NULL;
    json_t *begin = NULL;
    if (!cst_rungs_winner(&winner, &search->schedule, search->cells))
        return CST_OK;
    char *folder = cst_search_rung_path(search, winner, err);
    cst_code rc = folder ? cst_search_read_claim(&claim, &number, search, winner, err) : CST_NOMEM;
    char *attempt =
        rc == CST_OK ? cst_text_format(err, "%s/attempt-%lld", folder, (long long)number) : NULL;
    if (rc == CST_OK)
        rc = attempt ? cst_receipt_read(&begin, attempt, "begin.json", err) : CST_NOMEM;
    if (rc == CST_OK)
        *out = json_incref(json_object_get(begin, "provenance"));
    json_decref(claim);
    json_decref(begin);
    free(attempt);
    free(folder);
    return rc;
}

/* What a pilot needs beside its driver. */
typedef struct {
    cst_search search;
    cst_slurm *slurm;     /* within a job */
    cst_helpers *helpers; /* of the step's own job */
} equipment;

static void put_away(equipment *e)
{
    cst_helpers_free(e->helpers);
    cst_slurm_free(e->slurm);
    cst_search_close(&e->search);
}

/* helped: others are asked for help. */
static cst_code equip(equipment *out, const cst_driver *driver, const json_t *step, bool helped,
                      cst_error *err)
{
    bool job = strcmp(driver->engine, "slurm") == 0 && getenv("SLURM_JOB_ID");
    cst_code rc = open_search(&out->search, driver, step, err);
    if (rc == CST_OK && job)
        rc = cst_slurm_new(&out->slurm, 0, err);
    if (rc == CST_OK && job && helped)
        rc = cst_helpers_new(&out->helpers, driver, step, &out->search, out->slurm, err);
    return rc;
}

static cst_pilot pilot_of(equipment *e, const cst_driver *driver, const json_t *step)
{
    enum { MOST_PAUSE = 30, LOST_AFTER = 600 /* seconds */ };
    const json_t *slurm = json_object_get(driver->plan, "slurm");
    int64_t poll = cst_get_duration(slurm, "poll", 0) / 1000000;
    return (cst_pilot){.driver = driver,
                       .search = &e->search,
                       .ranks = cst_get_int(step, "ranks", 1),
                       .slurm = e->slurm,
                       .lost_after =
                           cst_get_duration(slurm, "lost_after", LOST_AFTER * (int64_t)1000000) /
                           1000000,
                       .helpers = e->helpers,
                       .most_pause = poll > 0 ? poll : MOST_PAUSE};
}

cst_code cst_step_pilot(const cst_driver *driver, const json_t *step, int64_t array, int64_t index,
                        cst_error *err)
{
    equipment e = {0};
    cst_work *work = NULL;
    size_t count = 0;
    const json_t *settings = json_object_get(json_object_get(driver->plan, "slurm"), "tune");
    cst_code rc = equip(&e, driver, step, false, err);
    const cst_pilot pilot = pilot_of(&e, driver, step);
    if (rc == CST_OK && array > 0)
        rc = cst_helpers_task(&work, &count, &e.search, array, index,
                              cst_get_int(settings, "pack", 1), err);
    if (rc == CST_OK)
        rc = array > 0 ? cst_pilot_do(&pilot, work, count, err) : cst_pilot_work(&pilot, err);
    free(work);
    put_away(&e);
    return rc;
}

/* Those that help are no longer needed; where Slurm does not answer they find that out. */
static void dismiss(const equipment *e, const cst_driver *driver)
{
    cst_error why = CST_ERROR_INIT;
    json_t *ids = json_array();
    if (ids && e->helpers &&
        cst_helpers_jobs(ids, e->search.path, driver->run, e->slurm, &why) == CST_OK &&
        json_array_size(ids) > 0)
        (void)cst_slurm_cancel(e->slurm, ids, &why);
    if (why.code != CST_OK)
        cst_log_warn(driver->log, "search: %s", why.text);
    json_decref(ids);
}

/* Left behind they take room and do no harm. */
static void forget_checkpoints(const cst_search *search, const cst_driver *driver)
{
    cst_error why = CST_ERROR_INIT;
    if (cst_search_forget(search, &why) != CST_OK)
        cst_log_warn(driver->log, "search: %s", why.text);
}

/* Work, and publish what was found; *version is the report. */
static cst_code find_winner(cst_version **version, const cst_driver *driver, const json_t *step,
                            cst_error *err)
{
    equipment e = {0};
    json_t *provenance = NULL;
    cst_code rc = equip(&e, driver, step, true, err);
    const cst_pilot pilot = pilot_of(&e, driver, step);
    if (rc == CST_OK)
        rc = cst_pilot_work(&pilot, err);
    if (rc != CST_STOPPED) /* stopped it comes back, and others may go on meanwhile */
        dismiss(&e, driver);
    if (rc == CST_OK)
        rc = read_provenance(&provenance, &e.search, err);
    if (rc == CST_OK)
        rc = cst_search_publish(version, &e.search, driver->registry, provenance, err);
    if (rc == CST_OK || rc == CST_SKIPPED)
        forget_checkpoints(&e.search, driver);
    json_decref(provenance);
    put_away(&e);
    return rc;
}

cst_code cst_step_search(json_t **end, const cst_driver *driver, const json_t *step,
                         const char *attempt, cst_error *err)
{
    cst_version *version = NULL;
    json_t *outputs = json_array();
    cst_error why = CST_ERROR_INIT;
    double began = cst_clock_elapsed();
    cst_code rc = outputs ? cst_receipt_begin(attempt, step, err) : cst_error_nomem(err, "a step");
    if (rc != CST_OK)
        goto out;
    cst_code searched = find_winner(&version, driver, step, &why);
    if (version)
        rc = cst_json_append(outputs, cst_version_to_json(version, err), err);
    if (rc != CST_OK)
        goto out;
    *end = json_pack("{s:s, s:i, s:s, s:O, s:O, s:f}", "class", cst_code_word(searched), "status",
                     cst_code_status(searched), "message", why.text, "outputs", outputs, "inputs",
                     json_object_get(step, "inputs"), "seconds", cst_clock_elapsed() - began);
    rc = *end ? cst_receipt_end(attempt, *end, err) : cst_error_nomem(err, "a receipt");
out:
    json_decref(outputs);
    cst_version_free(version);
    return rc;
}

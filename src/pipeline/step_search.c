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

/* Until no trial is left. *out is open where the code is CST_OK. */
static cst_code work(cst_search *out, const cst_driver *driver, const json_t *step, cst_error *err)
{
    enum { MOST_PAUSE = 30 /* seconds */ };
    cst_code rc = open_search(out, driver, step, err);
    const cst_pilot pilot = {.driver = driver,
                             .search = out,
                             .ranks = cst_get_int(step, "ranks", 1),
                             .most_pause = MOST_PAUSE};
    if (rc == CST_OK && (rc = cst_pilot_work(&pilot, err)) != CST_OK)
        cst_search_close(out);
    return rc;
}

cst_code cst_step_pilot(const cst_driver *driver, const json_t *step, cst_error *err)
{
    cst_search search = {0};
    cst_code rc = work(&search, driver, step, err);
    cst_search_close(&search);
    return rc;
}

/* Work, and publish what was found; *version is the report. */
static cst_code find_winner(cst_version **version, const cst_driver *driver, const json_t *step,
                            cst_error *err)
{
    cst_search search = {0};
    json_t *provenance = NULL;
    cst_code rc = work(&search, driver, step, err);
    if (rc == CST_OK)
        rc = read_provenance(&provenance, &search, err);
    if (rc == CST_OK)
        rc = cst_search_publish(version, &search, driver->registry, provenance, err);
    json_decref(provenance);
    cst_search_close(&search);
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

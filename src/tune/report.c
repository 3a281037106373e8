/* report.c - what a search has found, as a version of the registry */
#include "tune/report.h"

#include "config/json.h"
#include "config/option.h"
#include "tune/draw.h"

/* A trial's parameters alone, without what the train section says anyway. */
static cst_code drawn_params(json_t **out, const cst_search *search, int64_t trial, cst_error *err)
{
    const json_t *tune = json_object_get(search->definition, "tune");
    return cst_draw_trial(out, json_object_get(tune, "space"),
                          (uint64_t)cst_get_int(search->definition, "seed", 0), trial, err);
}

static cst_code copy_keys(json_t *to, const json_t *from, const char *const *keys, cst_error *err)
{
    cst_code rc = CST_OK;
    for (; *keys && rc == CST_OK; keys++) {
        json_t *value = json_object_get(from, *keys);
        if (value)
            rc = cst_json_put(to, *keys, json_incref(value), err);
    }
    return rc;
}

/* One rung of one trial; appended where it has a result. */
static cst_code add_rung(json_t *rungs, const cst_search *search, cst_work work, cst_error *err)
{
    static const char *const keys[] = {"steps", "training_loss", "validation_loss", "stopped_early",
                                       NULL};
    const cst_trial_cell *cell = CST_CELL(&search->schedule, search->cells, work.trial, work.rung);
    json_t *result = NULL;
    if (cell->state != CST_TRIAL_DONE && cell->state != CST_TRIAL_FAILED)
        return CST_OK;
    cst_code rc = cst_search_read_result(&result, search, work, err);
    json_t *entry = json_pack("{s:I}", "rung", (json_int_t)work.rung);
    if (rc == CST_OK && cell->state == CST_TRIAL_FAILED)
        rc = cst_json_put(entry, "failed", json_string(cst_get_string(result, "message", "")), err);
    if (rc == CST_OK && cell->state == CST_TRIAL_DONE)
        rc = copy_keys(entry, result, keys, err);
    if (rc == CST_OK)
        rc = cst_json_append(rungs, json_incref(entry), err);
    json_decref(entry);
    json_decref(result);
    return rc;
}

static cst_code add_trial(json_t *trials, const cst_search *search, int64_t trial, cst_error *err)
{
    json_t *params = NULL;
    json_t *rungs = json_array();
    cst_code rc =
        rungs ? drawn_params(&params, search, trial, err) : cst_error_nomem(err, "a report");
    for (size_t r = 0; r < search->schedule.rungs && rc == CST_OK; r++)
        rc = add_rung(rungs, search, (cst_work){.trial = trial, .rung = r}, err);
    if (rc == CST_OK)
        rc = cst_json_append(trials,
                             json_pack("{s:I, s:O, s:O}", "trial", (json_int_t)trial, "params",
                                       params, "rungs", rungs),
                             err);
    json_decref(params);
    json_decref(rungs);
    return rc;
}

/* Why the first trial that failed did, for a search without a winner. */
static cst_code say_no_winner(const cst_search *search, cst_error *err)
{
    json_t *result = NULL;
    cst_error ignored = CST_ERROR_INIT;
    (void)cst_search_read_result(&result, search,
                                 (cst_work){.trial = 0, .rung = search->schedule.bracket[0].rung},
                                 &ignored);
    cst_code rc = cst_error_set(
        err, CST_FAILED, "no trial of %lld has a validation loss; the first one: %s",
        (long long)search->schedule.trials, cst_get_string(result, "message", "it has no result"));
    json_decref(result);
    return rc;
}

static cst_code put_winner(json_t *report, const cst_search *search, cst_error *err)
{
    static const char *const keys[] = {"steps", "validation_loss", NULL};
    cst_work winner;
    json_t *params = NULL;
    json_t *result = NULL;
    if (!cst_rungs_winner(&winner, &search->schedule, search->cells))
        return say_no_winner(search, err);
    cst_code rc = drawn_params(&params, search, winner.trial, err);
    if (rc == CST_OK)
        rc = cst_search_read_result(&result, search, winner, err);
    json_t *entry = json_pack("{s:I, s:I, s:O*}", "trial", (json_int_t)winner.trial, "rung",
                              (json_int_t)winner.rung, "params", params);
    if (rc == CST_OK)
        rc = entry ? copy_keys(entry, result, keys, err) : cst_error_nomem(err, "a report");
    if (rc == CST_OK)
        rc = cst_json_put(report, "winner", json_incref(entry), err);
    json_decref(entry);
    json_decref(params);
    json_decref(result);
    return rc;
}

cst_code cst_search_report(json_t **out, const cst_search *search, cst_error *err)
{
    static const char *const keys[] = {"method", "asynchronous", "rungs", "eta", "space", NULL};
    json_t *report = json_object();
    json_t *trials = json_array();
    cst_code rc = report && trials
                      ? copy_keys(report, json_object_get(search->definition, "tune"), keys, err)
                      : cst_error_nomem(err, "a report");
    for (int64_t t = 0; t < search->schedule.trials && rc == CST_OK; t++)
        rc = add_trial(trials, search, t, err);
    if (rc == CST_OK)
        rc = cst_json_put(report, "trials", json_incref(trials), err);
    if (rc == CST_OK)
        rc = put_winner(report, search, err);
    json_decref(trials);
    if (rc == CST_OK)
        *out = report;
    else
        json_decref(report);
    return rc;
}

/* Figures for list and show. */
static json_t *summary_of(const json_t *report)
{
    const json_t *winner = json_object_get(report, "winner");
    return json_pack("{s:I, s:I, s:O*, s:O*, s:O*}", "trials",
                     (json_int_t)json_array_size(json_object_get(report, "trials")), "winner",
                     (json_int_t)cst_get_int(winner, "trial", 0), "validation_loss",
                     json_object_get(winner, "validation_loss"), "steps",
                     json_object_get(winner, "steps"), "asynchronous",
                     json_object_get(report, "asynchronous"));
}

static cst_code find_features(cst_version **out, const cst_search *search, cst_registry *registry,
                              cst_error *err)
{
    const json_t *features = json_object_get(search->definition, "features");
    char *reference = cst_text_format(err, "sha256:%s", cst_get_string(features, "id", ""));
    cst_code rc =
        reference ? cst_registry_find(out, registry, CST_KIND_FEATURES, reference, err) : CST_NOMEM;
    free(reference);
    return rc;
}

/* The files and inputs of the report. */
static cst_code fill_draft(cst_draft *draft, const cst_search *search, const json_t *report,
                           cst_registry *registry, cst_error *err)
{
    cst_version *features = NULL;
    cst_code rc = cst_draft_add_json(draft, "search.json", report, false, err);
    if (rc == CST_OK)
        rc = find_features(&features, search, registry, err);
    if (rc == CST_OK)
        rc = cst_draft_add_input(draft, "features", features, err);
    cst_version_free(features);
    return rc;
}

cst_code cst_search_publish(cst_version **out, const cst_search *search, cst_registry *registry,
                            const json_t *provenance, cst_error *err)
{
    const json_t *definition = search->definition;
    cst_draft *draft = NULL;
    json_t *report = NULL;
    json_t *params = json_pack("{s:O, s:O}", "train", json_object_get(definition, "train"), "tune",
                               json_object_get(definition, "tune"));
    char *name = cst_text_format(err, "%s-search", cst_get_string(definition, "model", ""));
    cst_code rc = name ? cst_search_report(&report, search, err) : CST_NOMEM;
    json_t *summary = report ? summary_of(report) : NULL;
    if (rc == CST_OK && (!params || !summary))
        rc = cst_error_nomem(err, "a report");
    if (rc == CST_OK)
        rc = cst_draft_new(&draft, registry, CST_KIND_REPORT, name, err);
    if (rc == CST_OK)
        rc = fill_draft(draft, search, report, registry, err);
    cst_recipe recipe = {.stage = "search",
                         .revision = (int)cst_get_int(definition, "revision", 0),
                         .params = params,
                         .seed = (uint64_t)cst_get_int(definition, "seed", 0),
                         .summary = summary,
                         .provenance = provenance};
    if (rc == CST_OK)
        rc = cst_draft_publish(out, draft, &recipe, CST_PARENT_ANY, err);
    cst_draft_free(draft);
    json_decref(report);
    json_decref(params);
    json_decref(summary);
    free(name);
    return rc;
}

/* trial.c - one trial of a search, trained to the end of a rung, and its result */
#include "stage/trial.h"

#include <math.h>

#include "base/clock.h"
#include "base/file.h"
#include "config/json.h"
#include "stage/train_parts.h"

/* A trial under way. */
typedef struct {
    const cst_stage *stage;
    double began;
    cst_work work;
    cst_search search;     /* rank 0 */
    json_t *setup;         /* {"features", "seed", "limit", "checkpoints", "params" or "wrong"} */
    cst_version *features; /* NULL before they are found */
    cst_training_rows rows;
    cst_trained trained;
} trying;

/* Rank 0. Parameters that cannot be are the trial's failure, not the search's. */
static cst_code put_params(trying *t, cst_error *err)
{
    json_t *drawn = NULL;
    json_t *checked = NULL;
    json_t *params = NULL;
    cst_error why = CST_ERROR_INIT;
    cst_code rc = cst_search_params(&drawn, &t->search, t->work.trial, err);
    if (rc == CST_OK &&
        cst_section_check(&checked, drawn, NULL, "search.json", &cst_section_train, &why) != CST_OK)
        rc = cst_json_put(t->setup, "wrong", json_string(why.text), err);
    if (rc == CST_OK && checked)
        rc = cst_section_resolved(&params, checked, &cst_section_train, err);
    if (rc == CST_OK && checked)
        rc = cst_json_put(t->setup, "interval",
                          json_integer(cst_get_duration(checked, "checkpoint", 0)), err);
    if (rc == CST_OK && params)
        rc = cst_json_put(t->setup, "params", json_incref(params), err);
    json_decref(drawn);
    json_decref(checked);
    json_decref(params);
    return rc;
}

/* Rank 0. CST_SKIPPED where there is a result already. */
static cst_code check_work(const trying *t, cst_error *err)
{
    const cst_schedule *schedule = &t->search.schedule;
    json_t *result = NULL;
    if (t->work.trial >= schedule->trials || t->work.rung >= schedule->rungs)
        return cst_error_set(err, CST_USAGE, "the search has trials 0 to %lld and rungs 0 to %zu",
                             (long long)schedule->trials - 1, schedule->rungs - 1);
    cst_code rc = cst_search_read_result(&result, &t->search, t->work, err);
    if (rc == CST_OK && result)
        rc = cst_error_set(err, CST_SKIPPED, "trial %lld has a result at rung %zu already",
                           (long long)t->work.trial, t->work.rung);
    json_decref(result);
    return rc;
}

/* Rank 0: what all must know. */
static cst_code read_setup(trying *t, cst_error *err)
{
    cst_code rc = cst_search_open(&t->search, cst_get_string(t->stage->options, "search", ""), err);
    if (rc == CST_OK)
        rc = check_work(t, err);
    if (rc != CST_OK)
        return rc;
    const json_t *definition = t->search.definition;
    char *folder = cst_search_checkpoints_path(&t->search, t->work.trial, err);
    t->setup = json_pack("{s:s*, s:s, s:I, s:I}", "checkpoints", folder, "features",
                         cst_get_string(json_object_get(definition, "features"), "id", ""), "seed",
                         (json_int_t)cst_get_int(definition, "seed", 0), "limit",
                         (json_int_t)t->search.schedule.steps[t->work.rung]);
    rc = folder && t->setup ? put_params(t, err) : cst_error_nomem(err, "a trial");
    free(folder);
    return rc;
}

/* Collective. */
static cst_code read_features(trying *t, cst_error *err)
{
    char *reference = cst_text_format(err, "sha256:%s", cst_get_string(t->setup, "features", ""));
    cst_code rc = cst_comm_agree(t->stage->comm, reference ? CST_OK : CST_NOMEM, err);
    if (rc == CST_OK)
        rc = cst_stage_find(&t->features, t->stage, CST_KIND_FEATURES, reference, err);
    free(reference);
    if (rc == CST_OK)
        rc = cst_training_read_rows(&t->rows, t->stage->comm, t->features, err);
    if (rc == CST_OK && (!t->rows.validation || t->rows.validation->total == 0))
        rc = cst_error_set(err, CST_USAGE,
                           "features %s@%lld have no validation rows, and a search compares "
                           "trials on them: give prepare.split a validation share",
                           t->features->name, (long long)t->features->number);
    return rc;
}

/* How it is kept and stopped. Collective. */
static cst_code make_control(cst_train_control *out, const trying *t, cst_error *err)
{
    *out = (cst_train_control){.folder = cst_get_string(t->setup, "checkpoints", NULL),
                               .resume = true,
                               .interval = cst_get_int(t->setup, "interval", 0),
                               .limit = cst_get_int(t->setup, "limit", 0)};
    cst_code rc =
        cst_training_digest(&out->recipe, t->features, json_object_get(t->setup, "params"),
                            (uint64_t)cst_get_int(t->setup, "seed", 0), err);
    if (rc == CST_OK && t->stage->comm->rank == 0)
        rc = cst_training_stop_at(&out->stop_at, err);
    return cst_comm_agree(t->stage->comm, rc, err);
}

/* Is this what a learner says of its parameters and rows, and not what a machine does to it? */
static bool is_trials_own(cst_code rc)
{
    return rc == CST_USAGE || rc == CST_INVALID || rc == CST_FAILED;
}

/* *failed is set where the trial is to blame; it then has a result. Collective. */
static cst_code train(trying *t, cst_error *failed, cst_error *err)
{
    const json_t *params = json_object_get(t->setup, "params");
    const cst_learner *learner = cst_learner_find(cst_get_string(params, "model", "gbdt"));
    cst_task task = {.training = t->rows.training,
                     .validation = t->rows.validation,
                     .params = params,
                     .seed = (uint64_t)cst_get_int(t->setup, "seed", 0)};
    cst_train_control control;
    json_t *transform_json = NULL;
    cst_transform *transform = NULL;
    cst_code rc = learner
                      ? cst_version_read_json(&transform_json, t->features, "transform.json", err)
                      : cst_error_set(err, CST_INVALID, "this program has no such learner");
    if (rc == CST_OK)
        rc = cst_training_objective(&task.objective, &transform, params, transform_json, err);
    rc = cst_comm_agree(t->stage->comm, rc, err);
    if (rc == CST_OK)
        rc = make_control(&control, t, err);
    if (rc == CST_OK) {
        rc =
            cst_train(&t->trained, t->stage->comm, learner, &task, &control, t->stage->log, failed);
        if (is_trials_own(rc))
            rc = CST_OK;
        else if (rc != CST_OK)
            rc = cst_error_set(err, rc, "%s", failed->text);
    }
    cst_transform_free(transform);
    json_decref(transform_json);
    return rc;
}

/* ---------------------------------------------------------------------------------- its result */

/* The losses that count: with early stopping those of the steps that would be kept. */
static const json_t *best_entry(const trying *t)
{
    const json_t *metrics = t->trained.metrics;
    bool early = cst_get_int(json_object_get(t->setup, "params"), "early_stopping", 0) > 0;
    const json_t *best = json_array_get(metrics, json_array_size(metrics) - 1);
    double least = cst_get_real(best, "validation_loss", NAN);
    for (size_t i = json_array_size(metrics); i > 0 && early; i--) {
        const json_t *entry = json_array_get(metrics, i - 1);
        double loss = cst_get_real(entry, "validation_loss", NAN);
        if (loss <= least) {
            least = loss;
            best = entry;
        }
    }
    return best;
}

/* It has made fewer steps than the rung allows: more would not have helped. */
static bool stopped_early(const trying *t)
{
    int64_t limit = cst_get_int(t->setup, "limit", 0);
    int64_t steps = t->trained.standing.steps;
    int64_t allowed = limit > 0 && limit < steps ? limit : steps;
    return t->trained.done && t->trained.standing.step < allowed;
}

/* New reference or NULL. failed: why there is no loss, or NULL. */
static json_t *make_result(const trying *t, const char *failed)
{
    const json_t *best = failed ? NULL : best_entry(t);
    json_t *result = json_pack(
        "{s:s, s:s, s:I, s:I, s:O*, s:f}", "class", failed ? "failed" : "done", "message",
        failed ? failed : "", "trial", (json_int_t)t->work.trial, "rung", (json_int_t)t->work.rung,
        "params", json_object_get(t->setup, "params"), "seconds", cst_clock_elapsed() - t->began);
    if (!result || failed)
        return result;
    json_t *figures =
        json_pack("{s:I, s:O*, s:O*, s:b}", "steps", (json_int_t)t->trained.standing.step,
                  "training_loss", json_object_get(best, "training_loss"), "validation_loss",
                  json_object_get(best, "validation_loss"), "stopped_early", stopped_early(t));
    if (!figures || json_object_update(result, figures) != 0) {
        json_decref(result);
        result = NULL;
    }
    json_decref(figures);
    return result;
}

/* The losses of every step, a line each. Rank 0. */
static cst_code publish_metrics(const trying *t, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_error why = CST_ERROR_INIT;
    char *folder = cst_search_rung_path(&t->search, t->work, err);
    char *path = folder ? cst_file_join(folder, "metrics.jsonl", err) : NULL;
    cst_code rc = path ? cst_file_mkdirs(folder, err) : CST_NOMEM;
    for (size_t i = 0; i < json_array_size(t->trained.metrics) && rc == CST_OK; i++) {
        rc = cst_json_canonical(&text, json_array_get(t->trained.metrics, i), err);
        if (rc == CST_OK)
            rc = cst_text_puts(&text, "\n", err);
    }
    if (rc == CST_OK) {
        rc = cst_file_publish(path, text.size ? text.data : "", text.size, &why);
        if (rc == CST_EXISTS) /* of an attempt that came no further: the same bytes */
            rc = CST_OK;
        else if (rc != CST_OK)
            rc = cst_error_set(err, rc, "%s", why.text);
    }
    cst_text_free(&text);
    free(folder);
    free(path);
    return rc;
}

static cst_code give_result(cst_stage_result *out, const trying *t, const json_t *result,
                            cst_error *err)
{
    const char *message = cst_get_string(result, "message", "");
    out->line = *message ? cst_text_format(err, "trial %lld, rung %zu: failed: %s",
                                           (long long)t->work.trial, t->work.rung, message)
                         : cst_text_format(err, "trial %lld, rung %zu: validation loss %.6g",
                                           (long long)t->work.trial, t->work.rung,
                                           cst_get_real(result, "validation_loss", NAN));
    out->extra = json_deep_copy(result);
    out->rows_read = out->rows_kept = t->rows.training ? t->rows.training->total : 0;
    if (!out->line || !out->extra)
        return cst_error_nomem(err, "the result");
    return t->features ? cst_stage_add(&out->inputs, t->features, err) : CST_OK;
}

/* Rank 0. */
static cst_code publish(cst_stage_result *out, const trying *t, const char *failed, cst_error *err)
{
    if (!failed && !isfinite(cst_get_real(best_entry(t), "validation_loss", NAN)))
        failed = "the validation loss is not a number";
    json_t *result = make_result(t, failed);
    cst_code rc = result ? CST_OK : cst_error_nomem(err, "a result");
    if (rc == CST_OK && t->trained.metrics)
        rc = publish_metrics(t, err);
    if (rc == CST_OK)
        rc = cst_search_publish_result(&t->search, t->work, result, err);
    if (rc == CST_OK)
        rc = give_result(out, t, result, err);
    json_decref(result);
    return rc;
}

/* Collective. */
static cst_code try_params(cst_stage_result *out, trying *t, cst_error *err)
{
    cst_error failed = CST_ERROR_INIT;
    const char *wrong = cst_get_string(t->setup, "wrong", NULL);
    cst_code rc = wrong ? CST_OK : read_features(t, err);
    if (rc == CST_OK && !wrong)
        rc = train(t, &failed, err);
    if (rc != CST_OK)
        return rc;
    if (!wrong && failed.code != CST_OK)
        wrong = failed.text;
    rc = t->stage->comm->rank == 0 ? publish(out, t, wrong, err) : CST_OK;
    return cst_comm_agree(t->stage->comm, rc, err);
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    trying t = {.stage = stage,
                .began = cst_clock_elapsed(),
                .work = {.trial = cst_get_int(stage->options, "trial", 0),
                         .rung = (size_t)cst_get_int(stage->options, "rung", 0)}};
    cst_code rc = stage->comm->rank == 0 ? read_setup(&t, err) : CST_OK;
    rc = cst_stage_share(&t.setup, stage->comm, rc, "the trial", err);
    if (rc == CST_OK)
        rc = try_params(out, &t, err);
    cst_search_close(&t.search);
    json_decref(t.setup);
    cst_version_free(t.features);
    cst_training_rows_free(&t.rows);
    cst_trained_free(&t.trained);
    return rc;
}

const cst_stage_kind cst_stage_trial = {
    .command = &cst_command_trial,
    .sections = NULL,
    .revision = CST_TRIAL_REVISION,
    .stops = true,
    .run = run,
};

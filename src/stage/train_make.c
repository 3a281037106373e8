/* train_make.c - a model version in the making */
#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "stage/golden.h"
#include "stage/train_parts.h"
#include "store/rows.h"

static void run_end(cst_training_run *run)
{
    cst_version_free(run->held_out);
    json_decref(run->transform);
    json_decref(run->schema);
    json_decref(run->reference);
    cst_training_rows_free(&run->rows);
    cst_trained_free(&run->trained);
    cst_text_free(&run->model);
    cst_bundle_free(run->bundle);
    cst_table_free(run->test);
    cst_table_free(run->scores);
    json_decref(run->golden);
    cst_text_free(&run->card);
    free(run->winner);
}

/* The id of a version's input of a role, as a reference. NULL with err set where there is none. */
static char *input_reference(const cst_version *version, const char *role, cst_error *err)
{
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(version->manifest, "inputs"), i,
                       input) if (strcmp(cst_get_string(input, "role", ""), role) ==
                                  0) return cst_text_format(err, "sha256:%s",
                                                            cst_get_string(input, "id", ""));
    cst_error_set(err, CST_INVALID, "%s %s@%lld has no input \"%s\"", cst_kind_name(version->kind),
                  version->name, (long long)version->number, role);
    return NULL;
}

/* The challenger and the features whose test rows it was held against. Collective. */
static cst_code find_challenger(cst_training_run *run, cst_error *err)
{
    const cst_stage *stage = run->stage;
    cst_code rc =
        cst_stage_find(&run->made->challenger, stage, CST_KIND_MODEL, run->training->refit, err);
    if (rc != CST_OK)
        return rc;
    char *reference = input_reference(run->made->challenger, "features", err);
    rc = cst_comm_agree(stage->comm, reference ? CST_OK : CST_INVALID, err);
    if (rc == CST_OK)
        rc = cst_stage_find(&run->held_out, stage, CST_KIND_FEATURES, reference, err);
    free(reference);
    return rc;
}

/* The challenger's own params, for the trees that it kept. */
static cst_code refit_params(cst_training_run *run, cst_error *err)
{
    const json_t *manifest = run->made->challenger->manifest;
    const json_t *params = json_object_get(manifest, "params");
    const json_t *features = json_object_get(run->made->features->manifest, "params");
    json_t *copied = json_deep_copy(params);
    if (!copied)
        return cst_error_nomem(err, "params");
    if (!cst_get_bool(features, "all", false)) {
        json_decref(copied);
        return cst_error_set(err, CST_USAGE,
                             "--refit trains on every row: make the features with prepare --all");
    }
    run->made->params = copied;
    if (json_object_update(copied, json_object_get(manifest, "resolved")) != 0)
        return cst_error_nomem(err, "params");
    if (json_object_get(copied, "early_stopping"))
        return cst_json_put(copied, "early_stopping", json_integer(0), err);
    return CST_OK;
}

/* The section as it was given, the winner's parameters above it. */
static cst_code searched_params(json_t **out, const cst_training_run *run, cst_error *err)
{
    const cst_version *search = run->made->search;
    json_t *report = NULL;
    json_t *params = NULL;
    cst_code rc = cst_version_read_json(&report, search, "search.json", err);
    json_t *winner = json_object_get(json_object_get(report, "winner"), "params");
    if (rc == CST_OK && !(params = json_copy((json_t *)run->training->params)))
        rc = cst_error_nomem(err, "params");
    if (rc == CST_OK && json_object_update(params, winner) != 0)
        rc = cst_error_set(err, CST_INVALID, "report %s@%lld names no winner", search->name,
                           (long long)search->number);
    if (rc == CST_OK)
        rc = cst_section_check(out, params, NULL, search->name, &cst_section_train, err);
    json_decref(report);
    json_decref(params);
    return rc;
}

static cst_code own_params(cst_training_run *run, cst_error *err)
{
    json_t *searched = NULL;
    cst_code rc = run->made->search ? searched_params(&searched, run, err) : CST_OK;
    if (rc == CST_OK)
        rc = cst_section_resolved(&run->made->params, searched ? searched : run->training->params,
                                  &cst_section_train, err);
    json_decref(searched);
    return rc;
}

/* The versions that are read, and the recipe. Collective. */
static cst_code find_inputs(cst_training_run *run, cst_error *err)
{
    cst_code rc = cst_stage_find(&run->made->features, run->stage, CST_KIND_FEATURES,
                                 run->training->features, err);
    if (rc == CST_OK && run->training->refit)
        rc = find_challenger(run, err);
    if (rc == CST_OK && run->training->search)
        rc = cst_stage_find(&run->made->search, run->stage, CST_KIND_REPORT, run->training->search,
                            err);
    if (rc != CST_OK)
        return rc;
    rc = run->training->refit ? refit_params(run, err) : own_params(run, err);
    return cst_comm_agree(run->stage->comm, rc, err);
}

/* Collective. */
static cst_code read_features(cst_training_run *run, cst_error *err)
{
    const cst_version *features = run->made->features;
    cst_code rc = cst_version_read_json(&run->transform, features, "transform.json", err);
    if (rc == CST_OK)
        rc = cst_version_read_json(&run->schema, features, "schema.json", err);
    if (rc == CST_OK)
        rc = cst_version_read_json(&run->reference, features, "reference.json", err);
    rc = cst_comm_agree(run->stage->comm, rc, err);
    if (rc == CST_OK)
        rc = cst_training_read_rows(&run->rows, run->stage->comm, features, err);
    if (rc == CST_OK)
        rc = cst_bundle_test_rows(&run->test, run->stage, run->held_out ? run->held_out : features,
                                  err);
    return rc;
}

/* The losses of the model that is kept: with early stopping, not the last ones. */
static const json_t *kept_metrics(const cst_training_run *run)
{
    const json_t *metrics = run->trained.metrics;
    int64_t trees = cst_get_int(run->trained.resolved, "trees", -1);
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(metrics, i, entry) if (cst_get_int(entry, "step", 0) == trees) return entry;
    return json_array_get(metrics, json_array_size(metrics) - 1);
}

/* What was reached, in a line. */
static void tell(const cst_training_run *run)
{
    const json_t *kept = kept_metrics(run);
    const json_t *validation = json_object_get(kept, "validation_loss");
    char note[64] = "";
    if (validation)
        (void)snprintf(note, sizeof note, ", validation loss %.5f", json_number_value(validation));
    cst_log_info(run->stage->log, "%s: %lld rows, step %lld of %lld kept, training loss %.5f%s",
                 cst_model_learner(run->bundle->model), (long long)run->rows.training->total,
                 (long long)cst_get_int(kept, "step", 0), (long long)run->trained.standing.step,
                 json_number_value(json_object_get(kept, "training_loss")), note);
}

/* Collective. */
static cst_code train(cst_training_run *run, cst_error *err)
{
    const cst_stage *stage = run->stage;
    cst_transform *transform = NULL;
    cst_train_control control;
    cst_task task = {.training = run->rows.training,
                     .validation = run->rows.validation,
                     .params = run->made->params,
                     .seed = run->training->seed};
    const cst_learner *learner =
        cst_learner_find(cst_get_string(run->made->params, "model", "gbdt"));
    cst_code rc = learner ? cst_training_objective(&task.objective, &transform, run->made->params,
                                                   run->transform, err)
                          : cst_error_set(err, CST_INVALID, "this program has no such learner");
    rc = cst_comm_agree(stage->comm, rc, err);
    if (rc == CST_OK && run->training->control)
        rc = cst_training_control(&control, run, err);
    if (rc == CST_OK)
        rc = cst_train(&run->trained, stage->comm, learner, &task,
                       run->training->control ? &control : NULL, stage->log, err);
    cst_transform_free(transform);
    if (rc != CST_OK)
        return rc;
    rc = cst_tensors_encode(&run->model, run->trained.model, err);
    if (rc == CST_OK)
        rc = cst_bundle_new(&run->bundle, run->transform, run->model.data, run->model.size,
                            "model.safetensors", err);
    if (rc == CST_OK)
        tell(run);
    return cst_comm_agree(stage->comm, rc, err);
}

static cst_code make_summary(cst_training_run *run, cst_error *err)
{
    json_t *out = run->made->summary = json_object();
    const json_t *metrics = kept_metrics(run);
    static const char *const losses[] = {"training_loss", "validation_loss"};
    cst_code rc =
        cst_json_put(out, "learner", json_string(cst_model_learner(run->bundle->model)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "objective", json_string(cst_model_objective(run->bundle->model)),
                          err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", json_integer(run->rows.training->total), err);
    if (rc == CST_OK && run->rows.validation)
        rc = cst_json_put(out, "validation_rows", json_integer(run->rows.validation->total), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "features", json_integer((json_int_t)run->rows.training->columns),
                          err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "steps", json_integer(run->trained.standing.step), err);
    for (size_t i = 0; i < 2 && rc == CST_OK; i++) {
        json_t *loss = json_object_get(metrics, losses[i]);
        rc = loss ? cst_json_put(out, losses[i], json_incref(loss), err) : CST_OK;
    }
    if (rc == CST_OK && json_object_update_missing(out, run->trained.resolved) != 0)
        rc = cst_error_nomem(err, "summary");
    return rc;
}

static cst_code make_extra(cst_training_run *run, cst_error *err)
{
    json_t *out = run->made->extra = json_object();
    const cst_version *challenger = run->made->challenger;
    cst_code rc = cst_json_put(out, "resolved", json_incref(run->trained.resolved), err);
    if (rc == CST_OK && challenger) {
        char id[CST_DIGEST_HEX];
        cst_digest_hex(id, &challenger->id);
        rc = cst_json_put(
            out, "evaluated_as",
            json_pack("{s:I, s:s}", "version", (json_int_t)challenger->number, "id", id), err);
    }
    return rc;
}

/* Rank 0. */
static cst_code add_files(const cst_training_run *run, cst_draft *draft, cst_error *err)
{
    const struct {
        const char *file;
        const json_t *value;
        bool provenance;
    } json[] = {
        {"transform.json", run->transform, false},    {"schema.json", run->schema, false},
        {"reference.json", run->reference, false},    {"golden.json", run->golden, false},
        {"metrics.json", run->trained.metrics, true},
    };
    cst_code rc = cst_draft_add_bytes(draft, "model.safetensors", run->model.data, run->model.size,
                                      false, err);
    for (size_t i = 0; i < sizeof json / sizeof json[0] && rc == CST_OK; i++)
        rc = cst_draft_add_json(draft, json[i].file, json[i].value, json[i].provenance, err);
    if (rc == CST_OK)
        rc = cst_draft_add_bytes(draft, "README.md", run->card.data, run->card.size, true, err);
    if (rc == CST_OK)
        rc = cst_draft_add_input(draft, "features", run->made->features, err);
    if (rc == CST_OK && run->made->challenger)
        rc = cst_draft_add_input(draft, "challenger", run->made->challenger, err);
    if (rc == CST_OK && run->made->search)
        rc = cst_draft_add_input(draft, "search", run->made->search, err);
    return rc;
}

/* Collective. */
static cst_code write_draft(cst_training_run *run, cst_error *err)
{
    char *path = NULL;
    cst_code rc = make_summary(run, err);
    if (rc == CST_OK)
        rc = make_extra(run, err);
    if (rc == CST_OK)
        rc = cst_training_card(run, err);
    rc = cst_comm_agree(run->stage->comm, rc, err);
    if (rc == CST_OK)
        rc = cst_stage_draft(&run->made->draft, &path, run->stage, CST_KIND_MODEL,
                             run->training->name, err);
    free(path);
    if (rc != CST_OK)
        return rc;
    rc = run->made->draft ? add_files(run, run->made->draft, err) : CST_OK;
    return cst_comm_agree(run->stage->comm, rc, err);
}

/* Score the test rows, keep golden ones, check. Collective. */
static cst_code look_at_scores(cst_training_run *run, cst_error *err)
{
    cst_comm *comm = run->stage->comm;
    const char *time = cst_get_string(run->schema, "time", NULL);
    cst_code rc = CST_OK;
    if (run->test)
        rc = cst_training_score(&run->scores, run->bundle, run->test, time, err);
    rc = cst_comm_agree(comm, rc, err);
    if (rc == CST_OK && run->held_out && run->scores)
        rc = cst_training_compare(run, err);
    if (rc == CST_OK && run->scores)
        rc = cst_training_reference(run, time, err);
    if (rc == CST_OK)
        rc = cst_golden_make(&run->golden, comm, run->bundle, run->test, run->training->seed, err);
    return rc == CST_OK ? cst_comm_agree(comm, cst_golden_check(run->bundle, run->golden, err), err)
                        : rc;
}

cst_code cst_training_make(cst_training_made *out, const cst_stage *stage,
                           const cst_training *training, cst_error *err)
{
    cst_training_made made = {.seed = training->seed};
    cst_training_run run = {.stage = stage, .training = training, .made = &made};
    cst_code rc = find_inputs(&run, err);
    if (rc == CST_OK)
        rc = read_features(&run, err);
    if (rc == CST_OK)
        rc = train(&run, err);
    if (rc == CST_OK)
        rc = look_at_scores(&run, err);
    if (rc == CST_OK)
        rc = write_draft(&run, err);
    made.rows = run.rows.training ? run.rows.training->total : 0;
    run_end(&run);
    if (rc == CST_OK)
        *out = made;
    else
        cst_training_made_free(&made);
    return rc;
}

void cst_training_made_free(cst_training_made *made)
{
    cst_draft_free(made->draft);
    cst_version_free(made->features);
    cst_version_free(made->challenger);
    cst_version_free(made->search);
    json_decref(made->params);
    json_decref(made->summary);
    json_decref(made->extra);
    free(made->checkpoints);
    *made = (cst_training_made){0};
}

cst_recipe cst_training_recipe(const cst_training_made *made, const json_t *provenance)
{
    return (cst_recipe){.stage = "train",
                        .revision = CST_TRAIN_REVISION,
                        .params = made->params,
                        .seed = made->seed,
                        .summary = made->summary,
                        .extra = made->extra,
                        .provenance = provenance};
}

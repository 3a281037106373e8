/* evaluate_publish.c - an evaluation's files and manifest; scores for one's own plots */
#include "config/json.h"
#include "stage/evaluating.h"
#include "stage/scores.h"

/* Rank 0. */
static cst_code write_scores(const cst_evaluating *e, const char *path, cst_error *err)
{
    const cst_scores scores = {.rows = e->count,
                               .label = e->label,
                               .weight = e->weight,
                               .score = e->score,
                               .against = e->champion_score};
    return cst_scores_write(&scores, path, err);
}

static json_t *reference_to_json(const cst_version *version, cst_error *err)
{
    char id[CST_DIGEST_HEX];
    json_t *out = json_object();
    cst_digest_hex(id, &version->id);
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "evaluation");
    if (rc == CST_OK)
        rc = cst_json_put(out, "name", json_string(version->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "version", json_integer(version->number), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "id", json_string(id), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* The verdict with what was compared. New reference or NULL. */
static json_t *make_evaluation(const cst_evaluating *e, cst_error *err)
{
    json_t *out = json_copy(e->verdict);
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "evaluation");
    if (rc == CST_OK)
        rc = cst_json_put(out, "model", reference_to_json(e->model, err), err);
    if (rc == CST_OK && e->champion)
        rc = cst_json_put(out, "champion", reference_to_json(e->champion, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "features", reference_to_json(e->features, err), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *make_params(const cst_evaluating *e, cst_error *err)
{
    json_t *evaluate = NULL, *gate = NULL, *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "evaluation");
    if (rc == CST_OK)
        rc = cst_option_resolved(&evaluate, e->evaluate, cst_evaluate_options, err);
    if (rc == CST_OK)
        rc = cst_option_resolved(&gate, e->gate, cst_gate_options, err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "evaluate", json_incref(evaluate), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "gate", json_incref(gate), err);
    json_decref(evaluate);
    json_decref(gate);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* Figures for list and show: the verdict and each metric's value. */
static json_t *make_summary(const cst_evaluating *e, cst_error *err)
{
    const char *name;
    json_t *metric, *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "evaluation");
    if (rc == CST_OK)
        rc = cst_json_put(out, "verdict", json_string(cst_get_string(e->verdict, "verdict", "")),
                          err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "model_version", json_integer(e->model->number), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", json_integer((json_int_t)e->count), err);
    json_object_foreach(json_object_get(e->verdict, "metrics"), name, metric)
    {
        if (rc == CST_OK)
            rc = cst_json_put(out, name, json_incref(json_object_get(metric, "value")), err);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* Rank 0. */
static cst_code fill_draft(cst_draft *draft, const cst_evaluating *e, cst_error *err)
{
    json_t *evaluation = make_evaluation(e, err);
    cst_code rc = evaluation ? cst_draft_add_json(draft, "evaluation.json", evaluation, false, err)
                             : CST_NOMEM;
    json_decref(evaluation);
    if (rc == CST_OK)
        rc = cst_draft_add_input(draft, "model", e->model, err);
    if (rc == CST_OK && e->champion)
        rc = cst_draft_add_input(draft, "champion", e->champion, err);
    if (rc == CST_OK)
        rc = cst_draft_add_input(draft, "features", e->features, err);
    return rc;
}

static cst_code give_result(cst_stage_result *out, const cst_evaluating *e,
                            const cst_version *version, cst_error *err)
{
    cst_code rc = cst_stage_add(&out->outputs, version, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, e->model, err);
    if (rc == CST_OK && e->champion)
        rc = cst_stage_add(&out->inputs, e->champion, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, e->features, err);
    if (rc == CST_OK && !(out->extra = json_object()))
        rc = cst_error_nomem(err, "the result");
    if (rc == CST_OK)
        rc = cst_json_put(out->extra, "evaluation", json_incref(e->verdict), err);
    return rc;
}

cst_code cst_evaluating_publish(cst_stage_result *out, cst_evaluating *e, cst_error *err)
{
    cst_comm *comm = e->stage->comm;
    const char *scores = cst_get_string(e->stage->options, "scores", NULL);
    cst_draft *draft = NULL;
    char *directory = NULL;
    cst_version *version = NULL;
    json_t *params = make_params(e, err), *summary = make_summary(e, err);
    json_t *extra = json_pack("{s:I}", "alias_generation", (json_int_t)e->generation);
    cst_code rc = params && summary && extra ? CST_OK : cst_error_nomem(err, "evaluation");
    if (rc == CST_OK && scores && comm->rank == 0)
        rc = write_scores(e, scores, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    rc = cst_stage_draft(&draft, &directory, e->stage, CST_KIND_EVALUATION, e->model->name, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(comm, draft ? fill_draft(draft, e, err) : CST_OK, err);
    if (rc != CST_OK)
        goto out;
    cst_recipe recipe = {.stage = "evaluate",
                         .revision = CST_EVALUATE_REVISION,
                         .params = params,
                         .seed = e->stage->seed,
                         .summary = summary,
                         .extra = extra,
                         .provenance = e->stage->provenance};
    rc = cst_stage_publish(&version, e->stage, draft, &recipe, CST_PARENT_ANY, err);
    if (rc != CST_OK && rc != CST_SKIPPED)
        goto out;
    cst_code given = cst_comm_agree(comm, give_result(out, e, version, err), err);
    rc = given == CST_OK ? rc : given;
out:
    cst_version_free(version);
    cst_draft_free(draft);
    free(directory);
    json_decref(params);
    json_decref(extra);
    json_decref(summary);
    return rc;
}

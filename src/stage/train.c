/* train.c - features to a published model */
#include "stage/train_parts.h"

#include "config/json.h"

static cst_code give_result(cst_stage_result *out, const cst_training_made *made,
                            const cst_version *version, cst_error *err)
{
    cst_code rc = cst_stage_add(&out->outputs, version, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, made->features, err);
    if (rc == CST_OK && made->challenger)
        rc = cst_stage_add(&out->inputs, made->challenger, err);
    if (rc == CST_OK && made->search)
        rc = cst_stage_add(&out->inputs, made->search, err);
    out->rows_read = out->rows_kept = made->rows;
    return rc;
}

/* What the command line and the environment say. The time is rank 0's to watch. Collective. */
static cst_code read_control(cst_train_control *out, const cst_stage *stage, cst_error *err)
{
    *out = (cst_train_control){
        .folder = cst_get_string(stage->options, "checkpoints", NULL),
        .resume = cst_get_bool(stage->options, "resume", false),
        .interval = cst_get_duration(json_object_get(stage->sections, "train"), "checkpoint", 0),
    };
    cst_code rc = stage->comm->rank == 0 ? cst_training_stop_at(&out->stop_at, err) : CST_OK;
    return cst_comm_agree(stage->comm, rc, err);
}

/* Left behind they take room and do no harm. Rank 0. */
static void forget_checkpoints(const cst_stage *stage, const cst_training_made *made)
{
    cst_error why = CST_ERROR_INIT;
    if (stage->comm->rank == 0 && cst_training_forget(made, &why) != CST_OK)
        cst_log_warn(stage->log, "%s", why.text);
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_training training = {
        .name = cst_get_string(stage->options, "name", ""),
        .features = cst_get_string(stage->options, "features", ""),
        .refit = cst_get_string(stage->options, "refit", NULL),
        .search = cst_get_string(stage->options, "search", NULL),
        .trials = cst_get_string(stage->options, "trials", NULL),
        .params = json_object_get(stage->sections, "train"),
        .seed = stage->seed,
    };
    cst_train_control control;
    cst_training_made made = {0};
    cst_version *version = NULL;
    cst_code rc = read_control(&control, stage, err);
    training.control = &control;
    if (rc == CST_OK && training.refit && training.search)
        rc = cst_error_set(err, CST_USAGE,
                           "--refit repeats the parameters of its challenger: leave out --search");
    if (rc == CST_OK)
        rc = cst_stage_may_publish(stage, CST_KIND_MODEL, training.name, err);
    if (rc == CST_OK)
        rc = cst_training_make(&made, stage, &training, err);
    if (rc != CST_OK)
        goto out;
    cst_recipe recipe = cst_training_recipe(&made, stage->provenance);
    rc = cst_stage_publish(&version, stage, made.draft, &recipe, CST_PARENT_ANY, err);
    if (rc != CST_OK && rc != CST_SKIPPED)
        goto out;
    forget_checkpoints(stage, &made);
    cst_code given = cst_comm_agree(stage->comm, give_result(out, &made, version, err), err);
    rc = given == CST_OK ? rc : given;
out:
    cst_version_free(version);
    cst_training_made_free(&made);
    return rc;
}

static const cst_section *const sections[] = {&cst_section_train, NULL};

const cst_stage_kind cst_stage_train = {
    .command = &cst_command_train,
    .sections = sections,
    .revision = CST_TRAIN_REVISION,
    .stops = true,
    .run = run,
};

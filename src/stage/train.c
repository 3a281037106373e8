/* train.c - features to a published model */
#include "stage/train.h"

#include "config/json.h"

static cst_code give_result(cst_stage_result *out, const cst_training_made *made,
                            const cst_version *version, cst_error *err)
{
    cst_code rc = cst_stage_add(&out->outputs, version, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, made->features, err);
    if (rc == CST_OK && made->challenger)
        rc = cst_stage_add(&out->inputs, made->challenger, err);
    out->rows_read = out->rows_kept = made->rows;
    return rc;
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_training training = {
        .name = cst_get_string(stage->options, "name", ""),
        .features = cst_get_string(stage->options, "features", ""),
        .refit = cst_get_string(stage->options, "refit", NULL),
        .params = json_object_get(stage->sections, "train"),
        .seed = stage->seed,
    };
    cst_training_made made = {0};
    cst_version *version = NULL;
    cst_code rc = cst_stage_may_publish(stage, CST_KIND_MODEL, training.name, err);
    if (rc == CST_OK)
        rc = cst_training_make(&made, stage, &training, err);
    if (rc != CST_OK)
        goto out;
    cst_recipe recipe = cst_training_recipe(&made, stage->provenance);
    rc = cst_stage_publish(&version, stage, made.draft, &recipe, CST_PARENT_ANY, err);
    if (rc != CST_OK && rc != CST_SKIPPED)
        goto out;
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
    .run = run,
};

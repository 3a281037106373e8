/* train_control.c - whose checkpoints a training takes up, and where they lie */
#include <errno.h>

#include "config/json.h"
#include "stage/train_parts.h"
#include "train/checkpoint.h"

cst_code cst_training_digest(cst_digest *out, const cst_version *features, const json_t *params,
                             uint64_t seed, cst_error *err)
{
    char id[CST_DIGEST_HEX];
    cst_digest_hex(id, &features->id);
    const cst_learner *learner = cst_learner_find(cst_get_string(params, "model", "gbdt"));
    json_t *all = json_pack("{s:s, s:O, s:I, s:i, s:i}", "features", id, "params", params, "seed",
                            (json_int_t)seed, "revision", CST_TRAIN_REVISION, "learner_revision",
                            learner ? learner->revision : 0);
    cst_code rc = all ? cst_json_digest(out, all, err) : cst_error_nomem(err, "a recipe");
    json_decref(all);
    return rc;
}

/* Where the checkpoints lie that nobody has said a folder for: no two trainings share one. */
static char *own_folder(const cst_registry *registry, const cst_digest *recipe, cst_error *err)
{
    char hex[CST_DIGEST_HEX];
    cst_digest_hex(hex, recipe);
    return cst_text_format(err, "%s/checkpoints/%.16s", cst_registry_path(registry), hex);
}

cst_code cst_training_control(cst_train_control *out, cst_training_run *run, cst_error *err)
{
    const cst_stage *stage = run->stage;
    cst_training_made *made = run->made;
    *out = *run->training->control;
    cst_code rc = cst_training_digest(&made->recipe, made->features, made->params, made->seed, err);
    if ((rc = cst_comm_agree(stage->comm, rc, err)) != CST_OK)
        return rc;
    if (stage->comm->rank == 0)
        made->checkpoints = out->folder ? cst_text_copy(out->folder, err)
                                        : own_folder(stage->registry, &made->recipe, err);
    rc = stage->comm->rank == 0 && !made->checkpoints ? CST_NOMEM : CST_OK;
    rc = cst_comm_share_text(stage->comm, rc, &made->checkpoints, err);
    out->recipe = made->recipe;
    out->folder = made->checkpoints;
    return rc;
}

cst_code cst_training_forget(const cst_training_made *made, cst_error *err)
{
    cst_checkpoints of = {.folder = made->checkpoints, .recipe = &made->recipe};
    return made->checkpoints ? cst_checkpoint_remove(&of, err) : CST_OK;
}

cst_code cst_training_stop_at(int64_t *out, cst_error *err)
{
    const char *text = getenv("CAPSTAN_STOP_AT");
    char *end = NULL;
    *out = 0;
    if (!text || !*text)
        return CST_OK;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return *end || errno || *out < 0
               ? cst_error_set(err, CST_USAGE,
                               "CAPSTAN_STOP_AT is \"%s\"; expected seconds since 1970", text)
               : CST_OK;
}

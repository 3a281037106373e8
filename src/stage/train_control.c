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

/* What the winner of the search has learned is a part of this training. Rank 0. */
static cst_code find_winner(cst_training_run *run, cst_error *err)
{
    json_t *report = NULL;
    cst_code rc = cst_version_read_json(&report, run->made->search, "search.json", err);
    int64_t trial = cst_get_int(json_object_get(report, "winner"), "trial", -1);
    if (rc == CST_OK && !(run->winner = cst_text_format(err, "%s/%lld/checkpoints",
                                                        run->training->trials, (long long)trial)))
        rc = CST_NOMEM;
    json_decref(report);
    return rc;
}

/* Rank 0. */
static cst_code find_folders(cst_training_run *run, const char *said, cst_error *err)
{
    cst_training_made *made = run->made;
    made->checkpoints =
        said ? cst_text_copy(said, err) : own_folder(run->stage->registry, &made->recipe, err);
    if (!made->checkpoints)
        return CST_NOMEM;
    return made->search && run->training->trials ? find_winner(run, err) : CST_OK;
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
        rc = find_folders(run, out->folder, err);
    rc = cst_comm_share_text(stage->comm, rc, &made->checkpoints, err);
    out->recipe = made->recipe;
    out->folder = made->checkpoints;
    out->also = run->winner;
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

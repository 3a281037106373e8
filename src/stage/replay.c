/* replay.c - a model made again from its manifest, and compared with what was published */
#include "base/file.h"
#include "config/json.h"
#include "stage/train.h"

/* "sha256:<id>" of a model's input of a role, to be freed; NULL where it has none. */
static char *input_of(const cst_version *model, const char *role, cst_error *err)
{
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(json_object_get(model->manifest, "inputs"), i, input)
    {
        if (!strcmp(cst_get_string(input, "role", ""), role))
            return cst_text_format(err, "sha256:%s", cst_get_string(input, "id", ""));
    }
    return NULL;
}

/* Train once more what the manifest describes. Collective. */
static cst_code make_again(cst_training_made *made, const cst_stage *stage,
                           const cst_version *model, cst_error *err)
{
    char *features = input_of(model, "features", err);
    char *challenger = input_of(model, "challenger", err);
    char *search = input_of(model, "search", err);
    cst_training training = {
        .name = model->name,
        .features = features,
        .refit = challenger,
        .search = search,
        .params = json_object_get(model->manifest, "params"),
        .seed = (uint64_t)cst_get_int(model->manifest, "seed", 0),
    };
    cst_code rc = features ? CST_OK
                           : cst_error_set(err, CST_INVALID,
                                           "%s@%lld was not made from features: there is no recipe "
                                           "to replay",
                                           model->name, (long long)model->number);
    if ((rc = cst_comm_agree(stage->comm, rc, err)) == CST_OK)
        rc = cst_training_make(made, stage, &training, err);
    free(features);
    free(challenger);
    free(search);
    return rc;
}

/* Where two texts part; -1: nowhere. */
static int64_t first_difference(const cst_text *a, const cst_text *b)
{
    size_t shorter = a->size < b->size ? a->size : b->size;
    for (size_t i = 0; i < shorter; i++)
        if (a->data[i] != b->data[i])
            return (int64_t)i;
    return a->size == b->size ? -1 : (int64_t)shorter;
}

/* Compare one file of the model with the draft's; *out says where they part, NULL if nowhere. */
static cst_code compare_file(char **out, const char *file, const char *published, const char *draft,
                             cst_error *err)
{
    cst_text a = CST_TEXT_INIT;
    cst_text b = CST_TEXT_INIT;
    char *left = cst_file_join(published, file, err);
    char *right = cst_file_join(draft, file, err);
    cst_code rc = left && right ? cst_file_read(&a, left, 0, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_file_read(&b, right, 0, err);
    int64_t at = rc == CST_OK ? first_difference(&a, &b) : -1;
    if (at >= 0 &&
        !(*out = cst_text_format(err, "%s differs from byte %lld on", file, (long long)at)))
        rc = CST_NOMEM;
    cst_text_free(&a);
    cst_text_free(&b);
    free(left);
    free(right);
    return rc;
}

static cst_code compare_files(char **out, const cst_version *model, const cst_draft *draft,
                              cst_error *err)
{
    size_t i = 0;
    const json_t *file = NULL;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(model->manifest, "files"), i, file)
    {
        if (rc == CST_OK && !*out && !cst_get_bool(file, "provenance", false))
            rc = compare_file(out, cst_get_string(file, "name", ""), model->path,
                              cst_draft_path(draft), err);
    }
    return rc;
}

/* The first thing that differs, in words: recipe first, then files. Rank 0. */
static cst_code find_difference(char **out, const cst_version *model, const cst_training_made *made,
                                cst_error *err)
{
    int64_t revision = cst_get_int(model->manifest, "revision", 0);
    cst_code rc = CST_OK;
    if (revision != CST_TRAIN_REVISION)
        *out = cst_text_format(err, "train is of revision %d here, the model of revision %lld",
                               CST_TRAIN_REVISION, (long long)revision);
    if (!*out)
        rc = compare_files(out, model, made->draft, err);
    if (rc == CST_OK && !*out)
        *out = cst_text_copy("the parameters differ", err);
    return rc == CST_OK && !*out ? CST_NOMEM : rc;
}

/* Rank 0. */
static cst_code compare(cst_stage_result *out, const cst_stage *stage, const cst_version *model,
                        const cst_training_made *made, bool *same, cst_error *err)
{
    cst_digest id;
    char hex[CST_DIGEST_HEX];
    cst_recipe recipe = cst_training_recipe(made, stage->provenance);
    cst_code rc = cst_draft_id(&id, made->draft, &recipe, err);
    if (rc != CST_OK)
        return rc;
    *same = cst_digest_equal(&id, &model->id);
    if (*same)
        out->line = cst_text_copy("identical", err);
    else
        rc = find_difference(&out->line, model, made, err);
    if (rc != CST_OK || !out->line)
        return rc == CST_OK ? CST_NOMEM : rc;
    cst_digest_hex(hex, &id);
    out->extra = json_pack("{s:s, s:I, s:s, s:b, s:s}", "name", model->name, "version",
                           (json_int_t)model->number, "replayed_id", hex, "identical", *same,
                           "difference", *same ? "" : out->line);
    out->rows_read = out->rows_kept = made->rows;
    return out->extra ? cst_stage_add(&out->inputs, model, err)
                      : cst_error_nomem(err, "the result");
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_version *model = NULL;
    cst_training_made made = {0};
    bool same = false;
    cst_code rc = cst_stage_find(&model, stage, CST_KIND_MODEL,
                                 cst_get_string(stage->options, "model", ""), err);
    if (rc == CST_OK)
        rc = make_again(&made, stage, model, err);
    if (rc == CST_OK && stage->comm->rank == 0)
        rc = compare(out, stage, model, &made, &same, err);
    int64_t identical = same;
    if ((rc = cst_comm_agree(stage->comm, rc, err)) == CST_OK)
        rc = cst_comm_max(stage->comm, &identical, err);
    if (rc == CST_OK && !identical)
        rc = CST_REFUSED;
    cst_training_made_free(&made);
    cst_version_free(model);
    return rc;
}

const cst_stage_kind cst_stage_replay = {
    .command = &cst_command_replay,
    .sections = NULL,
    .revision = 0,
    .run = run,
};

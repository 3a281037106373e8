/* model.c - a model for prediction: what all kinds have in common */
#include "base/array.h"
#include "config/json.h"
#include "model/learner.h"
#include "model/model_kind.h"
#include "model/objective.h"

static const cst_model_kind *const kinds[] = {&cst_model_gbdt, &cst_model_glm, NULL};

struct cst_model {
    const cst_model_kind *kind;
    void *fitted;
    cst_objective objective;
    json_t *features; /* [{"name", "kind", "levels"}] */
};

static const char *const kind_names[] = {
    [CST_FEATURE_NUMERIC] = "numeric",
    [CST_FEATURE_CATEGORY] = "category",
};

static json_t *describe_feature(const cst_feature *feature)
{
    const char *kind = kind_names[feature->kind];
    if (feature->kind == CST_FEATURE_CATEGORY)
        return json_pack("{s:s, s:s, s:i}", "name", feature->name, "kind", kind, "levels",
                         (int)feature->levels);
    return json_pack("{s:s, s:s}", "name", feature->name, "kind", kind);
}

cst_code cst_model_describe(cst_tensors *out, const char *learner, int revision,
                            const char *objective, const cst_matrix *matrix, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    char number[16];
    (void)snprintf(number, sizeof number, "%d", revision);
    json_t *features = json_array();
    cst_code rc = features ? CST_OK : cst_error_nomem(err, "features");
    for (size_t c = 0; c < matrix->columns && rc == CST_OK; c++)
        rc = cst_json_append(features, describe_feature(&matrix->feature[c]), err);
    if (rc == CST_OK)
        rc = cst_json_canonical(&text, features, err);
    if (rc == CST_OK)
        rc = cst_tensors_put_text(out, "features", text.data, err);
    if (rc == CST_OK)
        rc = cst_tensors_put_text(out, "learner", learner, err);
    if (rc == CST_OK)
        rc = cst_tensors_put_text(out, "revision", number, err);
    if (rc == CST_OK)
        rc = cst_tensors_put_text(out, "objective", objective, err);
    json_decref(features);
    cst_text_free(&text);
    return rc;
}

static const cst_model_kind *find_kind(const char *learner)
{
    for (size_t i = 0; learner && kinds[i]; i++)
        if (strcmp(kinds[i]->learner, learner) == 0)
            return kinds[i];
    return NULL;
}

static cst_code load_features(json_t **out, const char *text, cst_error *err)
{
    if (!text)
        return cst_error_set(err, CST_INVALID, "the model does not say what its features are");
    cst_code rc = cst_json_parse(out, text, strlen(text), "the model's features", err);
    if (rc != CST_OK)
        return rc;
    size_t i = 0;
    const json_t *feature = NULL;
    if (!json_is_array(*out))
        return cst_error_set(err, CST_INVALID, "the model's features are not a list");
    json_array_foreach(*out, i, feature) if (
        !json_is_string(json_object_get(feature, "name")) ||
        !json_is_string(json_object_get(
            feature, "kind"))) return cst_error_set(err, CST_INVALID,
                                                    "the model's feature %zu has no name or kind",
                                                    i + 1);
    return CST_OK;
}

cst_code cst_model_load(cst_model **out, const cst_tensors *tensors, cst_error *err)
{
    const char *learner = cst_tensors_text(tensors, "learner");
    const char *objective = cst_tensors_text(tensors, "objective");
    cst_model *model = cst_array_new(1, sizeof *model, "model", err);
    cst_code rc = model ? CST_OK : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    model->kind = find_kind(learner);
    if (!model->kind) {
        rc = cst_error_set(err, CST_INVALID, "there is no learner \"%s\" in this program",
                           learner ? learner : "");
        goto out;
    }
    if ((rc = cst_objective_parse(&model->objective, objective, err)) != CST_OK)
        goto out;
    if ((rc = load_features(&model->features, cst_tensors_text(tensors, "features"), err)) !=
        CST_OK)
        goto out;
    rc = model->kind->load(&model->fitted, tensors, json_array_size(model->features), err);
    if (rc != CST_OK)
        goto out;
    *out = model;
    model = NULL;
out:
    cst_model_free(model);
    return rc;
}

void cst_model_free(cst_model *model)
{
    if (!model)
        return;
    if (model->kind)
        model->kind->free(model->fitted);
    json_decref(model->features);
    free(model);
}

const char *cst_model_objective(const cst_model *model)
{
    return cst_objective_name(model->objective);
}

const char *cst_model_learner(const cst_model *model)
{
    return model->kind->learner;
}

static const char *feature_name(const cst_model *model, size_t column)
{
    return json_string_value(json_object_get(json_array_get(model->features, column), "name"));
}

static cst_code check_features(const cst_model *model, const cst_matrix *matrix, cst_error *err)
{
    size_t columns = json_array_size(model->features);
    if (matrix->columns != columns)
        return cst_error_set(err, CST_INVALID, "the model has %zu features, the matrix has %zu",
                             columns, matrix->columns);
    for (size_t c = 0; c < columns; c++) {
        const json_t *feature = json_array_get(model->features, c);
        const char *kind = json_string_value(json_object_get(feature, "kind"));
        const cst_feature *there = &matrix->feature[c];
        const char *name = there->name ? there->name : "";
        if (strcmp(feature_name(model, c), name) != 0 || strcmp(kind, kind_names[there->kind]) != 0)
            return cst_error_set(err, CST_INVALID,
                                 "feature %zu of the model is %s (%s), of the matrix %s (%s): "
                                 "apply the transform that belongs to the model",
                                 c + 1, feature_name(model, c), kind, name,
                                 kind_names[there->kind]);
    }
    return CST_OK;
}

cst_code cst_model_predict(double *score, const cst_model *model, const cst_matrix *matrix,
                           cst_error *err)
{
    cst_code rc = check_features(model, matrix, err);
    if (rc == CST_OK)
        rc = model->kind->predict(score, model->fitted, matrix, err);
    for (size_t r = 0; r < matrix->rows && rc == CST_OK; r++)
        score[r] = cst_objective_link(model->objective, score[r]);
    return rc;
}

json_t *cst_model_importance(const cst_model *model, cst_error *err)
{
    size_t columns = json_array_size(model->features);
    double *importance = cst_array_new(columns, sizeof *importance, "importance", err);
    json_t *out = json_object();
    cst_code rc = importance && out ? CST_OK : cst_error_nomem(err, "importance");
    if (rc == CST_OK)
        model->kind->importance(importance, model->fitted);
    for (size_t c = 0; c < columns && rc == CST_OK; c++)
        rc = cst_json_put(out, feature_name(model, c), cst_json_real(importance[c]), err);
    free(importance);
    if (rc != CST_OK) {
        json_decref(out);
        return NULL;
    }
    return out;
}

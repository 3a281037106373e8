/* fit.c - fitting a transform to the training rows, round by round */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "prepare/fit_private.h"
#include "prepare/label.h"

static cst_code put_copy(json_t *recipe, const char *key, const json_t *value, cst_error *err)
{
    return value ? cst_json_put(recipe, key, json_deep_copy(value), err) : CST_OK;
}

static cst_code make_recipe(cst_transform *transform, const json_t *spec, const char *time,
                            cst_error *err)
{
    json_t *recipe = transform->recipe = json_object();
    if (!recipe)
        return cst_error_nomem(err, "transform");
    cst_code rc = put_copy(recipe, "derive", json_object_get(spec, "derive"), err);
    if (rc == CST_OK)
        rc = put_copy(recipe, "joins", json_object_get(spec, "join"), err);
    if (rc == CST_OK)
        rc = put_copy(recipe, "where", json_object_get(spec, "where"), err);
    if (rc == CST_OK)
        rc = put_copy(recipe, "label", json_object_get(spec, "label"), err);
    if (rc == CST_OK)
        rc = put_copy(recipe, "weight", json_object_get(spec, "weight"), err);
    if (rc == CST_OK && time)
        rc = cst_json_put(recipe, "time", json_string(time), err);
    return rc;
}

/* A feature that is the label itself would know the answer. */
static cst_code refuse_label(const cst_transform *transform, const char *label, cst_error *err)
{
    for (size_t i = 0; i < transform->features; i++)
        if (strcmp(transform->feature[i].column, label) == 0)
            return cst_error_set(err, CST_USAGE,
                                 "features: \"%s\" is the label itself; leave it "
                                 "out",
                                 label);
    return CST_OK;
}

static cst_code read_label(cst_fit *fit, const char *label, cst_error *err)
{
    cst_code rc = cst_label_values(&fit->label, &fit->transform->classification, fit->table, label,
                                   "label", err);
    for (size_t r = 0; rc == CST_OK && r < fit->table->rows; r++)
        if (!isfinite(fit->label[r]))
            rc = cst_error_set(err, CST_INVALID,
                               "label: \"%s\" is %s in training row %zu; leave such rows out with "
                               "where:",
                               label, isnan(fit->label[r]) ? "missing" : "infinite", r);
    return rc;
}

static cst_code make_state(cst_fit *fit, cst_error *err)
{
    fit->state = cst_array_new(fit->features, sizeof *fit->state, "fit", err);
    fit->range = cst_array_new(2 * fit->features, sizeof *fit->range, "fit", err);
    fit->set = cst_array_new(fit->features, sizeof *fit->set, "fit", err);
    if (!fit->state || !fit->range || !fit->set)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++) {
        const cst_feature_fit *feature = &fit->transform->feature[i];
        fit->state[i].column = cst_table_find(fit->table, feature->column);
        fit->range[2 * i] = fit->range[2 * i + 1] = INT64_MIN;
        if (feature->as == CST_AS_NUMBER)
            continue;
        rc = cst_sorted_new(&fit->state[i].levels, 1, CST_LEVELS_MOST, err);
        if (rc == CST_OK)
            fit->set[fit->sets++] = fit->state[i].levels;
    }
    return rc;
}

cst_code cst_fit_new(cst_fit **out, const json_t *spec, cst_table *training, const char *time,
                     uint64_t seed, cst_error *err)
{
    cst_fit *fit = cst_array_new(1, sizeof *fit, "fit", err);
    if (!fit)
        return CST_NOMEM;
    cst_transform *transform = fit->transform = cst_array_new(1, sizeof *transform, "fit", err);
    cst_code rc = transform ? make_recipe(transform, spec, time, err) : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    fit->table = training;
    fit->seed = seed;
    const char *label = cst_get_string(spec, "label", "");
    if ((rc = cst_features_new(&transform->feature, &transform->features,
                               json_object_get(spec, "features"), training, err)) != CST_OK ||
        (rc = refuse_label(transform, label, err)) != CST_OK ||
        (rc = cst_transform_find_names(transform, err)) != CST_OK ||
        (rc = read_label(fit, label, err)) != CST_OK)
        goto out;
    fit->features = transform->features;
    /* Found after the label was evaluated: adding a column may move the others. */
    fit->time = time ? cst_table_find(training, time) : NULL;
    if (fit->time && fit->time->type != CST_TIME)
        fit->time = NULL;
    if ((rc = make_state(fit, err)) != CST_OK)
        goto out;
    *out = fit;
    fit = NULL;
out:
    cst_fit_free(fit);
    return rc;
}

void cst_fit_free(cst_fit *fit)
{
    if (!fit)
        return;
    for (size_t i = 0; fit->state && i < fit->features; i++) {
        cst_sorted_free(fit->state[i].levels);
        free(fit->state[i].edge);
        free(fit->state[i].others);
    }
    free(fit->state);
    free(fit->range);
    free(fit->set);
    free(fit->label);
    free(fit->word);
    cst_select_free(&fit->quantiles);
    cst_transform_free(fit->transform);
    free(fit);
}

cst_code cst_fit_local(cst_fit *fit, cst_error *err)
{
    switch (fit->phase) {
    case CST_FIT_SURVEY:
        return cst_fit_survey(fit, err);
    case CST_FIT_QUANTILES:
        cst_fit_quantiles(fit);
        return CST_OK;
    case CST_FIT_MEANS:
        return cst_fit_means(fit, err);
    case CST_FIT_SPREADS:
        cst_fit_spreads(fit);
        return CST_OK;
    case CST_FIT_DONE:
        break;
    }
    return cst_error_set(err, CST_FAILED, "fit: it is done already");
}

cst_mergeable cst_fit_state(cst_fit *fit)
{
    if (fit->phase == CST_FIT_SURVEY)
        return (cst_mergeable){
            .max = fit->range, .maxima = 2 * fit->features, .set = fit->set, .sets = fit->sets};
    if (fit->phase == CST_FIT_QUANTILES)
        return cst_select_state(&fit->quantiles);
    return (cst_mergeable){.sum = fit->word, .sums = fit->words};
}

static cst_code begin_means(cst_fit *fit, cst_error *err)
{
    fit->phase = CST_FIT_MEANS;
    return cst_fit_sums_begin(fit, err);
}

static bool wants_spreads(const cst_fit *fit)
{
    for (size_t i = 0; i < fit->features; i++)
        if (fit->transform->feature[i].scale == CST_SCALE_STANDARD)
            return true;
    return false;
}

cst_code cst_fit_advance(cst_fit *fit, bool *done, cst_error *err)
{
    cst_code rc = CST_OK;
    bool found = false;
    switch (fit->phase) {
    case CST_FIT_SURVEY:
        if ((rc = cst_fit_survey_end(fit, err)) == CST_OK)
            rc = cst_fit_quantiles_begin(fit, err);
        if (rc != CST_OK)
            break;
        fit->phase = CST_FIT_QUANTILES;
        if (fit->quantiles.targets == 0)
            rc = begin_means(fit, err);
        break;
    case CST_FIT_QUANTILES:
        cst_select_advance(&fit->quantiles, &found);
        if (found && (rc = cst_fit_quantiles_end(fit, err)) == CST_OK)
            rc = begin_means(fit, err);
        break;
    case CST_FIT_MEANS:
        rc = cst_fit_means_end(fit, err);
        fit->phase = wants_spreads(fit) ? CST_FIT_SPREADS : CST_FIT_DONE;
        break;
    case CST_FIT_SPREADS:
        cst_fit_spreads_end(fit);
        fit->phase = CST_FIT_DONE;
        break;
    case CST_FIT_DONE:
        break;
    }
    *done = fit->phase == CST_FIT_DONE;
    return rc;
}

const cst_transform *cst_fit_transform(const cst_fit *fit)
{
    return fit->transform;
}

cst_code cst_fit_finish(cst_transform **out, cst_matrix **training, cst_fit *fit, cst_error *err)
{
    cst_matrix *matrix = NULL;
    if (fit->phase != CST_FIT_DONE || !fit->transform)
        return cst_error_set(err, CST_FAILED, "fit: finished before its last round, or twice");
    cst_code rc = cst_transform_matrix(&matrix, fit->transform, fit->table, err);
    size_t first = 0;
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++) {
        const cst_feature_fit *feature = &fit->transform->feature[i];
        if (feature->as == CST_AS_TARGET)
            rc = cst_fit_target_apply(matrix->x[first], fit, i, err);
        first += cst_feature_width(feature);
    }
    if (rc != CST_OK)
        goto out;
    double *label = fit->label;
    fit->label = NULL;
    if ((rc = cst_transform_identify(matrix, fit->transform, fit->table, label, err)) != CST_OK)
        goto out;
    *training = matrix;
    *out = fit->transform;
    matrix = NULL;
    fit->transform = NULL;
out:
    cst_matrix_free(matrix);
    return rc;
}

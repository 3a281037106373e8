/* fit_quantiles.c - medians, and the edges of the blocks of time */
#include <math.h>

#include "base/array.h"
#include "prepare/fit_private.h"
#include "prepare/key.h"

static bool wants_median(const cst_feature_fit *feature)
{
    return feature->as == CST_AS_NUMBER && feature->impute == CST_IMPUTE_MEDIAN;
}

static bool wants_edges(const cst_fit *fit, const cst_feature_fit *feature)
{
    return feature->as == CST_AS_TARGET && fit->time;
}

/* A median has two targets: the middle values. Edges have one more: the earliest time. */
static size_t targets_of(const cst_fit *fit, size_t i)
{
    const cst_feature_fit *feature = &fit->transform->feature[i];
    if (wants_median(feature))
        return 2;
    return wants_edges(fit, feature) ? (size_t)feature->folds : 0;
}

static void plan(cst_select_target *target, const cst_feature_fit *feature)
{
    if (feature->as == CST_AS_NUMBER) {
        target[0] = (cst_select_target){.add = -1, .times = 1, .over = 2};
        target[1] = (cst_select_target){.add = 0, .times = 1, .over = 2};
        return;
    }
    for (int32_t fold = 0; fold < feature->folds; fold++)
        target[fold] = (cst_select_target){.times = fold, .over = feature->folds};
}

cst_code cst_fit_quantiles_begin(cst_fit *fit, cst_error *err)
{
    size_t targets = 0;
    for (size_t i = 0; i < fit->features; i++) {
        fit->state[i].first_target = targets;
        targets += targets_of(fit, i);
    }
    cst_code rc = cst_select_new(&fit->quantiles, targets, err);
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++)
        if (targets_of(fit, i))
            plan(fit->quantiles.target + fit->state[i].first_target, &fit->transform->feature[i]);
    return rc;
}

static void count_times(cst_fit *fit, size_t first, size_t targets)
{
    for (size_t r = 0; r < fit->table->rows; r++) {
        int64_t time = cst_key_microseconds(fit->time, r);
        for (size_t t = 0; time != CST_MISSING_INT64 && t < targets; t++)
            cst_select_add(&fit->quantiles, first + t, time);
    }
}

static void count_values(cst_fit *fit, size_t i)
{
    const cst_fit_work *state = &fit->state[i];
    for (size_t r = 0; r < fit->table->rows; r++) {
        double value = cst_feature_number(&fit->transform->feature[i], state->column, r);
        if (isnan(value))
            continue;
        int64_t key = cst_order_key(value);
        cst_select_add(&fit->quantiles, state->first_target, key);
        cst_select_add(&fit->quantiles, state->first_target + 1, key);
    }
}

void cst_fit_quantiles(cst_fit *fit)
{
    for (size_t i = 0; i < fit->features; i++) {
        const cst_feature_fit *feature = &fit->transform->feature[i];
        if (wants_median(feature))
            count_values(fit, i);
        else if (wants_edges(fit, feature))
            count_times(fit, fit->state[i].first_target, (size_t)feature->folds);
    }
}

static cst_code take_edges(cst_fit_work *state, const cst_select_target *target, int32_t folds,
                           cst_error *err)
{
    /* One instant in all rows, or no time at all: blocks of time tell nothing apart. */
    if (target[0].empty || target[folds - 1].key == target[0].key)
        return CST_OK;
    state->edge = cst_array_new((size_t)folds - 1, sizeof *state->edge, "folds", err);
    for (int32_t fold = 1; state->edge && fold < folds; fold++)
        state->edge[fold - 1] = target[fold].key;
    return state->edge ? CST_OK : CST_NOMEM;
}

cst_code cst_fit_quantiles_end(cst_fit *fit, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++) {
        cst_feature_fit *feature = &fit->transform->feature[i];
        const cst_select_target *target = fit->quantiles.target + fit->state[i].first_target;
        if (wants_median(feature))
            feature->fill =
                0.5 * cst_order_value(target[0].key) + 0.5 * cst_order_value(target[1].key);
        else if (wants_edges(fit, feature))
            rc = take_edges(&fit->state[i], target, feature->folds, err);
    }
    return rc;
}

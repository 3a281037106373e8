/* feature_json.c - a fitted feature in transform.json */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "config/option.h"
#include "prepare/feature.h"

static const char *const as_names[] = {"number", "category", "onehot", "ordinal", "target", NULL};

static json_t *reals(const double *value, int32_t n)
{
    json_t *out = json_array();
    for (int32_t i = 0; out && i < n; i++)
        if (json_array_append_new(out, cst_json_real(value[i])) != 0) {
            json_decref(out);
            return NULL;
        }
    return out;
}

static cst_code put_number(json_t *out, const cst_feature_fit *f, cst_error *err)
{
    cst_code rc = cst_json_put(out, "offset", json_integer(f->offset), err);
    if (rc == CST_OK && f->ticks)
        rc = cst_json_put(out, "ticks", json_integer(f->ticks), err);
    if (rc == CST_OK && !isnan(f->fill))
        rc = cst_json_put(out, "fill", cst_json_real(f->fill), err);
    if (rc == CST_OK && f->scale)
        rc = cst_json_put(out, "center", cst_json_real(f->center), err);
    if (rc == CST_OK && f->scale)
        rc = cst_json_put(out, "spread", cst_json_real(f->spread), err);
    return rc;
}

static cst_code put_target(json_t *out, const cst_feature_fit *f, cst_error *err)
{
    cst_code rc = cst_json_put(out, "values", reals(f->value, f->levels.count), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "missing", cst_json_real(f->missing_value), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "prior", cst_json_real(f->prior), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "smoothing", cst_json_real(f->smoothing), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "folds", json_integer(f->folds), err);
    return rc;
}

json_t *cst_feature_to_json(const cst_feature_fit *f, cst_error *err)
{
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "transform");
    if (rc == CST_OK)
        rc = cst_json_put(out, "column", json_string(f->column), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "as", json_string(as_names[f->as]), err);
    if (rc == CST_OK && f->as == CST_AS_NUMBER)
        rc = put_number(out, f, err);
    if (rc == CST_OK && f->as != CST_AS_NUMBER)
        rc = cst_json_put(out, "levels", cst_level_set_to_json(&f->levels, err), err);
    if (rc == CST_OK && f->as == CST_AS_TARGET)
        rc = put_target(out, f, err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static cst_code read_number(cst_feature_fit *f, const json_t *value, cst_error *err)
{
    f->offset = cst_get_int(value, "offset", 0);
    f->ticks = cst_get_int(value, "ticks", 0);
    f->fill = cst_get_real(value, "fill", NAN);
    f->center = cst_get_real(value, "center", 0);
    f->spread = cst_get_real(value, "spread", 1);
    f->scale = json_object_get(value, "spread") ? CST_SCALE_STANDARD : CST_SCALE_NONE;
    if (!(f->spread > 0))
        return cst_error_set(err, CST_INVALID, "transform: the spread of \"%s\" must be positive",
                             f->column);
    return CST_OK;
}

static cst_code read_target(cst_feature_fit *f, const json_t *value, cst_error *err)
{
    const json_t *values = json_object_get(value, "values");
    f->prior = cst_get_real(value, "prior", NAN);
    f->missing_value = cst_get_real(value, "missing", f->prior);
    f->smoothing = cst_get_real(value, "smoothing", 0);
    f->folds = (int32_t)cst_get_int(value, "folds", 0);
    if (json_array_size(values) != (size_t)f->levels.count || isnan(f->prior))
        return cst_error_set(err, CST_INVALID,
                             "transform: \"%s\" needs a prior, and a value for each of its %d "
                             "levels",
                             f->column, f->levels.count);
    f->value = cst_array_new((size_t)f->levels.count, sizeof *f->value, "transform", err);
    if (!f->value)
        return CST_NOMEM;
    for (int32_t l = 0; l < f->levels.count; l++) {
        const json_t *number = json_array_get(values, (size_t)l);
        if (!json_is_number(number))
            return cst_error_set(err, CST_INVALID, "transform: value %d of \"%s\" must be a number",
                                 l, f->column);
        f->value[l] = json_number_value(number);
    }
    return CST_OK;
}

cst_code cst_feature_from_json(cst_feature_fit *out, const json_t *value, cst_error *err)
{
    const char *column = cst_get_string(value, "column", NULL);
    const char *as = cst_get_string(value, "as", "");
    int known = 0;
    while (as_names[known] && strcmp(as_names[known], as) != 0)
        known++;
    if (!column || !as_names[known])
        return cst_error_set(err, CST_INVALID,
                             "transform: a feature needs a column and how it is shown, not \"%s\"",
                             as);
    *out = (cst_feature_fit){.as = (cst_as)known, .fill = NAN, .spread = 1};
    if (!(out->column = cst_text_copy(column, err)))
        return CST_NOMEM;
    if (out->as == CST_AS_NUMBER)
        return read_number(out, value, err);
    cst_code rc = cst_level_set_from_json(&out->levels, json_object_get(value, "levels"), err);
    if (rc == CST_OK && out->as == CST_AS_ONEHOT && out->levels.count > CST_ONEHOT_MOST)
        rc = cst_error_set(err, CST_INVALID, "transform: \"%s\" has more than %d columns",
                           out->column, CST_ONEHOT_MOST);
    if (rc == CST_OK && out->as == CST_AS_TARGET)
        rc = read_target(out, value, err);
    return rc;
}

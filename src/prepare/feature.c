/* feature.c - features from their entries in the pipeline file; a column as the model sees it */
#include "prepare/feature.h"

#include <math.h>

#include "base/array.h"
#include "config/option.h"
#include "prepare/unknown.h"

static cst_code read_impute(cst_feature_fit *f, const json_t *value, cst_error *err)
{
    const char *text = json_string_value(value);
    if (json_is_number(value)) {
        f->impute = CST_IMPUTE_CONSTANT;
        f->constant = json_number_value(value);
    } else if (text && strcmp(text, "median") == 0) {
        f->impute = CST_IMPUTE_MEDIAN;
    } else if (text && strcmp(text, "mean") == 0) {
        f->impute = CST_IMPUTE_MEAN;
    } else if (value && !(text && strcmp(text, "none") == 0)) {
        return cst_error_set(err, CST_USAGE,
                             "features: impute of \"%s\" must be none, median, mean or a number",
                             f->column);
    }
    return CST_OK;
}

static void read_scale(cst_feature_fit *f, const char *text)
{
    f->scale = strcmp(text, "standard") == 0 ? CST_SCALE_STANDARD
               : strcmp(text, "minmax") == 0 ? CST_SCALE_MINMAX
                                             : CST_SCALE_NONE;
}

static void read_encode(cst_feature_fit *f, const char *text, bool is_text)
{
    if (!text)
        f->as = is_text ? CST_AS_CATEGORY : CST_AS_NUMBER;
    else if (strcmp(text, "onehot") == 0)
        f->as = CST_AS_ONEHOT;
    else if (strcmp(text, "ordinal") == 0)
        f->as = CST_AS_ORDINAL;
    else if (strcmp(text, "target") == 0)
        f->as = CST_AS_TARGET;
    else
        f->as = CST_AS_CATEGORY;
}

static cst_code read_entry(cst_feature_fit *f, const json_t *entry, const char *name,
                           const cst_table *table, cst_error *err)
{
    const cst_column *column = cst_table_find(table, name);
    if (!column)
        return cst_unknown_column("features", name, table, err);
    bool is_text = column->type == CST_TEXT || column->type == CST_CATEGORY;
    f->column = cst_text_copy(name, err);
    if (!f->column)
        return CST_NOMEM;
    f->fill = NAN;
    f->spread = 1;
    f->ticks = column->type == CST_TIME ? column->ticks : 0;
    f->levels.numeric = !is_text;
    f->smoothing = cst_get_real(entry, "smoothing", 20);
    f->folds = (int32_t)cst_get_int(entry, "folds", 5);
    read_encode(f, cst_get_string(entry, "encode", NULL), is_text);
    read_scale(f, cst_get_string(entry, "scale", "none"));
    cst_code rc = read_impute(f, json_object_get(entry, "impute"), err);
    if (rc == CST_OK && f->as != CST_AS_NUMBER && (f->impute || f->scale))
        rc = cst_error_set(err, CST_USAGE,
                           "features: impute and scale are for numbers, and \"%s\" is shown by its "
                           "levels; give it an entry of its own without them",
                           name);
    return rc;
}

static cst_code refuse_twice(const cst_feature_fit *features, size_t last, cst_error *err)
{
    for (size_t i = 0; i < last; i++)
        if (strcmp(features[i].column, features[last].column) == 0 &&
            features[i].as == features[last].as)
            return cst_error_set(err, CST_USAGE, "features: \"%s\" stands there twice",
                                 features[last].column);
    return CST_OK;
}

cst_code cst_features_new(cst_feature_fit **out, size_t *count, const json_t *entries,
                          const cst_table *table, cst_error *err)
{
    size_t all = 0;
    for (size_t e = 0; e < json_array_size(entries); e++)
        all += json_array_size(json_object_get(json_array_get(entries, e), "columns"));
    if (all == 0)
        return cst_error_set(err, CST_USAGE, "features: no column is listed");
    cst_feature_fit *features = cst_array_new(all, sizeof *features, "features", err);
    cst_code rc = features ? CST_OK : CST_NOMEM;
    size_t n = 0;
    for (size_t e = 0; rc == CST_OK && e < json_array_size(entries); e++) {
        const json_t *entry = json_array_get(entries, e);
        const json_t *columns = json_object_get(entry, "columns");
        for (size_t c = 0; rc == CST_OK && c < json_array_size(columns); c++, n++) {
            rc = read_entry(&features[n], entry, json_string_value(json_array_get(columns, c)),
                            table, err);
            if (rc == CST_OK)
                rc = refuse_twice(features, n, err);
        }
    }
    if (rc == CST_OK) {
        *out = features;
        *count = all;
    } else {
        cst_features_free(features, features ? all : 0);
    }
    return rc;
}

void cst_features_free(cst_feature_fit *features, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(features[i].column);
        cst_level_set_free(&features[i].levels);
        free(features[i].value);
    }
    free(features);
}

size_t cst_feature_width(const cst_feature_fit *feature)
{
    return feature->as == CST_AS_ONEHOT ? (size_t)feature->levels.count : 1;
}

cst_code cst_feature_name(cst_matrix *matrix, size_t first, const cst_feature_fit *feature,
                          cst_error *err)
{
    if (feature->as == CST_AS_CATEGORY)
        return cst_matrix_name(matrix, first, feature->column, CST_FEATURE_CATEGORY,
                               feature->levels.count, err);
    cst_text name = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < cst_feature_width(feature); i++) {
        name.size = 0;
        rc = cst_text_print(&name, err, feature->as == CST_AS_TARGET ? "target(%s)" : "%s",
                            feature->column);
        if (rc == CST_OK && feature->as == CST_AS_ONEHOT)
            rc = cst_text_puts(&name, "=", err);
        if (rc == CST_OK && feature->as == CST_AS_ONEHOT)
            rc = cst_level_text(&name, &feature->levels, (int32_t)i, err);
        if (rc == CST_OK)
            rc = cst_matrix_name(matrix, first + i, name.data, CST_FEATURE_NUMERIC, 0, err);
    }
    cst_text_free(&name);
    return rc;
}

double cst_feature_number(const cst_feature_fit *feature, const cst_column *column, size_t row)
{
    if (cst_column_is_missing(column, row))
        return NAN;
    /* Subtracted as integers: past 2^53 a double no longer tells neighbours apart. */
    if (column->type == CST_INT64 || column->type == CST_TIME)
        return (double)((__int128)column->values.i64[row] - feature->offset);
    return cst_column_number(column, row) - (double)feature->offset;
}

static void apply_number(float *x, const cst_feature_fit *f, const cst_column *column)
{
    for (size_t r = 0; r < column->rows; r++) {
        double value = cst_feature_number(f, column, r);
        if (isnan(value))
            value = f->fill;
        x[r] = (float)(f->scale ? (value - f->center) / f->spread : value);
    }
}

/* The matrix is new and 0: so it stays where the level is missing, or the training rows had none
 * such. */
static void apply_onehot(float **x, const int32_t *code, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        if (code[r] >= 0)
            x[code[r]][r] = 1;
}

static void apply_target(float *x, const cst_feature_fit *f, const int32_t *code, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        x[r] = (float)(code[r] >= 0                   ? f->value[code[r]]
                       : code[r] == CST_LEVEL_MISSING ? f->missing_value
                                                      : f->prior);
}

static cst_code check_number(const cst_feature_fit *f, const cst_column *column, cst_error *err)
{
    if (column->type == CST_TEXT || column->type == CST_CATEGORY)
        return cst_error_set(err, CST_INVALID,
                             "column \"%s\" is %s, and was a number when the transform was fitted; "
                             "keep its type in the schema",
                             column->name, cst_type_name(column->type));
    int64_t ticks = column->type == CST_TIME ? column->ticks : 0;
    if (ticks != f->ticks)
        return cst_error_set(err, CST_INVALID,
                             "column \"%s\" has %lld ticks a second, and had %lld when the "
                             "transform was fitted (0: no time); keep its unit in the schema",
                             column->name, (long long)ticks, (long long)f->ticks);
    return CST_OK;
}

cst_code cst_feature_apply(cst_matrix *matrix, size_t first, const cst_feature_fit *feature,
                           const cst_column *column, cst_error *err)
{
    if (feature->as == CST_AS_NUMBER) {
        cst_code rc = check_number(feature, column, err);
        if (rc == CST_OK)
            apply_number(matrix->x[first], feature, column);
        return rc;
    }
    int32_t *code = cst_array_new(column->rows, sizeof *code, "codes", err);
    cst_code rc = code ? cst_level_codes(code, &feature->levels, column, err) : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    if (feature->as == CST_AS_ONEHOT)
        apply_onehot(matrix->x + first, code, column->rows);
    else if (feature->as == CST_AS_TARGET)
        apply_target(matrix->x[first], feature, code, column->rows);
    else
        for (size_t r = 0; r < column->rows; r++)
            matrix->x[first][r] = code[r] >= 0 ? (float)code[r] : NAN;
out:
    free(code);
    return rc;
}

/* feature.h - one column of the rows as the model sees it, with its fitted figures */
#ifndef CST_PREPARE_FEATURE_H
#define CST_PREPARE_FEATURE_H

#include <jansson.h>

#include "base/text.h"
#include "table/matrix.h"

/** How a column is shown: as a number, or its levels as codes, as a column each, as their place in
 *  sorted order, or as the mean of the label. */
typedef enum {
    CST_AS_NUMBER,
    CST_AS_CATEGORY,
    CST_AS_ONEHOT,
    CST_AS_ORDINAL,
    CST_AS_TARGET
} cst_as;

typedef enum {
    CST_IMPUTE_NONE,
    CST_IMPUTE_MEDIAN,
    CST_IMPUTE_MEAN,
    CST_IMPUTE_CONSTANT
} cst_impute;

typedef enum { CST_SCALE_NONE, CST_SCALE_STANDARD, CST_SCALE_MINMAX } cst_scale;

/** The distinct values of a column in the training rows, sorted: text bytewise, numbers by size. */
typedef struct {
    bool numeric;
    cst_levels text; /* not numeric */
    double *number;  /* numeric: shape [count] */
    int32_t count;
} cst_level_set;

enum {
    CST_LEVEL_MISSING = -1, /* the value is missing */
    CST_LEVEL_UNSEEN = -2,  /* the training rows had no such value */
    CST_ONEHOT_MOST = 4096, /* columns of one feature */
};

typedef struct {
    char *column;
    cst_as as;
    /* NUMBER: x = (value - offset, or fill where missing) - center, over spread. */
    cst_impute impute;
    double constant; /* IMPUTE_CONSTANT: as it was written, before the offset */
    cst_scale scale;
    int64_t offset; /* integers past 2^24 and times: the least value of the training rows */
    int64_t ticks;  /* a time's ticks a second; 0: no time */
    double fill;    /* NaN: missing stays missing */
    double center, spread;
    /* The others. */
    cst_level_set levels;
    /* TARGET: value[l] = (sum of the labels of level l + smoothing prior) /
     *                    (rows of level l + smoothing), prior the mean label of all. */
    double smoothing;
    int32_t folds;
    double *value; /* shape [levels.count] */
    double missing_value, prior;
} cst_feature_fit;

/** Features from the entries of prepare.features (checked), types from the columns of table, in
 *  order. CST_USAGE where a column is not there, stands twice in the same form, or cannot be shown
 *  as asked. *out is released with cst_features_free. */
cst_code cst_features_new(cst_feature_fit **out, size_t *count, const json_t *entries,
                          const cst_table *table, cst_error *err);
void cst_features_free(cst_feature_fit *features, size_t count);

/** Columns of the matrix that a feature makes. */
size_t cst_feature_width(const cst_feature_fit *feature);

/** Name the matrix's columns from first on: "temp", "carrier", "carrier=AA", "target(dest)". */
cst_code cst_feature_name(cst_matrix *matrix, size_t first, const cst_feature_fit *feature,
                          cst_error *err);

/** A raw value less the offset, NaN where missing. */
double cst_feature_number(const cst_feature_fit *feature, const cst_column *column, size_t row);

/** Fill the columns from first on of a new matrix (all 0) from a column of the same rows.
 * CST_INVALID where it is text and was a number when the feature was fitted, or the reverse. */
cst_code cst_feature_apply(cst_matrix *matrix, size_t first, const cst_feature_fit *feature,
                           const cst_column *column, cst_error *err);

/** One feature of transform.json. */
json_t *cst_feature_to_json(const cst_feature_fit *feature, cst_error *err);
cst_code cst_feature_from_json(cst_feature_fit *out, const json_t *value, cst_error *err);

/** The levels of every row: codes has shape [rows]. */
cst_code cst_level_codes(int32_t *codes, const cst_level_set *levels, const cst_column *column,
                         cst_error *err);
void cst_level_set_free(cst_level_set *levels);

/** A level as names and messages write it, appended. */
cst_code cst_level_text(cst_text *out, const cst_level_set *levels, int32_t level, cst_error *err);

json_t *cst_level_set_to_json(const cst_level_set *levels, cst_error *err);
cst_code cst_level_set_from_json(cst_level_set *out, const json_t *array, cst_error *err);

#endif

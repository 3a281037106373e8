/* matrix.h - what learners see: features in float32 columns, label, weight, identity of rows */
#ifndef CST_TABLE_MATRIX_H
#define CST_TABLE_MATRIX_H

#include "table/table.h"

typedef enum { CST_FEATURE_NUMERIC, CST_FEATURE_CATEGORY } cst_feature_kind;

typedef struct {
    char *name; /* "temp", "carrier", "carrier=AA" */
    cst_feature_kind kind;
    int32_t levels; /* CATEGORY: codes are 0 … levels-1 as float32; NaN is missing */
} cst_feature;

/** Rows of one rank. Column-major: x[c] has shape [rows]. Numeric values are rounded to float32
 *  (integers and times after subtracting an offset that the transform keeps). NaN is missing. */
typedef struct {
    size_t rows;
    int64_t first; /* position of the first row among all ranks' rows; a multiple of 4,096 */
    int64_t total; /* rows of all ranks */
    size_t columns;
    cst_feature *feature; /* shape [columns] */
    float **x;            /* shape [columns][rows] */
    double *label;        /* shape [rows], or NULL when only predicting */
    double *weight;       /* shape [rows], or NULL: all 1 */
    cst_rowid *id;        /* shape [rows], or NULL */
    int64_t *time;        /* shape [rows], microseconds, or NULL: where the schema has no time */
} cst_matrix;

/** A matrix with room for rows and columns; features unnamed, values 0; label and id allocated. */
cst_code cst_matrix_new(cst_matrix **out, size_t rows, size_t columns, cst_error *err);
void cst_matrix_free(cst_matrix *matrix);
cst_code cst_matrix_name(cst_matrix *matrix, size_t column, const char *name, cst_feature_kind kind,
                         int32_t levels, cst_error *err);

/** A matrix as a table of columns, for the store: each feature under "x:<name>" (CATEGORY features
 *  as categories whose levels are their numbers), and "y:label", "y:weight", "y:time"; ids, first
 * and total are taken along. And back. */
cst_code cst_matrix_to_table(cst_table **out, const cst_matrix *matrix, cst_error *err);
cst_code cst_matrix_from_table(cst_matrix **out, const cst_table *table, cst_error *err);

#endif

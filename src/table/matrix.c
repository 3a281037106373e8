/* matrix.c - what learners see, and its form in the store */
#include "table/matrix.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "table/column.h"

static const char feature_prefix[] = "x:";
static const char label_name[] = "y:label";
static const char weight_name[] = "y:weight";
static const char time_name[] = "y:time";

cst_code cst_matrix_new(cst_matrix **out, size_t rows, size_t columns, cst_error *err)
{
    cst_matrix *m = cst_array_new(1, sizeof *m, "matrix", err);
    if (!m)
        return CST_NOMEM;
    m->rows = rows;
    m->total = (int64_t)rows;
    m->feature = cst_array_new(columns, sizeof *m->feature, "features", err);
    m->x = cst_array_new(columns, sizeof *m->x, "matrix columns", err);
    m->label = cst_array_new(rows, sizeof *m->label, "labels", err);
    m->id = cst_array_new(rows, sizeof *m->id, "row ids", err);
    if (!m->feature || !m->x || !m->label || !m->id)
        goto nomem;
    for (; m->columns < columns; m->columns++)
        if (!(m->x[m->columns] = cst_array_new(rows, sizeof(float), "matrix column", err)))
            goto nomem;
    *out = m;
    return CST_OK;
nomem:
    cst_matrix_free(m);
    return CST_NOMEM;
}

void cst_matrix_free(cst_matrix *m)
{
    if (!m)
        return;
    for (size_t c = 0; c < m->columns; c++) {
        free(m->feature[c].name);
        free(m->x[c]);
    }
    free(m->feature);
    free(m->x);
    free(m->label);
    free(m->weight);
    free(m->id);
    free(m->time);
    free(m);
}

cst_code cst_matrix_name(cst_matrix *m, size_t column, const char *name, cst_feature_kind kind,
                         int32_t levels, cst_error *err)
{
    char *copy = cst_text_copy(name, err);
    if (!copy)
        return CST_NOMEM;
    cst_feature *feature = &m->feature[column];
    free(feature->name);
    *feature = (cst_feature){copy, kind, kind == CST_FEATURE_CATEGORY ? levels : 0};
    return CST_OK;
}

/* The matrix knows how many levels a feature has, not their text: codes of equal width stand for
 * them, which sort as the numbers do. */
static cst_code numbered_levels(cst_levels *out, int32_t count, cst_error *err)
{
    cst_levels levels = {cst_array_new((size_t)count, sizeof(char *), "levels", err), 0};
    cst_code rc = levels.text ? CST_OK : CST_NOMEM;
    for (; rc == CST_OK && levels.count < count; levels.count++) {
        char *text = cst_text_format(err, "%05d", (int)levels.count);
        if (!text) {
            rc = CST_NOMEM;
            break;
        }
        levels.text[levels.count] = text;
    }
    if (rc == CST_OK)
        *out = levels;
    else
        cst_levels_free(&levels);
    return rc;
}

static cst_code feature_to_column(cst_table *table, const cst_matrix *m, size_t c, cst_error *err)
{
    const cst_feature *feature = &m->feature[c];
    bool category = feature->kind == CST_FEATURE_CATEGORY;
    cst_column *column = NULL;
    char *name = cst_text_format(err, "%s%s", feature_prefix, feature->name);
    cst_code rc = name ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_table_add(&column, table, name, category ? CST_CATEGORY : CST_FLOAT32, err);
    if (rc == CST_OK)
        rc = cst_column_reserve(column, m->rows, err);
    if (rc == CST_OK && category)
        rc = numbered_levels(&column->levels, feature->levels, err);
    free(name);
    if (rc != CST_OK)
        return rc;
    column->rows = m->rows;
    if (!category) {
        memcpy(column->values.f32, m->x[c], m->rows * sizeof(float));
        return CST_OK;
    }
    for (size_t r = 0; r < m->rows; r++) {
        float code = m->x[c][r];
        column->values.i32[r] = isnan(code) ? CST_MISSING_INT32 : (int32_t)code;
    }
    return CST_OK;
}

/* A column of eight-byte values, or nothing where there are none. */
static cst_code values_to_column(cst_table *table, const char *name, cst_type type,
                                 const void *values, size_t rows, cst_error *err)
{
    if (!values)
        return CST_OK;
    cst_column *column = NULL;
    cst_code rc = cst_table_add(&column, table, name, type, err);
    if (rc == CST_OK)
        rc = cst_column_reserve(column, rows, err);
    if (rc != CST_OK)
        return rc;
    memcpy(column->values.any, values, rows * 8);
    column->rows = rows;
    return CST_OK;
}

cst_code cst_matrix_to_table(cst_table **out, const cst_matrix *m, cst_error *err)
{
    cst_table *table = NULL;
    cst_code rc = cst_table_new(&table, err);
    for (size_t c = 0; rc == CST_OK && c < m->columns; c++)
        rc = feature_to_column(table, m, c, err);
    if (rc == CST_OK)
        rc = values_to_column(table, label_name, CST_FLOAT64, m->label, m->rows, err);
    if (rc == CST_OK)
        rc = values_to_column(table, weight_name, CST_FLOAT64, m->weight, m->rows, err);
    if (rc == CST_OK)
        rc = values_to_column(table, time_name, CST_TIME, m->time, m->rows, err);
    if (rc == CST_OK && m->id) {
        table->id = cst_array_new(m->rows, sizeof *table->id, "row ids", err);
        rc = table->id ? CST_OK : CST_NOMEM;
    }
    if (rc != CST_OK) {
        cst_table_free(table);
        return rc;
    }
    if (m->id)
        memcpy(table->id, m->id, m->rows * sizeof *table->id);
    table->rows = m->rows;
    table->first = m->first;
    table->total = m->total;
    *out = table;
    return CST_OK;
}

static bool is_feature(const cst_column *column)
{
    return strncmp(column->name, feature_prefix, sizeof feature_prefix - 1) == 0;
}

static cst_code feature_from_column(cst_matrix *m, size_t c, const cst_column *column,
                                    cst_error *err)
{
    const char *name = column->name + sizeof feature_prefix - 1;
    if (column->type != CST_CATEGORY && column->type != CST_FLOAT32)
        return cst_error_set(err, CST_INVALID,
                             "feature %s of a matrix is %s, expected float32 or category", name,
                             cst_type_name(column->type));
    bool category = column->type == CST_CATEGORY;
    cst_code rc = cst_matrix_name(m, c, name, category ? CST_FEATURE_CATEGORY : CST_FEATURE_NUMERIC,
                                  column->levels.count, err);
    if (rc != CST_OK)
        return rc;
    if (!category) {
        memcpy(m->x[c], column->values.f32, m->rows * sizeof(float));
        return CST_OK;
    }
    for (size_t r = 0; r < m->rows; r++) {
        int32_t code = column->values.i32[r];
        m->x[c][r] = code == CST_MISSING_INT32 ? NAN : (float)code;
    }
    return CST_OK;
}

/* *out becomes a new array of a column's eight-byte values, or NULL where there is no such one. */
static cst_code values_from_column(void **out, const cst_table *table, const char *name,
                                   cst_type type, cst_error *err)
{
    const cst_column *column = cst_table_find(table, name);
    free(*out);
    *out = NULL;
    if (!column)
        return CST_OK;
    if (column->type != type)
        return cst_error_set(err, CST_INVALID, "%s of a matrix is %s, expected %s", name,
                             cst_type_name(column->type), cst_type_name(type));
    if (!(*out = cst_array_new(table->rows, 8, name, err)))
        return CST_NOMEM;
    memcpy(*out, column->values.any, table->rows * 8);
    return CST_OK;
}

static cst_code fill_from_table(cst_matrix *m, const cst_table *table, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t c = 0;
    for (size_t i = 0; i < table->columns; i++)
        if (is_feature(&table->column[i]) &&
            (rc = feature_from_column(m, c++, &table->column[i], err)) != CST_OK)
            return rc;
    void *label = NULL;
    void *weight = NULL;
    void *time = NULL;
    free(m->label);
    m->label = NULL;
    if ((rc = values_from_column(&label, table, label_name, CST_FLOAT64, err)) == CST_OK &&
        (rc = values_from_column(&weight, table, weight_name, CST_FLOAT64, err)) == CST_OK)
        rc = values_from_column(&time, table, time_name, CST_TIME, err);
    m->label = label;
    m->weight = weight;
    m->time = time;
    if (table->id) {
        memcpy(m->id, table->id, m->rows * sizeof *m->id);
    } else {
        free(m->id);
        m->id = NULL;
    }
    m->first = table->first;
    m->total = table->total;
    return rc;
}

cst_code cst_matrix_from_table(cst_matrix **out, const cst_table *table, cst_error *err)
{
    size_t features = 0;
    for (size_t i = 0; i < table->columns; i++)
        features += is_feature(&table->column[i]);
    cst_matrix *m = NULL;
    cst_code rc = cst_matrix_new(&m, table->rows, features, err);
    if (rc == CST_OK)
        rc = fill_from_table(m, table, err);
    if (rc != CST_OK) {
        cst_matrix_free(m);
        return rc;
    }
    *out = m;
    return CST_OK;
}

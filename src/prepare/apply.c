/* apply.c - raw rows to a matrix: a row's output depends on that row alone */
#include "base/array.h"
#include "prepare/derive.h"
#include "prepare/key.h"
#include "prepare/label.h"
#include "prepare/rows.h"
#include "prepare/transform_private.h"

static cst_code check_inputs(const cst_transform *transform, const cst_table *table, bool labels,
                             cst_error *err)
{
    for (const char *const *name = cst_transform_inputs(transform, labels); *name; name++)
        if (!cst_table_find(table, *name))
            return cst_error_set(err, CST_MISSING,
                                 "the rows have no column \"%s\", which the transform needs%s",
                                 *name, labels ? " (label and where: included)" : "");
    return CST_OK;
}

/* Without labels only what the features need: the label's own inputs may not be there yet. */
static cst_code derive(cst_table *table, const cst_transform *transform, bool labels,
                       cst_error *err)
{
    cst_derive_walk walk;
    cst_code rc = cst_derive_walk_new(&walk, json_object_get(transform->recipe, "derive"), err);
    if (rc != CST_OK)
        return rc;
    for (size_t i = 0; rc == CST_OK && i < transform->features; i++)
        rc = cst_derive_visit(&walk, transform->feature[i].column, err);
    if (rc == CST_OK && labels)
        rc = cst_derive_visit_all(&walk, err);
    if (rc == CST_OK)
        rc = cst_derive_apply(table, &walk, true, err);
    cst_derive_walk_free(&walk);
    return rc;
}

cst_code cst_transform_matrix(cst_matrix **out, const cst_transform *transform,
                              const cst_table *table, cst_error *err)
{
    size_t columns = 0;
    for (size_t i = 0; i < transform->features; i++)
        columns += cst_feature_width(&transform->feature[i]);
    cst_matrix *matrix = NULL;
    cst_code rc = cst_matrix_new(&matrix, table->rows, columns, err);
    size_t first = 0;
    for (size_t i = 0; rc == CST_OK && i < transform->features; i++) {
        const cst_feature_fit *feature = &transform->feature[i];
        rc = cst_feature_name(matrix, first, feature, err);
        if (rc == CST_OK)
            rc = cst_feature_apply(matrix, first, feature, cst_table_find(table, feature->column),
                                   err);
        first += cst_feature_width(feature);
    }
    if (rc == CST_OK) {
        matrix->first = table->first;
        matrix->total = table->total;
        *out = matrix;
        matrix = NULL;
    }
    cst_matrix_free(matrix);
    return rc;
}

static cst_code copy_time(cst_matrix *matrix, const cst_column *column, cst_error *err)
{
    matrix->time = cst_array_new(matrix->rows, sizeof *matrix->time, "times", err);
    if (!matrix->time)
        return CST_NOMEM;
    for (size_t r = 0; r < matrix->rows; r++)
        matrix->time[r] = cst_key_microseconds(column, r);
    return CST_OK;
}

cst_code cst_transform_identify(cst_matrix *matrix, const cst_transform *transform,
                                cst_table *table, double *label, cst_error *err)
{
    free(matrix->label);
    matrix->label = label;
    const char *weight = json_string_value(json_object_get(transform->recipe, "weight"));
    cst_code rc = label && weight ? cst_label_weights(&matrix->weight, table, weight, err) : CST_OK;
    if (rc != CST_OK)
        return rc;
    if (!table->id) {
        free(matrix->id);
        matrix->id = NULL;
    } else if (table->rows) {
        memcpy(matrix->id, table->id, table->rows * sizeof *table->id);
    }
    const char *name = json_string_value(json_object_get(transform->recipe, "time"));
    const cst_column *time = name ? cst_table_find(table, name) : NULL;
    return time && time->type == CST_TIME ? copy_time(matrix, time, err) : CST_OK;
}

/* The rows that count, as a table of their own where any does not; NULL where all do. */
static cst_code select_rows(cst_table **out, uint8_t *kept, const cst_transform *transform,
                            cst_table *table, cst_error *err)
{
    uint8_t *keep = kept ? kept : cst_array_new(table->rows, 1, "rows", err);
    int64_t dropped[2] = {0, 0};
    cst_code rc = keep ? cst_prepare_keep(keep, dropped, table, transform->recipe, err) : CST_NOMEM;
    if (rc == CST_OK && dropped[0] + dropped[1] > 0) {
        rc = cst_table_select(out, table, keep, err);
        if (rc == CST_OK) {
            (*out)->first = 0;
            (*out)->total = (int64_t)(*out)->rows;
        }
    }
    if (keep != kept)
        free(keep);
    return rc;
}

cst_code cst_transform_apply(cst_matrix **out, const cst_transform *transform, cst_table *table,
                             bool labels, uint8_t *kept, cst_error *err)
{
    cst_table *selected = NULL;
    cst_matrix *matrix = NULL;
    double *label = NULL;
    if (kept)
        memset(kept, 1, table->rows);
    cst_code rc = check_inputs(transform, table, labels, err);
    if (rc == CST_OK)
        rc = derive(table, transform, labels, err);
    if (rc == CST_OK && labels)
        rc = select_rows(&selected, kept, transform, table, err);
    if (rc != CST_OK)
        goto out;
    cst_table *rows = selected ? selected : table;
    const char *expression = json_string_value(json_object_get(transform->recipe, "label"));
    if (labels && (rc = cst_label_values(&label, NULL, rows, expression, "label", err)) != CST_OK)
        goto out;
    if ((rc = cst_transform_matrix(&matrix, transform, rows, err)) != CST_OK) {
        free(label);
        goto out;
    }
    if ((rc = cst_transform_identify(matrix, transform, rows, label, err)) != CST_OK)
        goto out;
    *out = matrix;
    matrix = NULL;
out:
    cst_matrix_free(matrix);
    cst_table_free(selected);
    return rc;
}

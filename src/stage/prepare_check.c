/* prepare_check.c - is the section right for these columns: tried on no rows, before any is read */
#include "base/array.h"
#include "config/json.h"
#include "stage/preparing.h"

cst_code cst_preparing_schema(cst_schema **out, const cst_version *snapshot, cst_error *err)
{
    json_t *value = NULL;
    cst_code rc = cst_version_read_json(&value, snapshot, "schema.json", err);
    if (rc == CST_OK)
        rc = cst_schema_from_json(out, value, err);
    json_decref(value);
    return rc;
}

/* A table of the schema's columns with no rows. */
static cst_code empty_table(cst_table **out, const cst_schema *schema, cst_error *err)
{
    cst_table *table = NULL;
    cst_code rc = cst_table_new(&table, err);
    for (size_t c = 0; rc == CST_OK && c < schema->columns; c++) {
        const cst_schema_column *like = &schema->column[c];
        cst_column *column = NULL;
        rc = cst_table_add(&column, table, like->name, like->type, err);
        if (rc == CST_OK && like->type == CST_TIME)
            column->ticks = like->ticks;
    }
    if (rc == CST_OK)
        *out = table;
    else
        cst_table_free(table);
    return rc;
}

static cst_code join_nothing(cst_table *rows, const cst_version *joined, const json_t *join,
                             cst_error *err)
{
    cst_schema *schema = NULL;
    cst_table *right = NULL;
    cst_code rc = cst_preparing_schema(&schema, joined, err);
    if (rc == CST_OK)
        rc = empty_table(&right, schema, err);
    if (rc == CST_OK)
        rc = cst_prepare_join(rows, right, join, err);
    cst_table_free(right);
    cst_schema_free(schema);
    return rc;
}

static cst_code try_split(const cst_preparing *p, cst_error *err)
{
    const json_t *spec = json_object_get(p->spec, "split");
    if (p->all)
        return CST_OK;
    if (!spec)
        return cst_error_set(err, CST_USAGE,
                             "prepare.split is missing: say which rows are kept for the test, such "
                             "as {by: time, test: 14d, validation: 14d}, or give --all");
    cst_split *split = NULL;
    cst_code rc = cst_split_new(&split, spec, false, p->schema, json_object_get(p->spec, "join"),
                                p->stage->seed, err);
    cst_split_free(split);
    return rc;
}

/* Columns that are absent when the model is asked cannot be what it learns from. */
static cst_code refuse_training_only(const cst_preparing *p, const cst_transform *transform,
                                     cst_error *err)
{
    for (const char *const *name = cst_transform_inputs(transform, false); *name; name++) {
        const cst_schema_column *column = cst_schema_find(p->schema, *name);
        if (column && column->training_only)
            return cst_error_set(err, CST_USAGE,
                                 "features: \"%s\" is only there in training, the schema says, so "
                                 "a model cannot be asked with it; leave it out",
                                 *name);
    }
    return CST_OK;
}

cst_code cst_preparing_check(const cst_preparing *p, cst_error *err)
{
    cst_table *rows = NULL;
    cst_fit *fit = NULL;
    uint8_t keep = 0;
    int64_t dropped[2];
    const json_t *joins = json_object_get(p->spec, "join");
    cst_code rc = empty_table(&rows, p->schema, err);
    for (size_t j = 0; rc == CST_OK && j < p->joins; j++)
        rc = join_nothing(rows, p->joined[j], json_array_get(joins, j), err);
    if (rc == CST_OK)
        rc = cst_prepare_derive(rows, json_object_get(p->spec, "derive"), err);
    if (rc == CST_OK)
        rc = cst_prepare_keep(&keep, dropped, rows, p->spec, err);
    if (rc == CST_OK)
        rc = try_split(p, err);
    if (rc == CST_OK)
        rc = cst_fit_new(&fit, p->spec, rows, p->schema->time, p->stage->seed, err);
    if (rc == CST_OK)
        rc = refuse_training_only(p, cst_fit_transform(fit), err);
    cst_fit_free(fit);
    cst_table_free(rows);
    return rc;
}

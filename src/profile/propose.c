/* propose.c - a schema for a person to edit, from a table's types and its profile */
#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "profile/profile.h"
#include "profile/validate_state.h"

enum { LISTED_MOST = 50 };

/* A bound with room: nobody has seen all values yet, but a sign that never occurred is a bound. */
static void propose_bounds(cst_schema_column *column, const json_t *profile)
{
    const json_t *min = json_object_get(profile, "min");
    const json_t *max = json_object_get(profile, "max");
    if (column->type == CST_TIME || column->type == CST_BOOL || !json_is_number(min))
        return;
    if (json_number_value(min) >= 0)
        column->min = 0;
    if (json_number_value(max) <= 0)
        column->max = 0;
}

/* Twice what was missing, rounded up to a whole per cent; 0 where nothing was. */
static double propose_missing(const json_t *profile)
{
    double count = json_number_value(json_object_get(profile, "count"));
    double missing = json_number_value(json_object_get(profile, "missing"));
    double share = missing > 0 ? 2 * missing / (count + missing) : 0;
    double rounded = ceil(share * 100) / 100;
    return rounded < 1 ? rounded : 1;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static cst_code propose_levels(cst_levels *out, const json_t *levels, cst_error *err)
{
    const char *text;
    json_t *count;
    size_t n = json_object_size(levels);
    if (n == 0 || n > LISTED_MOST)
        return CST_OK;
    out->text = cst_array_new(n, sizeof(char *), "levels", err);
    if (!out->text)
        return CST_NOMEM;
    json_object_foreach((json_t *)levels, text, count)
    {
        (void)count;
        if (!(out->text[out->count] = cst_text_copy(text, err)))
            return CST_NOMEM;
        out->count++;
    }
    qsort(out->text, (size_t)out->count, sizeof *out->text, by_text);
    return CST_OK;
}

static cst_code copy_text(char **out, const char *text, cst_error *err)
{
    *out = cst_text_copy(text, err);
    return text && !*out ? CST_NOMEM : CST_OK;
}

static cst_code propose_column(cst_schema_column *out, const cst_column *like,
                               const json_t *profile, cst_error *err)
{
    *out = (cst_schema_column){.type = like->type,
                               .ticks = like->ticks,
                               .min = NAN,
                               .max = NAN,
                               .missing = propose_missing(profile),
                               .required = true,
                               .unseen = CST_UNSEEN_WARN,
                               .drift_psi = NAN};
    propose_bounds(out, profile);
    cst_code rc = copy_text(&out->name, like->name, err);
    if (rc == CST_OK)
        rc = copy_text(&out->unit, like->unit, err);
    if (rc == CST_OK)
        rc = copy_text(&out->long_name, like->long_name, err);
    if (rc == CST_OK)
        rc = copy_text(&out->standard_name, like->standard_name, err);
    if (rc == CST_OK)
        rc = copy_text(&out->zone, like->zone, err);
    if (rc == CST_OK && like->type == CST_CATEGORY)
        rc = propose_levels(&out->levels, json_object_get(profile, "levels"), err);
    return rc;
}

/* The first time column, if any, is taken for the dataset's. */
static cst_code propose_time(cst_schema *schema, const cst_table *like, cst_error *err)
{
    for (size_t c = 0; c < like->columns; c++)
        if (like->column[c].type == CST_TIME)
            return copy_text(&schema->time, like->column[c].name, err);
    return CST_OK;
}

cst_code cst_profile_propose(cst_schema **out, const cst_table *like, const json_t *profile,
                             const char *dataset, cst_error *err)
{
    cst_schema *schema = cst_array_new(1, sizeof *schema, "schema", err);
    if (!schema)
        return CST_NOMEM;
    schema->rows_min = -1;
    schema->max_drop = NAN;
    cst_code rc = copy_text(&schema->dataset, dataset, err);
    schema->column = cst_array_new(like->columns, sizeof *schema->column, "schema", err);
    if (!schema->column)
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = propose_time(schema, like, err);
    for (size_t c = 0; rc == CST_OK && c < like->columns; c++) {
        schema->columns++;
        rc = propose_column(&schema->column[c], &like->column[c],
                            cst_validation_profiled(profile, like->column[c].name), err);
    }
    if (rc == CST_OK)
        *out = schema;
    else
        cst_schema_free(schema);
    return rc;
}

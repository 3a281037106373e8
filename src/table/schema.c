/* schema.c - schemas: from YAML and JSON, and back */
#include "table/schema.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "config/json.h"
#include "config/yaml.h"
#include "table/time.h"

static const struct {
    const char *name;
    int64_t ticks;
} time_units[] = {
    {"seconds", 1},
    {"milliseconds", 1000},
    {"microseconds", 1000000},
    {"nanoseconds", 1000000000},
};
enum { TIME_UNITS = sizeof time_units / sizeof time_units[0], TICKS = 1000000 };

static const char *const unseen_names[] = {
    [CST_UNSEEN_WARN] = "warn", [CST_UNSEEN_ERROR] = "error", [CST_UNSEEN_IGNORE] = "ignore"};

static void free_column(cst_schema_column *column)
{
    free(column->name);
    free(column->source);
    free(column->unit);
    free(column->long_name);
    free(column->standard_name);
    free(column->format);
    free(column->zone);
    cst_levels_free(&column->levels);
}

void cst_schema_free(cst_schema *schema)
{
    if (!schema)
        return;
    for (size_t c = 0; c < schema->columns; c++)
        free_column(&schema->column[c]);
    for (size_t k = 0; k < schema->keys; k++)
        free(schema->key[k]);
    free(schema->column);
    free(schema->key);
    free(schema->dataset);
    free(schema->time);
    free(schema);
}

const cst_schema_column *cst_schema_find(const cst_schema *schema, const char *name)
{
    for (size_t c = 0; c < schema->columns; c++)
        if (strcmp(schema->column[c].name, name) == 0)
            return &schema->column[c];
    return NULL;
}

/* ---- from a checked map ---- */

static cst_code take_text(char **out, const json_t *map, const char *key, cst_error *err)
{
    const char *text = cst_get_string(map, key, NULL);
    *out = cst_text_copy(text, err);
    return text && !*out ? CST_NOMEM : CST_OK;
}

static cst_code take_unit(cst_schema_column *column, cst_error *err)
{
    column->ticks = TICKS;
    if (column->type != CST_TIME || !column->unit)
        return CST_OK;
    for (size_t i = 0; i < TIME_UNITS; i++)
        if (strcmp(column->unit, time_units[i].name) == 0) {
            column->ticks = time_units[i].ticks;
            free(column->unit);
            column->unit = NULL;
            return CST_OK;
        }
    return cst_error_set(err, CST_USAGE,
                         "column %s: \"%s\" is no unit of time: use seconds, milliseconds, "
                         "microseconds or nanoseconds",
                         column->name, column->unit);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static cst_code take_levels(cst_schema_column *column, const json_t *list, cst_error *err)
{
    size_t count = json_array_size(list);
    if (count == 0)
        return CST_OK;
    if (column->type != CST_CATEGORY || count > CST_LEVELS_MOST)
        return cst_error_set(err, CST_USAGE, "column %s: only a category has levels, %d at most",
                             column->name, CST_LEVELS_MOST);
    cst_levels *levels = &column->levels;
    if (!(levels->text = cst_array_new(count, sizeof *levels->text, "levels", err)))
        return CST_NOMEM;
    for (; (size_t)levels->count < count; levels->count++) {
        const char *text = json_string_value(json_array_get(list, (size_t)levels->count));
        if (!(levels->text[levels->count] = cst_text_copy(text, err)))
            return CST_NOMEM;
    }
    qsort(levels->text, count, sizeof *levels->text, by_text);
    for (size_t i = 1; i < count; i++)
        if (strcmp(levels->text[i - 1], levels->text[i]) == 0)
            return cst_error_set(err, CST_USAGE, "column %s: level \"%s\" is listed twice",
                                 column->name, levels->text[i]);
    return CST_OK;
}

static cst_code check_column(const cst_schema_column *column, cst_error *err)
{
    cst_code rc = cst_schema_check_name(column->name, err);
    if (rc != CST_OK)
        return rc;
    if (column->type != CST_TIME && (column->format || column->zone))
        return cst_error_set(err, CST_USAGE, "column %s: only a time has a format or a zone",
                             column->name);
    if (column->min > column->max)
        return cst_error_set(err, CST_USAGE, "column %s: min is larger than max", column->name);
    if (column->format && (rc = cst_time_check_format(column->format, err)) != CST_OK)
        return rc;
    return CST_OK;
}

static cst_code take_column(cst_schema_column *column, const json_t *map, cst_error *err)
{
    const struct {
        char **to;
        const char *key;
    } text[] = {{&column->name, "name"},
                {&column->source, "source"},
                {&column->unit, "unit"},
                {&column->long_name, "long_name"},
                {&column->standard_name, "standard_name"},
                {&column->format, "format"},
                {&column->zone, "zone"}};
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < sizeof text / sizeof text[0]; i++)
        rc = take_text(text[i].to, map, text[i].key, err);
    if (rc != CST_OK)
        return rc;
    column->type = (cst_type)cst_type_parse(cst_get_string(map, "type", "text"));
    column->min = cst_get_real(map, "min", (double)NAN);
    column->max = cst_get_real(map, "max", (double)NAN);
    column->missing = cst_get_real(map, "missing", (double)NAN);
    column->required = cst_get_bool(map, "required", true);
    column->training_only = cst_get_string(map, "only", NULL) != NULL;
    column->drift_psi = cst_get_real(json_object_get(map, "drift"), "psi", (double)NAN);
    const char *unseen = cst_get_string(map, "unseen", "warn");
    for (int i = 0; i <= CST_UNSEEN_IGNORE; i++)
        if (strcmp(unseen, unseen_names[i]) == 0)
            column->unseen = (cst_unseen)i;
    if ((rc = take_unit(column, err)) == CST_OK &&
        (rc = take_levels(column, json_object_get(map, "levels"), err)) == CST_OK)
        rc = check_column(column, err);
    return rc;
}

static cst_code take_keys(cst_schema *schema, const json_t *list, cst_error *err)
{
    size_t count = json_array_size(list);
    if (!(schema->key = cst_array_new(count, sizeof *schema->key, "key", err)))
        return CST_NOMEM;
    for (size_t k = 0; k < count; k++) {
        const char *name = json_string_value(json_array_get(list, k));
        if (!(schema->key[k] = cst_text_copy(name, err)))
            return CST_NOMEM;
        schema->keys++;
        if (!cst_schema_find(schema, name))
            return cst_error_set(err, CST_USAGE, "key: there is no column %s", name);
    }
    return CST_OK;
}

static cst_code take_columns(cst_schema *schema, const json_t *list, cst_error *err)
{
    size_t count = json_array_size(list);
    if (count == 0)
        return cst_error_set(err, CST_USAGE, "a schema needs columns");
    if (!(schema->column = cst_array_new(count, sizeof *schema->column, "schema", err)))
        return CST_NOMEM;
    for (size_t c = 0; c < count; c++) {
        schema->columns++;
        cst_code rc = take_column(&schema->column[c], json_array_get(list, c), err);
        if (rc != CST_OK)
            return rc;
        if (cst_schema_find(schema, schema->column[c].name) != &schema->column[c])
            return cst_error_set(err, CST_USAGE, "column %s is there twice",
                                 schema->column[c].name);
    }
    return CST_OK;
}

static cst_code take_schema(cst_schema *schema, const json_t *map, cst_error *err)
{
    const json_t *rows = json_object_get(map, "rows");
    schema->rows_min = cst_get_int(rows, "min", -1);
    schema->max_drop = cst_get_real(rows, "max_drop", (double)NAN);
    cst_code rc = CST_OK;
    if ((rc = take_text(&schema->dataset, map, "dataset", err)) != CST_OK ||
        (rc = take_text(&schema->time, map, "time", err)) != CST_OK ||
        (rc = take_columns(schema, json_object_get(map, "columns"), err)) != CST_OK ||
        (rc = take_keys(schema, json_object_get(map, "key"), err)) != CST_OK)
        return rc;
    const cst_schema_column *time = schema->time ? cst_schema_find(schema, schema->time) : NULL;
    if (schema->time && (!time || time->type != CST_TIME))
        return cst_error_set(err, CST_USAGE, "time: there is no column %s of type time",
                             schema->time);
    return CST_OK;
}

/* What went wrong inside is told with the name of where it stands. */
static cst_code from_json(cst_schema **out, const json_t *value, const json_t *lines,
                          const char *source, cst_error *err)
{
    json_t *checked = NULL;
    cst_schema *schema = NULL;
    cst_error inner = CST_ERROR_INIT;
    cst_code rc = cst_option_check(&checked, value, lines, source, cst_schema_options, err);
    if (rc != CST_OK)
        return rc;
    if (!(schema = cst_array_new(1, sizeof *schema, "schema", &inner)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = take_schema(schema, checked, &inner);
    json_decref(checked);
    if (rc != CST_OK) {
        cst_schema_free(schema);
        return cst_error_set(err, rc, "%s: %s", source, inner.text);
    }
    *out = schema;
    return CST_OK;
}

cst_code cst_schema_from_json(cst_schema **out, const json_t *value, cst_error *err)
{
    return from_json(out, value, NULL, "schema", err);
}

cst_code cst_schema_read(cst_schema **out, const char *path, cst_error *err)
{
    json_t *value = NULL;
    json_t *lines = NULL;
    cst_code rc = cst_yaml_load(&value, &lines, path, err);
    if (rc == CST_OK)
        rc = from_json(out, value, lines, path, err);
    json_decref(value);
    json_decref(lines);
    return rc;
}

/* ---- and back ---- */

static cst_code put_text(json_t *map, const char *key, const char *text, cst_error *err)
{
    return text ? cst_json_put(map, key, json_string(text), err) : CST_OK;
}

static cst_code put_real(json_t *map, const char *key, double value, cst_error *err)
{
    return isnan(value) ? CST_OK : cst_json_put(map, key, cst_json_real(value), err);
}

static cst_code put_levels(json_t *map, const cst_levels *levels, cst_error *err)
{
    if (levels->count == 0)
        return CST_OK;
    json_t *list = json_array();
    cst_code rc = cst_json_put(map, "levels", list, err);
    for (int32_t i = 0; rc == CST_OK && i < levels->count; i++)
        rc = cst_json_append(list, json_string(levels->text[i]), err);
    return rc;
}

static const char *unit_of(const cst_schema_column *column)
{
    if (column->type != CST_TIME)
        return column->unit;
    for (size_t i = 0; i < TIME_UNITS; i++)
        if (time_units[i].ticks == column->ticks && column->ticks != TICKS)
            return time_units[i].name;
    return NULL;
}

static cst_code put_column(json_t *map, const cst_schema_column *column, cst_error *err)
{
    const struct {
        const char *key, *text;
    } text[] = {
        {"name", column->name},
        {"type", cst_type_name(column->type)},
        {"source", column->source},
        {"unit", unit_of(column)},
        {"long_name", column->long_name},
        {"standard_name", column->standard_name},
        {"format", column->format},
        {"zone", column->zone},
        {"only", column->training_only ? "training" : NULL},
        {"unseen", column->unseen == CST_UNSEEN_WARN ? NULL : unseen_names[column->unseen]}};
    const struct {
        const char *key;
        double value;
    } real[] = {{"min", column->min}, {"max", column->max}, {"missing", column->missing}};
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < sizeof text / sizeof text[0]; i++)
        rc = put_text(map, text[i].key, text[i].text, err);
    for (size_t i = 0; rc == CST_OK && i < sizeof real / sizeof real[0]; i++)
        rc = put_real(map, real[i].key, real[i].value, err);
    if (rc == CST_OK && !column->required)
        rc = cst_json_put(map, "required", json_false(), err);
    if (rc == CST_OK && !isnan(column->drift_psi))
        rc = cst_json_put(map, "drift", json_pack("{s:f}", "psi", column->drift_psi), err);
    return rc == CST_OK ? put_levels(map, &column->levels, err) : rc;
}

static cst_code put_columns(json_t *map, const cst_schema *schema, cst_error *err)
{
    json_t *list = json_array();
    cst_code rc = cst_json_put(map, "columns", list, err);
    for (size_t c = 0; rc == CST_OK && c < schema->columns; c++) {
        json_t *column = json_object();
        rc = cst_json_append(list, column, err);
        if (rc == CST_OK)
            rc = put_column(column, &schema->column[c], err);
    }
    return rc;
}

static cst_code put_rows(json_t *map, const cst_schema *schema, cst_error *err)
{
    if (schema->rows_min < 0 && isnan(schema->max_drop))
        return CST_OK;
    json_t *rows = json_object();
    cst_code rc = cst_json_put(map, "rows", rows, err);
    if (rc == CST_OK && schema->rows_min >= 0)
        rc = cst_json_put(rows, "min", json_integer(schema->rows_min), err);
    return rc == CST_OK ? put_real(rows, "max_drop", schema->max_drop, err) : rc;
}

static cst_code put_key(json_t *map, const cst_schema *schema, cst_error *err)
{
    if (schema->keys == 0)
        return CST_OK;
    json_t *list = json_array();
    cst_code rc = cst_json_put(map, "key", list, err);
    for (size_t k = 0; rc == CST_OK && k < schema->keys; k++)
        rc = cst_json_append(list, json_string(schema->key[k]), err);
    return rc;
}

json_t *cst_schema_to_json(const cst_schema *schema, cst_error *err)
{
    json_t *map = json_object();
    cst_code rc = map ? CST_OK : cst_error_nomem(err, "schema");
    if (rc == CST_OK)
        rc = put_text(map, "dataset", schema->dataset, err);
    if (rc == CST_OK)
        rc = put_key(map, schema, err);
    if (rc == CST_OK)
        rc = put_text(map, "time", schema->time, err);
    if (rc == CST_OK)
        rc = put_rows(map, schema, err);
    if (rc == CST_OK)
        rc = put_columns(map, schema, err);
    if (rc == CST_OK)
        return map;
    json_decref(map);
    return NULL;
}

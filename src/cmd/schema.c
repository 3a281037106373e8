/* schema.c - capstan schema show, capstan schema diff */
#include "base/file.h"
#include "cmd/call.h"
#include "cmd/output.h"
#include "config/json.h"
#include "config/yaml.h"

static const cst_option show_options[] = {
    {.name = "reference",
     .type = CST_OPTION_STRING,
     .help = "a version that has a schema",
     .metavar = "REF",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    CST_OPTION_KIND,
    {.name = NULL},
};

static const cst_command show_command = {
    .name = "schema show",
    .summary = "print the schema of a version",
    .description = "Prints as YAML the schema that a snapshot was read with, or that features and "
                   "models carry along.",
    .options = show_options,
    .example = "capstan schema show flights@1 --kind snapshot",
    .statuses = "0  printed\n1  there is no such version, or it has no schema",
};

static const cst_option diff_options[] = {
    {.name = "a",
     .type = CST_OPTION_STRING,
     .help = "a version that has a schema",
     .metavar = "A",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "b",
     .type = CST_OPTION_STRING,
     .help = "another",
     .metavar = "B",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    CST_OPTION_KIND,
    {.name = NULL},
};

static const cst_command diff_command = {
    .name = "schema diff",
    .summary = "tell what differs between two schemas",
    .description = "Prints a line for each column that was added, removed or changed; with --json "
                   "{column: [in A, in B]}.",
    .options = diff_options,
    .example = "capstan schema diff flights@1 flights@2 --kind snapshot",
    .statuses = "0  compared, whatever was found\n1  there is no such version, or it has no schema",
};

static cst_code read_schema(json_t **out, const cst_call *call, const char *option, cst_error *err)
{
    cst_version *version = NULL;
    char *path = NULL;
    cst_code rc = cst_call_find(&version, call, option, err);
    if (rc == CST_OK && !(path = cst_file_join(version->path, "schema.json", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK && !cst_file_exists(path))
        rc = cst_error_set(err, CST_MISSING, "%s %s@%lld has no schema",
                           cst_kind_name(version->kind), version->name, (long long)version->number);
    if (rc == CST_OK)
        rc = cst_json_read(out, path, err);
    free(path);
    cst_version_free(version);
    return rc;
}

static cst_code run_show(const cst_call *call, cst_error *err)
{
    json_t *schema = NULL;
    cst_text text = CST_TEXT_INIT;
    cst_code rc = read_schema(&schema, call, "reference", err);
    if (rc == CST_OK && call->json)
        rc = cst_output_json(schema, err);
    else if (rc == CST_OK && (rc = cst_yaml_write(&text, schema, err)) == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    json_decref(schema);
    return rc;
}

/* {name: column} of a schema's columns. */
static json_t *columns_by_name(const json_t *schema)
{
    json_t *map = json_object();
    size_t i = 0;
    json_t *column = NULL;
    json_array_foreach(json_object_get(schema, "columns"), i, column)
    {
        (void)json_object_set(map, cst_get_string(column, "name", "?"), column);
    }
    return map;
}

static cst_code put_if_different(json_t *out, const char *name, json_t *a, json_t *b,
                                 cst_error *err)
{
    if (a && b && json_equal(a, b))
        return CST_OK;
    return cst_json_put(out, name, json_pack("[O, O]", a ? a : json_null(), b ? b : json_null()),
                        err);
}

static cst_code compare(json_t *out, const json_t *a, const json_t *b, cst_error *err)
{
    json_t *left = columns_by_name(a);
    json_t *right = columns_by_name(b);
    cst_code rc = left && right ? CST_OK : cst_error_nomem(err, "schemas");
    const char *name = NULL;
    json_t *column = NULL;
    json_object_foreach(left, name, column)
    {
        if (rc == CST_OK)
            rc = put_if_different(out, name, column, json_object_get(right, name), err);
    }
    json_object_foreach(right, name, column)
    {
        if (rc == CST_OK && !json_object_get(left, name))
            rc = put_if_different(out, name, NULL, column, err);
    }
    json_decref(left);
    json_decref(right);
    return rc;
}

static cst_code write_differences(const json_t *differences, cst_error *err)
{
    cst_columns table;
    cst_code rc = cst_columns_new(&table, (const char *const[]){"COLUMN", "A", "B", NULL}, err);
    const char *name = NULL;
    json_t *pair = NULL;
    json_object_foreach((json_t *)differences, name, pair)
    {
        cst_text text[2] = {CST_TEXT_INIT, CST_TEXT_INIT};
        for (size_t i = 0; rc == CST_OK && i < 2; i++)
            rc = cst_output_value(&text[i], json_array_get(pair, i), err);
        if (rc == CST_OK)
            rc = cst_columns_add(
                &table, (const char *const[]){name, text[0].data, text[1].data, NULL}, err);
        cst_text_free(&text[0]);
        cst_text_free(&text[1]);
    }
    if (rc == CST_OK)
        rc = cst_columns_write(&table, err);
    cst_columns_free(&table);
    return rc;
}

static cst_code run_diff(const cst_call *call, cst_error *err)
{
    json_t *a = NULL;
    json_t *b = NULL;
    json_t *differences = json_object();
    cst_code rc = differences ? read_schema(&a, call, "a", err) : cst_error_nomem(err, "schemas");
    if (rc == CST_OK)
        rc = read_schema(&b, call, "b", err);
    if (rc == CST_OK)
        rc = compare(differences, a, b, err);
    if (rc == CST_OK)
        rc = call->json ? cst_output_json(differences, err) : write_differences(differences, err);
    json_decref(differences);
    json_decref(a);
    json_decref(b);
    return rc;
}

const cst_builtin cst_builtin_schema_show = {
    .command = &show_command, .group = "Look", .registry = true, .run = run_show};
const cst_builtin cst_builtin_schema_diff = {
    .command = &diff_command, .group = "Look", .registry = true, .run = run_diff};

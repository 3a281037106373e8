/* diff.c - capstan diff: what differs between two versions */
#include "cmd/call.h"
#include "cmd/output.h"
#include "registry/lineage.h"

static const cst_option options[] = {
    {.name = "a",
     .type = CST_OPTION_STRING,
     .help = "one version",
     .metavar = "A",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "b",
     .type = CST_OPTION_STRING,
     .help = "another of the same kind",
     .metavar = "B",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    CST_OPTION_KIND,
    {.name = NULL},
};

static const cst_command command = {
    .name = "diff",
    .summary = "tell what differs between two versions",
    .description = "Compares parameters, inputs, contents of files, and figures.",
    .options = options,
    .example = "capstan diff flight-delay@1 flight-delay@2",
    .statuses = "0  compared, whatever was found\n1  there is no such version",
};

static cst_code add_pair(cst_columns *columns, const char *what, const char *path,
                         const json_t *pair, cst_error *err)
{
    cst_text text[2] = {CST_TEXT_INIT, CST_TEXT_INIT};
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < 2; i++)
        rc = cst_output_value(&text[i], json_array_get(pair, i), err);
    if (rc == CST_OK)
        rc = cst_columns_add(
            columns, (const char *const[]){what, path, text[0].data, text[1].data, NULL}, err);
    cst_text_free(&text[0]);
    cst_text_free(&text[1]);
    return rc;
}

static cst_code write_text(const cst_call *call, const json_t *difference, cst_error *err)
{
    static const char *const sections[] = {"params", "inputs", "files", "summary"};
    cst_columns columns;
    const char *a = cst_get_string(call->options, "a", "");
    const char *b = cst_get_string(call->options, "b", "");
    if (cst_get_bool(difference, "identical", false))
        return cst_output_print(err, "identical: %s and %s have the same id\n", a, b);
    cst_code rc = cst_columns_new(&columns, (const char *const[]){"WHAT", "KEY", a, b, NULL}, err);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const char *path = NULL;
        json_t *pair = NULL;
        json_object_foreach(json_object_get(difference, sections[i]), path, pair)
        {
            if (rc == CST_OK)
                rc = add_pair(&columns, sections[i], path, pair, err);
        }
    }
    if (rc == CST_OK)
        rc = cst_columns_write(&columns, err);
    cst_columns_free(&columns);
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_version *a = NULL;
    cst_version *b = NULL;
    json_t *difference = NULL;
    cst_code rc = cst_call_find(&a, call, "a", err);
    if (rc == CST_OK)
        rc = cst_call_find(&b, call, "b", err);
    if (rc == CST_OK)
        rc = cst_lineage_diff(&difference, a, b, err);
    if (rc == CST_OK)
        rc = call->json ? cst_output_json(difference, err) : write_text(call, difference, err);
    json_decref(difference);
    cst_version_free(a);
    cst_version_free(b);
    return rc;
}

const cst_builtin cst_builtin_diff = {
    .command = &command, .group = "Look", .registry = true, .run = run};

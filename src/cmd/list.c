/* list.c - capstan list: versions, chosen and sorted by what their manifests say */
#include "cmd/call.h"
#include "cmd/listing.h"
#include "cmd/output.h"

static const cst_option options[] = {
    {.name = "kind",
     .type = CST_OPTION_STRING,
     .help = "only versions of this kind",
     .metavar = "KIND",
     .choices = cst_kind_names,
     .flags = CST_OPTION_POSITIONAL},
    {.name = "name",
     .type = CST_OPTION_STRING,
     .help = "only versions of this name",
     .metavar = "NAME",
     .flags = CST_OPTION_POSITIONAL},
    {.name = "where",
     .type = CST_OPTION_EXPRESSION,
     .help = "only versions for which this holds: of kind, name, version, and of the figures and "
             "parameters that their manifests have",
     .flags = CST_OPTION_RUNTIME},
    {.name = "sort",
     .type = CST_OPTION_STRING,
     .help = "by this figure, the largest first with - before it",
     .metavar = "KEY",
     .flags = CST_OPTION_RUNTIME},
    {.name = "limit",
     .type = CST_OPTION_INT,
     .help = "no more than this many",
     .min = 1,
     .max = 1e9,
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

static const cst_command command = {
    .name = "list",
    .summary = "list versions, chosen and sorted by their figures",
    .description = "Prints a line a version, the oldest first; with --json one object a line.",
    .options = options,
    .example = "capstan list model --where 'auc > 0.7' --sort -auc --limit 5",
    .statuses = "0  listed, however few there are\n2  an expression that does not fit",
};

/* "auc 0.705, rows 81280": the figures that are one value. */
static cst_code add_figures(cst_text *out, const json_t *summary, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "", err);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)summary, key, value)
    {
        if (rc != CST_OK || json_is_object(value) || json_is_array(value))
            continue;
        rc = cst_text_print(out, err, "%s%s ", out->size ? ", " : "", key);
        if (rc == CST_OK && json_is_real(value))
            rc = cst_text_print(out, err, "%.6g", json_real_value(value));
        else if (rc == CST_OK)
            rc = cst_output_value(out, value, err);
    }
    return rc;
}

static cst_code add_row(cst_columns *columns, const cst_version *version, cst_error *err)
{
    char hex[CST_DIGEST_HEX];
    char id[16];
    cst_text figures = CST_TEXT_INIT;
    const json_t *made = json_object_get(version->manifest, "provenance");
    char *name = cst_text_format(err, "%s@%lld", version->name, (long long)version->number);
    cst_digest_hex(hex, &version->id);
    (void)snprintf(id, sizeof id, "%.8s", hex);
    cst_code rc = name ? add_figures(&figures, json_object_get(version->manifest, "summary"), err)
                       : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_columns_add(columns,
                             (const char *const[]){cst_kind_name(version->kind), name, id,
                                                   cst_get_string(made, "when", "-"), figures.data,
                                                   NULL},
                             err);
    cst_text_free(&figures);
    free(name);
    return rc;
}

static cst_code write_text(cst_version *const *versions, size_t count, cst_error *err)
{
    cst_columns columns;
    cst_code rc = cst_columns_new(
        &columns, (const char *const[]){"KIND", "VERSION", "ID", "MADE", "FIGURES", NULL}, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        rc = add_row(&columns, versions[i], err);
    if (rc == CST_OK)
        rc = cst_columns_write(&columns, err);
    cst_columns_free(&columns);
    return rc;
}

static cst_code write_json(cst_version *const *versions, size_t count, cst_error *err)
{
    static const char *const copied[] = {"summary", "params"};
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        json_t *value = cst_version_to_json(versions[i], err);
        rc = value ? CST_OK : CST_NOMEM;
        for (size_t k = 0; rc == CST_OK && k < sizeof copied / sizeof *copied; k++)
            (void)json_object_set(value, copied[k],
                                  json_object_get(versions[i]->manifest, copied[k]));
        if (rc == CST_OK)
            rc = cst_output_json(value, err);
        json_decref(value);
    }
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_version **versions = NULL;
    size_t count = 0;
    cst_code rc = cst_registry_list(&versions, &count, call->registry, cst_call_kind(call),
                                    cst_get_string(call->options, "name", NULL), err);
    const char *where = cst_get_string(call->options, "where", NULL);
    const char *sort = cst_get_string(call->options, "sort", NULL);
    if (rc == CST_OK && where)
        rc = cst_listing_choose(versions, &count, where, err);
    if (rc == CST_OK && sort)
        rc = cst_listing_sort(versions, count, sort, err);
    size_t limit = (size_t)cst_get_int(call->options, "limit", INT64_MAX);
    size_t shown = count < limit ? count : limit;
    if (rc == CST_OK)
        rc = call->json ? write_json(versions, shown, err) : write_text(versions, shown, err);
    cst_versions_free(versions, count);
    return rc;
}

const cst_builtin cst_builtin_list = {
    .command = &command, .group = "Look", .registry = true, .run = run};

/* log.c - capstan log: the history of an alias */
#include "cmd/call.h"
#include "cmd/output.h"
#include "registry/alias.h"

static const cst_option options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .help = "the model's name",
     .metavar = "NAME",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "alias",
     .type = CST_OPTION_STRING,
     .fallback = "champion",
     .help = "whose history",
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

static const cst_command command = {
    .name = "log",
    .summary = "tell who moved an alias when, to what and why",
    .description = "Prints the generations of an alias, the oldest first, after checking that each "
                   "follows from the one before; with --json one object a line.",
    .options = options,
    .example = "capstan log flight-delay",
    .statuses = "0  told (nothing where the alias was never set)\n1  the chain is broken",
};

static cst_code add_record(cst_columns *columns, const json_t *record, const char *model,
                           cst_error *err)
{
    const json_t *target = json_object_get(record, "target");
    const char *reason = cst_get_string(record, "reason", "-");
    bool forced = cst_get_bool(record, "override", false);
    char *generation =
        cst_text_format(err, "%lld", (long long)cst_get_int(record, "generation", 0));
    char *version =
        cst_text_format(err, "%s@%lld", model, (long long)cst_get_int(target, "version", 0));
    char *why = cst_text_format(err, "%s%s", forced ? "past the gate: " : "", reason);
    cst_code rc = generation && version && why ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_columns_add(columns,
                             (const char *const[]){generation, version,
                                                   cst_get_string(record, "time", "-"),
                                                   cst_get_string(record, "actor", "-"),
                                                   cst_get_string(record, "host", "-"), why, NULL},
                             err);
    free(generation);
    free(version);
    free(why);
    return rc;
}

static cst_code write_text(const json_t *chain, const char *model, cst_error *err)
{
    cst_columns columns;
    cst_code rc = cst_columns_new(
        &columns,
        (const char *const[]){"GENERATION", "VERSION", "TIME", "WHO", "HOST", "WHY", NULL}, err);
    size_t i = 0;
    const json_t *record = NULL;
    json_array_foreach(chain, i, record)
    {
        if (rc == CST_OK)
            rc = add_record(&columns, record, model, err);
    }
    if (rc == CST_OK)
        rc = cst_columns_write(&columns, err);
    cst_columns_free(&columns);
    return rc;
}

static cst_code write_json(const json_t *chain, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *record = NULL;
    json_array_foreach(chain, i, record)
    {
        if (rc == CST_OK)
            rc = cst_output_json(record, err);
    }
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    json_t *chain = NULL;
    cst_version *newest = NULL;
    const char *model = cst_get_string(call->options, "model", "");
    const char *alias = cst_get_string(call->options, "alias", "");
    cst_code rc = cst_alias_log(&chain, call->registry, model, alias, err);
    if (rc == CST_OK && json_array_size(chain) == 0) /* is there such a model at all? */
        rc = cst_registry_find(&newest, call->registry, CST_KIND_MODEL, model, err);
    else if (rc == CST_OK)
        rc = call->json ? write_json(chain, err) : write_text(chain, model, err);
    if (rc == CST_OK && newest)
        cst_log_info(call->log, "%s has never had a %s", model, alias);
    cst_version_free(newest);
    json_decref(chain);
    return rc;
}

const cst_builtin cst_builtin_log = {
    .command = &command, .group = "Look", .registry = true, .run = run};

/* promote.c - capstan promote, capstan rollback: move an alias */
#include "cmd/call.h"
#include "cmd/output.h"
#include "config/json.h"
#include "registry/alias.h"

static const cst_option promote_options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .help = "the model version",
     .metavar = "MODEL",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "alias",
     .type = CST_OPTION_STRING,
     .fallback = "champion",
     .help = "what it becomes",
     .flags = CST_OPTION_RUNTIME},
    {.name = "expect",
     .type = CST_OPTION_INT,
     .help = "the generation that must still be the current one, 0 where the alias was never set "
             "(default: the one that the evaluation saw)",
     .max = 9e15,
     .flags = CST_OPTION_RUNTIME},
    {.name = "evaluation",
     .type = CST_OPTION_STRING,
     .help = "the evaluation whose verdict counts (default: the newest of this version)",
     .metavar = "REF",
     .flags = CST_OPTION_RUNTIME},
    {.name = "override",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "past a refusal of the gate; needs --reason",
     .flags = CST_OPTION_RUNTIME},
    {.name = "reason",
     .type = CST_OPTION_STRING,
     .help = "kept in the log",
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

static const cst_command promote_command = {
    .name = "promote",
    .summary = "make a model version the champion",
    .description = "Moves an alias to a model version that the gate let pass, after verifying both "
                   "in full. It is a compare and swap: where somebody else moved the alias since "
                   "the evaluation looked at it, nothing is changed. Prints the new generation.",
    .options = promote_options,
    .example = "capstan promote flight-delay@2",
    .statuses = "0  moved\n1  there is no such version, or it was changed\n"
                "3  refused: the gate says no, or nothing was evaluated\n"
                "4  conflict: somebody else moved the alias\n99  it is the champion already",
};

static const cst_option rollback_options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .help = "the model's name",
     .metavar = "NAME",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "alias",
     .type = CST_OPTION_STRING,
     .fallback = "champion",
     .help = "which alias",
     .flags = CST_OPTION_RUNTIME},
    {.name = "to",
     .type = CST_OPTION_INT,
     .help = "a version that had the alias once (default: the one before the current one)",
     .metavar = "VERSION",
     .min = 1,
     .max = 9e9,
     .flags = CST_OPTION_RUNTIME},
    {.name = "reason",
     .type = CST_OPTION_STRING,
     .help = "kept in the log",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_RUNTIME},
    {.name = NULL},
};

static const cst_command rollback_command = {
    .name = "rollback",
    .summary = "point an alias back to an older version",
    .description = "Adds a generation that points to a version that had the alias before; history "
                   "is never rewritten. Prints the new generation.",
    .options = rollback_options,
    .example = "capstan rollback flight-delay --reason 'wrong on Sundays'",
    .statuses = "0  moved\n1  there is nothing to go back to\n2  the version never had the alias\n"
                "4  conflict: somebody else moved the alias",
};

/* The new generation, and with --json what it points at. */
static cst_code write_moved(const cst_call *call, const char *model, int64_t generation,
                            cst_error *err)
{
    if (!call->json)
        return cst_output_print(err, "%lld\n", (long long)generation);
    const char *alias = cst_get_string(call->options, "alias", "");
    cst_version *version = NULL;
    json_t *value = NULL;
    char *reference = cst_text_format(err, "%s@%s", model, alias);
    cst_code rc = reference
                      ? cst_registry_find(&version, call->registry, CST_KIND_MODEL, reference, err)
                      : CST_NOMEM;
    if (rc == CST_OK)
        rc = (value = cst_version_to_json(version, err)) ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_put(value, "alias", json_string(alias), err);
    if (rc == CST_OK)
        rc = cst_json_put(value, "generation", json_integer(generation), err);
    if (rc == CST_OK)
        rc = cst_output_json(value, err);
    json_decref(value);
    cst_version_free(version);
    free(reference);
    return rc;
}

static cst_code promote(const cst_call *call, cst_error *err)
{
    enum { AS_EVALUATED = -1 };
    cst_version *model = NULL;
    cst_version *evaluation = NULL;
    int64_t generation = 0;
    const char *named = cst_get_string(call->options, "evaluation", NULL);
    cst_code rc = cst_registry_find(&model, call->registry, CST_KIND_MODEL,
                                    cst_get_string(call->options, "model", ""), err);
    if (rc == CST_OK && named)
        rc = cst_registry_find(&evaluation, call->registry, CST_KIND_EVALUATION, named, err);
    if (rc != CST_OK)
        goto out;
    cst_promotion promotion = {.alias = cst_get_string(call->options, "alias", ""),
                               .expect = cst_get_int(call->options, "expect", AS_EVALUATED),
                               .evaluation = evaluation,
                               .override = cst_get_bool(call->options, "override", false),
                               .reason = cst_get_string(call->options, "reason", NULL)};
    rc = cst_alias_promote(&generation, call->registry, model, &promotion, err);
    if (rc == CST_SKIPPED)
        cst_log_info(call->log, "%s@%lld is the %s already", model->name, (long long)model->number,
                     promotion.alias);
    if (rc == CST_OK || rc == CST_SKIPPED) {
        cst_code written = write_moved(call, model->name, generation, err);
        rc = written == CST_OK ? rc : written;
    }
out:
    cst_version_free(model);
    cst_version_free(evaluation);
    return rc;
}

static cst_code rollback(const cst_call *call, cst_error *err)
{
    int64_t generation = 0;
    const char *model = cst_get_string(call->options, "model", "");
    cst_code rc = cst_alias_rollback(
        &generation, call->registry, model, cst_get_string(call->options, "alias", ""),
        cst_get_int(call->options, "to", 0), cst_get_string(call->options, "reason", ""), err);
    return rc == CST_OK ? write_moved(call, model, generation, err) : rc;
}

const cst_builtin cst_builtin_promote = {
    .command = &promote_command, .group = "Registry", .registry = true, .run = promote};
const cst_builtin cst_builtin_rollback = {
    .command = &rollback_command, .group = "Registry", .registry = true, .run = rollback};

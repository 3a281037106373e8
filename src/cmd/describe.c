/* describe.c - capstan describe: every command as JSON, for the documentation's reference */
#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/program_options.h"
#include "cmd/stages.h"
#include "config/json.h"

static const cst_option options[] = {
    {.name = NULL},
};

static const cst_command command = {
    .name = "describe",
    .summary = "print every command with its options as JSON",
    .description = "An array of objects: what --help prints, for programs. The reference and the "
                   "shell completion are made of it.",
    .options = options,
    .example = "capstan describe",
    .statuses = "0  printed",
};

static cst_code add(json_t *list, const cst_command *described, const char *name, const char *group,
                    cst_error *err)
{
    json_t *value = cst_command_describe(described, err);
    cst_code rc = value ? cst_json_put(value, "name", json_string(name), err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_put(value, "group", json_string(group), err);
    if (rc == CST_OK)
        rc = cst_json_append(list, json_incref(value), err);
    json_decref(value);
    return rc;
}

static cst_code add_stage(json_t *list, const cst_stage_entry *stage, cst_error *err)
{
    cst_command joined;
    cst_code rc = cst_program_command(&joined, stage->command, true, err);
    if (rc != CST_OK)
        return rc;
    rc = add(list, &joined, stage->name, "Stages", err);
    free((void *)joined.options);
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    (void)call;
    json_t *list = json_array();
    cst_code rc = list ? CST_OK : cst_error_nomem(err, "commands");
    for (const cst_stage_entry *stage = cst_stage_entries; rc == CST_OK && stage->name; stage++)
        rc = add_stage(list, stage, err);
    for (const cst_builtin *const *builtin = cst_builtins; rc == CST_OK && *builtin; builtin++)
        rc = add(list, (*builtin)->command, (*builtin)->command->name, (*builtin)->group, err);
    if (rc == CST_OK)
        rc = cst_output_json(list, err);
    json_decref(list);
    return rc;
}

const cst_builtin cst_builtin_describe = {.command = &command, .group = "Machine", .run = run};

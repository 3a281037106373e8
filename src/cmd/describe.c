/* describe.c - capstan describe: commands and the keys of files, for the documentation */
#include "cmd/commands.h"
#include "cmd/manual.h"
#include "cmd/output.h"
#include "cmd/program_options.h"
#include "cmd/stages.h"
#include "config/json.h"
#include "model/learner.h"
#include "pipeline/options.h"
#include "table/schema.h"

static const char *const subjects[] = {"commands", "pipeline", "schema", NULL};
static const char *const shells[] = {"bash", NULL};

static const cst_option options[] = {
    {.name = "what",
     .type = CST_OPTION_STRING,
     .fallback = "commands",
     .help = "the commands, or the keys of a pipeline file or of a schema file",
     .metavar = "WHAT",
     .flags = CST_OPTION_POSITIONAL,
     .choices = subjects},
    {.name = "man",
     .type = CST_OPTION_STRING,
     .help = "print the manual page of a command instead, or of capstan itself",
     .metavar = "COMMAND"},
    {.name = "completion",
     .type = CST_OPTION_STRING,
     .help = "print a script that completes commands and options instead",
     .metavar = "SHELL",
     .choices = shells},
    {.name = NULL},
};

static const cst_command command = {
    .name = "describe",
    .summary = "print every command with its options as JSON, or the keys of a file",
    .description = "An array of objects: what --help prints, for programs. The reference in the "
                   "documentation is made of it. The same tables give the manual pages and the "
                   "shell completion, which are installed with the programs.",
    .options = options,
    .example = "capstan describe --man 'schema infer' | man -l -\n"
               "source <(capstan describe --completion bash)",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage",
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

static cst_code add_commands(json_t *list, cst_error *err)
{
    cst_code rc = CST_OK;
    for (const cst_stage_entry *stage = cst_stage_entries; rc == CST_OK && stage->name; stage++)
        rc = stage->hidden ? CST_OK : add_stage(list, stage, err);
    for (const cst_builtin *const *builtin = cst_builtins; rc == CST_OK && *builtin; builtin++)
        rc = add(list, (*builtin)->command, (*builtin)->command->name, (*builtin)->group, err);
    return rc;
}

static cst_code put_table(json_t *object, const char *key, const cst_option *table, cst_error *err)
{
    json_t *keys = cst_option_describe(table, err);
    return keys ? cst_json_put(object, key, keys, err) : CST_NOMEM;
}

/* The keys that depend on the learner, by its name. */
static cst_code put_learners(json_t *section, cst_error *err)
{
    json_t *list = json_array();
    cst_code rc = list ? CST_OK : cst_error_nomem(err, "learners");
    for (const cst_learner *const *learner = cst_learners; rc == CST_OK && *learner; learner++) {
        json_t *one =
            json_pack("{s:s, s:s}", "name", (*learner)->name, "summary", (*learner)->summary);
        rc = one ? put_table(one, "keys", (*learner)->options, err)
                 : cst_error_nomem(err, "learners");
        if (rc == CST_OK)
            rc = cst_json_append(list, json_incref(one), err);
        json_decref(one);
    }
    if (rc == CST_OK)
        rc = cst_json_put(section, "learners", json_incref(list), err);
    json_decref(list);
    return rc;
}

/* What a stage's section holds, put into the row of its name. */
static cst_code put_section(json_t *rows, const cst_section *section, cst_error *err)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        if (strcmp(cst_get_string(row, "name", ""), section->name) != 0)
            continue;
        cst_code rc = cst_json_put(row, "help", json_string(section->help), err);
        if (rc == CST_OK)
            rc = put_table(row, "keys", section->keys, err);
        return rc == CST_OK && section->more ? put_learners(row, err) : rc;
    }
    return CST_OK;
}

static cst_code add_sections(json_t *rows, cst_error *err)
{
    cst_code rc = put_section(rows, &cst_slurm_section, err);
    for (const cst_stage_entry *stage = cst_stage_entries; stage->name; stage++)
        for (size_t i = 0; rc == CST_OK && stage->sections[i]; i++)
            rc = put_section(rows, stage->sections[i], err);
    return rc;
}

static cst_code print_json(const cst_call *call, cst_error *err)
{
    const char *what = cst_get_string(call->options, "what", "commands");
    bool commands = strcmp(what, "commands") == 0;
    bool pipeline = strcmp(what, "pipeline") == 0;
    json_t *list =
        commands ? json_array()
                 : cst_option_describe(pipeline ? cst_pipeline_options : cst_schema_options, err);
    cst_code rc = list ? CST_OK : cst_error_nomem(err, "a description");
    if (rc == CST_OK && commands)
        rc = add_commands(list, err);
    else if (rc == CST_OK && pipeline)
        rc = add_sections(list, err);
    if (rc == CST_OK)
        rc = cst_output_json(list, err);
    json_decref(list);
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    const char *page = cst_get_string(call->options, "man", NULL);
    bool completion = cst_get_string(call->options, "completion", NULL);
    if (!page && !completion)
        return print_json(call, err);
    cst_code rc = page ? cst_manual_page(&text, page, err) : cst_manual_completion(&text, err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

const cst_builtin cst_builtin_describe = {.command = &command, .group = "Machine", .run = run};

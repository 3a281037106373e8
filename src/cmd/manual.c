/* manual.c - the manual pages and the shell completion of capstan, from its tables */
#include "cmd/manual.h"

#include "base/array.h"
#include "cmd/build.h"
#include "cmd/commands.h"
#include "cmd/program_options.h"
#include "cmd/stages.h"
#include "config/completion.h"
#include "config/man.h"

enum { RELEASE = 64 };

static void print_release(char out[RELEASE])
{
    (void)snprintf(out, RELEASE, "Capstan %s", cst_build_release());
}

/* ---------------------------------------------------------------------------- capstan's own page
 */

static cst_code add_command(cst_text *out, const char *name, const cst_command *command,
                            cst_error *err)
{
    char *term = cst_text_format(err, "capstan %s", name);
    cst_code rc = term ? cst_man_item(out, term, command->summary, err) : CST_NOMEM;
    free(term);
    return rc;
}

static cst_code add_group(cst_text *out, const char *group, cst_error *err)
{
    cst_code rc = cst_man_part(out, group, err);
    bool stages = strcmp(group, cst_command_groups[0]) == 0;
    for (const cst_stage_entry *stage = cst_stage_entries; rc == CST_OK && stages && stage->name;
         stage++)
        rc = stage->hidden ? CST_OK : add_command(out, stage->name, stage->command, err);
    for (const cst_builtin *const *builtin = cst_builtins; rc == CST_OK && *builtin; builtin++)
        if (strcmp((*builtin)->group, group) == 0)
            rc = add_command(out, (*builtin)->command->name, (*builtin)->command, err);
    return rc;
}

static cst_code own_page(cst_text *out, cst_error *err)
{
    char release[RELEASE];
    print_release(release);
    cst_code rc = cst_man_begin(out, "capstan", "continuous training on files", release, err);
    if (rc == CST_OK)
        rc = cst_man_section(out, "SYNOPSIS", err);
    if (rc == CST_OK)
        rc = cst_man_paragraphs(out, "capstan COMMAND [OPTION…] [ARGUMENT…]", err);
    if (rc == CST_OK)
        rc = cst_man_section(out, "DESCRIPTION", err);
    if (rc == CST_OK)
        rc = cst_man_paragraphs(
            out,
            "New data in, a better model out, and every model traceable to the bits that made it. "
            "Each command has a page of its own: capstan-ingest(1) for capstan ingest, "
            "capstan-schema-infer(1) for capstan schema infer.\n\n"
            "A stage is a program capstan-<stage>. capstan starts it, with --ranks N under mpirun; "
            "under srun or mpirun call the program itself.",
            err);
    if (rc == CST_OK)
        rc = cst_man_section(out, "COMMANDS", err);
    for (const char *const *group = cst_command_groups; rc == CST_OK && *group; group++)
        rc = add_group(out, *group, err);
    if (rc == CST_OK)
        rc = cst_man_section(out, "ENVIRONMENT", err);
    return rc == CST_OK ? cst_man_item(out, "CAPSTAN_REGISTRY",
                                       "the registry where --registry is not given", err)
                        : rc;
}

/* ------------------------------------------------------------------------------ pages of commands
 */

static cst_code stage_page(cst_text *out, const cst_stage_entry *stage, const char *name,
                           const char *release, cst_error *err)
{
    cst_command joined;
    cst_code rc = cst_program_command(&joined, stage->command, true, err);
    if (rc != CST_OK)
        return rc;
    rc = cst_man_command(out, &joined, name, release, stage->sections, err);
    free((void *)joined.options);
    return rc;
}

static cst_code command_page(cst_text *out, const char *command, const char *name, cst_error *err)
{
    char release[RELEASE];
    print_release(release);
    const cst_builtin *builtin = cst_builtin_find(command);
    if (builtin)
        return cst_man_command(out, builtin->command, name, release, NULL, err);
    for (const cst_stage_entry *stage = cst_stage_entries; stage->name; stage++)
        if (strcmp(stage->name, command) == 0)
            return stage_page(out, stage, name, release, err);
    return cst_error_set(err, CST_USAGE, "there is no command %s; capstan --help lists them",
                         command);
}

cst_code cst_manual_page(cst_text *out, const char *command, cst_error *err)
{
    if (strcmp(command, "capstan") == 0)
        return own_page(out, err);
    char *name = cst_text_format(err, "capstan %s", command);
    cst_code rc = name ? command_page(out, command, name, err) : CST_NOMEM;
    free(name);
    return rc;
}

/* ------------------------------------------------------------------------------------- completion
 */

static size_t count_commands(size_t *stages)
{
    size_t count = 0;
    while (cst_stage_entries[count].name)
        count++;
    *stages = count;
    for (const cst_builtin *const *builtin = cst_builtins; *builtin; builtin++)
        count++;
    return count;
}

cst_code cst_manual_completion(cst_text *out, cst_error *err)
{
    static const char *const words[] = {"help", "--help", "--version", NULL};
    size_t stages;
    size_t used = 0;
    size_t count = count_commands(&stages);
    cst_completion_entry *entry = cst_array_new(count, sizeof *entry, "commands", err);
    cst_command *joined = cst_array_new(stages, sizeof *joined, "stages", err);
    cst_code rc = entry && joined ? CST_OK : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < stages; i++) {
        if (cst_stage_entries[i].hidden)
            continue;
        rc = cst_program_command(&joined[i], cst_stage_entries[i].command, true, err);
        entry[used++] = (cst_completion_entry){cst_stage_entries[i].name, &joined[i]};
    }
    for (const cst_builtin *const *builtin = cst_builtins; rc == CST_OK && *builtin; builtin++)
        entry[used++] = (cst_completion_entry){(*builtin)->command->name, (*builtin)->command};
    if (rc == CST_OK)
        rc = cst_completion_bash(out, "capstan", entry, used, words, err);
    for (size_t i = 0; joined && i < stages; i++)
        free((void *)joined[i].options);
    free(joined);
    free(entry);
    return rc;
}

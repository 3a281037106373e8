/* capstan.c - what people type: its own commands, and stages that become capstan-<stage> */
#include "base/array.h"
#include "base/file.h"
#include "cmd/build.h"
#include "cmd/commands.h"
#include "cmd/launch.h"
#include "cmd/output.h"

static const cst_stage_entry *find_stage(const char *name)
{
    for (const cst_stage_entry *stage = cst_stage_entries; stage->name; stage++)
        if (strcmp(stage->name, name) == 0)
            return stage;
    return NULL;
}

static cst_code add_group(cst_text *out, const char *group, cst_error *err)
{
    enum { NAME_WIDTH = 13 };
    cst_code rc = CST_OK;
    bool stages = strcmp(group, cst_command_groups[0]) == 0;
    bool headed = false;
    for (const cst_stage_entry *stage = cst_stage_entries; rc == CST_OK && stages && stage->name;
         stage++) {
        if (stage->hidden)
            continue;
        rc = cst_text_print(out, err, "%s  %-*s %s\n", headed ? "" : "\nStages:\n", NAME_WIDTH,
                            stage->name, stage->command->summary);
        headed = true;
    }
    for (const cst_builtin *const *builtin = cst_builtins; rc == CST_OK && *builtin; builtin++) {
        if (strcmp((*builtin)->group, group) != 0)
            continue;
        if (!headed)
            rc = cst_text_print(out, err, "\n%s:\n", group);
        headed = true;
        if (rc == CST_OK)
            rc = cst_text_print(out, err, "  %-*s %s\n", NAME_WIDTH, (*builtin)->command->name,
                                (*builtin)->command->summary);
    }
    return rc;
}

static cst_code add_overview(cst_text *out, cst_error *err)
{
    cst_code rc = cst_text_puts(out,
                                "Usage: capstan COMMAND [OPTION…] [ARGUMENT…]\n\n"
                                "Continuous training: new data in, a better model out, and every "
                                "model traceable\nto the bits that made it.\n",
                                err);
    for (const char *const *group = cst_command_groups; rc == CST_OK && *group; group++)
        rc = add_group(out, *group, err);
    if (rc == CST_OK)
        rc =
            cst_text_puts(out,
                          "\ncapstan help COMMAND tells more of each; capstan --version what this "
                          "was built from.\nThe registry is --registry DIR, else CAPSTAN_REGISTRY, "
                          "else registry: of the\npipeline file.\n",
                          err);
    return rc;
}

/* The nearest command to a word that is none. */
static cst_code say_unknown(const char *word, cst_error *err)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = {"help"};
    size_t count = 1;
    for (const cst_stage_entry *stage = cst_stage_entries; stage->name && count < MOST; stage++)
        if (!stage->hidden)
            names[count++] = stage->name;
    for (const cst_builtin *const *builtin = cst_builtins; *builtin && count < MOST; builtin++)
        names[count++] = (*builtin)->command->name;
    const char *nearest = cst_text_nearest(word, names);
    return cst_error_set(err, CST_USAGE, "there is no command %s%s%s%s", word,
                         nearest ? "; did you mean " : "; capstan --help lists them",
                         nearest ? nearest : "", nearest ? "?" : "");
}

static cst_code print(cst_code (*make)(cst_text *out, cst_error *err), cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = make(&text, err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

static cst_code add_version(cst_text *out, cst_error *err)
{
    return cst_build_version(out, "capstan", err);
}

static int report(cst_code rc, cst_error *err)
{
    cst_log log = cst_log_new("capstan", CST_LOG_NORMAL, "none");
    if (rc != CST_OK)
        cst_log_error(&log, err);
    return cst_code_status(rc);
}

/* Run the command that the first word, or the first two, name. */
static int dispatch(int count, char *const *words)
{
    cst_error err = CST_ERROR_INIT;
    cst_log log = cst_log_new("capstan", CST_LOG_NORMAL, "none");
    int used = count > 1 ? 2 : 1;
    char *name = used == 2 ? cst_text_format(&err, "%s %s", words[0], words[1])
                           : cst_text_copy(words[0], &err);
    if (!name)
        return report(CST_NOMEM, &err);
    const cst_builtin *builtin = cst_builtin_find(name);
    const cst_stage_entry *stage = find_stage(name);
    free(name);
    if (!builtin && !stage) {
        used = 1;
        builtin = cst_builtin_find(words[0]);
        stage = find_stage(words[0]);
    }
    if (builtin)
        return cst_builtin_call(builtin, count - used, words + used, "capstan");
    if (stage)
        return cst_launch_stage(stage, count - used, words + used, &log);
    return report(say_unknown(words[0], &err), &err);
}

/* capstan help, capstan help X: as capstan --help, capstan X --help. */
static int help(int count, char *const *words)
{
    cst_error err = CST_ERROR_INIT;
    if (count == 0)
        return report(print(add_overview, &err), &err);
    char **asked = cst_array_new((size_t)count + 1, sizeof *asked, "words", &err);
    if (!asked)
        return report(CST_NOMEM, &err);
    static char option[] = "--help";
    for (int i = 0; i < count; i++)
        asked[i] = words[i];
    asked[count] = option;
    int status = dispatch(count + 1, asked);
    free(asked);
    return status;
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    cst_file_signals();
    if (argc < 2)
        return report(cst_error_set(&err, CST_USAGE, "no command: capstan --help lists them"),
                      &err);
    if (strcmp(argv[1], "--version") == 0)
        return report(print(add_version, &err), &err);
    if (strcmp(argv[1], "--help") == 0)
        return report(print(add_overview, &err), &err);
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2);
    return dispatch(argc - 1, argv + 1);
}

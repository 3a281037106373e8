/* commands.c - the commands that run in capstan itself: found, parsed, run */
#include "cmd/commands.h"

#include "cmd/build.h"
#include "cmd/output.h"
#include "cmd/place.h"

const cst_builtin *const cst_builtins[] = {&cst_builtin_plan,        &cst_builtin_run,
                                           &cst_builtin_submit,      &cst_builtin_status,
                                           &cst_builtin_wait,        &cst_builtin_cancel,
                                           &cst_builtin_resume,      &cst_builtin_tune,
                                           &cst_builtin_init,        &cst_builtin_list,
                                           &cst_builtin_show,        &cst_builtin_diff,
                                           &cst_builtin_why,         &cst_builtin_log,
                                           &cst_builtin_schema_show, &cst_builtin_schema_diff,
                                           &cst_builtin_promote,     &cst_builtin_rollback,
                                           &cst_builtin_verify,      &cst_builtin_doctor,
                                           &cst_builtin_describe,    NULL};

const cst_builtin *const cst_builtins_hidden[] = {&cst_builtin_step, &cst_builtin_pilot,
                                                  &cst_builtin_attempt, NULL};

const char *const cst_command_groups[] = {"Stages",   "Pipeline", "Look",
                                          "Registry", "Machine",  NULL};

static const cst_builtin *find(const cst_builtin *const *builtin, const char *name)
{
    while (*builtin && strcmp((*builtin)->command->name, name) != 0)
        builtin++;
    return *builtin;
}

const cst_builtin *cst_builtin_find(const char *name)
{
    const cst_builtin *found = find(cst_builtins, name);
    return found ? found : find(cst_builtins_hidden, name);
}

static cst_log_level level_of(const json_t *options)
{
    if (cst_get_bool(options, "quiet", false))
        return CST_LOG_QUIET;
    return cst_get_bool(options, "verbose", false) ? CST_LOG_VERBOSE : CST_LOG_NORMAL;
}

/* --help or --version: *answered. */
static cst_code answer(bool *answered, const cst_builtin *builtin, const json_t *options,
                       cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    bool help = cst_get_bool(options, "help", false);
    *answered = help || cst_get_bool(options, "version", false);
    if (!*answered)
        return CST_OK;
    char *program = cst_text_format(err, "capstan %s", builtin->command->name);
    if (!program)
        rc = CST_NOMEM;
    else
        rc = help ? cst_command_help(&text, builtin->command, program, err)
                  : cst_build_version(&text, "capstan", err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    free(program);
    return rc;
}

static cst_code run(const cst_builtin *builtin, cst_call *call, cst_error *err)
{
    char *path = NULL;
    cst_code rc = builtin->registry ? cst_place_registry(&path, call->options, err) : CST_OK;
    if (rc == CST_OK && path)
        rc = cst_registry_open(&call->registry, path, err);
    if (rc == CST_OK)
        rc = builtin->run(call, err);
    cst_registry_close(call->registry);
    free(path);
    return rc;
}

int cst_builtin_call(const cst_builtin *builtin, int count, char *const *arguments,
                     const char *program)
{
    cst_error err = CST_ERROR_INIT;
    json_t *options = NULL;
    bool answered = false;
    cst_log log = cst_log_new(program, CST_LOG_NORMAL, "none");
    cst_code rc = cst_command_parse(&options, builtin->command, count, arguments, &err);
    if (rc == CST_OK)
        rc = answer(&answered, builtin, options, &err);
    if (rc == CST_OK && !answered) {
        log = cst_log_new(program, level_of(options), cst_get_string(options, "progress", "auto"));
        cst_call call = {.options = options,
                         .log = &log,
                         .json = cst_get_bool(options, "json", false),
                         .count = count,
                         .arguments = arguments};
        rc = run(builtin, &call, &err);
    }
    if (rc != CST_OK && rc != CST_SKIPPED)
        cst_log_error(&log, &err);
    json_decref(options);
    return cst_code_status(rc);
}

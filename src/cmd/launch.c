/* launch.c - a stage becomes the program capstan-<stage>, under mpirun where ranks are asked for */
#include "cmd/launch.h"

#include <unistd.h>

#include "base/file.h"
#include "cmd/build.h"
#include "cmd/output.h"
#include "cmd/place.h"
#include "cmd/program_options.h"
#include "config/json.h"
#include "pipeline/launch.h"
#include "pipeline/receipt.h"

static cst_code add_word(json_t *words, const char *word, cst_error *err)
{
    json_t *value = json_string(word);
    return value ? cst_json_append(words, value, err)
                 : cst_error_set(err, CST_USAGE, "the argument \"%s\" is not UTF-8", word);
}

static cst_code become(const char *program, const json_t *arguments, cst_error *err)
{
    cst_launch launch;
    cst_code rc = cst_launch_new(&launch, program, arguments, 1, err);
    if (rc != CST_OK)
        return rc;
    if (!cst_launch_environment(&launch))
        rc = cst_error_nomem(err, "environment");
    else {
        (void)execvp(launch.argv[0], launch.argv);
        rc = cst_error_errno(err, "cannot start %s", launch.argv[0]);
    }
    cst_launch_free(&launch);
    return rc;
}

cst_code cst_launch_instead(const char *program, int count, char *const *arguments, cst_error *err)
{
    json_t *words = json_array();
    cst_code rc = words ? CST_OK : cst_error_nomem(err, "arguments");
    for (int i = 0; rc == CST_OK && i < count; i++)
        rc = add_word(words, arguments[i], err);
    if (rc == CST_OK)
        rc = become(program, words, err);
    json_decref(words);
    return rc;
}

/* The arguments without --ranks, which is capstan's own. */
static cst_code without_ranks(json_t *out, int count, char *const *arguments, cst_error *err)
{
    cst_code rc = CST_OK;
    bool options = true;
    for (int i = 0; rc == CST_OK && i < count; i++) {
        options = options && strcmp(arguments[i], "--") != 0;
        if (options && strcmp(arguments[i], "--ranks") == 0)
            i++;
        else if (!options || strncmp(arguments[i], "--ranks=", strlen("--ranks=")) != 0)
            rc = add_word(out, arguments[i], err);
    }
    return rc;
}

/* --------------------------------------------------------------------------------- with mpirun */

static cst_code make_attempt(char **out, const cst_stage_entry *stage, const json_t *options,
                             cst_error *err)
{
    char run[CST_RUN_ID];
    char *path = NULL;
    cst_registry *registry = NULL;
    cst_code rc = cst_place_registry(&path, options, err);
    if (rc == CST_OK)
        rc = cst_registry_open(&registry, path, err);
    if (rc == CST_OK)
        rc = cst_receipt_run_id(run, err);
    if (rc == CST_OK)
        rc = cst_receipt_attempt(out, registry, run, stage->command->name, err);
    cst_registry_close(registry);
    free(path);
    return rc;
}

/* The stage is done when its receipt says so; without one nobody knows, and that is a failure. */
static cst_code read_outcome(int *out, const char *attempt, int status, cst_error *err)
{
    json_t *end = NULL;
    cst_error lost = CST_ERROR_INIT;
    cst_code rc = cst_receipt_read_end(&end, attempt, &lost);
    if (rc == CST_OK) {
        *out = cst_code_status(cst_receipt_code(end));
        json_decref(end);
        return CST_OK;
    }
    if (rc == CST_MISSING && status == 2) {
        *out = 2; /* it said so itself before it began */
        return CST_OK;
    }
    if (rc != CST_MISSING)
        return cst_error_set(err, rc, "%s", lost.text);
    return cst_error_set(err, CST_FAILED,
                         "the stage ended without a receipt in %s (status %d): what it did is "
                         "unknown",
                         attempt, status);
}

static cst_code run_under_mpi(int *out, const cst_stage_entry *stage, const json_t *options,
                              json_t *words, cst_error *err)
{
    cst_launch launch = {0};
    char *attempt = NULL;
    int status = 0;
    cst_code rc = make_attempt(&attempt, stage, options, err);
    if (rc == CST_OK) /* in front: what follows "--" is no option */
        rc = json_array_insert_new(words, 0, json_string("--attempt")) == 0 &&
                     json_array_insert_new(words, 1, json_string(attempt)) == 0
                 ? CST_OK
                 : cst_error_nomem(err, "arguments");
    if (rc == CST_OK)
        rc = cst_launch_new(&launch, stage->program, words, (int)cst_get_int(options, "ranks", 1),
                            err);
    if (rc == CST_OK)
        rc = cst_launch_run(&status, &launch, NULL, err);
    if (rc == CST_OK)
        rc = read_outcome(out, attempt, status, err);
    cst_launch_free(&launch);
    free(attempt);
    return rc;
}

/* --------------------------------------------------------------------------------------- stage */

static cst_code answer(const cst_stage_entry *stage, bool version, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc =
        version ? cst_build_version(&text, "capstan", err) : cst_stage_help(&text, stage, err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

static cst_code launch_stage(int *out, const cst_stage_entry *stage, int count,
                             char *const *arguments, cst_error *err)
{
    cst_command command;
    json_t *options = NULL;
    json_t *words = json_array();
    cst_code rc = cst_program_command(&command, stage->command, true, err);
    if (rc != CST_OK)
        goto out;
    rc = cst_command_parse(&options, &command, count, arguments, err);
    free((void *)command.options);
    if (rc != CST_OK)
        goto out;
    bool version = cst_get_bool(options, "version", false);
    if (version || cst_get_bool(options, "help", false))
        rc = answer(stage, version, err);
    else if ((rc = without_ranks(words, count, arguments, err)) == CST_OK)
        rc = cst_get_int(options, "ranks", 1) > 1 ? run_under_mpi(out, stage, options, words, err)
                                                  : become(stage->program, words, err);
out:
    json_decref(options);
    json_decref(words);
    return rc;
}

int cst_launch_stage(const cst_stage_entry *stage, int count, char *const *arguments, cst_log *log)
{
    cst_error err = CST_ERROR_INIT;
    int status = 0;
    cst_code rc = launch_stage(&status, stage, count, arguments, &err);
    if (rc == CST_OK)
        return status;
    cst_log_error(log, &err);
    return cst_code_status(rc);
}

/* init.c - capstan init: makes a registry */
#include "cmd/call.h"
#include "cmd/output.h"

static const cst_option options[] = {
    {.name = "directory",
     .type = CST_OPTION_STRING,
     .help = "a new or empty directory",
     .metavar = "DIR",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = NULL},
};

static const cst_command command = {
    .name = "init",
    .summary = "make a registry",
    .description = "Makes a registry in a new or empty directory, after trying there what it rests "
                   "on: that link(2) fails where a name exists, and that rename(2) does not "
                   "replace a directory that is not empty. A registry that is there already is "
                   "left as it is.",
    .options = options,
    .example = "capstan init reg",
    .statuses = "0  the registry is there\n1  the directory cannot hold one",
};

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_registry *registry = NULL;
    const char *path = cst_get_string(call->options, "directory", "");
    cst_code rc = cst_registry_init(path, err);
    if (rc == CST_SKIPPED)
        cst_log_info(call->log, "%s is a registry already", path);
    if (rc == CST_OK || rc == CST_SKIPPED)
        rc = cst_registry_open(&registry, path, err);
    if (rc != CST_OK)
        return rc;
    json_t *value = json_pack("{s:s}", "path", cst_registry_path(registry));
    if (!value)
        rc = cst_error_nomem(err, "result");
    else if (call->json)
        rc = cst_output_json(value, err);
    else
        rc = cst_output_print(err, "%s\n", cst_registry_path(registry));
    json_decref(value);
    cst_registry_close(registry);
    return rc;
}

const cst_builtin cst_builtin_init = {.command = &command, .group = "Registry", .run = run};

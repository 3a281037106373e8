/* verify.c - capstan verify: the registry's own health */
#include "registry/verify.h"

#include "cmd/call.h"
#include "cmd/launch.h"
#include "cmd/output.h"
#include "config/json.h"

enum { EVERY_FILE_OPENED = 3 };

static const cst_option options[] = {
    {.name = "reference",
     .type = CST_OPTION_STRING,
     .help = "one version (default: the whole registry)",
     .metavar = "REF",
     .flags = CST_OPTION_POSITIONAL},
    CST_OPTION_KIND,
    {.name = "level",
     .type = CST_OPTION_INT,
     .fallback = "2",
     .help = "0: names, modes, manifests and the chains of aliases; 1: sizes too; 2: every byte's "
             "hash too; 3: every file is opened and its content hashed",
     .max = EVERY_FILE_OPENED,
     .flags = CST_OPTION_RUNTIME},
    {.name = "quarantine",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "move what is bad to quarantine/; its numbers stay used",
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

static const cst_command command = {
    .name = "verify",
    .summary = "look whether anything in the registry was changed or lost",
    .description = "Looks at every version, its files, the parts it names, and every record of "
                   "every alias, and prints a line for each thing that is wrong. It never repairs.",
    .options = options,
    .example = "capstan verify --level 2",
    .statuses = "0  nothing is wrong\n1  something is: a line each",
};

static cst_code write_text(const json_t *found, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *finding = NULL;
    const json_t *findings = json_object_get(found, "findings");
    json_array_foreach(findings, i, finding)
    {
        if (rc == CST_OK)
            rc = cst_output_print(err, "%s: %s\n", cst_get_string(finding, "path", "-"),
                                  cst_get_string(finding, "problem", "-"));
    }
    const json_t *moved = NULL;
    json_array_foreach(json_object_get(found, "quarantined"), i, moved)
    {
        if (rc == CST_OK)
            rc = cst_output_print(err, "%s: moved to quarantine\n", json_string_value(moved));
    }
    if (rc == CST_OK)
        rc = cst_output_print(
            err, "%lld versions, %lld files, %lld bytes at level %lld: %zu wrong\n",
            (long long)cst_get_int(found, "versions", 0), (long long)cst_get_int(found, "files", 0),
            (long long)cst_get_int(found, "bytes", 0), (long long)cst_get_int(found, "level", 0),
            json_array_size(findings));
    return rc;
}

cst_code cst_verify_run(const cst_call *call,
                        cst_code (*open)(const char *path, const cst_digest *content,
                                         cst_error *err),
                        cst_error *err)
{
    json_t *found = NULL;
    cst_version *version = NULL;
    cst_code rc = CST_OK;
    if (cst_get_string(call->options, "reference", NULL))
        rc = cst_call_find(&version, call, "reference", err);
    if (rc == CST_OK)
        rc =
            cst_verify(&found, call->registry, version, (int)cst_get_int(call->options, "level", 2),
                       cst_get_bool(call->options, "quarantine", false), open, call->log, err);
    if (rc == CST_OK)
        rc = call->json ? cst_output_json(found, err) : write_text(found, err);
    size_t wrong = json_array_size(json_object_get(found, "findings"));
    if (rc == CST_OK && wrong)
        rc = cst_error_set(err, CST_INVALID, "%zu thing%s in %s %s not as published", wrong,
                           wrong == 1 ? "" : "s", cst_registry_path(call->registry),
                           wrong == 1 ? "is" : "are");
    cst_version_free(version);
    json_decref(found);
    return rc;
}

/* Level 3 reads HDF5, which this program is not linked with: a program behind it is. */
static cst_code run(const cst_call *call, cst_error *err)
{
    if (cst_get_int(call->options, "level", 0) < EVERY_FILE_OPENED)
        return cst_verify_run(call, NULL, err);
    return cst_launch_instead("capstan-verify", call->count, call->arguments, err);
}

const cst_builtin cst_builtin_verify = {
    .command = &command, .group = "Registry", .registry = true, .run = run};

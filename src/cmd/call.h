/* call.h - a command of capstan itself: its table, and the function behind it */
#ifndef CST_CMD_CALL_H
#define CST_CMD_CALL_H

#include "base/log.h"
#include "config/command.h"
#include "registry/registry.h"

/** What a command works with. Borrowed. */
typedef struct {
    const json_t *options;  /* the command line, checked */
    cst_registry *registry; /* NULL where the command asks for none */
    cst_log *log;
    bool json;              /* --json */
    int count;              /* arguments behind the command's name, as they were given */
    char *const *arguments; /* shape [count] */
} cst_call;

/** A command that runs in this process. */
typedef struct {
    const cst_command *command;
    const char *group; /* the heading it stands under in `capstan --help` */
    bool registry;     /* it wants the registry opened */
    cst_code (*run)(const cst_call *call, cst_error *err);
} cst_builtin;

extern const cst_builtin cst_builtin_init, cst_builtin_list, cst_builtin_show, cst_builtin_diff,
    cst_builtin_why, cst_builtin_log, cst_builtin_promote, cst_builtin_rollback, cst_builtin_verify,
    cst_builtin_doctor, cst_builtin_describe, cst_builtin_schema_show, cst_builtin_schema_diff,
    cst_builtin_plan, cst_builtin_run, cst_builtin_resume, cst_builtin_status, cst_builtin_wait,
    cst_builtin_cancel, cst_builtin_attempt, cst_builtin_step, cst_builtin_submit, cst_builtin_tune,
    cst_builtin_pilot;

/* Rows that the option tables of several commands have. */

/** A positional reference to a version. */
#define CST_OPTION_REFERENCE                                                                       \
    {                                                                                              \
        .name = "reference", .type = CST_OPTION_STRING, .metavar = "REF",                          \
        .help = "name@version, name@alias, name@latest or sha256:…",                               \
        .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL                                       \
    }

/** A positional pipeline file. */
#define CST_OPTION_PIPELINE                                                                        \
    {                                                                                              \
        .name = "pipeline", .type = CST_OPTION_STRING, .metavar = "FILE",                          \
        .help = "the pipeline file", .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL          \
    }

/** --set for all sections of a pipeline file. */
#define CST_OPTION_SET                                                                             \
    {                                                                                              \
        .name = "set", .type = CST_OPTION_STRING, .metavar = "SECTION.KEY=VALUE",                  \
        .help = "set a key of a section, above what the file says", .flags = CST_OPTION_MANY       \
    }

/** A positional id of a run. */
#define CST_OPTION_RUN                                                                             \
    {                                                                                              \
        .name = "run", .type = CST_OPTION_STRING, .metavar = "RUN", .help = "the run's id",        \
        .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL                                       \
    }

/** --kind, for commands that take a reference of any kind. */
#define CST_OPTION_KIND                                                                            \
    {                                                                                              \
        .name = "kind", .type = CST_OPTION_STRING, .metavar = "KIND", .choices = cst_kind_names,   \
        .help = "what is meant where a name stands for more than one", .flags = CST_OPTION_RUNTIME \
    }

/** The kind that --kind (or the positional of that name) says, CST_KIND_ANY without one. */
cst_kind cst_call_kind(const cst_call *call);

/** Find the version that the option of this name refers to. */
cst_code cst_call_find(cst_version **out, const cst_call *call, const char *option, cst_error *err);

/** Run the commands and options that verify has, with open for level 3 (or NULL). */
cst_code cst_verify_run(const cst_call *call,
                        cst_code (*open)(const char *path, const cst_digest *content,
                                         cst_error *err),
                        cst_error *err);

#endif

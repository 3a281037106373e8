/* command.h - the command line of a program, from its option table */
#ifndef CST_CONFIG_COMMAND_H
#define CST_CONFIG_COMMAND_H

#include "config/option.h"

/** One command: what --help, the man page and the reference say of it, and how it is parsed. */
typedef struct cst_command {
    const char *name;        /* "ingest" */
    const char *summary;     /* one line, lower case: "add files to a dataset as a new snapshot" */
    const char *description; /* a paragraph or two; may be NULL */
    const cst_option *options;
    const char *example;  /* lines that run; each is run by a test */
    const char *statuses; /* its exit codes, a line each: "0  done\n3  refused: …" */
    int revision;         /* of a stage: raised whenever its results change, so that step keys do */
} cst_command;

/** The options that every command has: help, version, json, quiet, verbose, registry, progress. */
extern const cst_option cst_command_common[];

/** Parse the arguments behind the program's name. *out maps option names to checked values, with
 *  defaults filled in (those of cst_command_common included). Long options with '=' or a blank,
 *  '--' ends them. CST_USAGE with the nearest known name where something is wrong.
 *  --help and --version are returned as true without any other check. */
cst_code cst_command_parse(json_t **out, const cst_command *command, int count,
                           char *const *arguments, cst_error *err);

/** What --help prints: usage, description, options with their defaults, example, exit codes.
 *  program is "capstan ingest" or "capstan-ingest". */
cst_code cst_command_help(cst_text *out, const cst_command *command, const char *program,
                          cst_error *err);

/** Append what --help says of a section's keys. first: --set finds them without the section's
 *  name before them. */
cst_code cst_section_help(cst_text *out, const cst_section *section, bool first, cst_error *err);

/** The command as JSON (name, summary, description, options …), for the reference. New
 *  reference, or NULL with err set. */
json_t *cst_command_describe(const cst_command *command, cst_error *err);

/** A table of options as a JSON list. New reference, or NULL with err set. */
json_t *cst_option_describe(const cst_option *table, cst_error *err);

#endif

/* completion.h - what a shell offers when Tab is pressed, from the option tables */
#ifndef CST_CONFIG_COMPLETION_H
#define CST_CONFIG_COMPLETION_H

#include "config/command.h"

/** A command under the name that it is typed by, of one word or two. */
typedef struct {
    const char *name;
    const cst_command *command;
} cst_completion_entry;

/** Append a script for bash that completes program: its commands, their options, and the values of
 *  options and arguments that have a fixed choice; elsewhere bash offers files. entry has shape
 *  [count]; words are what may stand as the first word beside their names, NULL-ended. */
cst_code cst_completion_bash(cst_text *out, const char *program, const cst_completion_entry *entry,
                             size_t count, const char *const *words, cst_error *err);

#endif

/* commands.h - the commands that run in capstan itself */
#ifndef CST_CMD_COMMANDS_H
#define CST_CMD_COMMANDS_H

#include "cmd/call.h"

/** All of them, in the order of `capstan --help`; NULL-ended. */
extern const cst_builtin *const cst_builtins[];

/** Commands for scripts and not for people: found by name, and told of by their own --help, but
 *  listed nowhere; NULL-ended. */
extern const cst_builtin *const cst_builtins_hidden[];

/** The headings of `capstan --help`, in order, that of the stages first; NULL-ended. */
extern const char *const cst_command_groups[];

/** The command of a name ("list", "schema show"), a hidden one too; NULL where there is none. */
const cst_builtin *cst_builtin_find(const char *name);

/** Parse the arguments behind the command's name, open the registry where it is wanted, run; the
 *  exit status. */
int cst_builtin_call(const cst_builtin *builtin, int count, char *const *arguments,
                     const char *program);

#endif

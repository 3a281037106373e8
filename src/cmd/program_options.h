/* program_options.h - the command line that every stage has beside its own options */
#ifndef CST_CMD_PROGRAM_OPTIONS_H
#define CST_CMD_PROGRAM_OPTIONS_H

#include "config/command.h"

/** A stage's command with the options of every stage joined to its own; launched: --ranks too. Its
 *  table is to be released with free((void *)out->options). */
cst_code cst_program_command(cst_command *out, const cst_command *stage, bool launched,
                             cst_error *err);

#endif

/* help_row.h - a row of an option table in words: for --help, the man page and the completion */
#ifndef CST_CONFIG_HELP_ROW_H
#define CST_CONFIG_HELP_ROW_H

#include "config/command.h"

enum { CST_HELP_NAME = 128 }; /* bytes that a row's name has room in */

/** True for rows that a person is told of. */
bool cst_help_is_shown(const cst_option *row);

bool cst_help_is_positional(const cst_option *row);

/** True where several values may be given. */
bool cst_help_may_repeat(const cst_option *row);

/** How the value of an option is named: FILE, N, … ; "" where it takes none. */
const char *cst_help_metavar(const cst_option *row);

/** "--append-to"; "--no-deep" where true is the default; of a positional its metavar. */
void cst_help_long_name(char out[CST_HELP_NAME], const cst_option *row);

/** "-o, --out OUT": the same with its letter and what its value is called. */
void cst_help_name(char out[CST_HELP_NAME], const cst_option *row);

/** Append "how progress is shown: auto, bar, log, none (default auto)". */
cst_code cst_help_text(cst_text *out, const cst_option *row, cst_error *err);

/** Append "capstan ingest [OPTION…] --dataset NAME FILE…". */
cst_code cst_help_usage(cst_text *out, const cst_command *command, const char *program,
                        cst_error *err);

#endif

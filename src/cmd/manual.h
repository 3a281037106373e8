/* manual.h - the manual pages and the shell completion of capstan, from its tables */
#ifndef CST_CMD_MANUAL_H
#define CST_CMD_MANUAL_H

#include "base/text.h"

/** Append the manual page of a command ("ingest", "schema infer"), or of capstan itself. CST_USAGE
 *  where there is no such command. */
cst_code cst_manual_page(cst_text *out, const char *command, cst_error *err);

/** Append the script by which bash completes capstan. */
cst_code cst_manual_completion(cst_text *out, cst_error *err);

#endif

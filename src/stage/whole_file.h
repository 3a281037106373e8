/* whole_file.h - a file of the user's that all ranks write, and that appears whole or not at all */
#ifndef CST_STAGE_WHOLE_FILE_H
#define CST_STAGE_WHOLE_FILE_H

#include "base/text.h"
#include "comm/comm.h"

/** A name beside path that nothing has yet, the same on all ranks; *out is the caller's to free.
 *  Collective. */
cst_code cst_whole_file_begin(char **out, cst_comm *comm, const char *path, cst_error *err);

/** Write every rank's text, in rank order, as the file at path, on disk when it returns.
 *  Collective. */
cst_code cst_whole_file_write(cst_comm *comm, const char *path, const cst_text *text,
                              cst_error *err);

/** Give the file at temporary its name where rc is CST_OK, remove it otherwise. replace: over a
 *  file that is there; else CST_EXISTS, and nothing is changed. Gives rc, or what went wrong.
 *  Collective; rc is the same on all ranks. */
cst_code cst_whole_file_end(cst_comm *comm, const char *path, const char *temporary, bool replace,
                            cst_code rc, cst_error *err);

#endif

/* content.h - what a part says, whoever wrote it: digests of runs of rows, and their root */
#ifndef CST_STORE_CONTENT_H
#define CST_STORE_CONTENT_H

#include "base/sha256.h"
#include "store/layout.h"

enum { CST_RUN_ROWS = 1 << 18 };

/** Runs of rows that rows rows make. */
int64_t cst_content_runs(int64_t rows);

/** Give every NaN among n values of a float type the same bits; other types are left alone. */
void cst_content_one_nan(cst_type type, void *values, size_t n);

/** The digest of run number run of column c, from the file: of the values little-endian with one
 *  NaN; of text the missing flags, then n + 1 offsets from the run's first byte, then its bytes.
 *  Local. */
cst_code cst_content_run(cst_digest *out, const cst_layout *layout, size_t c, int64_t run, int fd,
                         const char *path, cst_error *err);

/** The root over format, rows and columns; runs has shape [columns][cst_content_runs(rows)]. */
cst_code cst_content_root(cst_digest *out, const cst_layout *layout, const cst_digest *runs,
                          cst_error *err);

#endif

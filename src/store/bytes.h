/* bytes.h - reads and writes at a place in a file, whole or not at all */
#ifndef CST_STORE_BYTES_H
#define CST_STORE_BYTES_H

#include <stdint.h>

#include "base/sha256.h"

/** Read size bytes from offset; path names the file in messages. A file that ends before is
 *  CST_INVALID. Local. */
cst_code cst_store_read(void *out, size_t size, int fd, int64_t offset, const char *path,
                        cst_error *err);

/** Write size bytes at offset. Local. */
cst_code cst_store_write(int fd, const void *bytes, size_t size, int64_t offset, const char *path,
                         cst_error *err);

/** The digest of a file's piece number piece, as cst_sha256_file cuts it. Local. */
cst_code cst_store_piece(cst_digest *out, int fd, int64_t piece, const char *path, cst_error *err);

/** Size of an open regular file; CST_INVALID where it is none. Local. */
cst_code cst_store_size(int64_t *out, int fd, const char *path, cst_error *err);

/** Sync and close. Local. */
cst_code cst_store_close(int fd, const char *path, cst_error *err);

#endif

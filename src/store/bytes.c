/* bytes.c - reads and writes at a place in a file, whole or not at all */
#include "store/bytes.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

cst_code cst_store_read(void *out, size_t size, int fd, int64_t offset, const char *path,
                        cst_error *err)
{
    char *to = out;
    while (size) {
        ssize_t got = pread(fd, to, size, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cst_error_errno(err, "cannot read %s", path);
        if (got == 0)
            return cst_error_set(err, CST_INVALID, "%s ends before its values do: it was cut off",
                                 path);
        to += got;
        size -= (size_t)got;
        offset += got;
    }
    return CST_OK;
}

cst_code cst_store_write(int fd, const void *bytes, size_t size, int64_t offset, const char *path,
                         cst_error *err)
{
    const char *from = bytes;
    while (size) {
        ssize_t put = pwrite(fd, from, size, offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return cst_error_errno(err, "cannot write %s", path);
        from += put;
        size -= (size_t)put;
        offset += put;
    }
    return CST_OK;
}

cst_code cst_store_size(int64_t *out, int fd, const char *path, cst_error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return cst_error_errno(err, "cannot look at %s", path);
    if (!S_ISREG(status.st_mode))
        return cst_error_set(err, CST_INVALID, "%s is not a file", path);
    *out = status.st_size;
    return CST_OK;
}

cst_code cst_store_piece(cst_digest *out, int fd, int64_t piece, const char *path, cst_error *err)
{
    enum { CHUNK = 1 << 20 };
    int64_t size = 0;
    cst_sha256 *hash = NULL;
    char *chunk = NULL;
    cst_code rc = cst_store_size(&size, fd, path, err);
    if (rc != CST_OK || (rc = cst_sha256_new(&hash, err)) != CST_OK)
        return rc;
    if (!(chunk = cst_array_new(CHUNK, 1, "file buffer", err)))
        rc = CST_NOMEM;
    int64_t end = (piece + 1) * CST_PIECE_SIZE < size ? (piece + 1) * CST_PIECE_SIZE : size;
    for (int64_t at = piece * CST_PIECE_SIZE; rc == CST_OK && at < end; at += CHUNK) {
        size_t now = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        if ((rc = cst_store_read(chunk, now, fd, at, path, err)) == CST_OK)
            rc = cst_sha256_add(hash, chunk, now, err);
    }
    if (rc == CST_OK)
        rc = cst_sha256_end(out, hash, err);
    free(chunk);
    cst_sha256_free(hash);
    return rc;
}

cst_code cst_store_close(int fd, const char *path, cst_error *err)
{
    cst_code rc = fsync(fd) == 0 ? CST_OK : cst_error_errno(err, "cannot sync %s", path);
    if (close(fd) != 0 && rc == CST_OK)
        rc = cst_error_errno(err, "cannot close %s", path);
    return rc;
}

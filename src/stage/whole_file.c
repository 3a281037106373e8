/* whole_file.c - a file of the user's that all ranks write, and that appears whole or not at all */
#include "stage/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

cst_code cst_whole_file_begin(char **out, cst_comm *comm, const char *path, cst_error *err)
{
    char nonce[CST_NONCE];
    cst_code rc = CST_OK;
    *out = NULL;
    if (comm->rank == 0) {
        rc = cst_file_nonce(nonce, err);
        if (rc == CST_OK && !(*out = cst_text_format(err, "%s.%s.tmp", path, nonce)))
            rc = CST_NOMEM;
    }
    return cst_comm_share_text(comm, rc, out, err);
}

/* This rank's bytes at their place in the file. Local. */
static cst_code write_at(const char *path, const cst_text *text, int64_t offset, cst_error *err)
{
    cst_code rc = CST_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return cst_error_errno(err, "cannot write %s", path);
    for (size_t done = 0; rc == CST_OK && done < text->size;) {
        ssize_t n = pwrite(fd, text->data + done, text->size - done, offset + (int64_t)done);
        if (n < 0 && errno != EINTR)
            rc = cst_error_errno(err, "cannot write %s", path);
        done += n > 0 ? (size_t)n : 0;
    }
    if (rc == CST_OK && fsync(fd) != 0)
        rc = cst_error_errno(err, "cannot write %s", path);
    if (close(fd) != 0 && rc == CST_OK)
        rc = cst_error_errno(err, "cannot write %s", path);
    return rc;
}

cst_code cst_whole_file_write(cst_comm *comm, const char *path, const cst_text *text,
                              cst_error *err)
{
    int64_t before = 0;
    int64_t total = 0;
    cst_code rc = cst_comm_offset(comm, (int64_t)text->size, &before, &total, err);
    return rc == CST_OK ? cst_comm_agree(comm, write_at(path, text, before, err), err) : rc;
}

/* Rank 0. rename would replace what is there, link fails. */
static cst_code take_name(const char *path, const char *temporary, bool replace, cst_error *err)
{
    char *directory = cst_file_parent(path, err);
    cst_code rc = directory ? CST_OK : CST_NOMEM;
    if (rc == CST_OK && (replace ? rename(temporary, path) : link(temporary, path)) != 0)
        rc = errno == EEXIST && !replace
                 ? cst_error_set(err, CST_EXISTS, "%s is there already", path)
                 : cst_error_errno(err, "cannot write %s", path);
    if (rc == CST_OK)
        rc = cst_file_sync_directory(directory, err);
    free(directory);
    return rc;
}

cst_code cst_whole_file_end(cst_comm *comm, const char *path, const char *temporary, bool replace,
                            cst_code rc, cst_error *err)
{
    if (comm->rank == 0) {
        if (rc == CST_OK)
            rc = take_name(path, temporary, replace, err);
        (void)unlink(temporary); /* gone already where it was renamed */
    }
    return cst_comm_agree(comm, rc, err);
}

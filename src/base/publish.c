/* publish.c - a file or a directory appears under its name whole, or not at all */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { PUBLISHED_MODE = 0444 };

static cst_code write_all(int fd, const char *path, const char *bytes, size_t size, cst_error *err)
{
    while (size) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return cst_error_errno(err, "cannot write %s", path);
        if (put == 0)
            return cst_error_set(err, CST_IO, "cannot write %s: the system took no bytes", path);
        bytes += put;
        size -= (size_t)put;
    }
    return CST_OK;
}

/* Write a new file, and if it is to be synced make it read-only for good and bring it to disk. */
static cst_code write_new(const char *path, const void *bytes, size_t size, bool synced,
                          cst_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return cst_error_set(err, CST_EXISTS, "%s is there already", path);
    if (fd < 0)
        return cst_error_errno(err, "cannot make %s", path);
    cst_code rc = write_all(fd, path, bytes, size, err);
    if (rc == CST_OK && synced && fchmod(fd, PUBLISHED_MODE) != 0)
        rc = cst_error_errno(err, "cannot make %s read-only", path);
    if (rc == CST_OK && synced && fsync(fd) != 0)
        rc = cst_error_errno(err, "cannot sync %s", path);
    if (close(fd) != 0 && rc == CST_OK) /* quota and full disk show up here on NFS */
        rc = cst_error_errno(err, "cannot close %s", path);
    if (rc != CST_OK)
        (void)unlink(path);
    return rc;
}

cst_code cst_file_write(const char *path, const void *bytes, size_t size, cst_error *err)
{
    return write_new(path, bytes, size, false, err);
}

/* After a call failed that may have done its work all the same (a reply lost on NFS): does path
 * name the thing that mine was? */
static cst_code settle(const char *path, const struct stat *mine, int why, const char *verb,
                       cst_error *err)
{
    struct stat there;
    if (lstat(path, &there) == 0) {
        if (there.st_dev == mine->st_dev && there.st_ino == mine->st_ino)
            return CST_OK;
        if (why == EEXIST || why == ENOTEMPTY)
            return cst_error_set(err, CST_EXISTS, "%s is there already", path);
    }
    errno = why;
    return cst_error_errno(err, "cannot %s %s", verb, path);
}

/* Give the synced file at temporary its name, and bring the name to disk. */
static cst_code link_synced(const char *path, const char *temporary, const char *directory,
                            cst_error *err)
{
    struct stat mine;
    if (lstat(temporary, &mine) != 0)
        return cst_error_errno(err, "cannot look at %s", temporary);
    if (link(temporary, path) != 0) {
        cst_code rc = settle(path, &mine, errno, "publish", err);
        if (rc != CST_OK)
            return rc;
    }
    return cst_file_sync_directory(directory, err);
}

cst_code cst_file_publish(const char *path, const void *bytes, size_t size, cst_error *err)
{
    char nonce[CST_NONCE];
    char *temporary = NULL;
    char *directory = cst_file_parent(path, err);
    cst_code rc = directory ? cst_file_nonce(nonce, err) : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    if (!(temporary = cst_text_format(err, "%s/.tmp.%s", directory, nonce))) {
        rc = CST_NOMEM;
        goto out;
    }
    if ((rc = write_new(temporary, bytes, size, true, err)) != CST_OK)
        goto out;
    rc = link_synced(path, temporary, directory, err);
    (void)unlink(temporary);
out:
    free(temporary);
    free(directory);
    return rc;
}

/* Make an existing file read-only and bring it to disk. */
static cst_code sync_file_at(int directory, const char *name, const char *path, cst_error *err)
{
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return cst_error_errno(err, "cannot open %s of %s", name, path);
    cst_code rc = CST_OK;
    if (fchmod(fd, PUBLISHED_MODE) != 0)
        rc = cst_error_errno(err, "cannot make %s of %s read-only", name, path);
    if (rc == CST_OK && fsync(fd) != 0)
        rc = cst_error_errno(err, "cannot sync %s of %s", name, path);
    if (close(fd) != 0 && rc == CST_OK)
        rc = cst_error_errno(err, "cannot close %s of %s", name, path);
    return rc;
}

cst_code cst_file_publish_as(const char *path, const char *temporary, cst_error *err)
{
    char *directory = cst_file_parent(path, err);
    if (!directory)
        return CST_NOMEM;
    cst_code rc = sync_file_at(AT_FDCWD, temporary, directory, err);
    if (rc == CST_OK)
        rc = link_synced(path, temporary, directory, err);
    if (rc == CST_OK || rc == CST_EXISTS)
        (void)unlink(temporary);
    free(directory);
    return rc;
}

/* Sync all that is in the directory open at fd, which is closed, and itself. */
static cst_code sync_tree(int fd, const char *path, cst_error *err)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        cst_code rc = cst_error_errno(err, "cannot list %s", path);
        (void)close(fd);
        return rc;
    }
    cst_code rc = CST_OK;
    while (rc == CST_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry && errno)
            rc = cst_error_errno(err, "cannot list %s", path);
        if (!entry)
            break;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        struct stat status;
        if (fstatat(dirfd(dir), name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            rc = cst_error_errno(err, "cannot look at %s of %s", name, path);
        } else if (S_ISREG(status.st_mode)) {
            rc = sync_file_at(dirfd(dir), name, path, err);
        } else if (S_ISDIR(status.st_mode)) {
            int below = openat(dirfd(dir), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            rc = below < 0 ? cst_error_errno(err, "cannot open %s of %s", name, path)
                           : sync_tree(below, path, err);
        } else {
            rc = cst_error_set(err, CST_INVALID, "%s of %s is neither a file nor a directory", name,
                               path);
        }
    }
    if (rc == CST_OK && fsync(dirfd(dir)) != 0)
        rc = cst_error_errno(err, "cannot sync directory %s", path);
    (void)closedir(dir);
    return rc;
}

cst_code cst_file_publish_directory(const char *path, const char *temporary, cst_error *err)
{
    struct stat mine;
    char *directory = cst_file_parent(path, err);
    if (!directory)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    int fd = open(temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &mine) != 0) {
        rc = cst_error_errno(err, "cannot open directory %s", temporary);
        if (fd >= 0)
            (void)close(fd);
        goto out;
    }
    if ((rc = sync_tree(fd, temporary, err)) != CST_OK)
        goto out;
    if (rename(temporary, path) != 0 && (rc = settle(path, &mine, errno, "publish", err)) != CST_OK)
        goto out;
    rc = cst_file_sync_directory(directory, err);
out:
    free(directory);
    return rc;
}

/* file.c - reading files whole, listing, making and removing directories */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"

static const char temporary_prefix[] = ".tmp.";

static bool is_temporary(const char *name)
{
    return strncmp(name, temporary_prefix, sizeof temporary_prefix - 1) == 0;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

void cst_file_signals(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
}

char *cst_file_join(const char *directory, const char *name, cst_error *err)
{
    size_t length = strlen(directory);
    const char *slash = length && directory[length - 1] == '/' ? "" : "/";
    return cst_text_format(err, "%s%s%s", directory, slash, name);
}

char *cst_file_parent(const char *path, cst_error *err)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    while (length && path[length - 1] != '/')
        length--;
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length ? cst_text_format(err, "%.*s", (int)length, path) : cst_text_copy(".", err);
}

cst_code cst_file_nonce(char out[CST_NONCE], cst_error *err)
{
    uint8_t bytes[(CST_NONCE - 1) / 2];
    ssize_t got = 0;
    do {
        got = getrandom(bytes, sizeof bytes, 0);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof bytes)
        return cst_error_errno(err, "the operating system gives no random numbers");
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return CST_OK;
}

/* ------------------------------------------------------------------------------- reading */

static cst_code read_all(cst_text *out, int fd, const char *path, size_t limit, cst_error *err)
{
    enum { ROOM = 1 << 16 };
    char *buffer = cst_array_new(ROOM, 1, "file buffer", err);
    if (!buffer)
        return CST_NOMEM;
    cst_code rc = cst_text_puts(out, "", err);
    while (rc == CST_OK) {
        ssize_t got = read(fd, buffer, ROOM);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = cst_error_errno(err, "cannot read %s", path);
        if (got <= 0)
            break;
        if (limit && out->size + (size_t)got > limit)
            rc = cst_error_set(err, CST_INVALID, "%s is larger than the %zu bytes allowed here",
                               path, limit);
        else
            rc = cst_text_add(out, buffer, (size_t)got, err);
    }
    free(buffer);
    return rc;
}

/* Read the file open at fd, which is closed; a negative fd is the failure that errno tells. */
static cst_code read_open(cst_text *out, int fd, const char *path, size_t limit, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    struct stat status;
    if (fd < 0 && errno == ENOENT)
        return cst_error_set(err, CST_MISSING, "there is no file %s", path);
    if (fd < 0 && errno == ELOOP)
        return cst_error_set(err, CST_IO, "%s leads through a symbolic link, which is not followed",
                             path);
    if (fd < 0)
        return cst_error_errno(err, "cannot open %s", path);
    if (fstat(fd, &status) != 0)
        rc = cst_error_errno(err, "cannot look at %s", path);
    else if (!S_ISREG(status.st_mode))
        rc = cst_error_set(err, CST_INVALID, "%s is not a regular file", path);
    else
        rc = read_all(&text, fd, path, limit, err);
    (void)close(fd);
    if (rc == CST_OK) {
        *out = text;
        text = CST_TEXT_INIT;
    }
    cst_text_free(&text);
    return rc;
}

enum { OPEN_TO_READ = O_RDONLY | O_CLOEXEC | O_NONBLOCK /* a FIFO must not hang us */ };

cst_code cst_file_read(cst_text *out, const char *path, size_t limit, cst_error *err)
{
    return read_open(out, open(path, OPEN_TO_READ), path, limit, err);
}

/* The same as openat2 with RESOLVE_NO_SYMLINKS, a component at a time: for kernels before 5.6. */
static int walk_no_links(const char *path)
{
    char name[NAME_MAX + 1];
    int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    while (directory >= 0) {
        path += strspn(path, "/");
        size_t length = strcspn(path, "/");
        bool last = path[length + strspn(path + length, "/")] == '\0';
        if (length > NAME_MAX) {
            (void)close(directory);
            errno = ENAMETOOLONG;
            return -1;
        }
        (void)snprintf(name, sizeof name, "%.*s", (int)length, path);
        int flags = last ? OPEN_TO_READ : O_PATH | O_DIRECTORY | O_CLOEXEC;
        int next = openat(directory, length ? name : ".", flags | O_NOFOLLOW);
        int why = errno;
        struct stat status;
        if (next < 0 && why == ENOTDIR &&
            fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode))
            why = ELOOP;
        (void)close(directory);
        errno = why;
        if (last)
            return next;
        directory = next;
        path += length;
    }
    return -1;
}

static int open_no_links(const char *path)
{
    struct open_how how = {.flags = OPEN_TO_READ, .resolve = RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    bool unknown = fd < 0 && (errno == ENOSYS || errno == EPERM);
    return unknown ? walk_no_links(path) : fd;
}

cst_code cst_file_read_no_links(cst_text *out, const char *path, size_t limit, cst_error *err)
{
    if (*path != '/')
        return cst_error_set(err, CST_USAGE, "%s is no absolute path", path);
    return read_open(out, open_no_links(path), path, limit, err);
}

bool cst_file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

cst_code cst_file_size(int64_t *out, const char *path, cst_error *err)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return cst_error_set(err, CST_MISSING, "there is no file %s", path);
        return cst_error_errno(err, "cannot look at %s", path);
    }
    if (!S_ISREG(status.st_mode))
        return cst_error_set(err, CST_INVALID, "%s is not a regular file", path);
    *out = status.st_size;
    return CST_OK;
}

/* ----------------------------------------------------------------------------- directories */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void cst_file_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static cst_code add_name(char ***names, size_t *count, size_t *room, const char *name,
                         cst_error *err)
{
    char **grown = cst_array_grow(*names, room, *count + 1, sizeof **names, "file names", err);
    if (!grown)
        return CST_NOMEM;
    *names = grown;
    grown[*count] = cst_text_copy(name, err);
    if (!grown[*count])
        return CST_NOMEM;
    (*count)++;
    return CST_OK;
}

cst_code cst_file_names(char ***out, size_t *count, const char *directory, cst_error *err)
{
    char **names = NULL;
    size_t n = 0;
    size_t room = 0;
    cst_code rc = CST_OK;
    *out = NULL;
    *count = 0;
    DIR *dir = opendir(directory);
    if (!dir && errno == ENOENT)
        return CST_OK;
    if (!dir)
        return cst_error_errno(err, "cannot list %s", directory);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry && errno)
            rc = cst_error_errno(err, "cannot list %s", directory);
        if (!entry)
            break;
        if (is_dot(entry->d_name) || is_temporary(entry->d_name))
            continue;
        if ((rc = add_name(&names, &n, &room, entry->d_name, err)) != CST_OK)
            break;
    }
    (void)closedir(dir);
    if (rc != CST_OK) {
        cst_file_names_free(names, n);
        return rc;
    }
    if (n)
        qsort(names, n, sizeof *names, compare_names);
    *out = names;
    *count = n;
    return CST_OK;
}

cst_code cst_file_sync_directory(const char *path, cst_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return cst_error_errno(err, "cannot open directory %s", path);
    cst_code rc = fsync(fd) == 0 ? CST_OK : cst_error_errno(err, "cannot sync directory %s", path);
    if (close(fd) != 0 && rc == CST_OK)
        rc = cst_error_errno(err, "cannot close directory %s", path);
    return rc;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

cst_code cst_file_mkdirs(const char *path, cst_error *err)
{
    if (is_directory(path))
        return CST_OK;
    char *parent = cst_file_parent(path, err);
    if (!parent)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    if (strcmp(parent, path) != 0 && (rc = cst_file_mkdirs(parent, err)) != CST_OK)
        goto out;
    if (mkdir(path, 0775) != 0) {
        int why = errno;
        if (is_directory(path)) /* somebody else was quicker */
            goto out;
        errno = why;
        rc = cst_error_errno(err, "cannot make directory %s", path);
        goto out;
    }
    rc = cst_file_sync_directory(parent, err);
out:
    free(parent);
    return rc;
}

cst_code cst_file_temporary_directory(char **out, const char *directory, cst_error *err)
{
    char nonce[CST_NONCE];
    cst_code rc = cst_file_nonce(nonce, err);
    if (rc != CST_OK)
        return rc;
    char *path = cst_text_format(err, "%s/%s%s", directory, temporary_prefix, nonce);
    if (!path)
        return CST_NOMEM;
    if (mkdir(path, 0775) != 0) {
        rc = cst_error_errno(err, "cannot make directory %s", path);
        free(path);
        return rc;
    }
    *out = path;
    return CST_OK;
}

static cst_code remove_at(int directory, const char *name, const char *path, cst_error *err);

/* Empty the directory open at fd, which is closed. */
static cst_code remove_entries(int fd, const char *path, cst_error *err)
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
        if (!is_dot(entry->d_name))
            rc = remove_at(dirfd(dir), entry->d_name, path, err);
    }
    (void)closedir(dir);
    return rc;
}

static cst_code remove_at(int directory, const char *name, const char *path, cst_error *err)
{
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
        return CST_OK;
    if (errno != EISDIR && errno != EPERM) /* EPERM is what POSIX says of a directory */
        return cst_error_errno(err, "cannot remove %s of %s", name, path);
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return cst_error_errno(err, "cannot remove %s of %s", name, path);
    cst_code rc = remove_entries(fd, path, err);
    if (rc != CST_OK)
        return rc;
    if (unlinkat(directory, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return cst_error_errno(err, "cannot remove %s of %s", name, path);
    return CST_OK;
}

cst_code cst_file_remove(const char *path, cst_error *err)
{
    return remove_at(AT_FDCWD, path, path, err);
}

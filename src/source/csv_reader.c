/* csv_reader.c - a byte range of a CSV file as records, read block by block */
#include "source/csv_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

enum { BLOCK = 1 << 20 };

int cst_csv_open(const cst_csv_file *file, cst_error *err)
{
    struct stat now;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        cst_error_errno(err, "cannot open %s", file->path);
        return -1;
    }
    if (fstat(fd, &now) != 0) {
        cst_error_errno(err, "cannot look at %s", file->path);
    } else if (now.st_size != file->bytes ||
               now.st_mtim.tv_sec * 1000000000 + now.st_mtim.tv_nsec != file->modified) {
        cst_error_set(err, CST_FAILED, "%s was changed while it was read: read it again",
                      file->path);
    } else {
        return fd;
    }
    (void)close(fd);
    return -1;
}

/* Up to size bytes at offset, fewer only at the file's end. */
static cst_code read_at(size_t *got, char *to, size_t size, int fd, int64_t offset,
                        const cst_csv_file *file, cst_error *err)
{
    *got = 0;
    while (*got < size) {
        ssize_t n = pread(fd, to + *got, size - *got, offset + (int64_t)*got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cst_error_errno(err, "cannot read %s", file->path);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return CST_OK;
}

/* A window on the file: the bytes [start, end) of buffer are those from offset on. */
typedef struct {
    const cst_csv_file *file;
    int fd;
    char *buffer;
    size_t room, start, end;
    int64_t offset;
    bool last; /* the file ends where the window does */
} window;

/* The line of an offset, counted the slow way: for messages. 0 where it cannot be had. */
static int64_t line_at(const window *w, int64_t offset)
{
    char block[4096];
    int64_t line = 1;
    for (int64_t at = 0; at < offset;) {
        size_t wanted = offset - at < (int64_t)sizeof block ? (size_t)(offset - at) : sizeof block;
        ssize_t n = pread(w->fd, block, wanted, at);
        if (n <= 0)
            return 0;
        for (ssize_t i = 0; i < n; i++)
            line += block[i] == '\n';
        at += n;
    }
    return line;
}

static cst_code check_text(const window *w, const char *bytes, size_t size, int64_t offset,
                           cst_error *err)
{
    const char *zero = memchr(bytes, 0, size);
    if (!zero)
        return CST_OK;
    offset += zero - bytes;
    return cst_error_set(err, CST_INVALID,
                         "%s: line %lld holds a NUL byte (at byte %lld): this is a binary file or "
                         "UTF-16, not CSV text",
                         w->file->path, (long long)line_at(w, offset), (long long)offset);
}

static cst_code too_long(const window *w, size_t longest, cst_error *err)
{
    return cst_error_set(err, CST_INVALID,
                         "%s: the record at line %lld (byte %lld) is longer than %zu bytes: is a "
                         "quote not closed? Else raise max_record",
                         w->file->path, (long long)line_at(w, w->offset), (long long)w->offset,
                         longest);
}

/* Move what is left to the front and read another block behind it. */
static cst_code window_more(window *w, size_t longest, cst_error *err)
{
    size_t left = w->end - w->start;
    if (left > longest)
        return too_long(w, longest, err);
    char *buffer =
        cst_array_grow(w->buffer, &w->room, left + BLOCK, 1, "a block of a CSV file", err);
    if (!buffer)
        return CST_NOMEM;
    w->buffer = buffer;
    memmove(buffer, buffer + w->start, left);
    w->start = 0;
    size_t got;
    int64_t offset = w->offset + (int64_t)left;
    cst_code rc = read_at(&got, buffer + left, BLOCK, w->fd, offset, w->file, err);
    if (rc != CST_OK)
        return rc;
    w->end = left + got;
    w->last = offset + (int64_t)got >= w->file->bytes;
    if (got < BLOCK && !w->last)
        return cst_error_set(err, CST_FAILED, "%s was cut short while it was read: read it again",
                             w->file->path);
    return check_text(w, buffer + left, got, offset, err);
}

cst_code cst_csv_read_range(int64_t *lines, const cst_csv_file *file,
                            const cst_csv_dialect *dialect, int64_t begin, int64_t end,
                            size_t longest, const cst_csv_taker *taker, cst_error *err)
{
    cst_csv_record record = {0};
    window w = {.file = file, .fd = -1, .offset = begin};
    cst_code rc = CST_OK;
    *lines = 0;
    if (begin >= end)
        return CST_OK;
    if ((w.fd = cst_csv_open(file, err)) < 0) {
        rc = err ? err->code : CST_FAILED;
        goto out;
    }
    while (rc == CST_OK && w.offset < end) {
        const char *at = w.buffer + w.start;
        cst_csv_taken taken = w.start == w.end && !w.last
                                  ? CST_CSV_MORE
                                  : cst_csv_take(&record, &at, w.buffer + w.end, w.last, dialect);
        if (taken == CST_CSV_MORE) {
            rc = window_more(&w, longest, err);
            continue;
        }
        if (taken == CST_CSV_NOMEM) {
            rc = cst_error_nomem(err, "the cells of a CSV record");
            break;
        }
        rc = record.bytes > longest ? too_long(&w, longest, err)
                                    : taker->take(taker->context, &record, *lines, w.offset, err);
        size_t used = (size_t)(at - (w.buffer + w.start));
        w.start += used;
        w.offset += (int64_t)used;
        *lines += record.lines;
    }
out:
    if (w.fd >= 0)
        (void)close(w.fd);
    free(w.buffer);
    cst_csv_record_free(&record);
    return rc;
}

/* The first offset from offset on behind which no quote stands; *previous is the byte before it. */
static cst_code past_quotes(int64_t *offset, char *previous, int fd, const cst_csv_file *file,
                            const cst_csv_dialect *dialect, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t got = 1;
    for (;; (*offset)++) {
        if ((rc = read_at(&got, previous, 1, fd, *offset - 1, file, err)) != CST_OK)
            return rc;
        if (*offset >= file->bytes || !got || !dialect->quotes || *previous != dialect->quote)
            return CST_OK;
    }
}

cst_code cst_csv_scan_range(cst_csv_scan *scan, const cst_csv_file *file,
                            const cst_csv_dialect *dialect, int64_t data, int64_t begin,
                            int64_t end, cst_error *err)
{
    char previous = '\n'; /* as a record begins where the data do */
    char unused = '\0';
    size_t got = 1;
    cst_code rc = CST_OK;
    char *block = cst_array_new(BLOCK, 1, "a block of a CSV file", err);
    int fd = block ? cst_csv_open(file, err) : -1;
    if (fd < 0) {
        rc = err ? err->code : CST_FAILED;
        goto out;
    }
    if ((rc = past_quotes(&end, &unused, fd, file, dialect, err)) != CST_OK ||
        (begin > data && (rc = past_quotes(&begin, &previous, fd, file, dialect, err)) != CST_OK))
        goto out;
    *scan = cst_csv_scan_begin(dialect, begin, previous);
    while (begin < end && got) {
        size_t wanted = end - begin < BLOCK ? (size_t)(end - begin) : BLOCK;
        if ((rc = read_at(&got, block, wanted, fd, begin, file, err)) != CST_OK)
            goto out;
        cst_csv_scan_feed(scan, block, got);
        begin += (int64_t)got;
    }
out:
    if (fd >= 0)
        (void)close(fd);
    free(block);
    return rc;
}

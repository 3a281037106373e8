/* digests.c - the digests of files, their pieces shared among the ranks */
#include <errno.h>
#include <unistd.h>

#include "base/array.h"
#include "source/internal.h"

static int64_t pieces_of(const cst_source *source, size_t file)
{
    return (source->file[file].bytes + CST_PIECE_SIZE - 1) / CST_PIECE_SIZE;
}

/* Add up to a block of a piece; *left is what remains of it. */
static cst_code add_block(cst_sha256 *hash, int64_t *left, int fd, int64_t end, char *block,
                          size_t room, const char *path, cst_error *err)
{
    size_t wanted = *left < (int64_t)room ? (size_t)*left : room;
    ssize_t n = pread(fd, block, wanted, end - *left);
    if (n < 0 && errno == EINTR)
        return CST_OK;
    if (n < 0)
        return cst_error_errno(err, "cannot read %s", path);
    if (n == 0)
        return cst_error_set(err, CST_FAILED, "%s was cut short while it was read: read it again",
                             path);
    *left -= n;
    return cst_sha256_add(hash, block, (size_t)n, err);
}

static cst_code digest_piece(cst_digest *out, cst_sha256 *hash, const cst_csv_file *file,
                             int64_t piece, char *block, size_t room, cst_error *err)
{
    int fd = cst_csv_open(file, err);
    if (fd < 0)
        return err ? err->code : CST_FAILED;
    int64_t begin = piece * CST_PIECE_SIZE;
    int64_t end = begin + CST_PIECE_SIZE < file->bytes ? begin + CST_PIECE_SIZE : file->bytes;
    int64_t left = end - begin;
    cst_code rc = CST_OK;
    while (rc == CST_OK && left)
        rc = add_block(hash, &left, fd, end, block, room, file->path, err);
    if (rc == CST_OK)
        rc = cst_sha256_end(out, hash, err);
    (void)close(fd);
    return rc;
}

/* This rank's pieces of all files' laid one after the other: [from, to). */
static cst_code digest_mine(cst_digest *out, const cst_source *source, int64_t from, int64_t to,
                            cst_error *err)
{
    enum { ROOM = 1 << 20 };
    cst_sha256 *hash = NULL;
    char *block = cst_array_new(ROOM, 1, "a block of a file", err);
    cst_code rc = block ? cst_sha256_new(&hash, err) : CST_NOMEM;
    int64_t before = 0;
    for (size_t f = 0; rc == CST_OK && f < source->files; f++) {
        int64_t pieces = pieces_of(source, f);
        for (int64_t p = from > before ? from - before : 0;
             rc == CST_OK && p < pieces && before + p < to; p++)
            rc = digest_piece(&out[before + p - from], hash, &source->layout[f].csv, p, block, ROOM,
                              err);
        before += pieces;
    }
    free(block);
    cst_sha256_free(hash);
    return rc;
}

cst_code cst_source_digest_files(cst_source *source, cst_error *err)
{
    cst_comm *comm = source->comm;
    void *all = NULL;
    size_t *offsets = NULL;
    int64_t total = 0;
    for (size_t f = 0; f < source->files; f++)
        total += pieces_of(source, f);
    int64_t from = total * comm->rank / comm->size;
    int64_t to = total * (comm->rank + 1) / comm->size;
    cst_digest *mine = cst_array_new((size_t)(to - from), sizeof *mine, "digests", err);
    cst_code rc = mine ? digest_mine(mine, source, from, to, err) : CST_NOMEM;
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK ||
        (rc = cst_comm_gather(comm, &all, &offsets, mine, (size_t)(to - from) * sizeof *mine,
                              err)) != CST_OK)
        goto out;
    const cst_digest *piece = all;
    for (size_t f = 0; rc == CST_OK && f < source->files; f++) {
        size_t pieces = (size_t)pieces_of(source, f);
        rc = cst_sha256_of(&source->file[f].digest, piece, pieces * sizeof *piece, err);
        piece += pieces;
    }
    rc = cst_comm_agree(comm, rc, err);
out:
    free(mine);
    free(all);
    free(offsets);
    return rc;
}

/* sound.c - what is read is what was published: digests of files, the ranks sharing the work */
#include <sys/stat.h>

#include "base/array.h"
#include "base/file.h"
#include "config/option.h"
#include "stage/sound.h"

/* A file as its manifest tells of it. */
typedef struct {
    char *path;
    cst_digest said;
    int64_t bytes;
    size_t first, pieces; /* of all pieces of all files */
} published;

typedef struct {
    published *file;
    size_t files, pieces;
} publication;

static void publication_free(publication *p)
{
    for (size_t i = 0; i < p->files; i++)
        free(p->file[i].path);
    free(p->file);
}

/* entry: of "files" or "parts"; key: under which it has its name, relative to directory. */
static cst_code publication_add(publication *p, const json_t *entry, const char *key,
                                const char *directory, cst_error *err)
{
    published *file = &p->file[p->files];
    const char *name = cst_get_string(entry, key, NULL);
    file->bytes = cst_get_int(entry, "bytes", -1);
    if (!name || file->bytes < 0 ||
        !cst_digest_parse(&file->said, cst_get_string(entry, "sha256", "")))
        return cst_error_set(err, CST_INVALID, "%s: a file without name, size or digest in %s",
                             directory, "manifest.json");
    if (!(file->path = cst_file_join(directory, name, err)))
        return CST_NOMEM;
    file->first = p->pieces;
    file->pieces = file->bytes ? (size_t)((file->bytes - 1) / CST_PIECE_SIZE + 1) : 1;
    p->pieces += file->pieces;
    p->files++;
    return CST_OK;
}

static cst_code publication_of(publication *p, const json_t *entries, size_t first, const char *key,
                               const char *directory, cst_error *err)
{
    size_t count = json_array_size(entries);
    if (!(p->file = cst_array_new(count + 1, sizeof *p->file, "the files of a version", err)))
        return CST_NOMEM;
    cst_code rc = CST_OK;
    for (size_t i = first; rc == CST_OK && i < count; i++)
        rc = publication_add(p, json_array_get(entries, i), key, directory, err);
    return rc;
}

static cst_code check_size(const published *file, cst_error *err)
{
    struct stat status;
    if (stat(file->path, &status) != 0)
        return cst_error_errno(err, "cannot look at %s", file->path);
    if (status.st_size != file->bytes)
        return cst_error_set(err, CST_INVALID,
                             "%s has %lld bytes, %lld were published; capstan verify tells all "
                             "that is wrong",
                             file->path, (long long)status.st_size, (long long)file->bytes);
    return CST_OK;
}

/* Digest those pieces that are this rank's. Local. */
static cst_code digest_mine(cst_digest *digests, const publication *p, const cst_comm *comm,
                            cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < p->files; i++)
        for (size_t piece = 0; rc == CST_OK && piece < p->file[i].pieces; piece++) {
            size_t at = p->file[i].first + piece;
            if (at % (size_t)comm->size != (size_t)comm->rank)
                continue;
            rc = check_size(&p->file[i], err);
            if (rc == CST_OK)
                rc = cst_sha256_piece(&digests[at], p->file[i].path, piece, err);
        }
    return rc;
}

static cst_code compare(const cst_digest *digests, const publication *p, cst_error *err)
{
    for (size_t i = 0; i < p->files; i++) {
        const published *file = &p->file[i];
        cst_digest found;
        cst_code rc =
            cst_sha256_of(&found, &digests[file->first], file->pieces * sizeof *digests, err);
        if (rc != CST_OK)
            return rc;
        if (!cst_digest_equal(&found, &file->said))
            return cst_error_set(err, CST_INVALID,
                                 "%s is not what was published (SHA-256 differs); capstan verify "
                                 "tells all that is wrong",
                                 file->path);
    }
    return CST_OK;
}

/* Collective. The publication is the same on every rank. */
static cst_code check(const publication *p, cst_comm *comm, cst_error *err)
{
    cst_digest *digests = cst_array_new(p->pieces + 1, sizeof *digests, "digests", err);
    cst_code rc = digests ? digest_mine(digests, p, comm, err) : CST_NOMEM;
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK) {
        /* every piece is one rank's, and zero on the others */
        cst_mergeable all = {.reg = (uint8_t *)digests, .registers = p->pieces * sizeof *digests};
        rc = cst_comm_merge(comm, &all, err);
    }
    if (rc == CST_OK)
        rc = cst_comm_agree(comm, compare(digests, p, err), err);
    free(digests);
    return rc;
}

static cst_code check_entries(const json_t *entries, size_t first, const char *key,
                              const char *directory, cst_comm *comm, cst_error *err)
{
    publication p = {0};
    cst_code rc = publication_of(&p, entries, first, key, directory, err);
    rc = cst_comm_agree(comm, rc, err);
    if (rc == CST_OK)
        rc = check(&p, comm, err);
    publication_free(&p);
    return rc;
}

cst_code cst_stage_sound(const cst_stage *stage, const cst_version *version, cst_error *err)
{
    return check_entries(json_object_get(version->manifest, "files"), 0, "name", version->path,
                         stage->comm, err);
}

cst_code cst_stage_sound_parts(const cst_stage *stage, const cst_version *snapshot, size_t first,
                               const char *root, cst_error *err)
{
    return check_entries(json_object_get(snapshot->manifest, "parts"), first, "path", root,
                         stage->comm, err);
}

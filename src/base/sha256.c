/* sha256.c - digests of bytes and files */
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/array.h"

struct cst_sha256 {
    EVP_MD_CTX *context;
};

static cst_code begin(cst_sha256 *hash, cst_error *err)
{
    if (EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1)
        return cst_error_set(err, CST_FAILED, "libcrypto offers no SHA-256");
    return CST_OK;
}

cst_code cst_sha256_new(cst_sha256 **out, cst_error *err)
{
    cst_sha256 *hash = cst_array_new(1, sizeof *hash, "digest", err);
    if (!hash)
        return CST_NOMEM;
    hash->context = EVP_MD_CTX_new();
    cst_code rc = hash->context ? begin(hash, err) : cst_error_nomem(err, "digest");
    if (rc != CST_OK) {
        cst_sha256_free(hash);
        return rc;
    }
    *out = hash;
    return CST_OK;
}

cst_code cst_sha256_add(cst_sha256 *hash, const void *bytes, size_t size, cst_error *err)
{
    if (EVP_DigestUpdate(hash->context, bytes, size) != 1)
        return cst_error_set(err, CST_FAILED, "libcrypto failed in SHA-256");
    return CST_OK;
}

cst_code cst_sha256_end(cst_digest *out, cst_sha256 *hash, cst_error *err)
{
    if (EVP_DigestFinal_ex(hash->context, out->byte, NULL) != 1)
        return cst_error_set(err, CST_FAILED, "libcrypto failed in SHA-256");
    return begin(hash, err);
}

void cst_sha256_free(cst_sha256 *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

cst_code cst_sha256_of(cst_digest *out, const void *bytes, size_t size, cst_error *err)
{
    if (EVP_Digest(bytes, size, out->byte, NULL, EVP_sha256(), NULL) != 1)
        return cst_error_set(err, CST_FAILED, "libcrypto failed in SHA-256");
    return CST_OK;
}

/* A file opened, with what its pieces are digested in. */
typedef struct {
    const char *path;
    int fd;
    cst_sha256 *piece;
    void *buffer;
} reading;

enum { READING_ROOM = 1 << 20 };

static cst_code reading_open(reading *r, const char *path, cst_error *err)
{
    *r = (reading){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (r->fd < 0)
        return cst_error_errno(err, "cannot open %s", path);
    cst_code rc = cst_sha256_new(&r->piece, err);
    if (rc == CST_OK && !(r->buffer = cst_array_new(READING_ROOM, 1, "file buffer", err)))
        rc = CST_NOMEM;
    return rc;
}

static void reading_close(reading *r)
{
    if (r->fd >= 0)
        (void)close(r->fd);
    free(r->buffer);
    cst_sha256_free(r->piece);
}

/* Digest up to CST_PIECE_SIZE bytes at the file's position; *size says how many there were. */
static cst_code digest_piece(cst_digest *out, size_t *size, const reading *r, cst_error *err)
{
    size_t left = CST_PIECE_SIZE;
    while (left) {
        ssize_t got = read(r->fd, r->buffer, left < READING_ROOM ? left : READING_ROOM);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cst_error_errno(err, "cannot read %s", r->path);
        if (got == 0)
            break;
        cst_code rc = cst_sha256_add(r->piece, r->buffer, (size_t)got, err);
        if (rc != CST_OK)
            return rc;
        left -= (size_t)got;
    }
    *size = CST_PIECE_SIZE - left;
    return cst_sha256_end(out, r->piece, err);
}

cst_code cst_sha256_file(cst_digest *out, const char *path, cst_error *err)
{
    reading r;
    cst_sha256 *whole = NULL;
    cst_code rc = reading_open(&r, path, err);
    if (rc == CST_OK)
        rc = cst_sha256_new(&whole, err);
    size_t size = CST_PIECE_SIZE;
    for (size_t pieces = 0; rc == CST_OK && size == CST_PIECE_SIZE; pieces++) {
        cst_digest digest;
        rc = digest_piece(&digest, &size, &r, err);
        if (rc == CST_OK && (size || !pieces))
            rc = cst_sha256_add(whole, &digest, sizeof digest, err);
    }
    if (rc == CST_OK)
        rc = cst_sha256_end(out, whole, err);
    reading_close(&r);
    cst_sha256_free(whole);
    return rc;
}

cst_code cst_sha256_piece(cst_digest *out, const char *path, size_t piece, cst_error *err)
{
    reading r;
    size_t size = 0;
    cst_code rc = reading_open(&r, path, err);
    if (rc == CST_OK && lseek(r.fd, (off_t)piece * CST_PIECE_SIZE, SEEK_SET) < 0)
        rc = cst_error_errno(err, "cannot read %s", path);
    if (rc == CST_OK)
        rc = digest_piece(out, &size, &r, err);
    reading_close(&r);
    return rc;
}

void cst_digest_hex(char out[CST_DIGEST_HEX], const cst_digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < CST_DIGEST_SIZE; i++) {
        out[2 * i] = digits[digest->byte[i] >> 4];
        out[2 * i + 1] = digits[digest->byte[i] & 15];
    }
    out[CST_DIGEST_HEX - 1] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool cst_digest_parse(cst_digest *out, const char *text)
{
    if (strlen(text) != CST_DIGEST_HEX - 1)
        return false;
    for (size_t i = 0; i < CST_DIGEST_SIZE; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out->byte[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool cst_digest_equal(const cst_digest *a, const cst_digest *b)
{
    return memcmp(a->byte, b->byte, sizeof a->byte) == 0;
}

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

/* Digest up to CST_PIECE_SIZE bytes at the file's position; *size says how many there were. */
static cst_code digest_piece(cst_digest *out, size_t *size, int fd, const char *path,
                             cst_sha256 *piece, void *buffer, size_t room, cst_error *err)
{
    size_t left = CST_PIECE_SIZE;
    while (left) {
        ssize_t got = read(fd, buffer, left < room ? left : room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cst_error_errno(err, "cannot read %s", path);
        if (got == 0)
            break;
        cst_code rc = cst_sha256_add(piece, buffer, (size_t)got, err);
        if (rc != CST_OK)
            return rc;
        left -= (size_t)got;
    }
    *size = CST_PIECE_SIZE - left;
    return cst_sha256_end(out, piece, err);
}

cst_code cst_sha256_file(cst_digest *out, const char *path, cst_error *err)
{
    enum { ROOM = 1 << 20 };
    cst_sha256 *piece = NULL;
    cst_sha256 *whole = NULL;
    void *buffer = NULL;
    cst_code rc = CST_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        rc = cst_error_errno(err, "cannot open %s", path);
        goto out;
    }
    if ((rc = cst_sha256_new(&piece, err)) != CST_OK ||
        (rc = cst_sha256_new(&whole, err)) != CST_OK)
        goto out;
    if (!(buffer = cst_array_new(ROOM, 1, "file buffer", err))) {
        rc = CST_NOMEM;
        goto out;
    }
    size_t size = CST_PIECE_SIZE;
    for (size_t pieces = 0; size == CST_PIECE_SIZE; pieces++) {
        cst_digest digest;
        if ((rc = digest_piece(&digest, &size, fd, path, piece, buffer, ROOM, err)) != CST_OK)
            goto out;
        if ((size || !pieces) &&
            (rc = cst_sha256_add(whole, &digest, sizeof digest, err)) != CST_OK)
            goto out;
    }
    rc = cst_sha256_end(out, whole, err);
out:
    if (fd >= 0)
        (void)close(fd);
    free(buffer);
    cst_sha256_free(piece);
    cst_sha256_free(whole);
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

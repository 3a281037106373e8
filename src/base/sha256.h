/* sha256.h - digests of bytes and files (FIPS 180-4, through libcrypto) */
#ifndef CST_BASE_SHA256_H
#define CST_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { CST_DIGEST_SIZE = 32, CST_DIGEST_HEX = 65 /* with the NUL */ };

typedef struct {
    uint8_t byte[CST_DIGEST_SIZE];
} cst_digest;

typedef struct cst_sha256 cst_sha256;

/** Start a digest. *out is the caller's, released with cst_sha256_free. */
cst_code cst_sha256_new(cst_sha256 **out, cst_error *err);
cst_code cst_sha256_add(cst_sha256 *hash, const void *bytes, size_t size, cst_error *err);

/** The digest of all that was added; the hash is empty and may be used again. */
cst_code cst_sha256_end(cst_digest *out, cst_sha256 *hash, cst_error *err);
void cst_sha256_free(cst_sha256 *hash);

/** The digest of size bytes. */
cst_code cst_sha256_of(cst_digest *out, const void *bytes, size_t size, cst_error *err);

/** The digest of a file for integrity: SHA-256 over the SHA-256s of its pieces of
 *  CST_PIECE_SIZE bytes, so that ranks can share the work. An empty file has one empty piece. */
enum { CST_PIECE_SIZE = 64 << 20 };
cst_code cst_sha256_file(cst_digest *out, const char *path, cst_error *err);

/** The SHA-256 of one piece of a file, counted from 0: what cst_sha256_file takes the digest of. */
cst_code cst_sha256_piece(cst_digest *out, const char *path, size_t piece, cst_error *err);

/** Lower-case hex, NUL-ended. */
void cst_digest_hex(char out[CST_DIGEST_HEX], const cst_digest *digest);

/** Parse 64 hex digits; false if text is anything else. */
bool cst_digest_parse(cst_digest *out, const char *text);

bool cst_digest_equal(const cst_digest *a, const cst_digest *b);

#endif

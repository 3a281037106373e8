/* json.h - JSON in and out; the canonical form that ids are made of
 *
 * Canonical: sorted keys, no blanks, UTF-8, integers as they are, a double with the fewest digits
 * that read back to it (%.pg, smallest p), non-finite as null. jansson's own writer is not used
 * for anything that is hashed: it prints 0.1 with seventeen digits.
 */
#ifndef CST_CONFIG_JSON_H
#define CST_CONFIG_JSON_H

#include <jansson.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"

/** Parse text (source names it in messages). Repeated keys are errors. *out is a new reference. */
cst_code cst_json_parse(json_t **out, const char *text, size_t size, const char *source,
                        cst_error *err);

/** Read and parse a file. */
cst_code cst_json_read(json_t **out, const char *path, cst_error *err);

/** Publish what a person reads, and a newline, as a file (cst_file_publish: whole and once). */
cst_code cst_json_publish(const char *path, const json_t *value, cst_error *err);

/** Append the canonical form of value. */
cst_code cst_json_canonical(cst_text *out, const json_t *value, cst_error *err);

/** Append the form that a person reads: canonical, with a line and two blanks of indent a level. */
cst_code cst_json_pretty(cst_text *out, const json_t *value, cst_error *err);

/** The digest of the canonical form. */
cst_code cst_json_digest(cst_digest *out, const json_t *value, cst_error *err);

/** A finite double as JSON number, anything else as null. New reference or NULL. */
json_t *cst_json_real(double value);

/** Append a double with the fewest digits that read back to it, "null" where it is not finite. */
cst_code cst_json_number(cst_text *out, double value, cst_error *err);

/** Put value (whose reference is taken, also on failure) under key of object. A NULL value is
 *  CST_NOMEM: so calls can be chained, cst_json_put(o, "rows", json_integer(n), err). */
cst_code cst_json_put(json_t *object, const char *key, json_t *value, cst_error *err);

/** Append value (whose reference is taken, also on failure) to array. */
cst_code cst_json_append(json_t *array, json_t *value, cst_error *err);

/** Append the paths of the files that a shell pattern matches, sorted by name; key is what messages
 *  begin with. CST_MISSING where there are none, CST_IO where a folder cannot be read: fewer files
 *  than there are would be another dataset. */
cst_code cst_json_append_files(json_t *array, const char *pattern, const char *key, cst_error *err);

#endif

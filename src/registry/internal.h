/* internal.h - what the files of this room share */
#ifndef CST_REGISTRY_INTERNAL_H
#define CST_REGISTRY_INTERNAL_H

#include "base/file.h"
#include "config/json.h"
#include "registry/registry.h"

enum { CST_REGISTRY_FORMAT = 1, CST_MANIFEST_FORMAT = 1, CST_VERSION_DIGITS = 10 };

struct cst_registry {
    char *path; /* absolute */
};

/** CST_USAGE unless name is [a-z0-9][a-z0-9._-]{0,63}; what says what it names. */
cst_code cst_registry_check_name(const char *what, const char *name, cst_error *err);

/** "<registry>/<folder of kind>/<name>", to be freed; NULL with err set on failure. */
char *cst_registry_folder(const cst_registry *registry, cst_kind kind, const char *name,
                          cst_error *err);

/** The number of a version's or a generation's name (ten digits), 0 where it is none. */
int64_t cst_registry_number(const char *name);

/** Ascending numbers that directory has entries of, suffix (".json" or "") behind the ten digits.
 *  *out is to be freed. */
cst_code cst_registry_numbers(int64_t **out, size_t *count, const char *directory,
                              const char *suffix, cst_error *err);

/** Names that kind has versions of, sorted; released with cst_file_names_free. */
cst_code cst_registry_names(char ***out, size_t *count, const cst_registry *registry, cst_kind kind,
                            cst_error *err);

/** Read one version. CST_MISSING where there is none (any more), CST_INVALID where its manifest
 *  does not hold what its digest says. */
cst_code cst_version_read(cst_version **out, const cst_registry *registry, cst_kind kind,
                          const char *name, int64_t number, cst_error *err);

/* A sealed JSON file carries the digest of its other keys and is byte for byte what the pretty
 * writer makes of them: any change of any byte is seen. */

/** Put under key the digest of the canonical form of value, which must not have that key. */
cst_code cst_seal_put(json_t *value, const char *key, cst_error *err);

/** Append the bytes of a sealed file. */
cst_code cst_seal_text(cst_text *out, const json_t *sealed, cst_error *err);

/** Read a sealed file. CST_MISSING, CST_INVALID or CST_IO; *bytes, where not NULL, gets the digest
 *  of the file's bytes. */
cst_code cst_seal_read(json_t **out, cst_digest *bytes, const char *path, const char *key,
                       cst_error *err);

/** Read the record of a step key (registry/step_key.h) at path; out may be NULL. CST_INVALID where
 * it does not hold. */
cst_code cst_step_key_check(json_t **out, const char *path, const char *key, cst_error *err);

/** The content id of a manifest: SHA-256 of the canonical form of kind, format, stage, revision,
 *  params, seed, the roles and ids of inputs, the names and content digests of the files that are
 *  not provenance, and the ids of parts. */
cst_code cst_manifest_id(cst_digest *out, const json_t *manifest, cst_error *err);

/** A digest under key of object; CST_INVALID naming where. */
cst_code cst_json_get_digest(cst_digest *out, const json_t *object, const char *key,
                             const char *where, cst_error *err);

/** Put a digest as hex. */
cst_code cst_json_put_digest(json_t *object, const char *key, const cst_digest *digest,
                             cst_error *err);

/** "<registry>/aliases/<model>/<alias>", to be freed; NULL with err set where a name is none. */
char *cst_alias_folder(const cst_registry *registry, const char *model, const char *alias,
                       cst_error *err);

/** Read and check all records of an alias's folder, oldest first. *last: the digest of the last
 *  record's bytes, untouched where there is none. */
cst_code cst_alias_walk(json_t **out, cst_digest *last, const char *folder, cst_error *err);

/** Who does it and where: {"actor", "host", "job" (Slurm's, where there is one)} put into record.
 */
cst_code cst_registry_put_actor(json_t *record, cst_error *err);

#endif

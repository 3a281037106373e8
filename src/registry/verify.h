/* verify.h - the registry's own health; never repairs */
#ifndef CST_REGISTRY_VERIFY_H
#define CST_REGISTRY_VERIFY_H

#include "base/log.h"
#include "registry/registry.h"

/** Opens a file in full (level 3): given by whoever links HDF5; path, its recorded content id. */
typedef cst_code (*cst_verify_open)(const char *path, const cst_digest *content, cst_error *err);

/** Level 0: names, modes, chains; 1: sizes; 2: every hash; 3: open each file. version NULL: all.
 *  {"level", "versions", "files", "bytes", "findings": [{"path", "problem"}], "quarantined": []}.
 *  open may be NULL below level 3. */
cst_code cst_verify(json_t **out, cst_registry *registry, const cst_version *version, int level,
                    bool quarantine, cst_verify_open open, cst_log *log, cst_error *err);

/** One version's files against its manifest (level 2): before promotion, before use. */
cst_code cst_verify_version(cst_registry *registry, const cst_version *version, cst_error *err);

#endif

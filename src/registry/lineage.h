/* lineage.h - why: from a version up to the files it was made of; diff of two versions */
#ifndef CST_REGISTRY_LINEAGE_H
#define CST_REGISTRY_LINEAGE_H

#include "registry/registry.h"

/** The tree above a version: {"kind", "name", "version", "id", "stage", "params", "build",
 *  "sources": [{"path", "sha256", "rows"}], "inputs": [{"role", …the same}]}. */
cst_code cst_lineage_up(json_t **out, cst_registry *registry, const cst_version *version,
                        cst_error *err);

/** What was made of it: [{"kind", "name", "version", "id", "role"}]. */
cst_code cst_lineage_down(json_t **out, cst_registry *registry, const cst_version *version,
                          cst_error *err);

/** What differs between two versions of a kind: {"params": …, "inputs": …, "files": …, "summary"}.
 */
cst_code cst_lineage_diff(json_t **out, const cst_version *a, const cst_version *b, cst_error *err);

#endif

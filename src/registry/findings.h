/* findings.h - what verify has seen so far */
#ifndef CST_REGISTRY_FINDINGS_H
#define CST_REGISTRY_FINDINGS_H

#include "base/log.h"
#include "registry/internal.h"
#include "registry/verify.h"

typedef struct {
    const cst_registry *registry;
    int level;
    cst_verify_open open; /* or NULL */
    cst_log *log;
    json_t *list;       /* [{"path", "problem"}] */
    json_t *parts_seen; /* an object whose keys are the paths of parts looked at */
    int64_t versions, files, bytes;
} cst_findings;

/** Add a finding; path is absolute, and is told relative to the registry. */
cst_code cst_findings_add(cst_findings *findings, const char *path, cst_error *err,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Look at one version's directory: its entries, their modes, sizes, digests and contents as far
 *  as the level goes; the parts it names; the inputs it was made of. */
cst_code cst_findings_version(cst_findings *findings, const cst_version *version, cst_error *err);

/** Move a version's directory, or the file of a part or of a step key, to quarantine/<date>/; a
 * version leaves its number with gone.json. relative is the path as the finding tells it. *moved is
 * set where it was one of those. */
cst_code cst_findings_quarantine(bool *moved, const cst_registry *registry, const char *relative,
                                 const char *why, cst_error *err);

#endif

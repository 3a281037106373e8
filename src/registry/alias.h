/* alias.h - champion and its like: generations, compare and swap, the audit log */
#ifndef CST_REGISTRY_ALIAS_H
#define CST_REGISTRY_ALIAS_H

#include "registry/registry.h"

/** One record of an alias's chain: what it points at, who moved it there and why. Borrowed JSON:
 *  {generation, previous, target: {version, id, manifest_sha256}, evaluation, actor, host, job,
 *  reason, time, nonce, override}. */
typedef struct {
    int64_t generation; /* 0: the alias was never set */
    json_t *record;     /* owned; NULL at generation 0 */
} cst_alias;

/** The current generation; the chain's hashes are walked. */
cst_code cst_alias_read(cst_alias *out, cst_registry *registry, const char *model,
                        const char *alias, cst_error *err);
void cst_alias_free(cst_alias *alias);

/** The whole chain, oldest first, as a JSON array. CST_INVALID names the first broken link. */
cst_code cst_alias_log(json_t **out, cst_registry *registry, const char *model, const char *alias,
                       cst_error *err);

typedef struct {
    const char *alias;             /* "champion" */
    int64_t expect;                /* generation the caller saw; -1: the one its evaluation saw */
    const cst_version *evaluation; /* or NULL: the newest of this model version */
    bool override;                 /* past a "no" of the gate; needs a reason */
    const char *reason;            /* or NULL */
} cst_promotion;

/** Move the alias to a model version whose evaluation passed; verifies the version in full first.
 *  CST_CONFLICT names who moved it to what; CST_REFUSED where the gate said no (evaluation.json's
 *  "verdict" is not "passed"); CST_SKIPPED where the alias points at this version already. A model
 *  whose manifest says "evaluated_as" is judged by that version's evaluation. The generation seen
 *  is "alias_generation" of the evaluation's manifest. *generation: the new one. */
cst_code cst_alias_promote(int64_t *generation, cst_registry *registry, const cst_version *model,
                           const cst_promotion *promotion, cst_error *err);

/** Point back: to_version 0 is the version that the alias had before it first had the current one.
 *  CST_USAGE where it never had to_version, or reason is missing. */
cst_code cst_alias_rollback(int64_t *generation, cst_registry *registry, const char *model,
                            const char *alias, int64_t to_version, const char *reason,
                            cst_error *err);

#endif

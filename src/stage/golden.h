/* golden.h - golden rows: raw rows kept in a model bundle with the scores that they must give
 *
 * golden.json: {"columns": [{"name", "type", "ticks", "zone"}], "rows": [[value, …]], "scores":
 * […]}. Values and scores are written with the digits that read back to the same bits; missing is
 * null.
 */
#ifndef CST_STAGE_GOLDEN_H
#define CST_STAGE_GOLDEN_H

#include "stage/bundle.h"

/** Up to 64 of all ranks' rows, those with the smallest hash of their id, with their scores; rows
 *  NULL: none. The same on all ranks. Collective. New reference in *out. */
cst_code cst_golden_make(json_t **out, cst_comm *comm, const cst_bundle *bundle,
                         const cst_table *rows, uint64_t seed, cst_error *err);

/** Score the golden rows again: CST_INVALID names the first whose score has other bits. Local. */
cst_code cst_golden_check(const cst_bundle *bundle, const json_t *golden, cst_error *err);

#endif

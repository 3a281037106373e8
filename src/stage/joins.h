/* joins.h - the other datasets whose columns rows get: found, read, joined */
#ifndef CST_STAGE_JOINS_H
#define CST_STAGE_JOINS_H

#include "stage/stage.h"
#include "table/table.h"

/** The snapshots that joins (prepare.join; NULL: none) read, one an entry: the newest of its
 *  dataset, or the one that chosen says (an array of "weather=weather@3"; NULL: none). CST_USAGE
 *  where chosen names a dataset that is not joined. To be released with cst_versions_free.
 *  Collective. */
cst_code cst_stage_joins_find(cst_version ***out, size_t *count, const cst_stage *stage,
                              const json_t *joins, const json_t *chosen, cst_error *err);

/** Join their columns onto this rank's rows, in order. Collective. */
cst_code cst_stage_join(cst_table *rows, const cst_stage *stage, const json_t *joins,
                        cst_version *const *versions, cst_error *err);

#endif

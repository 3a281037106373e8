/* profiling.h - the profile of rows that lie on all ranks */
#ifndef CST_STAGE_PROFILING_H
#define CST_STAGE_PROFILING_H

#include <jansson.h>

#include "comm/comm.h"
#include "table/table.h"

/** The profile (cst_profile_to_json) of all ranks' rows, on every rank. first must be the position
 *  of the first row, ids are optional. The pivot of a column is its first value. Collective. */
cst_code cst_stage_profile_rows(json_t **out, cst_comm *comm, const cst_table *rows,
                                cst_error *err);

#endif

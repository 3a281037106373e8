/* profiling.h - profile and drift reference of rows that lie on all ranks */
#ifndef CST_STAGE_PROFILING_H
#define CST_STAGE_PROFILING_H

#include <jansson.h>

#include "comm/comm.h"
#include "table/schema.h"
#include "table/table.h"

/** The profile (cst_profile_to_json) of all ranks' rows, on every rank. first must be the position
 *  of the first row, ids are optional. The pivot of a column is its first value. Collective. */
cst_code cst_stage_profile_rows(json_t **out, cst_comm *comm, const cst_table *rows,
                                cst_error *err);

/** The drift reference (cst_reference_to_json) of all ranks' rows, on every rank; columns, time and
 *  schema as cst_reference_new takes them. Collective. */
cst_code cst_stage_reference(json_t **out, cst_comm *comm, const cst_table *rows,
                             const char *const *columns, const char *time, const cst_schema *schema,
                             cst_error *err);

#endif

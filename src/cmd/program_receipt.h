/* program_receipt.h - what a stage's program leaves in its attempt's folder; rank 0 */
#ifndef CST_CMD_PROGRAM_RECEIPT_H
#define CST_CMD_PROGRAM_RECEIPT_H

#include "stage/stage.h"

/** begin.json, before any work. provenance is borrowed. */
cst_code cst_program_begin(const char *attempt, const cst_stage_kind *kind, json_t *provenance,
                           cst_error *err);

/** end.json, last: how it ended and why, put to what was used ({"seconds", …}). */
cst_code cst_program_end(const char *attempt, const cst_stage_result *result, cst_code code,
                         const cst_error *why, json_t *used, cst_error *err);

#endif

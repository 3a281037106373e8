/* contents.h - files of a version, read on every rank */
#ifndef CST_STAGE_CONTENTS_H
#define CST_STAGE_CONTENTS_H

#include "stage/stage.h"
#include "table/schema.h"

/** A JSON file of a version. New reference. Collective. */
cst_code cst_stage_read_json(json_t **out, const cst_stage *stage, const cst_version *version,
                             const char *file, cst_error *err);

/** A version's schema.json. Collective. */
cst_code cst_stage_read_schema(cst_schema **out, const cst_stage *stage, const cst_version *version,
                               cst_error *err);

/** The rows of a snapshot: all of them, or those of the newest part alone. Collective. */
cst_code cst_stage_read_rows(cst_table **out, const cst_stage *stage, const cst_version *snapshot,
                             bool newest, cst_error *err);

#endif

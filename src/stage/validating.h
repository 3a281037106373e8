/* validating.h - what validate holds while it runs; for validate*.c alone */
#ifndef CST_STAGE_VALIDATING_H
#define CST_STAGE_VALIDATING_H

#include "stage/stage.h"
#include "table/schema.h"

enum { CST_VALIDATE_REVISION = 1 };

typedef struct {
    const cst_stage *stage;
    const json_t *spec;     /* the section, checked */
    cst_version *snapshot;  /* what is looked at */
    cst_version *reference; /* what it is compared with, or NULL */
    cst_schema *schema;
    cst_table *rows; /* of the newest part */
    json_t *facts;   /* for cst_validation_new */
    json_t *report;
} cst_validating;

/** The entry of the manifest for the newest part. Borrowed. Local. */
const json_t *cst_validating_part(const cst_version *snapshot);

/** Find what the snapshot is compared with and gather the facts. Collective. */
cst_code cst_validating_facts(cst_validating *v, cst_error *err);

/** Add file and line to every example, and to the messages. Local. */
cst_code cst_validating_places(json_t *report, const json_t *part, cst_error *err);

#endif

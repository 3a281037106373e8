/* prepare_publish.h - what prepare has made, and how it becomes a version */
#ifndef CST_STAGE_PREPARE_PUBLISH_H
#define CST_STAGE_PREPARE_PUBLISH_H

#include "prepare/rows.h"
#include "prepare/transform.h"
#include "stage/stage.h"

enum { CST_PREPARE_REVISION = 1 };

/** Everything that a run of prepare holds; what is not yet made is NULL. */
typedef struct {
    const cst_stage *stage;
    const json_t *spec; /* the checked prepare section */
    bool all;           /* every row is for training */
    cst_version *snapshot;
    cst_version **joined; /* shape [joins] */
    size_t joins;
    cst_schema *schema;
    cst_table *rows;              /* until they are split */
    cst_table *side[CST_NOWHERE]; /* training, validation, test */
    cst_split *split;
    json_t *split_json;
    cst_transform *transform;
    cst_matrix *training, *validation; /* validation may be NULL */
    json_t *reference;
    int64_t read, dropped[2]; /* over all ranks: rows read; left out by where:, without a label */
} cst_preparing;

/** Write the files of a features version and publish it. CST_SKIPPED: the same is there already.
 *  Collective. */
cst_code cst_preparing_publish(cst_stage_result *out, const cst_preparing *p, cst_error *err);

#endif

/* preparing.h - what prepare has made so far, checked first, published last */
#ifndef CST_STAGE_PREPARING_H
#define CST_STAGE_PREPARING_H

#include "prepare/rows.h"
#include "prepare/transform.h"
#include "stage/stage.h"

enum { CST_PREPARE_REVISION = 2 };

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

/** The schema that a snapshot was made with. Local. */
cst_code cst_preparing_schema(cst_schema **out, const cst_version *snapshot, cst_error *err);

/** Try joins, expressions, split and features on the columns of the schemas without any row, so
 *  that a wrong section is found before rows are read. Local. */
cst_code cst_preparing_check(const cst_preparing *p, cst_error *err);

/** Write the files of a features version and publish it. CST_SKIPPED: the same is there already.
 *  Collective. */
cst_code cst_preparing_publish(cst_stage_result *out, const cst_preparing *p, cst_error *err);

#endif

/* bundle.h - a model bundle: its transform and its model, together from raw rows to scores */
#ifndef CST_STAGE_BUNDLE_H
#define CST_STAGE_BUNDLE_H

#include "model/learner.h"
#include "prepare/transform.h"
#include "stage/stage.h"
#include "table/table.h"

typedef struct {
    cst_transform *transform;
    cst_model *model;
} cst_bundle;

/** From a transform and the bytes of model.safetensors; source names them in messages. Local. */
cst_code cst_bundle_new(cst_bundle **out, const json_t *transform, const void *model, size_t size,
                        const char *source, cst_error *err);

/** From the directory of a model version. Local. */
cst_code cst_bundle_read(cst_bundle **out, const char *directory, cst_error *err);
void cst_bundle_free(cst_bundle *bundle);

/** Scores of raw rows (all columns after joins), one for each row of *matrix, which is the rows as
 *  the model sees them; labels and kept as in cst_transform_apply. Both are the caller's. Local. */
cst_code cst_bundle_score(double **score, cst_matrix **matrix, const cst_bundle *bundle,
                          cst_table *rows, bool labels, uint8_t *kept, cst_error *err);

/** This rank's raw test rows of a features version; *out is NULL where it keeps none. Collective.
 */
cst_code cst_bundle_test_rows(cst_table **out, const cst_stage *stage, const cst_version *features,
                              cst_error *err);

#endif

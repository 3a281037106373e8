/* transform.h - from raw rows to a matrix: fitted on training rows, kept as JSON, applied anywhere
 *
 * A transform carries derive, where, label and every fitted figure, so that a model bundle can
 * score raw rows (all columns after joins) on its own.
 */
#ifndef CST_PREPARE_TRANSFORM_H
#define CST_PREPARE_TRANSFORM_H

#include <jansson.h>

#include "config/option.h"
#include "exact/mergeable.h"
#include "table/matrix.h"

/** The keys of prepare: in the pipeline file (where, derive, join, label, weight, split,
 *  features). */
extern const cst_option cst_prepare_options[];

typedef struct cst_transform cst_transform;

/** Read and write transform.json. */
cst_code cst_transform_from_json(cst_transform **out, const json_t *value, cst_error *err);
json_t *cst_transform_to_json(const cst_transform *transform, cst_error *err);
void cst_transform_free(cst_transform *transform);

/** The raw columns (after joins) that applying needs: NULL-ended, borrowed. The label's own are
 *  listed only with labels. */
const char *const *cst_transform_inputs(const cst_transform *transform, bool labels);

/** The joins to make before applying, as prepare.join has them. Borrowed. */
const json_t *cst_transform_joins(const cst_transform *transform);

/** Raw rows to a matrix. labels: fill in label (rows for which where is not true or the label is
 *  missing are dropped, *kept — shape [rows of table], may be NULL — says which stayed); without,
 *  every row is kept. The table gets the derived columns added. Local. */
cst_code cst_transform_apply(cst_matrix **out, const cst_transform *transform, cst_table *table,
                             bool labels, uint8_t *kept, cst_error *err);

/** Fitting: rounds of local, merge, advance, over the training rows alone. rows: raw rows after
 *  joins, derive and where, with ids and (where the dataset has one) time. spec: the checked
 *  prepare section. time: the schema's time column or NULL. */
typedef struct cst_fit cst_fit;
cst_code cst_fit_new(cst_fit **out, const json_t *spec, const cst_table *training, const char *time,
                     uint64_t seed, cst_error *err);
void cst_fit_free(cst_fit *fit);
cst_code cst_fit_local(cst_fit *fit, cst_error *err);
cst_mergeable cst_fit_state(cst_fit *fit);
cst_code cst_fit_advance(cst_fit *fit, bool *done, cst_error *err);

/** After the last round: the transform, and the training rows' own matrix with out-of-fold target
 *  encodings. The caller's to free. */
cst_code cst_fit_finish(cst_transform **out, cst_matrix **training, cst_fit *fit, cst_error *err);

#endif

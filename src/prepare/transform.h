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

/** The columns that features are made of, raw or derived, each once: what drift is watched in.
 *  NULL-ended, borrowed. */
const char *const *cst_transform_columns(const cst_transform *transform);

/** "binary" where the label is a truth, else "regression". */
const char *cst_transform_objective(const cst_transform *transform);

/** The split (cst_split_to_json) that the transform was fitted under: kept with it. NULL: none. */
const json_t *cst_transform_split(const cst_transform *transform);
cst_code cst_transform_set_split(cst_transform *transform, const json_t *split, cst_error *err);

/** Raw rows to a matrix. labels: fill in label (rows for which where is not true or the label is
 *  missing are dropped, *kept — shape [rows of table], may be NULL — says which stayed); without,
 *  every row is kept and only what features need is derived. The table gets the derived columns
 *  added; ones of the same name, as another transform left them, are replaced. The matrix has time
 *  where the schema's time column is there. first and total are the table's where no row was
 *  dropped, else the caller's to set. CST_MISSING names a column that is not there. Local. */
cst_code cst_transform_apply(cst_matrix **out, const cst_transform *transform, cst_table *table,
                             bool labels, uint8_t *kept, cst_error *err);

/** Fitting: rounds of local, merge, advance, over the training rows alone. rows: raw rows after
 *  joins and derive, of which cst_prepare_keep keeps every one, with ids; borrowed while the fit
 *  lives. spec: the checked prepare section. time: the schema's time column or NULL.
 *
 *  What is fitted, on training rows alone and exactly (the same bits however rows lie):
 *  - impute: median (the mean of the two middle values), mean, or a constant;
 *  - scale: standard, (x - mean) / population standard deviation after imputing, or minmax; a
 *    column of one value becomes 0;
 *  - numbers are rounded to float32 last; integers past 2^24 and times have the least training
 *    value subtracted first;
 *  - category: codes by the sorted text (or number) of the levels; ordinal: the same as a number;
 *    missing and unseen levels are NaN; onehot: a column a level, all 0 for missing and unseen;
 *  - target: (sum of the level's labels + smoothing prior) / (its rows + smoothing), prior the mean
 *    label; missing is a level of its own, unseen levels get the prior. Training rows get the value
 *    fitted on the other folds, prior included: folds are blocks of time of equal size, or by hash
 *    of the row where no time tells rows apart. Weights play no part. */
typedef struct cst_fit cst_fit;
cst_code cst_fit_new(cst_fit **out, const json_t *spec, cst_table *training, const char *time,
                     uint64_t seed, cst_error *err);
void cst_fit_free(cst_fit *fit);
cst_code cst_fit_local(cst_fit *fit, cst_error *err);
cst_mergeable cst_fit_state(cst_fit *fit);
cst_code cst_fit_advance(cst_fit *fit, bool *done, cst_error *err);

/** The transform in the making: what it needs (cst_transform_inputs, …) is known from the start,
 *  its figures after the last round. Borrowed. */
const cst_transform *cst_fit_transform(const cst_fit *fit);

/** After the last round: the transform, and the training rows' own matrix with out-of-fold target
 *  encodings. The caller's to free. */
cst_code cst_fit_finish(cst_transform **out, cst_matrix **training, cst_fit *fit, cst_error *err);

#endif

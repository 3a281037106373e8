/* rows.h - which rows and columns take part: derive, where, join, split */
#ifndef CST_PREPARE_ROWS_H
#define CST_PREPARE_ROWS_H

#include <jansson.h>

#include "exact/mergeable.h"
#include "table/schema.h"
#include "table/table.h"

/** Add the derived columns of derive: (name → expression). They may use each other, in whatever
 *  order they are written; a cycle is CST_USAGE. CST_EXISTS where a name repeats one that is there.
 *  Local. */
cst_code cst_prepare_derive(cst_table *table, const json_t *derive, cst_error *err);

/** Which rows count: keep[r] (shape [rows]) is 1 where where: is true and the label is not missing.
 *  counts: rows left out by where:, and of the others those without a label. spec: the checked
 *  prepare section. The table has its derived columns. Local. */
cst_code cst_prepare_keep(uint8_t *keep, int64_t counts[2], cst_table *table, const json_t *spec,
                          cst_error *err);

/** Join the columns of right onto left's rows: exact equality on the columns of on (category and
 *  text by their text, numbers and times by value), or asof with within and lag. A repeated key on
 *  the right is CST_INVALID and named. Rows without a partner get missing values. join: one entry
 *  of prepare.join. Local. */
cst_code cst_prepare_join(cst_table *left, const cst_table *right, const json_t *join,
                          cst_error *err);

typedef enum { CST_TRAINING, CST_VALIDATION, CST_TEST, CST_NOWHERE } cst_side;

/** A split in the making, by rounds of local, merge, advance. By time in spans: the extremes, then
 *  the cuts follow; in shares: the cuts are exact quantiles, found digit by digit; always one round
 *  that counts the rows of every side and finds their extents. A side that was asked for and gets
 *  no row is CST_INVALID with the spans and the extent of the data.
 *  spec: prepare.split, checked. all: every row is for training, and of spec (which may be NULL)
 *  only the column counts, by which the extents are told. schema gives the time where spec does
 *  not; may be NULL. joins: prepare.join, whose keys a hash split may not be finer than; may be
 * NULL. */
typedef struct cst_split cst_split;
cst_code cst_split_new(cst_split **out, const json_t *spec, bool all, const cst_schema *schema,
                       const json_t *joins, uint64_t seed, cst_error *err);
void cst_split_free(cst_split *split);
cst_code cst_split_local(cst_split *split, const cst_table *table, cst_error *err);
cst_mergeable cst_split_state(cst_split *split);
cst_code cst_split_advance(cst_split *split, bool *done, cst_error *err);

/** The side of every row; side has shape [rows]. By time: rows in a gap or without a time are
 *  CST_NOWHERE. Local. */
cst_code cst_split_sides(uint8_t *side, const cst_split *split, const cst_table *table,
                         cst_error *err);

/** Rows of a side (CST_NOWHERE: of none), over all ranks, after the last round. */
int64_t cst_split_rows(const cst_split *split, cst_side side);

/** {"by": "time"|"hash"|"none", "all": every row is for training, "column": the time's name,
 *  "training": [first, last], "validation": […], "test": […] as the times of the first and last row
 *  of each side (ISO 8601, UTC; left out where a side has no rows or there is no time), "rows":
 * {side: count}}; by time also "cuts": {"training_before", "validation_from", "validation_before",
 *  "test_from"}; by hash also "key", "seed" and the shares "test_share" and "validation_share".
 * What the gate proves disjointness with. New reference or NULL. */
json_t *cst_split_to_json(const cst_split *split, cst_error *err);

#endif

/* rows.h - which rows and columns take part: derive, where, join, split */
#ifndef CST_PREPARE_ROWS_H
#define CST_PREPARE_ROWS_H

#include <jansson.h>

#include "exact/mergeable.h"
#include "table/schema.h"
#include "table/table.h"

/** Add the derived columns of derive: (name → expression, in order). CST_EXISTS where a name
 *  repeats one that is there. */
cst_code cst_prepare_derive(cst_table *table, const json_t *derive, cst_error *err);

/** Join the columns of right onto left's rows: exact equality on the columns of on (category and
 *  text by their text, numbers and times by value), or asof with within and lag. A repeated key on
 *  the right is CST_INVALID and named. Rows without a partner get missing values. join: one entry
 *  of prepare.join. */
cst_code cst_prepare_join(cst_table *left, const cst_table *right, const json_t *join,
                          cst_error *err);

typedef enum { CST_TRAINING, CST_VALIDATION, CST_TEST, CST_NOWHERE } cst_side;

/** A split in the making. By time: one round finds the extremes, the cuts follow as timestamps;
 *  by hash: no round. key_of_joins: the columns of joined tables' keys, to refuse hash splits
 *  finer than they. */
typedef struct cst_split cst_split;
cst_code cst_split_new(cst_split **out, const json_t *spec, const cst_schema *schema,
                       const json_t *joins, uint64_t seed, cst_error *err);
void cst_split_free(cst_split *split);
cst_code cst_split_local(cst_split *split, const cst_table *table, cst_error *err);
cst_mergeable cst_split_state(cst_split *split);
cst_code cst_split_advance(cst_split *split, bool *done, cst_error *err);

/** The side of every row; side has shape [rows]. */
cst_code cst_split_sides(uint8_t *side, const cst_split *split, const cst_table *table,
                         cst_error *err);

/** {"by": "time", "column", "training_end", "validation": [from, to], "test": [from, to]} with
 *  timestamps, or {"by": "hash", …}. What the gate proves disjointness with. New reference. */
json_t *cst_split_to_json(const cst_split *split, cst_error *err);

#endif

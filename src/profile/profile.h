/* profile.h - statistics of a table by mergeable states */
#ifndef CST_PROFILE_PROFILE_H
#define CST_PROFILE_PROFILE_H

#include <jansson.h>

#include "exact/mergeable.h"
#include "table/schema.h"
#include "table/table.h"

/** A profile in the making: count, missing, zeros, min, max, mean, standard deviation, skewness,
 *  quantiles (from a bottom-k sample of 65,536, with their rank error), distinct values
 *  (HyperLogLog, with its error; exact for categories up to 65,536 levels), the most frequent
 *  levels, text lengths. Moments are taken about a pivot. */
typedef struct cst_profile cst_profile;

/** *pivot: a number a column, NULL for rank-independent defaults (the first row's value given by
 *  rank 0 is the usual pivot). Column set and types are those of table (rows are not looked at). */
cst_code cst_profile_new(cst_profile **out, const cst_table *like, const double *pivot,
                         cst_error *err);
void cst_profile_free(cst_profile *profile);

/** Take in a table's rows (ids must be set). Local. */
cst_code cst_profile_update(cst_profile *profile, const cst_table *table, cst_error *err);

/** What all ranks must merge. */
cst_mergeable cst_profile_state(cst_profile *profile);

/** The finished figures: {"rows", "columns": [{"name", "type", …}]}. New reference or NULL. */
json_t *cst_profile_to_json(const cst_profile *profile, cst_error *err);

/** A schema to edit, from a table's types and its profile. */
cst_code cst_profile_propose(cst_schema **out, const cst_table *like, const json_t *profile,
                             const char *dataset, cst_error *err);

#endif

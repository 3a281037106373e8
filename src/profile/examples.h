/* examples.h - the first few rows of which something is true, with their values */
#ifndef CST_PROFILE_EXAMPLES_H
#define CST_PROFILE_EXAMPLES_H

#include <jansson.h>

#include "exact/mergeable.h"
#include "table/table.h"

enum { CST_EXAMPLES = 10 };

/** A set of width 0 that keeps the rows that come first in the part. */
cst_code cst_examples_new(cst_sorted **out, cst_error *err);

/** Take in a row of the part with the value that a column has there (NULL: none to tell). */
cst_code cst_examples_add(cst_sorted *set, int64_t row, const cst_column *column, size_t at,
                          cst_error *err);

/** The same with a text of one's own. */
cst_code cst_examples_add_text(cst_sorted *set, int64_t row, const char *text, size_t size,
                               cst_error *err);

/** [{"row", "value"}], by row. New reference or NULL. */
json_t *cst_examples_json(const cst_sorted *set, cst_error *err);

#endif

/* output.h - what goes to standard output: one line of JSON, text, or columns */
#ifndef CST_CMD_OUTPUT_H
#define CST_CMD_OUTPUT_H

#include <jansson.h>

#include "base/text.h"

/** Write text to standard output; a closed pipe or a full disk is CST_IO. */
cst_code cst_output_text(const cst_text *text, cst_error *err);

/** Write formatted text. */
cst_code cst_output_print(cst_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Write a value as one line of canonical JSON. */
cst_code cst_output_json(const json_t *value, cst_error *err);

/** Append a value as a person reads it: text bare, 10 and not 1e+01, null as "-", lists and objects
 *  as [a, b] and {key: a}. */
cst_code cst_output_value(cst_text *out, const json_t *value, cst_error *err);

/** Rows of cells, written with their columns aligned; cells that are numbers to the right. */
typedef struct {
    json_t *rows; /* array of arrays of strings */
} cst_columns;

/** Start with a heading. The row of cells is NULL-ended. */
cst_code cst_columns_new(cst_columns *out, const char *const *heading, cst_error *err);
cst_code cst_columns_add(cst_columns *columns, const char *const *cells, cst_error *err);
cst_code cst_columns_write(const cst_columns *columns, cst_error *err);
void cst_columns_free(cst_columns *columns);

#endif

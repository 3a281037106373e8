/* key.h - the values of key columns as bytes that are equal where the values are */
#ifndef CST_PREPARE_KEY_H
#define CST_PREPARE_KEY_H

#include <jansson.h>

#include "base/text.h"
#include "table/table.h"

/** Some columns of a table, in order. Borrowed columns; release with cst_key_free. */
typedef struct {
    const cst_column **column; /* shape [count] */
    size_t count;
} cst_key;

/** The columns that names (an array of strings) lists; CST_USAGE names the one that is not there,
 *  and what asked for it. */
cst_code cst_key_new(cst_key *out, const cst_table *table, const json_t *names, const char *what,
                     cst_error *err);
void cst_key_free(cst_key *key);

/** Replace bytes by the key of a row: text and categories by their text, numbers by value whatever
 *  their type, times by the instant whatever their unit. *missing: some value is missing. */
cst_code cst_key_bytes(cst_text *bytes, bool *missing, const cst_key *key, size_t row,
                       cst_error *err);

/** Append "origin=EWR, time_hour=2013-01-01T06:00:00Z". */
cst_code cst_key_describe(cst_text *out, const cst_key *key, size_t row, cst_error *err);

/** A value of a TIME column in microseconds, rounded down; missing stays CST_MISSING_INT64. */
int64_t cst_key_microseconds(const cst_column *column, size_t row);

/** Distinct keys, numbered 0, 1, 2 … as they were first added. */
typedef struct cst_key_index cst_key_index;
cst_code cst_key_index_new(cst_key_index **out, cst_error *err);
void cst_key_index_free(cst_key_index *index);
/** The number of a key, added where it is new: then *number is the count before. */
cst_code cst_key_index_add(int64_t *number, cst_key_index *index, const cst_text *bytes,
                           cst_error *err);
/** The number of a key, or -1. */
int64_t cst_key_index_find(const cst_key_index *index, const cst_text *bytes);
int64_t cst_key_index_count(const cst_key_index *index);

#endif

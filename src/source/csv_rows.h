/* csv_rows.h - records into a table, as a schema says; what cannot be read into rejects */
#ifndef CST_SOURCE_CSV_ROWS_H
#define CST_SOURCE_CSV_ROWS_H

#include "source/cell.h"
#include "source/dictionary.h"
#include "source/source.h"
#include "table/time.h"

/** Where a stretch of rows with lines one after the other begins. */
typedef struct {
    int64_t row; /* of this rank */
    size_t file;
    int64_t line; /* from the begin of the range that is read */
} cst_csv_stretch;

/** A column of the table in the making. */
typedef struct {
    const cst_schema_column *want;
    size_t source; /* which column of the source; SIZE_MAX: none, all missing */
    size_t cell;   /* which cell of the file's records */
    cst_column *column;
    cst_zone *zone;
    cst_dictionary *levels; /* CATEGORY: what the codes in the making stand for */
    cst_cell text;          /* CATEGORY, TEXT: of the row in the making */
    cst_text scratch;
    char last[40]; /* TIME: the text before, its size and value, since times repeat */
    size_t last_size;
    int64_t last_value;
} cst_csv_target;

typedef struct {
    const cst_cell_rules *rules; /* borrowed */
    cst_table *table;
    cst_csv_target *target; /* shape [targets], in the schema's order */
    size_t targets;
    size_t cells;     /* a record must have */
    size_t file;      /* being read */
    int64_t rows;     /* of this rank so far */
    size_t last_file; /* and line of the row before */
    int64_t last_line;
    cst_csv_stretch *stretch;
    size_t stretches, stretch_room;
    cst_reject *reject; /* the first reject_limit + 1 of this rank */
    size_t rejects, reject_room, reject_limit;
    int64_t *kept, *rejected; /* shape [files] */
    int64_t stray;            /* records with a quote within a bare cell */
    size_t stray_file;        /* of the first of them */
    int64_t stray_line;
} cst_csv_rows;

/** Columns of schema over the source's columns (NULL-ended). *rows is zero-initialised by this and
 *  released with cst_csv_rows_free, also after a failure. */
cst_code cst_csv_rows_new(cst_csv_rows *rows, const cst_schema *schema, const char *const *columns,
                          const cst_cell_rules *rules, size_t files, size_t reject_limit,
                          cst_error *err);
void cst_csv_rows_free(cst_csv_rows *rows);

/** Go on to a file: cell[c] is where its records have column c. */
void cst_csv_rows_file(cst_csv_rows *rows, size_t file, const size_t *cell);

/** Take one record; a cst_csv_taker's. */
cst_code cst_csv_rows_take(void *rows, const cst_csv_record *record, int64_t line, int64_t offset,
                           cst_error *err);

/** All records are in: columns that the source lacks are filled with missing. */
cst_code cst_csv_rows_finish(cst_csv_rows *rows, cst_error *err);

#endif

/* source.h - files of others into tables: open, describe, plan, read */
#ifndef CST_SOURCE_SOURCE_H
#define CST_SOURCE_SOURCE_H

#include <jansson.h>

#include "base/log.h"
#include "base/sha256.h"
#include "comm/comm.h"
#include "config/option.h"
#include "table/schema.h"
#include "table/table.h"

/** The keys of source: in the pipeline file (format, files, delimiter, quote, missing, header,
 *  encoding, rename, reject_limit, max_record). */
extern const cst_option cst_source_options[];

/** A file that was read: what provenance and later findings need. */
typedef struct {
    char *path;
    cst_digest digest; /* pieces digest, as base/sha256.h has it */
    int64_t bytes;
    int64_t rows, rejected; /* kept and rejected of this file, over all ranks */
} cst_source_file;

/** A row that could not be read. */
typedef struct {
    size_t file;
    int64_t line;   /* from 1, of the record's first character */
    int64_t offset; /* bytes from the file's start */
    char *reason;   /* "column dep_time: \"12x\" is not an int32" */
} cst_reject;

/** Where runs of at most 4,096 rows of the result begin, on all ranks together: row → file and
 *  line. Runs begin at every 4,096th row, and wherever the line does not go on from the row before
 *  (another file, a reject, an empty line, a line end in quotes), unless there are more than 4,096
 *  such places: then a line within a run is exact only up to them. */
typedef struct {
    int64_t row;
    size_t file;
    int64_t line;
} cst_source_run;

typedef struct cst_source cst_source;

/** A source of CSV files. They are read as RFC 4180 has it, split between ranks at any byte; cells
 *  that are empty or among missing: are missing, but an empty cell in quotes is an empty text in a
 *  text column. Doubles are strtod's, float32 values strtof's.
 *
 *  Open files, read their headers, see that they agree, share digests among the ranks. options is
 *  a checked map of cst_source_options. Collective. */
cst_code cst_source_open(cst_source **out, cst_comm *comm, const char *const *paths, size_t files,
                         const json_t *options, cst_log *log, cst_error *err);
void cst_source_free(cst_source *source);

/** The columns of the files, NULL-ended, borrowed. Local. */
const char *const *cst_source_columns(const cst_source *source);
const cst_source_file *cst_source_files(const cst_source *source, size_t *count);

/** Do not read a file (an index of cst_source_files); the same on all ranks. Local. */
void cst_source_leave_out(cst_source *source, size_t file);

/** Propose a schema from all rows (types that every value fits, narrowest first; a category where
 *  levels are few), identical on all ranks. Collective. */
cst_code cst_source_infer(cst_schema **out, cst_source *source, const char *dataset, cst_log *log,
                          cst_error *err);

/** What reading gave. Rejects and runs are the same on all ranks. */
typedef struct {
    cst_table *table;   /* this rank's rows, in file order across ranks; first, total set */
    cst_reject *reject; /* shape [rejects], by file and line; the first reject_limit + 1 of them */
    size_t rejects;
    int64_t rejected;    /* all of them */
    cst_source_run *run; /* shape [runs] */
    size_t runs;
} cst_source_rows;

/** Read all rows as schema says; category levels are agreed on by all ranks. Rows that cannot be
 *  read become rejects; more than reject_limit of them, no row at all, and files that share no
 *  column with the schema, are CST_INVALID. Columns of the schema that the source lacks are all
 *  missing, columns that the schema lacks are left out, both with a warning. Collective. */
cst_code cst_source_read(cst_source_rows *out, cst_source *source, const cst_schema *schema,
                         cst_log *log, cst_error *err);
void cst_source_rows_free(cst_source_rows *rows);

#endif

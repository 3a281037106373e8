/* internal.h - what an open source is made of, for the files of this room */
#ifndef CST_SOURCE_INTERNAL_H
#define CST_SOURCE_INTERNAL_H

#include "source/cell.h"
#include "source/csv_reader.h"
#include "source/source.h"

/** How a file is laid out; the same on all ranks. */
typedef struct {
    cst_csv_file csv;
    int64_t begin; /* offset of the first record of data */
    int64_t line;  /* and its line, from 1 */
    size_t *cell;  /* shape [columns]: which cell of this file's records holds a column */
    bool left_out;
} cst_source_layout;

struct cst_source {
    cst_comm *comm; /* borrowed */
    json_t *options;
    cst_csv_dialect dialect;
    cst_cell_rules rules;
    char **column; /* NULL-ended */
    size_t columns;
    cst_source_file *file;     /* shape [files] */
    cst_source_layout *layout; /* shape [files] */
    size_t files;
};

/** Read the headers on rank 0 and give layout and columns to all. Collective. */
cst_code cst_source_read_headers(cst_source *source, const char *const *paths, size_t files,
                                 cst_error *err);

/** Digests of all files, their pieces shared among the ranks. Collective. */
cst_code cst_source_digest_files(cst_source *source, cst_error *err);

/** A byte range of one file whose records this rank reads: begin is where a record begins. */
typedef struct {
    size_t file;
    int64_t begin, end;
} cst_source_range;

/** Share the bytes of all files out among the ranks, in order, and settle where each rank's first
 *  record begins. *out (shape [*count]) is the caller's to free. Collective. */
cst_code cst_source_plan(cst_source_range **out, size_t *count, const cst_source *source,
                         cst_error *err);

/** Whom records go to, with a word when a file begins. */
typedef struct {
    cst_csv_taker taker;
    void (*file)(void *context, size_t file, const size_t *cell);
} cst_source_taker;

/** Read this rank's ranges; lines[i] (shape [count]) is the number of line ends of range i. Local.
 */
cst_code cst_source_walk(int64_t *lines, const cst_source *source, const cst_source_range *range,
                         size_t count, const cst_source_taker *to, const char *what, cst_log *log,
                         cst_error *err);

#endif

/* rows.h - the rows of a snapshot, an ordered list of parts, by rank */
#ifndef CST_STORE_ROWS_H
#define CST_STORE_ROWS_H

#include "comm/comm.h"
#include "store/part.h"
#include "table/matrix.h"

/** A part of a snapshot. */
typedef struct {
    char *path;
    cst_digest id;
    int64_t rows;
} cst_part_ref;

/** This rank's rows of all parts one after the other, owned by blocks (cst_comm_owned), with ids,
 *  first and total; levels of a category are the union of all parts', the same on all ranks. A
 *  column that only some parts have is missing in the rest; types that differ are CST_INVALID.
 *  columns NULL-ended; NULL: all. Collective. */
cst_code cst_rows_read(cst_table **out, cst_comm *comm, const cst_part_ref *parts, size_t count,
                       const char *const *columns, cst_error *err);

/** The same, all rows on every rank: for the right side of joins. Collective. */
cst_code cst_rows_read_all(cst_table **out, cst_comm *comm, const cst_part_ref *parts, size_t count,
                           const char *const *columns, cst_error *err);

/** Write and read a matrix; ranks' rows in rank order (any split); reading gives each rank its
 *  owned blocks. Collective. */
cst_code cst_matrix_write(cst_part_written *out, cst_comm *comm, const char *path,
                          const cst_matrix *matrix, cst_error *err);
cst_code cst_matrix_read(cst_matrix **out, cst_comm *comm, const char *path, cst_error *err);

#endif

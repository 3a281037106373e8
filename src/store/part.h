/* part.h - immutable HDF5 parts: valid netCDF-4 and CF, the same bytes at any number of ranks
 *
 * Rank 0 lays the file out with serial HDF5 (contiguous, early allocation, object times off), then
 * all ranks pwrite their blocks at H5Dget_offset: no MPI-IO, no collective to hang in.
 */
#ifndef CST_STORE_PART_H
#define CST_STORE_PART_H

#include "base/sha256.h"
#include "comm/comm.h"
#include "table/table.h"

/** What was written, the same on all ranks. */
typedef struct {
    cst_digest content; /* the part's id: root over format, rows and columns (see formats) */
    cst_digest sha256;  /* of the file's bytes, by pieces */
    int64_t bytes;
    int64_t rows;
} cst_part_written;

/** Write all ranks' rows, in rank order, as a new file at path, synced but not published. Ranks may
 *  hold any number of rows; levels of categories must agree. A full disk is a clean error on every
 *  rank, the file removed. A table with ids keeps them as two int64 columns "id:part" and "id:row",
 *  which reading turns into ids again. Collective. */
cst_code cst_part_write(cst_part_written *out, cst_comm *comm, const char *path,
                        const cst_table *table, cst_error *err);

typedef struct cst_part cst_part;

/** Open a part for reading: external links, external storage, virtual datasets, soft and user links
 *  and filters unknown are refused, sizes checked, before any data are read. Local. */
cst_code cst_part_open(cst_part **out, const char *path, cst_error *err);
void cst_part_close(cst_part *part);
int64_t cst_part_rows(const cst_part *part);

/** Read count rows from first, of the columns named (NULL-ended; NULL: all), as a table without
 *  ids; levels are the part's. Columns not there are CST_MISSING. Local. */
cst_code cst_part_read(cst_table **out, cst_part *part, int64_t first, int64_t count,
                       const char *const *columns, cst_error *err);

/** Recompute a part's content id from its values: what verify --level 3 does. Local. */
cst_code cst_part_content(cst_digest *out, const char *path, cst_error *err);

#endif

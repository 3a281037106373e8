/* comm.h - the MPI context, agreement on errors, the one collective merge, who owns which rows
 *
 * Every function says whether it is Collective (all ranks call it) or Local.
 */
#ifndef CST_COMM_COMM_H
#define CST_COMM_COMM_H

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "exact/mergeable.h"

typedef struct {
    MPI_Comm mpi;
    int rank;
    int size;
    bool owned;  /* free mpi with the context */
    size_t most; /* elements a call of MPI: longer messages are split (MPI counts in int) */
} cst_comm;

/** Wrap a communicator. duplicate: take a private copy of it, so that no message can be mistaken
 *  for the caller's. Errors on it are returned, not fatal. Collective. */
cst_code cst_comm_new(cst_comm **out, MPI_Comm mpi, bool duplicate, cst_error *err);
void cst_comm_free(cst_comm *comm);

/** Every rank hands in its outcome; all get the same back: CST_OK if all were, else the code and
 *  text of the lowest rank that failed, with "rank N: " before it where that is not rank 0 (whose
 *  work is often nobody else's). Call it after anything that may fail on some ranks, before the
 *  next collective. Collective. */
cst_code cst_comm_agree(cst_comm *comm, cst_code code, cst_error *err);

/** Merge every rank's state; all hold the merged one afterwards. Shapes must be equal (checked).
 *  Collective. */
cst_code cst_comm_merge(cst_comm *comm, cst_mergeable *state, cst_error *err);

/** Give rank 0's bytes to all. On other ranks *data is a new array, to be freed, with a NUL behind
 *  its last byte; on rank 0 it stays the caller's own. Collective. */
cst_code cst_comm_share(cst_comm *comm, void **data, size_t *size, cst_error *err);

/** Give a string that rank 0 made to all. code is the outcome of making it, *text the string:
 * CST_OK and NULL on other ranks. With CST_OK every rank owns a string, to be freed; else none does
 * and *text is NULL. Collective. */
cst_code cst_comm_share_text(cst_comm *comm, cst_code code, char **text, cst_error *err);

/** All ranks' bytes, in rank order, on every rank. *out is new; *offsets has size + 1 entries, to
 *  be freed as well. Collective. */
cst_code cst_comm_gather(cst_comm *comm, void **out, size_t **offsets, const void *mine,
                         size_t size, cst_error *err);

/** The sum of count over the ranks before this one, and over all of them. Collective. */
cst_code cst_comm_offset(cst_comm *comm, int64_t count, int64_t *before, int64_t *total,
                         cst_error *err);

/** The rows that a rank owns of rows rows: whole blocks of CST_BLOCK_ROWS, as even as can be,
 *  in rank order. Local. */
void cst_comm_owned(const cst_comm *comm, int64_t rows, int64_t *first, int64_t *count);

/** The largest of value over the ranks. Collective. */
cst_code cst_comm_max(cst_comm *comm, int64_t *value, cst_error *err);

/** Refuse ranks that would compute other bits: every rank must be of the same build (a text such as
 *  version and commit) and round as IEEE 754 says, to nearest and without flushing subnormal
 * numbers to zero. CST_FAILED names rank and difference. Collective. */
cst_code cst_comm_alike(cst_comm *comm, const char *build, cst_error *err);

#endif

/* comm.c - the MPI context, agreement on errors, bytes shared and gathered, who owns which rows */
#include "comm/comm.h"

#include "base/array.h"
#include "comm/message.h"
#include "exact/sum.h"

cst_code cst_comm_checked(int result, const char *call, cst_error *err)
{
    if (result == MPI_SUCCESS)
        return CST_OK;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int size = 0;
    (void)MPI_Error_string(result, text, &size);
    return cst_error_set(err, CST_FAILED, "%s failed: %s", call, text);
}

cst_code cst_comm_new(cst_comm **out, MPI_Comm mpi, bool duplicate, cst_error *err)
{
    cst_code rc = CST_OK;
    cst_comm *comm = cst_array_new(1, sizeof *comm, "communicator", err);
    if (!comm)
        return CST_NOMEM;
    *comm = (cst_comm){.mpi = mpi, .owned = duplicate, .most = (size_t)1 << 28};
    if (duplicate)
        rc = cst_comm_checked(MPI_Comm_dup(mpi, &comm->mpi), "MPI_Comm_dup", err);
    if (rc == CST_OK)
        rc = cst_comm_checked(MPI_Comm_set_errhandler(comm->mpi, MPI_ERRORS_RETURN),
                              "MPI_Comm_set_errhandler", err);
    if (rc == CST_OK)
        rc = cst_comm_checked(MPI_Comm_rank(comm->mpi, &comm->rank), "MPI_Comm_rank", err);
    if (rc == CST_OK)
        rc = cst_comm_checked(MPI_Comm_size(comm->mpi, &comm->size), "MPI_Comm_size", err);
    if (rc != CST_OK) {
        free(comm);
        return rc;
    }
    *out = comm;
    return CST_OK;
}

void cst_comm_free(cst_comm *comm)
{
    if (comm && comm->owned)
        (void)MPI_Comm_free(&comm->mpi);
    free(comm);
}

/* What the lowest rank that failed has to say. */
typedef struct {
    int code;
    char text[CST_ERROR_SIZE];
} outcome;

cst_code cst_comm_agree(cst_comm *comm, cst_code code, cst_error *err)
{
    if (comm->size == 1)
        return code;
    int mine = code == CST_OK ? comm->size : comm->rank, lowest = comm->size;
    cst_code rc = cst_comm_checked(MPI_Allreduce(&mine, &lowest, 1, MPI_INT, MPI_MIN, comm->mpi),
                                   "MPI_Allreduce", err);
    if (rc != CST_OK || lowest == comm->size)
        return rc;
    outcome first = {.code = (int)code, .text = {0}};
    if (comm->rank == lowest && err)
        (void)snprintf(first.text, sizeof first.text, "%s", err->text);
    rc = cst_comm_checked(MPI_Bcast(&first, sizeof first, MPI_BYTE, lowest, comm->mpi), "MPI_Bcast",
                          err);
    if (rc != CST_OK)
        return rc;
    if (err)
        cst_error_clear(err);
    if (lowest == 0)
        return cst_error_set(err, (cst_code)first.code, "%s", first.text);
    return cst_error_set(err, (cst_code)first.code, "rank %d: %s", lowest, first.text);
}

/* MPI_Bcast of any number of bytes. Collective. */
static cst_code broadcast(cst_comm *comm, void *bytes, size_t size, int root, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t done = 0; done < size && rc == CST_OK;) {
        size_t part = size - done < comm->most ? size - done : comm->most;
        rc = cst_comm_checked(MPI_Bcast((char *)bytes + done, (int)part, MPI_BYTE, root, comm->mpi),
                              "MPI_Bcast", err);
        done += part;
    }
    return rc;
}

cst_code cst_comm_share(cst_comm *comm, void **data, size_t *size, cst_error *err)
{
    if (comm->size == 1)
        return CST_OK;
    uint64_t bytes = comm->rank == 0 ? *size : 0;
    cst_code rc = broadcast(comm, &bytes, sizeof bytes, 0, err);
    if (rc != CST_OK)
        return rc;
    void *shared = NULL;
    if (comm->rank > 0 && !(shared = cst_array_new((size_t)bytes + 1, 1, "shared bytes", err)))
        rc = CST_NOMEM;
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = broadcast(comm, comm->rank == 0 ? *data : shared, (size_t)bytes, 0, err);
    if (rc != CST_OK) {
        free(shared);
        return rc;
    }
    if (comm->rank > 0) {
        *data = shared;
        *size = (size_t)bytes;
    }
    return CST_OK;
}

cst_code cst_comm_share_text(cst_comm *comm, cst_code code, char **text, cst_error *err)
{
    void *data = *text;
    size_t size = *text ? strlen(*text) : 0;
    cst_code rc = cst_comm_agree(comm, code, err);
    if (rc == CST_OK)
        rc = cst_comm_share(comm, &data, &size, err);
    if (rc != CST_OK) {
        free(data);
        data = NULL;
    }
    *text = data;
    return rc;
}

/* Fill in the others' bytes: in one call where they are few, else rank by rank. */
static cst_code fill(cst_comm *comm, char *all, const size_t *offset, cst_error *err)
{
    size_t total = offset[comm->size];
    cst_code rc = CST_OK;
    if (total > comm->most) {
        for (int r = 0; r < comm->size && rc == CST_OK; r++)
            rc = broadcast(comm, all + offset[r], offset[r + 1] - offset[r], r, err);
        return rc;
    }
    int *counts = cst_array_new((size_t)comm->size * 2, sizeof *counts, "gathered sizes", err);
    if ((rc = cst_comm_agree(comm, counts ? CST_OK : CST_NOMEM, err)) == CST_OK) {
        int *starts = counts + comm->size;
        for (int r = 0; r < comm->size; r++) {
            counts[r] = (int)(offset[r + 1] - offset[r]);
            starts[r] = (int)offset[r];
        }
        rc = cst_comm_checked(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, counts,
                                             starts, MPI_BYTE, comm->mpi),
                              "MPI_Allgatherv", err);
    }
    free(counts);
    return rc;
}

cst_code cst_comm_gather(cst_comm *comm, void **out, size_t **offsets, const void *mine,
                         size_t size, cst_error *err)
{
    char *all = NULL;
    uint64_t bytes = size;
    uint64_t *sizes = cst_array_new((size_t)comm->size, sizeof *sizes, "gathered sizes", err);
    size_t *offset = cst_array_new((size_t)comm->size + 1, sizeof *offset, "gathered sizes", err);
    cst_code rc = cst_comm_agree(comm, sizes && offset ? CST_OK : CST_NOMEM, err);
    if (rc == CST_OK)
        rc = cst_comm_checked(
            MPI_Allgather(&bytes, 1, MPI_UINT64_T, sizes, 1, MPI_UINT64_T, comm->mpi),
            "MPI_Allgather", err);
    if (rc != CST_OK)
        goto out;
    for (int r = 0; r < comm->size; r++)
        offset[r + 1] = offset[r] + (size_t)sizes[r];
    all = cst_array_new(offset[comm->size] + 1, 1, "gathered bytes", err);
    if ((rc = cst_comm_agree(comm, all ? CST_OK : CST_NOMEM, err)) != CST_OK)
        goto out;
    if (size)
        memcpy(all + offset[comm->rank], mine, size);
    if ((rc = fill(comm, all, offset, err)) != CST_OK)
        goto out;
    *out = all;
    *offsets = offset;
    all = NULL;
    offset = NULL;
out:
    free(sizes);
    free(offset);
    free(all);
    return rc;
}

cst_code cst_comm_offset(cst_comm *comm, int64_t count, int64_t *before, int64_t *total,
                         cst_error *err)
{
    int64_t until = 0;
    cst_code rc = cst_comm_checked(MPI_Scan(&count, &until, 1, MPI_INT64_T, MPI_SUM, comm->mpi),
                                   "MPI_Scan", err);
    if (rc != CST_OK)
        return rc;
    *before = until - count;
    *total = until; /* on the last rank, which gives it to all */
    return broadcast(comm, total, sizeof *total, comm->size - 1, err);
}

void cst_comm_owned(const cst_comm *comm, int64_t rows, int64_t *first, int64_t *count)
{
    int64_t blocks = (rows + CST_BLOCK_ROWS - 1) / CST_BLOCK_ROWS;
    int64_t from = blocks * comm->rank / comm->size * CST_BLOCK_ROWS;
    int64_t to = blocks * (comm->rank + 1) / comm->size * CST_BLOCK_ROWS;
    *first = from < rows ? from : rows;
    *count = (to < rows ? to : rows) - *first;
}

cst_code cst_comm_max(cst_comm *comm, int64_t *value, cst_error *err)
{
    return cst_comm_checked(MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_INT64_T, MPI_MAX, comm->mpi),
                            "MPI_Allreduce", err);
}

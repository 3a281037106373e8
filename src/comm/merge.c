/* merge.c - mergeable state across ranks, lane by lane */
#include "base/array.h"
#include "comm/message.h"

/* All ranks' shapes are one shape if the largest is also the smallest. */
static cst_code check_shapes(cst_comm *comm, const cst_mergeable *state, cst_error *err)
{
    enum { LANES = 6 };
    const size_t shape[LANES] = {state->sums, state->maxima, state->registers,
                                 state->sets, state->bests,  state->best_width};
    int64_t bounds[2 * LANES];
    for (size_t i = 0; i < LANES; i++) {
        bounds[i] = (int64_t)shape[i];
        bounds[LANES + i] = -(int64_t)shape[i];
    }
    cst_code rc = cst_comm_checked(
        MPI_Allreduce(MPI_IN_PLACE, bounds, 2 * LANES, MPI_INT64_T, MPI_MAX, comm->mpi),
        "MPI_Allreduce", err);
    for (size_t i = 0; i < LANES && rc == CST_OK; i++)
        if (bounds[i] != -bounds[LANES + i])
            rc = cst_error_set(err, CST_INVALID,
                               "ranks' states to merge differ in shape: lane %zu has %lld to %lld",
                               i, -(long long)bounds[LANES + i], (long long)bounds[i]);
    return rc;
}

/* MPI_Allreduce in place, of any number of elements of size bytes each. */
static cst_code reduce(cst_comm *comm, void *lane, size_t n, size_t size, MPI_Datatype type,
                       MPI_Op op, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t done = 0; done < n && rc == CST_OK;) {
        size_t part = n - done < comm->most ? n - done : comm->most;
        rc = cst_comm_checked(
            MPI_Allreduce(MPI_IN_PLACE, (char *)lane + done * size, (int)part, type, op, comm->mpi),
            "MPI_Allreduce", err);
        done += part;
    }
    return rc;
}

static void best_operator(void *theirs, void *mine, int *records, MPI_Datatype *type)
{
    int size = 0;
    (void)MPI_Type_size(*type, &size);
    cst_mergeable_best(mine, theirs, (size_t)*records, (size_t)size / sizeof(int64_t));
}

static cst_code merge_bests(cst_comm *comm, cst_mergeable *state, cst_error *err)
{
    MPI_Datatype record = MPI_DATATYPE_NULL;
    MPI_Op op = MPI_OP_NULL;
    size_t size = state->best_width * sizeof(int64_t);
    cst_code rc =
        cst_comm_checked(MPI_Type_contiguous((int)state->best_width, MPI_INT64_T, &record),
                         "MPI_Type_contiguous", err);
    if (rc == CST_OK)
        rc = cst_comm_checked(MPI_Type_commit(&record), "MPI_Type_commit", err);
    if (rc == CST_OK)
        rc = cst_comm_checked(MPI_Op_create(best_operator, 1, &op), "MPI_Op_create", err);
    if (rc == CST_OK)
        rc = reduce(comm, state->best, state->bests, size, record, op, err);
    if (op != MPI_OP_NULL)
        (void)MPI_Op_free(&op);
    if (record != MPI_DATATYPE_NULL)
        (void)MPI_Type_free(&record);
    return rc;
}

cst_code cst_comm_merge(cst_comm *comm, cst_mergeable *state, cst_error *err)
{
    if (comm->size == 1)
        return CST_OK;
    cst_code rc = check_shapes(comm, state, err);
    if (rc == CST_OK)
        rc = reduce(comm, state->sum, state->sums, sizeof *state->sum, MPI_INT64_T, MPI_SUM, err);
    if (rc == CST_OK)
        rc = reduce(comm, state->max, state->maxima, sizeof *state->max, MPI_INT64_T, MPI_MAX, err);
    if (rc == CST_OK)
        rc = reduce(comm, state->reg, state->registers, 1, MPI_UINT8_T, MPI_MAX, err);
    if (rc == CST_OK && state->bests && state->best_width)
        rc = merge_bests(comm, state, err);
    if (rc == CST_OK && state->sets)
        rc = cst_comm_merge_sets(comm, state->set, state->sets, err);
    return rc;
}

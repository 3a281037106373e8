/* sets.c - sorted sets united across ranks: up a binary tree to rank 0, then out to all
 *
 * A rank that fails on the way goes on taking part with nothing to say, so that none waits for it;
 * all learn of it in the agreement at the end.
 */
#include "base/text.h"
#include "comm/message.h"

/* All sets as one message: a word of size before each. */
static cst_code encode_sets(cst_text *out, cst_sorted *const *set, size_t sets, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < sets && rc == CST_OK; i++) {
        void *bytes = NULL;
        size_t size = 0;
        if ((rc = cst_sorted_encode(&bytes, &size, set[i], err)) == CST_OK) {
            uint64_t word = size;
            rc = cst_text_add(out, &word, sizeof word, err);
            if (rc == CST_OK)
                rc = cst_text_add(out, bytes, size, err);
        }
        free(bytes);
    }
    return rc;
}

/* Merge a message's sets into these, or put them in their place. */
static cst_code decode_sets(cst_sorted *const *set, size_t sets, const char *bytes, size_t size,
                            bool replace, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t at = 0;
    for (size_t i = 0; i < sets && rc == CST_OK; i++) {
        uint64_t length = 0;
        if (size - at >= sizeof length)
            memcpy(&length, bytes + at, sizeof length);
        if (size - at < sizeof length || size - at - sizeof length < length)
            return cst_error_set(err, CST_INVALID, "a message of sorted sets ends within set %zu",
                                 i);
        at += sizeof length;
        cst_sorted *read = NULL;
        rc = cst_sorted_decode(&read, bytes + at, (size_t)length, err);
        if (rc == CST_OK && replace)
            cst_sorted_swap(set[i], read);
        else if (rc == CST_OK)
            rc = cst_sorted_merge(set[i], read, err);
        cst_sorted_free(read);
        at += (size_t)length;
    }
    return rc;
}

enum { TAG_SIZE = 1, TAG_READY = 2, TAG_BYTES = 3 };

static cst_code send_word(cst_comm *comm, uint64_t word, int to, int tag, cst_error *err)
{
    return cst_comm_checked(MPI_Send(&word, 1, MPI_UINT64_T, to, tag, comm->mpi), "MPI_Send", err);
}

static cst_code receive_word(cst_comm *comm, uint64_t *word, int from, int tag, cst_error *err)
{
    return cst_comm_checked(
        MPI_Recv(word, 1, MPI_UINT64_T, from, tag, comm->mpi, MPI_STATUS_IGNORE), "MPI_Recv", err);
}

/* A size of 0 says that this rank has failed: no message of sets is empty. */
static cst_code send_sets(cst_comm *comm, cst_sorted *const *set, size_t sets, int to, bool failed,
                          cst_error *err)
{
    cst_text message = CST_TEXT_INIT;
    uint64_t ready = 0;
    cst_code rc = failed ? CST_OK : encode_sets(&message, set, sets, err);
    uint64_t size = failed || rc != CST_OK ? 0 : message.size;
    cst_code sent = send_word(comm, size, to, TAG_SIZE, err);
    if (sent == CST_OK)
        sent = receive_word(comm, &ready, to, TAG_READY, err);
    for (size_t done = 0; sent == CST_OK && ready && done < size;) {
        size_t part = (size_t)size - done < comm->most ? (size_t)size - done : comm->most;
        sent = cst_comm_checked(
            MPI_Send(message.data + done, (int)part, MPI_BYTE, to, TAG_BYTES, comm->mpi),
            "MPI_Send", err);
        done += part;
    }
    cst_text_free(&message);
    return rc != CST_OK ? rc : sent;
}

static cst_code receive_sets(cst_comm *comm, cst_sorted *const *set, size_t sets, int from,
                             bool failed, cst_error *err)
{
    uint64_t size = 0;
    char *bytes = NULL;
    cst_code rc = receive_word(comm, &size, from, TAG_SIZE, err), memory = CST_OK;
    if (rc != CST_OK)
        return rc;
    if (size && !failed && !(bytes = malloc((size_t)size)))
        memory = cst_error_nomem(err, "sorted sets of other ranks");
    rc = send_word(comm, bytes ? 1 : 0, from, TAG_READY, err);
    for (size_t done = 0; rc == CST_OK && bytes && done < size;) {
        size_t part = (size_t)size - done < comm->most ? (size_t)size - done : comm->most;
        rc = cst_comm_checked(MPI_Recv(bytes + done, (int)part, MPI_BYTE, from, TAG_BYTES,
                                       comm->mpi, MPI_STATUS_IGNORE),
                              "MPI_Recv", err);
        done += part;
    }
    if (rc == CST_OK && bytes)
        rc = decode_sets(set, sets, bytes, (size_t)size, false, err);
    free(bytes);
    return memory != CST_OK ? memory : rc;
}

static cst_code unite_on_root(cst_comm *comm, cst_sorted *const *set, size_t sets, cst_error *err)
{
    cst_code rc = CST_OK;
    for (int step = 1; step < comm->size; step *= 2) {
        if (comm->rank & step) {
            cst_code sent = send_sets(comm, set, sets, comm->rank - step, rc != CST_OK, err);
            return rc != CST_OK ? rc : sent;
        }
        if (comm->rank + step < comm->size) {
            cst_code received = receive_sets(comm, set, sets, comm->rank + step, rc != CST_OK, err);
            rc = rc != CST_OK ? rc : received;
        }
    }
    return rc;
}

cst_code cst_comm_merge_sets(cst_comm *comm, cst_sorted *const *set, size_t sets, cst_error *err)
{
    cst_text message = CST_TEXT_INIT;
    void *bytes = NULL;
    size_t size = 0;
    cst_code rc = unite_on_root(comm, set, sets, err);
    if (rc == CST_OK && comm->rank == 0)
        rc = encode_sets(&message, set, sets, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    if (comm->rank == 0) {
        bytes = message.data;
        size = message.size;
    }
    if ((rc = cst_comm_share(comm, &bytes, &size, err)) != CST_OK)
        goto out;
    if (comm->rank > 0) {
        rc = decode_sets(set, sets, bytes, size, true, err);
        free(bytes);
    }
    rc = cst_comm_agree(comm, rc, err);
out:
    cst_text_free(&message);
    return rc;
}

/* count.c - counts a program's calls of MPI, to be preloaded: which, how many, of how many bytes
 *
 * At MPI_Finalize every rank writes <CAPSTAN_COUNT>/<rank>.tsv, a line for each function and size:
 * function, bytes that the rank hands in, calls. Bytes handed in are a property of the program; how
 * many of them cross a wire, and in how many pieces, is the MPI library's choice of algorithm.
 * Root and receiver hand in nothing but what they send: a receive counts as a call of 0 bytes.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 4096 };

typedef struct {
    const char *function;
    long long bytes, calls;
} entry;

static struct {
    entry entry[ENTRIES];
    int entries;
    int lost; /* calls for which there was no room */
} counted;

static void count(const char *function, long long bytes)
{
    for (int i = 0; i < counted.entries; i++) {
        entry *at = &counted.entry[i];
        if (at->bytes == bytes && strcmp(at->function, function) == 0) {
            at->calls++;
            return;
        }
    }
    if (counted.entries == ENTRIES)
        counted.lost++;
    else
        counted.entry[counted.entries++] = (entry){function, bytes, 1};
}

static long long size_of(int n, MPI_Datatype type)
{
    int size = 0;
    if (type != MPI_DATATYPE_NULL)
        (void)PMPI_Type_size(type, &size);
    return (long long)n * size;
}

static int rank_in(MPI_Comm comm)
{
    int rank = 0;
    (void)PMPI_Comm_rank(comm, &rank);
    return rank;
}

int MPI_Allreduce(const void *from, void *to, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    count("Allreduce", size_of(n, type));
    return PMPI_Allreduce(from, to, n, type, op, comm);
}

int MPI_Bcast(void *data, int n, MPI_Datatype type, int root, MPI_Comm comm)
{
    count("Bcast", size_of(n, type)); /* the same on all ranks, though only the root sends */
    return PMPI_Bcast(data, n, type, root, comm);
}

int MPI_Scan(const void *from, void *to, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    count("Scan", size_of(n, type));
    return PMPI_Scan(from, to, n, type, op, comm);
}

int MPI_Allgather(const void *from, int n, MPI_Datatype type, void *to, int each,
                  MPI_Datatype each_type, MPI_Comm comm)
{
    count("Allgather", size_of(n, type));
    return PMPI_Allgather(from, n, type, to, each, each_type, comm);
}

int MPI_Allgatherv(const void *from, int n, MPI_Datatype type, void *to, const int *counts,
                   const int *starts, MPI_Datatype each, MPI_Comm comm)
{
    int mine = from == MPI_IN_PLACE ? counts[rank_in(comm)] : n;
    count("Allgatherv", size_of(mine, from == MPI_IN_PLACE ? each : type));
    return PMPI_Allgatherv(from, n, type, to, counts, starts, each, comm);
}

int MPI_Send(const void *data, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm)
{
    count("Send", size_of(n, type));
    return PMPI_Send(data, n, type, to, tag, comm);
}

int MPI_Recv(void *data, int n, MPI_Datatype type, int from, int tag, MPI_Comm comm,
             MPI_Status *status)
{
    count("Recv", 0);
    return PMPI_Recv(data, n, type, from, tag, comm, status);
}

static int write_counts(void)
{
    const char *folder = getenv("CAPSTAN_COUNT");
    char path[4096];
    int used =
        folder ? snprintf(path, sizeof path, "%s/%d.tsv", folder, rank_in(MPI_COMM_WORLD)) : -1;
    if (used < 0 || (size_t)used >= sizeof path || counted.lost)
        return -1;
    FILE *file = fopen(path, "w");
    if (!file)
        return -1;
    int ok = 1;
    for (int i = 0; i < counted.entries; i++) {
        const entry *at = &counted.entry[i];
        ok = ok && fprintf(file, "%s\t%lld\t%lld\n", at->function, at->bytes, at->calls) > 0;
    }
    return fclose(file) == 0 && ok ? 0 : -1;
}

int MPI_Finalize(void)
{
    if (write_counts() != 0) {
        (void)fprintf(stderr, "count: CAPSTAN_COUNT must name a folder that can be written\n");
        PMPI_Abort(MPI_COMM_WORLD, 70);
    }
    return PMPI_Finalize();
}

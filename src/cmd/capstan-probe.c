/* capstan-probe.c - a rank of the doctor's job: what this node sees of its neighbours and files
 *
 * `capstan-probe` alone prints {"mpi", "pmix"}; `capstan-probe DIR` on several ranks prints an
 * object a rank:
 *
 *   node, rank, ranks       where it is, and in how large a world
 *   mpi, pmix               the libraries' versions; pmix null where MPI loaded none
 *   files                   what is wrong with DIR's link and rename here, null where nothing is
 *   listed_after            seconds until the names of all ranks were in DIR's listing; negative
 *                           where that many did not suffice
 *   file_clock, rank_clock  seconds that the file system's and rank 0's clock are from this one's
 *   memory_lock, open_files the limits, -1 for none
 */
#include <dlfcn.h>
#include <link.h>
#include <mpi.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "comm/comm.h"
#include "config/json.h"
#include "registry/registry.h"

/* One of the libraries in memory: the version, if it is PMIx. Open MPI may hold its own copy, with
 * a prefix before all names. */
static int find_pmix(struct dl_phdr_info *library, size_t size, void *found)
{
    static const char *const names[] = {"PMIx_Get_version", "OPAL_MCA_PMIX4X_PMIx_Get_version",
                                        "OPAL_MCA_PMIX3X_PMIx_Get_version",
                                        "OPAL_MCA_PMIX2X_PMIx_Get_version"};
    (void)size;
    void *opened = strstr(library->dlpi_name, "pmix")
                       ? dlopen(library->dlpi_name, RTLD_LAZY | RTLD_NOLOAD)
                       : NULL;
    if (!opened)
        return 0;
    const char *(*get_version)(void) = NULL;
    for (size_t i = 0; !get_version && i < sizeof names / sizeof names[0]; i++)
        *(void **)&get_version = dlsym(opened, names[i]);
    if (get_version)
        *(const char **)found = get_version();
    (void)dlclose(opened);
    return get_version != NULL;
}

/* "4.2.2" of "OpenPMIx 4.2.2, repo rev: …", up to its comma; "Open MPI v4.1.4" likewise. */
static json_t *new_version(const char *text)
{
    if (text && strncmp(text, "OpenPMIx ", 9) == 0)
        text += 9;
    else if (text && strncmp(text, "PMIx ", 5) == 0)
        text += 5;
    return text ? json_stringn(text, strcspn(text, ", \n")) : json_null();
}

static cst_code put_versions(json_t *report, cst_error *err)
{
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    const char *pmix = NULL;
    int length = 0;
    (void)MPI_Get_library_version(mpi, &length);
    (void)dl_iterate_phdr(find_pmix, (void *)&pmix);
    cst_code rc = cst_json_put(report, "mpi", json_stringn(mpi, strcspn(mpi, ",\n")), err);
    return rc == CST_OK ? cst_json_put(report, "pmix", new_version(pmix), err) : rc;
}

/* Slurm's name of this node; several may be on one host. */
static cst_code put_place(json_t *report, const cst_comm *comm, cst_error *err)
{
    char host[256] = "?";
    const char *node = getenv("SLURMD_NODENAME");
    if (!node && gethostname(host, sizeof host - 1) == 0)
        node = host;
    cst_code rc = cst_json_put(report, "node", json_string(node ? node : "?"), err);
    if (rc == CST_OK)
        rc = cst_json_put(report, "rank", json_integer(comm->rank), err);
    if (rc == CST_OK)
        rc = cst_json_put(report, "ranks", json_integer(comm->size), err);
    return rc;
}

static cst_code put_limit(json_t *report, const char *key, int resource, cst_error *err)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return cst_error_errno(err, "cannot read a limit");
    bool none = limit.rlim_cur == RLIM_INFINITY;
    return cst_json_put(report, key, json_integer(none ? -1 : (json_int_t)limit.rlim_cur), err);
}

/* Each rank hands its number to the next, round the ring. Collective. */
static cst_code exchange(const cst_comm *comm, cst_error *err)
{
    int before = (comm->rank + comm->size - 1) % comm->size, heard = -1;
    int failed = MPI_Sendrecv(&comm->rank, 1, MPI_INT, (comm->rank + 1) % comm->size, 0, &heard, 1,
                              MPI_INT, before, 0, comm->mpi, MPI_STATUS_IGNORE);
    if (failed || heard != before)
        return cst_error_set(err, CST_FAILED, "rank %d heard %d where rank %d should have spoken",
                             comm->rank, heard, before);
    return CST_OK;
}

/* Rank 0's clock against this one's: halfway between question and answer. Collective. */
static cst_code put_rank_clock(json_t *report, const cst_comm *comm, cst_error *err)
{
    enum { QUESTION, ANSWER };
    double apart = 0;
    int failed = 0;
    for (int rank = 1; rank < comm->size && !failed; rank++) {
        int64_t time = 0;
        if (comm->rank == 0) {
            failed = MPI_Recv(&time, 1, MPI_INT64_T, rank, QUESTION, comm->mpi, MPI_STATUS_IGNORE);
            time = cst_clock_now();
            failed = failed || MPI_Send(&time, 1, MPI_INT64_T, rank, ANSWER, comm->mpi);
        } else if (comm->rank == rank) {
            int64_t asked = cst_clock_now();
            failed = MPI_Send(&asked, 1, MPI_INT64_T, 0, QUESTION, comm->mpi) ||
                     MPI_Recv(&time, 1, MPI_INT64_T, 0, ANSWER, comm->mpi, MPI_STATUS_IGNORE);
            apart = ((double)time - ((double)asked + (double)cst_clock_now()) / 2) * 1e-6;
        }
    }
    if (failed)
        return cst_error_set(err, CST_FAILED, "rank %d: a message did not arrive", comm->rank);
    return cst_json_put(report, "rank_clock", json_real(apart), err);
}

/* Publish a name of this rank's own, and look at its time. */
static cst_code publish_name(json_t *report, const char *directory, int rank, cst_error *err)
{
    char name[32];
    struct stat status;
    (void)snprintf(name, sizeof name, "rank-%d", rank);
    char *path = cst_file_join(directory, name, err);
    if (!path)
        return CST_NOMEM;
    double before = (double)cst_clock_now() * 1e-6;
    cst_code rc = cst_file_publish(path, name, strlen(name), err);
    if (rc == CST_OK && stat(path, &status) != 0)
        rc = cst_error_errno(err, "cannot look at %s", path);
    if (rc == CST_OK) {
        double after = (double)cst_clock_now() * 1e-6;
        double filed = (double)status.st_mtim.tv_sec + (double)status.st_mtim.tv_nsec * 1e-9;
        double apart = filed < before ? filed - before : filed > after ? filed - after : 0;
        rc = cst_json_put(report, "file_clock", json_real(apart), err);
    }
    free(path);
    return rc;
}

/* How long until all ranks' names are listed. They were published before it is called. */
static cst_code put_listing(json_t *report, const char *directory, int ranks, cst_error *err)
{
    enum { PATIENCE = 30 /* seconds */, PAUSE = 5 /* milliseconds */ };
    double begun = cst_clock_elapsed(), waited = 0;
    size_t seen = 0;
    cst_code rc = CST_OK;
    while (rc == CST_OK && seen < (size_t)ranks && waited < PATIENCE) {
        char **names = NULL;
        rc = cst_file_names(&names, &seen, directory, err);
        cst_file_names_free(names, rc == CST_OK ? seen : 0);
        waited = cst_clock_elapsed() - begun;
        if (rc == CST_OK && seen < (size_t)ranks)
            (void)poll(NULL, 0, PAUSE);
    }
    if (rc != CST_OK)
        return rc;
    return cst_json_put(report, "listed_after",
                        json_real(seen < (size_t)ranks ? -(double)PATIENCE : waited), err);
}

/* What the directory does here, as text where it is not what it should be: no error of ours. The
 * listing is looked at once before, so that a stale one can show. Collective. */
static cst_code put_files(json_t *report, cst_comm *comm, const char *directory, cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    cst_error why = CST_ERROR_INIT;
    cst_code rc = cst_registry_try(directory, &why);
    if (rc == CST_OK && (rc = cst_file_names(&names, &count, directory, &why)) == CST_OK)
        cst_file_names_free(names, count);
    (void)MPI_Barrier(comm->mpi);
    if (rc == CST_OK)
        rc = publish_name(report, directory, comm->rank, &why);
    (void)MPI_Barrier(comm->mpi);
    if (rc == CST_OK)
        rc = put_listing(report, directory, comm->size, &why);
    return cst_json_put(report, "files", rc == CST_OK ? json_null() : json_string(why.text), err);
}

/* Collective. */
static cst_code make_report(json_t *report, cst_comm *comm, const char *directory, cst_error *err)
{
    cst_code rc = put_versions(report, err);
    if (rc == CST_OK)
        rc = put_place(report, comm, err);
    if (rc == CST_OK)
        rc = put_limit(report, "memory_lock", RLIMIT_MEMLOCK, err);
    if (rc == CST_OK)
        rc = put_limit(report, "open_files", RLIMIT_NOFILE, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        return rc;
    rc = exchange(comm, err);
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = put_rank_clock(report, comm, err);
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = put_files(report, comm, directory, err);
    return cst_comm_agree(comm, rc, err);
}

/* One write, so that the lines of the ranks do not mix. */
static cst_code print(const json_t *report, cst_error *err)
{
    cst_text line = CST_TEXT_INIT;
    cst_code rc = cst_json_canonical(&line, report, err);
    if (rc == CST_OK)
        rc = cst_text_puts(&line, "\n", err);
    if (rc == CST_OK && write(STDOUT_FILENO, line.data, line.size) != (ssize_t)line.size)
        rc = cst_error_errno(err, "cannot write the report");
    cst_text_free(&line);
    return rc;
}

/* Collective. */
static cst_code probe(const char *directory, cst_error *err)
{
    cst_comm *comm = NULL;
    json_t *report = json_object();
    cst_code rc = report ? CST_OK : cst_error_nomem(err, "a report");
    if (rc == CST_OK && !directory)
        rc = put_versions(report, err);
    else if (rc == CST_OK && (rc = cst_comm_new(&comm, MPI_COMM_WORLD, true, err)) == CST_OK)
        rc = make_report(report, comm, directory, err);
    if (rc == CST_OK)
        rc = print(report, err);
    cst_comm_free(comm);
    json_decref(report);
    return rc;
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    cst_log log = cst_log_new("capstan-probe", CST_LOG_NORMAL, "none");
    cst_file_signals();
    MPI_Init(&argc, &argv);
    cst_code rc = probe(argc > 1 ? argv[1] : NULL, &err);
    if (rc != CST_OK)
        cst_log_error(&log, &err);
    MPI_Finalize();
    return cst_code_status(rc);
}

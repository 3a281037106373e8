/* doctor_reports.c - what the ranks of the doctor's job reported, judged; pure */
#include "cmd/doctor.h"
#include "config/option.h"

enum {
    CLOCKS = 2,               /* seconds that clocks may be apart */
    FILES = 1024,             /* open files */
    LOCKED = 64 * 1024 * 1024 /* bytes: what a fabric's queues take, roughly */
};
static const double LISTED_SOON = 5; /* seconds */

static const char *node_of(const json_t *report)
{
    return cst_get_string(report, "node", "?");
}

static double far(double apart)
{
    return apart < 0 ? -apart : apart;
}

/* The report with the largest absolute value of a number; NULL where none has it. */
static const json_t *largest(const json_t *reports, const char *key)
{
    const json_t *report = NULL, *found = NULL;
    size_t i = 0;
    json_array_foreach(reports, i, report)
    {
        if (json_is_number(json_object_get(report, key)) &&
            (!found || far(cst_get_real(report, key, 0)) > far(cst_get_real(found, key, 0))))
            found = report;
    }
    return found;
}

/* Did all ranks start, as one world? *met: they did, so that they could look at the files. */
static cst_code judge_world(cst_examination *e, const json_t *reports, size_t ranks, bool *met,
                            cst_error *err)
{
    const json_t *first = json_array_get(reports, 0);
    size_t size = (size_t)cst_get_int(first, "ranks", 0);
    const char *mpi = cst_get_string(first, "mpi", "?");
    *met = json_array_size(reports) == ranks && size == ranks;
    if (*met)
        return cst_doctor_note(
            e, "job", CST_HEALTH_OK,
            cst_text_format(err, "%zu ranks on %s and %s exchanged messages: %s, PMIx %s", ranks,
                            node_of(first), node_of(json_array_get(reports, ranks - 1)), mpi,
                            cst_get_string(first, "pmix", "none")),
            err);
    if (size == 1)
        return cst_doctor_note(
            e, "job", CST_HEALTH_PROBLEM,
            cst_text_format(err,
                            "each rank is alone: %s did not understand Slurm's PMIx; build with an "
                            "Open MPI of the PMIx that `srun --mpi=list` names",
                            mpi),
            err);
    return cst_doctor_note(e, "job", CST_HEALTH_PROBLEM,
                           cst_text_format(err,
                                           "%zu of %zu ranks reported; is capstan-probe's folder "
                                           "there on all nodes?",
                                           json_array_size(reports), ranks),
                           err);
}

static cst_code judge_files(cst_examination *e, const json_t *reports, cst_error *err)
{
    const json_t *report = NULL;
    size_t i = 0;
    json_array_foreach(reports, i, report)
    {
        const char *said = cst_get_string(report, "files", NULL);
        if (said)
            return cst_doctor_note(e, "nodes: files", CST_HEALTH_PROBLEM,
                                   cst_text_format(err, "%s: %s", node_of(report), said), err);
    }
    return cst_doctor_note(e, "nodes: files", CST_HEALTH_OK,
                           cst_text_format(err, "link and rename do what a registry rests on"),
                           err);
}

static cst_code judge_listing(cst_examination *e, const json_t *reports, cst_error *err)
{
    const json_t *slowest = largest(reports, "listed_after");
    double seconds = cst_get_real(slowest, "listed_after", -1);
    if (seconds < 0)
        return cst_doctor_note(
            e, "nodes: listing", CST_HEALTH_PROBLEM,
            cst_text_format(err,
                            "a name published on one node is not seen on another in %g s: is %s on "
                            "a file system that all nodes share?",
                            -seconds, e->directory),
            err);
    bool slow = seconds > LISTED_SOON;
    return cst_doctor_note(
        e, "nodes: listing", slow ? CST_HEALTH_WARNING : CST_HEALTH_OK,
        cst_text_format(err, "a name published on one node is seen on the other after %.3f s%s",
                        seconds,
                        slow ? ": ask for a shorter caching of directories (NFS: acdirmax)" : ""),
        err);
}

static cst_code judge_clock(cst_examination *e, const json_t *reports, const char *key,
                            const char *check, const char *other, cst_error *err)
{
    const json_t *report = largest(reports, key);
    double apart = cst_get_real(report, key, 0);
    bool wrong = far(apart) > CLOCKS;
    if (!report)
        return CST_OK;
    return cst_doctor_note(e, check, wrong ? CST_HEALTH_WARNING : CST_HEALTH_OK,
                           wrong ? cst_text_format(err, "%s's is %.1f s from %s: ask for NTP",
                                                   node_of(report), far(apart), other)
                                 : cst_text_format(err, "within %.3f s of %s", far(apart), other),
                           err);
}

/* A limit of each node; -1 stands for none. */
static cst_code judge_limit(cst_examination *e, const json_t *reports, const char *key,
                            const char *check, int64_t wanted, const char *remedy, cst_error *err)
{
    const json_t *report = NULL, *lowest = NULL;
    size_t i = 0;
    json_array_foreach(reports, i, report)
    {
        int64_t limit = cst_get_int(report, key, -1);
        if (limit >= 0 && (!lowest || limit < cst_get_int(lowest, key, -1)))
            lowest = report;
    }
    if (!lowest)
        return cst_doctor_note(e, check, CST_HEALTH_OK, cst_text_format(err, "unlimited"), err);
    int64_t limit = cst_get_int(lowest, key, -1);
    bool small = limit < wanted;
    return cst_doctor_note(e, check, small ? CST_HEALTH_WARNING : CST_HEALTH_OK,
                           cst_text_format(err, "limited to %lld on %s%s%s", (long long)limit,
                                           node_of(lowest), small ? ": " : "", small ? remedy : ""),
                           err);
}

cst_code cst_doctor_reports(cst_examination *e, const json_t *reports, size_t ranks, cst_error *err)
{
    bool met = false;
    cst_code rc = judge_world(e, reports, ranks, &met, err);
    if (rc != CST_OK || !met)
        return rc;
    rc = judge_files(e, reports, err);
    if (rc == CST_OK)
        rc = judge_listing(e, reports, err);
    if (rc == CST_OK)
        rc = judge_clock(e, reports, "file_clock", "nodes: file clock", "the file system's clock",
                         err);
    if (rc == CST_OK)
        rc = judge_clock(e, reports, "rank_clock", "nodes: clocks", "the first node's", err);
    if (rc == CST_OK)
        rc = judge_limit(e, reports, "memory_lock", "nodes: locked memory", LOCKED,
                         "an InfiniBand or Omni-Path fabric wants LimitMEMLOCK=infinity for slurmd "
                         "and PropagateResourceLimitsExcept=MEMLOCK in slurm.conf",
                         err);
    if (rc == CST_OK)
        rc = judge_limit(e, reports, "open_files", "nodes: open files", FILES,
                         "LimitNOFILE for slurmd, or ulimit -n where the job is submitted", err);
    return rc;
}

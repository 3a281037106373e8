/* doctor_files.c - what the doctor looks at in the file system of the registry */
#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/doctor.h"
#include "registry/registry.h"

static cst_code check_semantics(cst_examination *e, cst_error *err)
{
    cst_error found = CST_ERROR_INIT;
    cst_code rc = cst_registry_try(e->directory, &found);
    if (rc == CST_NOMEM)
        return cst_error_set(err, rc, "%s", found.text);
    if (rc != CST_OK)
        return cst_doctor_note(e, "file system", CST_HEALTH_PROBLEM, cst_text_copy(found.text, err),
                               err);
    return cst_doctor_note(
        e, "file system", CST_HEALTH_OK,
        cst_text_format(err, "link and rename do in %s what a registry rests on", e->directory),
        err);
}

static cst_code check_space(cst_examination *e, cst_error *err)
{
    struct statvfs space;
    if (statvfs(e->directory, &space) != 0)
        return cst_doctor_note(
            e, "space", CST_HEALTH_PROBLEM,
            cst_text_format(err, "cannot look at %s: %s", e->directory, strerror(errno)), err);
    double free_bytes = (double)space.f_bavail * (double)space.f_frsize;
    double all_bytes = (double)space.f_blocks * (double)space.f_frsize;
    bool scarce = free_bytes < 0.05 * all_bytes;
    cst_code rc = cst_doctor_note(e, "space", scarce ? CST_HEALTH_WARNING : CST_HEALTH_OK,
                                  cst_text_format(err, "%.1f GB of %.1f GB are free in %s",
                                                  free_bytes / 1e9, all_bytes / 1e9, e->directory),
                                  err);
    bool few = space.f_files && space.f_favail < space.f_files / 20;
    if (rc == CST_OK && space.f_files) /* some file systems make inodes as they go */
        rc = cst_doctor_note(e, "inodes", few ? CST_HEALTH_WARNING : CST_HEALTH_OK,
                             cst_text_format(err, "%llu of %llu are free in %s",
                                             (unsigned long long)space.f_favail,
                                             (unsigned long long)space.f_files, e->directory),
                             err);
    return rc;
}

/* The file server's clock against this machine's: times of records come from both. */
static cst_code check_clock(cst_examination *e, cst_error *err)
{
    enum { TOLERATED = 2 /* seconds */ };
    char *directory = NULL;
    struct stat status;
    cst_error found = CST_ERROR_INIT;
    if (cst_file_temporary_directory(&directory, e->directory, &found) != CST_OK)
        return cst_doctor_note(e, "clock", CST_HEALTH_WARNING, cst_text_copy(found.text, err), err);
    bool seen = stat(directory, &status) == 0;
    int64_t now = cst_clock_now() / 1000000;
    long long apart = seen ? (long long)(status.st_mtim.tv_sec - now) : 0;
    (void)cst_file_remove(directory, NULL);
    free(directory);
    if (apart > TOLERATED || apart < -TOLERATED)
        return cst_doctor_note(
            e, "clock", CST_HEALTH_WARNING,
            cst_text_format(err,
                            "the clock of the file system of %s is %lld s from this "
                            "machine's: ask for NTP",
                            e->directory, apart),
            err);
    return cst_doctor_note(e, "clock", CST_HEALTH_OK,
                           cst_text_format(err, "within %d s of the file system's", TOLERATED),
                           err);
}

cst_code cst_doctor_files(cst_examination *e, cst_error *err)
{
    cst_code rc = check_semantics(e, err);
    if (rc == CST_OK)
        rc = check_space(e, err);
    if (rc == CST_OK)
        rc = check_clock(e, err);
    return rc;
}

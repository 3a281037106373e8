/* alike.c - do all ranks compute the same bits: one build, one way of rounding */
#include "comm/comm.h"

/* Looked at by arithmetic itself, on values that the compiler cannot know. */
static cst_code check_rounding(cst_error *err)
{
    volatile double one = 1, half_unit = 0x1p-53, least = 0x1p-1022, subnormal = 0x1p-1074;
    double nearest = one + half_unit, down = -one - half_unit, past = one + 1.5 * half_unit;
    if (nearest != 1 || down != -1 || past != 1 + 0x1p-52)
        return cst_error_set(err, CST_FAILED,
                             "sums are not rounded to nearest, as results that can be made again "
                             "need: look for what changed the floating-point mode");
    if (least * 0.5 == 0 || subnormal * one == 0)
        return cst_error_set(err, CST_FAILED,
                             "subnormal numbers are rounded to zero (FTZ or DAZ is on): look for "
                             "a library built with -ffast-math");
    return CST_OK;
}

cst_code cst_comm_alike(cst_comm *comm, const char *build, cst_error *err)
{
    void *first = (void *)build;
    size_t size = strlen(build);
    cst_code rc = cst_comm_agree(comm, check_rounding(err), err);
    if (rc == CST_OK)
        rc = cst_comm_share(comm, &first, &size, err);
    if (rc != CST_OK)
        return rc;
    if (comm->rank > 0) {
        if (strcmp(first, build) != 0)
            rc = cst_error_set(err, CST_FAILED, "runs %s, but rank 0 runs %s: start one program",
                               build, (const char *)first);
        free(first);
    }
    return cst_comm_agree(comm, rc, err);
}

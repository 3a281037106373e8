/* window.h - what a window holds: a reference's counts and its own on the same bins */
#ifndef CST_PROFILE_WINDOW_H
#define CST_PROFILE_WINDOW_H

#include "profile/counts.h"
#include "profile/drift.h"

struct cst_window {
    size_t groups;
    cst_counts *reference; /* shape [groups]; sums its own */
    cst_counts *counts;    /* shape [groups]; sums lent by the window */
    int64_t *sums;
    size_t sums_size;
    cst_sorted **daily; /* shape [groups]: the groups' own, side by side for merging */
};

#endif

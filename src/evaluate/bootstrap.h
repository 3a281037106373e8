/* bootstrap.h - metrics of two models on the same rows, with errors clustered by day or row */
#ifndef CST_EVALUATE_BOOTSTRAP_H
#define CST_EVALUATE_BOOTSTRAP_H

#include "comm/comm.h"
#include "evaluate/gate.h"
#include "evaluate/metrics.h"

/** What a figure is of. */
enum { CST_CHALLENGER, CST_CHAMPION, CST_DIFFERENCE, CST_SIDES };

/** A metric over some rows. The difference is oriented: positive is better for the challenger. */
typedef struct {
    cst_metric metric;
    const uint8_t *member;   /* shape [rows of the scored], or NULL: all */
    size_t rows, clusters;   /* of the members */
    size_t positives;        /* of classification */
    double value[CST_SIDES]; /* champion and difference NaN where there is no champion */
    double se[CST_SIDES];    /* standard deviation over the replicates; NaN: not to be had */
} cst_figure;

/** Fill in all but metric and member of n figures. Replicate k weighs a cluster with a
 *  Poisson(1) number that depends on the cluster's id and k only. Ranks share the replicates, all
 *  get the same figures. Figures of the same members should stand together. Collective. */
cst_code cst_bootstrap(cst_figure *figure, size_t n, cst_comm *comm, const cst_scored *scored,
                       int64_t replicates, uint64_t seed, cst_error *err);

#endif

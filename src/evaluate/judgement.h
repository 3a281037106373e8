/* judgement.h - a verdict in the making: shared by the files of the gate */
#ifndef CST_EVALUATE_JUDGEMENT_H
#define CST_EVALUATE_JUDGEMENT_H

#include "evaluate/bootstrap.h"

/* Fewer than these, and nothing can be said. */
enum { CST_CLUSTERS_LEAST = 12, CST_CLASS_LEAST = 50 };

typedef struct {
    const cst_scored *scored;
    const json_t *gate; /* checked */
    const cst_gate_facts *facts;
    bool first;        /* no champion */
    bool change;       /* kind: change; else refresh */
    cst_metric metric; /* what decides */
    double confidence;
    cst_figure *figure; /* metrics over all rows, what decides first; then slices */
    size_t metrics, figures;
    json_t *conditions; /* what was asked, in order */
    bool failed;        /* a condition was not met */
} cst_judgement;

/** How far the one-sided end of a figure is from its value: t(confidence, G - 1) sqrt(G/(G - 1))
 *  SE, with G clusters. NaN where there are fewer than two, or no error is to be had. */
double cst_judgement_reach(const cst_judgement *judgement, const cst_figure *figure, int side);

/** True if there are rows enough behind a figure to say something. */
bool cst_judgement_enough(const cst_judgement *judgement, const cst_figure *figure);

/** Add a condition. value and needed may be NaN: then there is no number. */
cst_code cst_judgement_add(cst_judgement *judgement, const char *name, bool passed, double value,
                           double needed, cst_error *err, const char *sentence, ...)
    __attribute__((format(printf, 7, 8)));

/** Floors, golden rows, limits, disjointness: what every model must meet. */
cst_code cst_judgement_absolute(cst_judgement *judgement, cst_error *err);

/** Against the champion: the metric that decides and the others. */
cst_code cst_judgement_compare(cst_judgement *judgement, cst_error *err);

/** The slices as JSON, and their condition where there is a champion. New reference in *out. */
cst_code cst_judgement_slices(json_t **out, cst_judgement *judgement, cst_error *err);

#endif

/* gate.h - may the challenger replace the champion */
#ifndef CST_EVALUATE_GATE_H
#define CST_EVALUATE_GATE_H

#include <jansson.h>

#include "base/text.h"
#include "comm/comm.h"
#include "config/option.h"

/** The keys of evaluate: (metrics, slices) and gate: (kind, metric, floor, floors, margin,
 *  tolerance, also, confidence, cluster, replicates, slice_loss, limits). */
extern const cst_option cst_evaluate_options[];
extern const cst_option cst_gate_options[];

/** The scored test rows, all of them, the same on every rank and in global row order. */
typedef struct {
    size_t rows;
    const double *label;    /* shape [rows] */
    const double *weight;   /* shape [rows], or NULL */
    const double *score;    /* challenger's, shape [rows] */
    const double *against;  /* champion's, shape [rows], or NULL: first run */
    const int64_t *cluster; /* shape [rows] */
    size_t slices;
    const char *const *slice_name;      /* shape [slices] */
    const uint8_t *const *slice_member; /* shape [slices][rows] */
    bool classification;
} cst_scored;

/** What else the gate must know, from the stage. */
typedef struct {
    bool disjoint;            /* test rows are newer than or hash-disjoint from all fitted rows */
    const char *disjoint_why; /* the sentence that says how it was seen, or why not */
    bool golden;              /* the real predictor gave the golden rows to the bit */
    double model_bytes;       /* for limits; NaN: not asked */
    double row_seconds;       /* latency; NaN: not asked */
} cst_gate_facts;

/** Metrics with intervals, slices, and the verdict by the rules of the numerics page:
 *  {"verdict": "passed"|"refused"|"too few rows"|"no change"|"not judged", "kind", "metric",
 *   "first": true where there is no champion, "rows", "clusters", "positives", "confidence",
 *   "replicates", "conditions": [{"name", "passed", "value", "needed", "sentence"}],
 *   "metrics": {name: {"value", "se", "low", "high"}}, "against" (the champion's) and "difference"
 *   (larger is better for the challenger, whatever the metric) alike, "slices": [{"name", "rows",
 *   "clusters", "value", "against", "difference", "se", "p", "holm", "verdict"}]}.
 *  low and high are the one-sided ends at the gate's confidence. The replicates are shared out
 *  among ranks; the result is the same on all and at any number of them. CST_USAGE where a metric
 *  is unknown or not of this objective. Collective. New reference in *out. */
cst_code cst_gate_judge(json_t **out, cst_comm *comm, const cst_scored *scored,
                        const json_t *evaluate, const json_t *gate, const cst_gate_facts *facts,
                        uint64_t seed, cst_error *err);

/** The verdict as a text that a person can read, conditions one a line. */
cst_code cst_gate_text(cst_text *out, const json_t *verdict, cst_error *err);

#endif

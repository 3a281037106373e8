/* evaluating.h - an evaluation in the making: shared by the files of the evaluate stage */
#ifndef CST_STAGE_EVALUATING_H
#define CST_STAGE_EVALUATING_H

#include "evaluate/gate.h"
#include "stage/bundle.h"
#include "stage/stage.h"

enum { CST_EVALUATE_REVISION = 2 };

typedef struct {
    const cst_stage *stage;
    const json_t *evaluate, *gate; /* checked sections */
    cst_version *model, *champion; /* champion NULL: a first model */
    cst_version *features;
    int64_t generation; /* of the alias champion, as seen */
    cst_bundle *bundle, *champion_bundle;
    cst_table *rows; /* this rank's raw test rows */

    /* Of all ranks' rows, the same on every rank; shape [count] each. */
    size_t count;
    double *label, *weight, *score, *champion_score; /* weight: or NULL */
    int64_t *cluster;
    char **slice_name;
    uint8_t **slice_member;
    size_t slices, slice_room;

    double row_seconds; /* of the slowest rank */
    bool disjoint;
    char *disjoint_why;
    json_t *verdict;
} cst_evaluating;

/** Score this rank's rows, and give all ranks all of it. Collective. */
cst_code cst_evaluating_score(cst_evaluating *e, cst_error *err);

/** Members of the slices that evaluate.slices names, of the rows with all derived columns.
 *  Collective. */
cst_code cst_evaluating_slice(cst_evaluating *e, cst_error *err);

/** All ranks' bytes as one array of size bytes an element, in rank order. Collective. */
cst_code cst_evaluating_gather(void **out, cst_evaluating *e, const void *mine, size_t rows,
                               size_t size, cst_error *err);

/** May the test rows of a split be used to judge a model that was fitted under another? *why, the
 *  caller's, is the sentence that says how that is known, or why not; who names the model. Local.
 */
cst_code cst_evaluating_disjoint(bool *out, char **why, const char *who, const json_t *fitted,
                                 const json_t *test, cst_error *err);

/** Publish evaluation.json, and write the scores where they were asked for. CST_SKIPPED where it
 *  is there already. Collective. */
cst_code cst_evaluating_publish(cst_stage_result *out, cst_evaluating *e, cst_error *err);

#endif

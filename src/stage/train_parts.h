/* train_parts.h - what the files of the train stage hand to each other */
#ifndef CST_STAGE_TRAIN_PARTS_H
#define CST_STAGE_TRAIN_PARTS_H

#include "base/text.h"
#include "stage/bundle.h"
#include "stage/train.h"
#include "train/train.h"

/** A rank's rows of features. */
typedef struct {
    cst_matrix *training;
    cst_matrix *validation; /* NULL: the features have none */
} cst_training_rows;

/** Collective. Release with cst_training_rows_free. */
cst_code cst_training_read_rows(cst_training_rows *out, cst_comm *comm, const cst_version *features,
                                cst_error *err);
void cst_training_rows_free(cst_training_rows *rows);

/** What is minimised: what params say, or what the label of the transform (transform.json) asks
 *  for. *objective is a literal or *transform's, which is the caller's to free. Local. */
cst_code cst_training_objective(const char **objective, cst_transform **transform,
                                const json_t *params, const json_t *transform_json, cst_error *err);

/** CAPSTAN_STOP_AT: seconds since 1970 by which all must have ended, as a scheduler's end of the
 *  job is given; 0: none. Local. */
cst_code cst_training_stop_at(int64_t *out, cst_error *err);

/** Everything that a run of training holds; what is not yet made is NULL. */
typedef struct {
    const cst_stage *stage;
    const cst_training *training;
    cst_training_made *made;
    cst_version *held_out; /* the features whose test rows score it: the challenger's for a refit */
    json_t *transform, *schema, *reference;
    cst_training_rows rows;
    cst_trained trained;
    cst_text model; /* bytes of model.safetensors */
    cst_bundle *bundle;
    cst_table *test; /* raw; NULL: the features keep none */
    cst_table *scores;
    json_t *golden;
    cst_text card;
    char *winner; /* folder of the winning trial's checkpoints; rank 0, NULL elsewhere */
} cst_training_run;

/** The training's control with recipe and folder filled in, which run->made holds from now on.
 *  Collective. */
cst_code cst_training_control(cst_train_control *out, cst_training_run *run, cst_error *err);

/** The scores of the test rows as a table of the column "score" and, where the rows have one, the
 *  time column; *out is new. Local. */
cst_code cst_training_score(cst_table **out, const cst_bundle *bundle, cst_table *rows,
                            const char *time, cst_error *err);

/** Add the scores to the drift reference. Collective. */
cst_code cst_training_reference(cst_training_run *run, const char *time, cst_error *err);

/** CST_REFUSED where a refit is worse than its challenger on the challenger's test rows, by more
 *  than 5 % of mean squared error: it has learned them since. Collective. */
cst_code cst_training_compare(const cst_training_run *run, cst_error *err);

/** The model card, for a person. */
cst_code cst_training_card(cst_training_run *run, cst_error *err);

#endif

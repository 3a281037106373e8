/* control.h - between two steps of a training: is it to be kept, is it to stop? */
#ifndef CST_TRAIN_CONTROL_H
#define CST_TRAIN_CONTROL_H

#include "train/checkpoint.h"
#include "train/train.h"

/** A training under way. */
typedef struct {
    cst_comm *comm;
    const cst_learner *learner;
    const cst_train_control *control; /* or NULL */
    cst_log *log;
    void *fit;
    json_t *metrics;
    cst_standing standing; /* of the last step; step -1 before the first */
    bool done;
    cst_checkpoints checkpoints;
    double stepped, kept; /* when the last step ended, the last checkpoint was written; on
                             cst_clock_elapsed */
    double longest;       /* seconds of the longest step, its checkpoint included */
} cst_training_state;

/** Take up the newest checkpoint, if the control wants it and there is one: fit, metrics, standing
 *  and done are then those of its moment. Right after the learner's begin. Collective. */
cst_code cst_control_resume(cst_training_state *training, cst_error *err);

/** Are as many steps made as the control allows? Local, the same on all ranks. */
bool cst_control_limit_reached(const cst_training_state *training);

/** After a step, or the last one: write a checkpoint where one is due. *end: it is done, or the
 *  limit is reached. CST_STOPPED where the training is to stop now, its checkpoint written.
 * Collective. */
cst_code cst_control_step(cst_training_state *training, bool *end, cst_error *err);

#endif

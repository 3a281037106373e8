/* train.h - the one training loop */
#ifndef CST_TRAIN_TRAIN_H
#define CST_TRAIN_TRAIN_H

#include "base/log.h"
#include "base/sha256.h"
#include "comm/comm.h"
#include "model/learner.h"

/** The keys of train: that every learner has (model, objective, …); a learner's own come from
 *  cst_learner.options. */
extern const cst_option cst_train_options[];
/** The learner's own keys, by section's model: what cst_section.more of train: is. */
const cst_option *cst_train_learner_options(const json_t *section, cst_error *err);

/** How a training is kept, stopped and gone on with, the same on all ranks. None of it changes the
 *  model: a training that was stopped or killed and resumed, on any number of ranks, gives the
 * bytes and the metrics of one that was not. Borrowed. */
typedef struct {
    const char
        *folder;       /* of its checkpoints (train/checkpoint.h); made when the first is written */
    const char *also;  /* another folder to resume from, never written; or NULL; rank 0's counts */
    cst_digest recipe; /* of all that decides the model: a checkpoint of another one is not taken */
    bool resume;       /* from the newest checkpoint that verifies, where there is one */
    int64_t interval;  /* microseconds between checkpoints; 0: one a step */
    int64_t limit;     /* end with a checkpoint once this many steps are made; 0: no limit */
    int64_t stop_at;   /* seconds since 1970 by which all must have ended; 0: no such time */
} cst_train_control;

/** What training gave, the same on all ranks. Release with cst_trained_free. */
typedef struct {
    bool done;             /* false: it ended at the limit, and there is no model yet */
    cst_tensors *model;    /* NULL where it is not done, as is resolved */
    json_t *metrics;       /* [{"step", "training_loss", "validation_loss"}] */
    json_t *resolved;      /* what a refit needs: {"trees": number chosen}, … */
    cst_standing standing; /* at the end */
} cst_trained;

/** Train: rounds of local, merge, advance until the learner is done, with progress on log (NULL:
 *  none). control may be NULL: to the end in one go. CST_STOPPED where a signal (base/stop.h) or
 *  the time has stopped it between two steps: its checkpoint stands. With a limit a checkpoint
 *  stands at the end as well, be it done or not. All ranks fail together where one does.
 *  Collective. */
cst_code cst_train(cst_trained *out, cst_comm *comm, const cst_learner *learner,
                   const cst_task *task, const cst_train_control *control, cst_log *log,
                   cst_error *err);
void cst_trained_free(cst_trained *trained);

#endif

/* train.h - the one training loop */
#ifndef CST_TRAIN_TRAIN_H
#define CST_TRAIN_TRAIN_H

#include "base/log.h"
#include "comm/comm.h"
#include "model/learner.h"

/** The keys of train: that every learner has (model, objective); a learner's own come from
 *  cst_learner.options. */
extern const cst_option cst_train_options[];
/** The learner's own keys, by section's model: what cst_section.more of train: is. */
const cst_option *cst_train_learner_options(const json_t *section, cst_error *err);

/** What training gave, the same on all ranks. Release with cst_trained_free. */
typedef struct {
    cst_tensors *model;
    json_t *metrics;       /* [{"step", "training_loss", "validation_loss"}] */
    json_t *resolved;      /* what a refit needs: {"trees": number chosen}, … */
    cst_standing standing; /* at the end */
} cst_trained;

/** Train: rounds of local, merge, advance until the learner is done, with progress on log (NULL:
 *  none). All ranks fail together where one does. Collective. */
cst_code cst_train(cst_trained *out, cst_comm *comm, const cst_learner *learner,
                   const cst_task *task, cst_log *log, cst_error *err);
void cst_trained_free(cst_trained *trained);

#endif

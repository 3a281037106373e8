/* learner_list.h - every learner that there is; a new one is a file of its own and a line here */
#ifndef CST_MODEL_LEARNER_LIST_H
#define CST_MODEL_LEARNER_LIST_H

#include "model/learner.h"

extern const cst_learner cst_learner_gbdt, cst_learner_glm;

#endif

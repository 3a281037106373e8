/* trial.h - one trial of a search, at one rung */
#ifndef CST_STAGE_TRIAL_H
#define CST_STAGE_TRIAL_H

#include "stage/train.h"
#include "tune/folder.h"

/** Raised with that of training, or where trials themselves give other results. */
enum { CST_TRIAL_REVISION = 100 * CST_TRAIN_REVISION + 1 };

#endif

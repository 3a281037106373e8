/* arguments.h - what a step's program is given in an attempt, beside what the plan says */
#ifndef CST_PIPELINE_ARGUMENTS_H
#define CST_PIPELINE_ARGUMENTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/** Does this step's program checkpoint, and stop in good order on a signal? */
bool cst_step_checkpoints(const json_t *step);

/** --attempt, for training --resume with the folder that all its attempts share and, behind a
 *  search, the one of its trials, then the step's own arguments. What is put to those is part of no
 *  plan, key or manifest. New reference, or NULL with err set. */
json_t *cst_step_arguments(const json_t *step, const char *attempt, cst_error *err);

#endif

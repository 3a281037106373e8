/* options.h - the keys under tune: of a pipeline file */
#ifndef CST_TUNE_OPTIONS_H
#define CST_TUNE_OPTIONS_H

#include "config/option.h"

extern const cst_option cst_tune_options[];

/** What a table of options cannot say: that the rungs make a schedule, and that every key of
 *  tune.space is one of the learner's own and takes all that may be drawn for it. tune and train
 *  are checked sections; learner is the section train:, whose more() knows the learner's keys.
 *  lines and source as for cst_option_check. CST_USAGE names the key. */
cst_code cst_tune_check(const json_t *tune, const json_t *train, const cst_section *learner,
                        const json_t *lines, const char *source, cst_error *err);

#endif

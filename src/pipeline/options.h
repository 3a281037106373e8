/* options.h - the keys of a pipeline file that belong to no stage */
#ifndef CST_PIPELINE_OPTIONS_H
#define CST_PIPELINE_OPTIONS_H

#include "config/option.h"

/** The top level of a pipeline file; sections are CST_OPTION_ANY here. */
extern const cst_option cst_pipeline_options[];

/** resources: and slurm:, which say how and never what: nothing of them enters a step key. */
extern const cst_section cst_resources_section, cst_slurm_section;

#endif

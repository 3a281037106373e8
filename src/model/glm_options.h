/* glm_options.h - the keys under train: of linear models */
#ifndef CST_MODEL_GLM_OPTIONS_H
#define CST_MODEL_GLM_OPTIONS_H

#include "config/option.h"

extern const cst_option cst_glm_options[];

#endif

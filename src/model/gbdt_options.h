/* gbdt_options.h - the keys under train: of gradient-boosted trees, and what they mean to a split
 */
#ifndef CST_MODEL_GBDT_OPTIONS_H
#define CST_MODEL_GBDT_OPTIONS_H

#include "config/option.h"
#include "model/gbdt_split.h"

extern const cst_option cst_gbdt_options[];

/** The rules of splits from checked params; units of gradients are set by whoever quantises. */
cst_gbdt_split_rules cst_gbdt_rules(const json_t *params);

#endif

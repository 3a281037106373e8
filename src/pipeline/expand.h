/* expand.h - a planned step with what earlier steps have made in its arguments, inputs and key */
#ifndef CST_PIPELINE_EXPAND_H
#define CST_PIPELINE_EXPAND_H

#include <jansson.h>

#include "registry/registry.h"

/** step with {train} and its like in arguments replaced by name@version, "step" of inputs by kind,
 *  name, version and id, and its key computed. results: from a step's id to its end.json
 *  ({"outputs": […]}). CST_FAILED where a step that is needed has made nothing. New reference. */
cst_code cst_expand_step(json_t **out, const json_t *step, const json_t *plan,
                         const json_t *results, cst_error *err);

/** The champion of a model as the result of a step: {"outputs": [version], "evaluated_as": id or
 *  absent}; no outputs where there is none. New reference. */
cst_code cst_expand_champion(json_t **out, cst_registry *registry, const char *model,
                             cst_error *err);

#endif

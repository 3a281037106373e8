/* step_key.h - who first finished a step under its key: one record a key, for all who come later
 *
 * keys/<key>.json is published once and never changed. Two attempts of a step that are alive at
 * once, and two runs that do the same step, meet here.
 */
#ifndef CST_REGISTRY_STEP_KEY_H
#define CST_REGISTRY_STEP_KEY_H

#include "registry/registry.h"

/** Record what was made under a step key (64 hex digits): {"run", "step", "attempt", "class",
 *  "message", "outputs": [{"kind", "name", "version", "id"}]}; "key", "time" and the seal
 *  are put to it. Where the key is taken nothing is changed, *first is the record that stands (new
 *  reference) and the code CST_SKIPPED; CST_INVALID where that one does not hold what its seal
 *  says. */
cst_code cst_step_key_publish(json_t **first, const cst_registry *registry, const char *key,
                              const json_t *made, cst_error *err);

/** Read the record of a key; *out is NULL where there is none. CST_INVALID where it does not hold
 *  what its seal says. */
cst_code cst_step_key_read(json_t **out, const cst_registry *registry, const char *key,
                           cst_error *err);

#endif

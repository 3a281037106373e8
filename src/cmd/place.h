/* place.h - which registry a command line means */
#ifndef CST_CMD_PLACE_H
#define CST_CMD_PLACE_H

#include "config/command.h"

/** --registry, else CAPSTAN_REGISTRY, else registry: of the pipeline file (from where the file
 *  lies), else CST_USAGE that says so. *out is the caller's to free. */
cst_code cst_place_registry(char **out, const json_t *options, cst_error *err);

#endif

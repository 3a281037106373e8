/* provenance.h - who made a thing, when, where, with what: recorded beside ids, never in them */
#ifndef CST_CMD_PROVENANCE_H
#define CST_CMD_PROVENANCE_H

#include <jansson.h>

#include "base/error.h"

/** {"build", "who", "when", "host", "ranks", "command": […], "slurm": {"job", "restarts", "nodes"}
 *  (where there is a job), "modules" (where some are loaded)}. New reference, or NULL with err. */
json_t *cst_provenance(int ranks, int argc, char *const *argv, cst_error *err);

/** What the job is called: {"job", "restarts", "nodes"}, or NULL without one. */
json_t *cst_provenance_slurm(void);

#endif

/* owner.h - who works on a claimed trial, and whether it still does
 *
 * {"engine": "local", "host", "pid", "started"}, and within a Slurm job {"job", "index",
 * "restarts", "submitted"} under "slurm": a process of this machine is looked up in its process
 * table, one of another machine by what Slurm says of its job.
 */
#ifndef CST_PIPELINE_OWNER_H
#define CST_PIPELINE_OWNER_H

#include <jansson.h>
#include <stdbool.h>

#include "slurm/cluster.h"

/** This process. New reference or NULL. */
json_t *cst_owner_new(void);

/** Which of the owners are gone for good: gone has shape [count]. One of which nothing is known is
 *  not, until it has not been known for lost_after seconds. memory is a map that the caller keeps
 *  from one call to the next (since when an owner has not been known). slurm may be NULL: jobs of
 *  other machines are then not known. One query, however many owners. */
cst_code cst_owner_look(bool *gone, const json_t *const *owners, size_t count, cst_slurm *slurm,
                        int64_t lost_after, json_t *memory, cst_error *err);

#endif

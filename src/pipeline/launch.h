/* launch.h - how a stage's program is started on this machine: alone, or under mpirun */
#ifndef CST_PIPELINE_LAUNCH_H
#define CST_PIPELINE_LAUNCH_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/** What to execute: a NULL-ended argv, argv[0] to be looked for in PATH where it has no slash.
 *  Released with cst_launch_free. */
typedef struct {
    char **argv;
    size_t count;
} cst_launch;

/** program ("capstan-train", found beside this executable, else in PATH) with arguments (a list of
 *  strings), under mpirun where ranks > 1. */
cst_code cst_launch_new(cst_launch *out, const char *program, const json_t *arguments, int ranks,
                        cst_error *err);
void cst_launch_free(cst_launch *launch);

/** In the process that is about to execute it: mpirun's settings for one machine (as root, more
 *  ranks than cores, no binding) where the user has not chosen otherwise. False where the
 *  environment cannot be set. */
bool cst_launch_environment(void);

#endif

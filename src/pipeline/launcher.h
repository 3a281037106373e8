/* launcher.h - a step's program within a job: behind the words of a launcher such as srun */
#ifndef CST_PIPELINE_LAUNCHER_H
#define CST_PIPELINE_LAUNCHER_H

#include <jansson.h>

#include "base/log.h"

/** Borrowed. */
typedef struct {
    const json_t *words; /* list of strings, or NULL: the program alone */
    cst_log *log;
} cst_launcher;

/** cst_driver's run_program with a cst_launcher: start the program behind the words, pass signals
 *  on, wait for its end. */
cst_code cst_launcher_run(int *status, void *with, const json_t *step, const char *attempt,
                          cst_error *err);

#endif

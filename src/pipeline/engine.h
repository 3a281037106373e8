/* engine.h - start a step, poll all steps, cancel, on this machine; on Slurm it is chain.h */
#ifndef CST_PIPELINE_ENGINE_H
#define CST_PIPELINE_ENGINE_H

#include <jansson.h>

#include "base/log.h"
#include "registry/registry.h"

typedef enum {
    CST_STEP_PENDING,
    CST_STEP_RUNNING,
    CST_STEP_ENDED,
    CST_STEP_UNKNOWN
} cst_step_state;

/** A started step. handle is the engine's own (a process id, a job id), as JSON so that a restarted
 *  driver finds it again. */
typedef struct {
    json_t *handle;
    cst_step_state state;
    int status; /* exit status as the engine saw it; what counts is the receipt */
} cst_job;

typedef struct cst_engine {
    const char *name;
    cst_code (*start)(cst_job *out, const json_t *step, const char *attempt, cst_error *err);
    cst_code (*poll)(cst_job *jobs, size_t count, cst_error *err);
    cst_code (*cancel)(cst_job *job, cst_error *err);
} cst_engine;

extern const cst_engine cst_engine_local;

/** A process of this machine, named so that it is never taken for a later one with its number:
 *  {"engine": "local", "host", "pid", "started"}. New reference or NULL. */
json_t *cst_process_handle(int64_t pid);

/** RUNNING, ENDED, or UNKNOWN where it is another machine's. */
cst_step_state cst_process_state(const json_t *handle);

/** Drive the plan of a run (runs/<run>/plan.json) to its end: steps whose key a finished step has
 *  are skipped, submission records written, receipts read; the receipt of the driving itself stands
 *  under runs/<run>/pipeline/. *code is the pipeline's own: CST_OK, CST_SKIPPED where there was
 *  nothing to do, CST_REFUSED by validation or gate, CST_STOPPED by a signal or by cancel, else
 * what a step failed with (err then says why). */
cst_code cst_engine_drive(cst_code *code, const char *run, const cst_engine *engine,
                          cst_registry *registry, cst_log *log, cst_error *err);

#endif

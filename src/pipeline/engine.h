/* engine.h - start a step, poll all steps in one query, cancel: local is one, slurm the other */
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

/** Drive a plan to its end: skips steps whose key a finished step has, writes submission records,
 *  reads receipts. *code: the pipeline's own. */
cst_code cst_engine_drive(cst_code *code, const json_t *plan, const char *run,
                          const cst_engine *engine, cst_registry *registry, cst_log *log,
                          cst_error *err);

#endif

/* run.h - the folder of a run: its plan, the attempts of its steps, what became of them
 *
 * runs/<run>/pipeline.yaml      the pipeline file with all its defaults, paths absolute
 * runs/<run>/plan.json
 * runs/<run>/pipeline/attempt-<n>/{begin,end}.json      one for each driver
 * runs/<run>/<step>/attempt-<n>/{submission,job,claim,begin,end}.json, log
 */
#ifndef CST_PIPELINE_RUN_H
#define CST_PIPELINE_RUN_H

#include "pipeline/engine.h"
#include "pipeline/plan.h"
#include "pipeline/receipt.h"

/** Make a new run of a checked pipeline: its folder, its copy of the file, its plan. engine is who
 *  drives it, "local", "slurm" or "external": put into the plan. last: the id of the last step,
 * NULL for all.
 */
cst_code cst_run_new(char id[CST_RUN_ID], const json_t *pipeline, const char *engine,
                     const char *last, cst_registry *registry, const cst_grammar *grammar,
                     cst_error *err);

/** Read the plan of a run; CST_MISSING where there is no such run. *out is a new reference. */
cst_code cst_run_plan(json_t **out, const cst_registry *registry, const char *run, cst_error *err);

/** The newest attempt of a step ("pipeline" for the driving itself), to be freed; NULL without err
 *  set where there is none. */
char *cst_run_attempt(const cst_registry *registry, const char *run, const char *step,
                      cst_error *err);

/** What is known: {"run", "pipeline", "state": "running" | "ended" | "unknown", "class", "message",
 *  "steps": [{"id", "state": "pending" | "running" | "ended" | "unknown", "class", "output",
 *  "seconds", "message", "log"}]}. New reference. */
cst_code cst_run_status(json_t **out, const cst_registry *registry, const char *run,
                        cst_error *err);

/** Ask the run's driver to stop: it ends the step that runs. Where the driver is gone, that step's
 *  processes are ended here. CST_SKIPPED where nothing is running. */
cst_code cst_run_cancel(cst_registry *registry, const char *run, const cst_engine *engine,
                        cst_error *err);

/** Has somebody asked the driver of this attempt to stop? */
bool cst_run_cancelled(const char *attempt);

/** For what works on a run and was started by others: CST_STOPPED where somebody has asked for its
 *  end since it was last begun. */
cst_code cst_run_check_wanted(const cst_registry *registry, const char *run, cst_error *err);

/** Are the versions that a receipt says were made still there, with the ids that they had? Their
 *  bytes are not read. */
bool cst_run_outputs_stand(cst_registry *registry, const json_t *end);

/** What a finished attempt has made under this key in any run, all its outputs still there: the
 *  key's record (registry/step_key.h), else the end.json, with "run" and "step" put to it, of the
 * newest attempt that a walk through all runs finds. *out is NULL where there is none. */
cst_code cst_run_find(json_t **out, cst_registry *registry, const char *key, cst_error *err);

#endif

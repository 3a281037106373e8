/* step.c - capstan step: what a job runs, one step of a run and its receipt */
#include "pipeline/step.h"
#include "cmd/call.h"
#include "config/json.h"
#include "pipeline/claim.h"
#include "pipeline/launch.h"
#include "pipeline/launcher.h"
#include "pipeline/run.h"

static const cst_option options[] = {
    CST_OPTION_RUN,
    {.name = "step",
     .type = CST_OPTION_STRING,
     .metavar = "STEP",
     .help = "the step's id",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "launcher",
     .type = CST_OPTION_STRING,
     .metavar = "LAUNCHER",
     .help = "behind --: words to put before the program, such as srun and its options",
     .flags = CST_OPTION_POSITIONAL | CST_OPTION_MANY},
    {.name = "attempt",
     .type = CST_OPTION_INT,
     .metavar = "N",
     .help = "the attempt that was submitted",
     .min = 1,
     .max = 1000000,
     .flags = CST_OPTION_REQUIRED},
    {.name = NULL},
};

static const cst_command command = {
    .name = "step",
    .summary = "do one step of a run, as the job that was submitted for it",
    .description =
        "For batch scripts and schedulers. Claims the attempt, reads from receipts what the steps "
        "before it have made, and leaves a receipt of its own: of what was found done, or of its "
        "program, which is started behind the words of LAUNCHER. Signals are passed on to it. "
        "A job that comes back after a requeue goes on in a new attempt.",
    .options = options,
    .example = "capstan step 20130401T120000Z-1a2b3c4d train --attempt 1 -- srun --mpi=pmix",
    .statuses = "0   done, or found done\n"
                "1   failed\n"
                "2   wrong usage: there is no such step, or the attempt was not submitted\n"
                "3   refused: by validation, or by the gate\n"
                "4   the attempt is another job's: nothing was done\n"
                "75  stopped: run the job again; or the run was cancelled, and nothing was done\n"
                "137 SIGKILL ended the program: there is no receipt",
};

/* ---------------------------------------------------------------------------------------- step */

static cst_code check_step(const json_t *plan, const char *run, const char *id, cst_error *err)
{
    size_t i = 0;
    const json_t *step = NULL;
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        if (strcmp(cst_get_string(step, "id", ""), id) == 0)
            return CST_OK;
    }
    return cst_error_set(err, CST_USAGE, "run %s has no step %s", run, id);
}

/* What the job exits with: the chain behind it goes on with 0 alone, and 4 is the fence's. */
static cst_code code_of_job(cst_code code, const char *id, const char *message, cst_error *err)
{
    if (code == CST_OK || code == CST_SKIPPED)
        return CST_OK;
    bool told = code == CST_REFUSED || code == CST_STOPPED || code == CST_KILLED;
    return cst_error_set(err, told ? code : CST_FAILED, "%s: %s", id, message);
}

static cst_code do_step(const cst_driver *driver, const char *id, const char *attempt,
                        cst_error *err)
{
    cst_outcome outcome;
    cst_error why = CST_ERROR_INIT;
    cst_code rc = cst_step_do(&outcome, driver, id, attempt, &why);
    if (rc != CST_OK)
        return code_of_job(rc, id, why.text, err);
    cst_step_tell(driver->log, id, outcome.end);
    rc = code_of_job(cst_receipt_code(outcome.end), id, cst_get_string(outcome.end, "message", ""),
                     err);
    json_decref(outcome.end);
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    const char *id = cst_get_string(call->options, "step", "");
    const char *run_id = cst_get_string(call->options, "run", "");
    cst_launcher with = {.words = json_object_get(call->options, "launcher"), .log = call->log};
    cst_driver driver = {.run = run_id,
                         .registry = call->registry,
                         .log = call->log,
                         .engine = "slurm",
                         .run_program = cst_launcher_run,
                         .with = &with};
    json_t *plan = NULL;
    char *attempt = NULL;
    cst_code rc = cst_launch_hold_signals(err);
    if (rc == CST_OK)
        rc = cst_run_plan(&plan, call->registry, run_id, err);
    if (rc == CST_OK)
        rc = check_step(plan, run_id, id, err);
    if (rc == CST_OK)
        rc = cst_run_check_wanted(call->registry, run_id, err);
    if (rc == CST_OK)
        rc = cst_claim_attempt(&attempt, call->registry, run_id, id,
                               cst_get_int(call->options, "attempt", 0), err);
    driver.plan = plan;
    if (rc == CST_OK)
        rc = do_step(&driver, id, attempt, err);
    free(attempt);
    json_decref(plan);
    return rc;
}

const cst_builtin cst_builtin_step = {
    .command = &command, .group = "Pipeline", .registry = true, .run = run};

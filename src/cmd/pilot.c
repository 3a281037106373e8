/* pilot.c - capstan pilot: one of several workers on the search of a run */
#include "cmd/call.h"
#include "pipeline/launch.h"
#include "pipeline/launcher.h"
#include "pipeline/run.h"
#include "pipeline/step.h"

static const cst_option options[] = {
    CST_OPTION_RUN,
    {.name = "launcher",
     .type = CST_OPTION_STRING,
     .metavar = "LAUNCHER",
     .help = "behind --: words to put before capstan-trial, such as srun and its options",
     .flags = CST_OPTION_POSITIONAL | CST_OPTION_MANY},
    {.name = "array",
     .type = CST_OPTION_INT,
     .metavar = "K",
     .help = "do one task's work of array K of the search alone",
     .max = 1e9},
    {.name = "index",
     .type = CST_OPTION_INT,
     .metavar = "N",
     .fallback = "0",
     .help = "the task, counted from 0",
     .max = 1e9},
    {.name = NULL},
};

static const cst_command command = {
    .name = "pilot",
    .summary = "work on the search of a run, beside others",
    .description =
        "For batch scripts. Claims a trial, trains it, publishes its result and goes on to the "
        "next, until no trial is left. Trials whose worker is gone are taken over. Any number of "
        "pilots may work on a search; which trials go on does not depend on them.",
    .options = options,
    .example = "capstan pilot 20130401T120000Z-1a2b3c4d -- srun --mpi=pmix",
    .statuses = "0   no trial is left\n"
                "1   failed\n"
                "2   wrong usage\n"
                "75  stopped: its trial has a checkpoint, run it again; or the run was cancelled",
};

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_launcher with = {.words = json_object_get(call->options, "launcher"), .log = call->log};
    cst_driver driver = {.run = cst_get_string(call->options, "run", ""),
                         .registry = call->registry,
                         .log = call->log,
                         .engine = "slurm",
                         .run_program = cst_launcher_run,
                         .with = &with};
    json_t *plan = NULL;
    json_t *step = NULL;
    cst_code rc = cst_launch_hold_signals(err);
    if (rc == CST_OK)
        rc = cst_run_plan(&plan, call->registry, driver.run, err);
    driver.plan = plan;
    if (rc == CST_OK)
        rc = cst_run_check_wanted(call->registry, driver.run, err);
    if (rc == CST_OK)
        rc = cst_step_expand(&step, &driver, "search", err);
    if (rc == CST_OK)
        rc = cst_step_pilot(&driver, step, cst_get_int(call->options, "array", 0),
                            cst_get_int(call->options, "index", 0), err);
    json_decref(step);
    json_decref(plan);
    return rc;
}

const cst_builtin cst_builtin_pilot = {
    .command = &command, .group = "Pipeline", .registry = true, .run = run};

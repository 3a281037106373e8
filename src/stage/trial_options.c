/* trial_options.c - the command line of a trial, and the section of the search it is part of */
#include "stage/stage.h"
#include "stage/trial.h"
#include "tune/options.h"

const cst_section cst_section_tune = {
    .name = "tune",
    .help = "the search for parameters",
    .keys = cst_tune_options,
    .optional = true,
};

static const cst_option options[] = {
    {.name = "search",
     .type = CST_OPTION_STRING,
     .help = "folder of the search",
     .metavar = "DIR",
     .flags = CST_OPTION_REQUIRED},
    {.name = "trial",
     .type = CST_OPTION_INT,
     .help = "the trial, counted from 0",
     .max = 1e9,
     .flags = CST_OPTION_REQUIRED},
    {.name = "rung",
     .type = CST_OPTION_INT,
     .help = "the rung, counted from 0",
     .max = CST_RUNGS_MOST - 1,
     .flags = CST_OPTION_REQUIRED},
    {.name = NULL},
};

const cst_command cst_command_trial = {
    .name = "trial",
    .summary = "train a trial of a search to the end of a rung",
    .description =
        "Started by capstan run, capstan tune and the jobs of a search, not by people. Goes on "
        "from the checkpoint of the rung before, and publishes one result: the loss on the "
        "validation rows, or why there is none. Where a result stands nothing is done.",
    .options = options,
    .example = "capstan-trial --search registry/runs/20130401T120000Z-1a2b3c4d/search --trial 3 "
               "--rung 0",
    .statuses = "0   done: the result stands, be it that the trial failed\n"
                "1   failed: there is no result\n"
                "2   wrong usage\n"
                "75  stopped: its checkpoint stands\n"
                "99  nothing to do: there is a result already",
    .revision = CST_TRIAL_REVISION,
};

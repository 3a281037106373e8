/* prepare_options.c - the command line and the section of prepare */
#include "prepare/transform.h"
#include "stage/preparing.h"
#include "stage/stage.h"

const cst_section cst_section_prepare = {
    .name = "prepare",
    .help = "which rows and columns take part, and how the model sees them",
    .keys = cst_prepare_options,
};

static const cst_option join_row[] = {
    {.name = "join", .type = CST_OPTION_STRING, .help = "dataset and snapshot"},
    {0},
};

static const cst_option options[] = {
    {.name = "snapshot",
     .type = CST_OPTION_STRING,
     .help = "the rows",
     .metavar = "SNAPSHOT",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "name",
     .type = CST_OPTION_STRING,
     .help = "the name of the features",
     .metavar = "FEATURES",
     .flags = CST_OPTION_REQUIRED},
    {.name = "all",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "train on every row, for a refit: no validation, no test"},
    {.name = "join",
     .type = CST_OPTION_LIST,
     .help = "the snapshot of a joined dataset; its newest where not given",
     .metavar = "DATASET=REF",
     .flags = CST_OPTION_MANY,
     .keys = join_row},
    {0},
};

const cst_command cst_command_prepare = {
    .name = "prepare",
    .summary = "split rows, fit a transform, make the matrices to learn from",
    .description =
        "Joins, derives and filters the rows of a snapshot as the prepare: section says, splits "
        "them, fits the transform on the training rows alone, and publishes it with the matrices "
        "of training and validation and the raw rows of the test.\n\n"
        "The same snapshots, section and seed make the same id on any number of ranks.",
    .options = options,
    .example = "capstan prepare flights@1 --pipeline pipeline.yaml --name flights",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage, or a wrong pipeline file\n"
                "99  nothing to do: these features are there already",
    .revision = CST_PREPARE_REVISION,
};

/* predict_options.c - the command line of predict */
#include "stage/predicting.h"
#include "stage/stage.h"

static const cst_option join_row[] = {
    {.name = "join", .type = CST_OPTION_STRING, .help = "dataset and snapshot"},
    {.name = NULL},
};

static const cst_option options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .help = "the model",
     .metavar = "MODEL",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "file",
     .type = CST_OPTION_STRING,
     .help = "the raw files to score, one after the other",
     .metavar = "FILE",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL | CST_OPTION_MANY},
    {.name = "out",
     .type = CST_OPTION_STRING,
     .help = "where the scores go: CSV or HDF5 by its ending, .csv or .h5",
     .metavar = "OUT",
     .flags = CST_OPTION_REQUIRED,
     .letter = 'o'},
    {.name = "join",
     .type = CST_OPTION_LIST,
     .help = "the snapshot of a joined dataset; its newest where not given",
     .metavar = "DATASET=REF",
     .flags = CST_OPTION_MANY,
     .keys = join_row},
    {.name = "skip_unreadable",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "leave rows out that cannot be read, up to reject_limit; without, one is an error"},
    {.name = NULL},
};

const cst_command cst_command_predict = {
    .name = "predict",
    .summary = "score raw files with a model's own transform",
    .description =
        "Reads CSV files by the schema in the model's bundle, joins what the model joins, and "
        "writes a row, the schema's key columns and score for every row: a probability for two "
        "classes, a value for regression. row counts from 0 over all files, in order; in HDF5 it "
        "is the place. Columns that are only there in training are not needed.\n\n"
        "A row's score depends on that row alone: it is the same on any number of ranks.",
    .options = options,
    .example = "capstan predict flight-delay@champion landing/flights-2013-04.csv -o scores.csv",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage, or a wrong pipeline file",
    .revision = CST_PREDICT_REVISION,
};

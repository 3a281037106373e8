/* profile_options.c - the command lines of profile and schema infer */
#include "stage/stage.h"

static const char *const which_rows[] = {"all", "newest", NULL};

static const cst_option options[] = {
    {.name = "snapshot",
     .type = CST_OPTION_STRING,
     .help = "the rows",
     .metavar = "SNAPSHOT",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "rows",
     .type = CST_OPTION_STRING,
     .fallback = "all",
     .help = "all rows, or those of the newest part",
     .choices = which_rows},
    {0},
};

const cst_command cst_command_profile = {
    .name = "profile",
    .summary = "show the statistics of a snapshot's columns",
    .description =
        "A line a column: values, missing ones, distinct ones, extremes, quantiles, mean, standard "
        "deviation, the most frequent levels. Counts, extremes and moments are exact; what is "
        "estimated is printed with its error. The same figures on any number of ranks.",
    .options = options,
    .example = "capstan profile flights@1",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage",
};

const cst_command cst_command_infer = {
    .name = "infer",
    .summary = "propose a schema from a snapshot, to be edited and committed",
    .description = "Prints a schema file: the columns with their types, bounds and levels as far "
                   "as the rows tell. What must hold is for a person to say.",
    .options = options,
    .example = "capstan schema infer flights@1 > flights.schema.yaml",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage",
};

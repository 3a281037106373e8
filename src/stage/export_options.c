/* export_options.c - the command line of export */
#include "stage/stage.h"

static const char *const formats[] = {"csv", "netcdf", NULL};

static const cst_option options[] = {
    {.name = "snapshot",
     .type = CST_OPTION_STRING,
     .help = "the rows",
     .metavar = "SNAPSHOT",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "format",
     .type = CST_OPTION_STRING,
     .help = "what to write",
     .choices = formats,
     .flags = CST_OPTION_REQUIRED},
    {.name = "out",
     .type = CST_OPTION_STRING,
     .help = "the file to write",
     .metavar = "PATH",
     .flags = CST_OPTION_REQUIRED,
     .letter = 'o'},
    {.name = "missing",
     .type = CST_OPTION_STRING,
     .help = "what stands for a missing value in CSV; an empty cell where not given"},
    {.name = "force",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "write over a file that is there"},
    {.name = NULL},
};

const cst_command cst_command_export = {
    .name = "export",
    .summary = "write all rows of a snapshot into one file for other tools",
    .description =
        "CSV is that of RFC 4180 with a line of names: numbers with the fewest digits that read "
        "back to the same bits, times as ISO 8601 in UTC, a missing value as an empty cell, an "
        "empty text as \"\". Ingested again by the same schema it gives the same part.\n\n"
        "NetCDF is one file as the snapshot's parts are, with the levels of categories united.\n\n"
        "The file appears whole, with the same bytes at any number of ranks.",
    .options = options,
    .example = "capstan export flights@1 --format netcdf -o flights.nc",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage, or the file is there already",
};

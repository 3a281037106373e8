/* validate_options.c - the command line and the section of validate */
#include "profile/validate.h"
#include "stage/stage.h"
#include "stage/validating.h"

const cst_section cst_section_validate = {
    .name = "validate",
    .help = "what refuses new data",
    .keys = cst_validate_options,
};

static const cst_option options[] = {
    {.name = "snapshot",
     .type = CST_OPTION_STRING,
     .help = "the snapshot whose newest part is looked at",
     .metavar = "SNAPSHOT",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "schema",
     .type = CST_OPTION_STRING,
     .help = "schema file (default: the pipeline file's, else the snapshot's own)",
     .metavar = "FILE"},
    {.name = "against",
     .type = CST_OPTION_STRING,
     .help = "previous, champion, none, or a snapshot; above what the section says",
     .metavar = "REF"},
    {0},
};

const cst_command cst_command_validate = {
    .name = "validate",
    .summary = "look for anomalies in the newest part of a snapshot",
    .description =
        "Compares the newest part with the schema and with another part, and publishes a report: "
        "columns gone, new or of another type, values out of range, levels never seen, keys "
        "repeated, rows gone, gaps in time, drift. Each anomaly has a severity; errors refuse the "
        "snapshot. Messages name the column, the row, and the file and line it came from.",
    .options = options,
    .example = "capstan validate flights@1 --schema flights.schema.yaml",
    .statuses = "0   passed\n"
                "1   failed\n"
                "2   wrong usage, or a wrong schema or pipeline file\n"
                "3   refused: the report says why",
    .revision = CST_VALIDATE_REVISION,
};

/* monitor_options.c - the command line and the section of monitor */
#include "profile/drift.h"
#include "stage/monitoring.h"
#include "stage/stage.h"

const cst_section cst_section_monitor = {
    .name = "monitor",
    .help = "when the world has changed",
    .keys = cst_monitor_options,
};

static const char *const which_rows[] = {"newest", "all", NULL};

static const cst_option join_row[] = {
    {.name = "join", .type = CST_OPTION_STRING, .help = "dataset and snapshot"},
    {0},
};

static const cst_option options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .help = "the model that is watched",
     .metavar = "MODEL",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "snapshot",
     .type = CST_OPTION_STRING,
     .help = "the rows that have come in",
     .metavar = "SNAPSHOT",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "rows",
     .type = CST_OPTION_STRING,
     .fallback = "newest",
     .help = "the rows of the newest part, or all",
     .choices = which_rows},
    {.name = "join",
     .type = CST_OPTION_LIST,
     .help = "the snapshot of a joined dataset; its newest where not given",
     .metavar = "DATASET=REF",
     .flags = CST_OPTION_MANY,
     .keys = join_row},
    {.name = "scores",
     .type = CST_OPTION_STRING,
     .help = "write row,label,weight,score of the window as CSV",
     .metavar = "FILE"},
    {0},
};

const cst_command cst_command_monitor = {
    .name = "monitor",
    .summary = "score new rows with a model and see whether the world has changed",
    .description =
        "Compares the rows with the model's reference, column by column, by whole days, so that "
        "chance is told from change; and, where labels are there, the model's loss with that of "
        "its evaluation and with that of a constant. Drift of the score and a fall in quality are "
        "alarms; features alone only warn, where they drifted in several windows.\n\n"
        "The report is published whatever it says.",
    .options = options,
    .example = "capstan monitor flight-delay@champion flights@latest",
    .statuses = "0   no alarm\n"
                "1   failed\n"
                "2   wrong usage, or a wrong pipeline file\n"
                "3   alarm: the report says why",
    .revision = CST_MONITOR_REVISION,
};

/* replay_options.c - the command line of replay */
#include "stage/stage.h"

static const cst_option options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .help = "the model to make again",
     .metavar = "MODEL",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = NULL},
};

const cst_command cst_command_replay = {
    .name = "replay",
    .summary = "make a model again from its recipe, and compare",
    .description =
        "Reads parameters, seed and inputs from the manifest of a model, trains it once more in a "
        "temporary place, and compares ids. The number of ranks does not matter. Nothing is "
        "published.\n\n"
        "Prints \"identical\", or the first thing that differs.",
    .options = options,
    .example = "capstan replay flight-delay@champion",
    .statuses = "0  identical\n"
                "1  failed\n"
                "2  wrong usage\n"
                "3  refused: the recipe makes something else now",
};

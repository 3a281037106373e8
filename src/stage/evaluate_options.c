/* evaluate_options.c - the command line and the sections of evaluate */
#include "evaluate/gate.h"
#include "stage/evaluating.h"
#include "stage/stage.h"

const cst_section cst_section_evaluate = {
    .name = "evaluate",
    .help = "what a model is measured by",
    .keys = cst_evaluate_options,
};

const cst_section cst_section_gate = {
    .name = "gate",
    .help = "when a challenger may replace the champion",
    .keys = cst_gate_options,
};

static const cst_option options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .help = "the challenger",
     .metavar = "MODEL",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = "against",
     .type = CST_OPTION_STRING,
     .help = "the model to compare with, or none; the champion where not given",
     .metavar = "REF"},
    {.name = "features",
     .type = CST_OPTION_STRING,
     .help = "whose test rows; those that the challenger was trained on where not given",
     .metavar = "REF"},
    {.name = "scores",
     .type = CST_OPTION_STRING,
     .help = "write row,label,weight,score (and score_against) as CSV",
     .metavar = "FILE"},
    {.name = NULL},
};

const cst_command cst_command_evaluate = {
    .name = "evaluate",
    .summary = "score challenger and champion on the same test rows, and judge",
    .description =
        "Scores both models on the raw test rows, each through its own transform, with errors "
        "clustered as gate: says, and publishes the evaluation with the gate's verdict and every "
        "condition behind it. Without a champion only the floors count.\n\n"
        "The verdict goes to stderr. A refused challenger's evaluation is published all the same.",
    .options = options,
    .example = "capstan evaluate flight-delay@1 --pipeline pipeline.yaml",
    .statuses = "0   done: the challenger passed\n"
                "1   failed\n"
                "2   wrong usage, or a wrong pipeline file\n"
                "3   refused: the challenger did not pass; the evaluation says why\n"
                "99  nothing to do: it was judged before, and passed",
    .revision = CST_EVALUATE_REVISION,
};

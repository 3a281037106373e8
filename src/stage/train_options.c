/* train_options.c - the command line and the section of train */
#include "stage/stage.h"
#include "stage/train.h"
#include "train/train.h"

const cst_section cst_section_train = {
    .name = "train",
    .help = "what is learned from the features",
    .keys = cst_train_options,
    .more = cst_train_learner_options,
};

static const cst_option options[] = {
    {.name = "features",
     .type = CST_OPTION_STRING,
     .help = "what to learn from",
     .metavar = "REF",
     .flags = CST_OPTION_REQUIRED},
    {.name = "name",
     .type = CST_OPTION_STRING,
     .help = "the name of the model",
     .metavar = "MODEL",
     .flags = CST_OPTION_REQUIRED},
    {.name = "refit",
     .type = CST_OPTION_STRING,
     .help = "train as this model was, on features made with --all, for as many trees as it kept",
     .metavar = "CHALLENGER"},
    {.name = "search",
     .type = CST_OPTION_STRING,
     .help = "take the parameters of the winner of this search, above those of the section",
     .metavar = "REPORT"},
    {.name = "trials",
     .type = CST_OPTION_STRING,
     .help = "folder of that search's trials: with --resume the winner's checkpoint will do",
     .metavar = "DIR",
     .flags = CST_OPTION_RUNTIME | CST_OPTION_HIDDEN},
    {.name = "resume",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "go on from the newest checkpoint of this very training, where there is one",
     .flags = CST_OPTION_RUNTIME},
    {.name = "checkpoints",
     .type = CST_OPTION_STRING,
     .help = "folder of its checkpoints (default: one of its own in the registry's checkpoints/)",
     .metavar = "DIR",
     .flags = CST_OPTION_RUNTIME},
    {0},
};

const cst_command cst_command_train = {
    .name = "train",
    .summary = "learn a model from features",
    .description =
        "Trains on the training rows, watches the loss on the validation rows, and publishes a "
        "bundle that scores raw rows on its own: the model, the transform, the schema, the "
        "reference that drift is measured from, golden rows with the scores that they must give, "
        "and a model card.\n\n"
        "The same features, section and seed make the same id on any number of ranks.\n\n"
        "While it trains it keeps its two newest checkpoints. SIGTERM, SIGUSR1, SIGUSR2 and Ctrl-C "
        "end it between two steps, with a checkpoint, and so does the time that CAPSTAN_STOP_AT "
        "(seconds since 1970) says; --resume goes on from there, on any number of ranks, to the "
        "same id. When the model is published they are removed.",
    .options = options,
    .example = "capstan train --features flights@1 --pipeline pipeline.yaml --name flight-delay",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage, or a wrong pipeline file\n"
                "3   refused: a refit scores rows differently than its challenger\n"
                "75  stopped: its checkpoint stands, --resume goes on from there\n"
                "99  nothing to do: this model is there already",
    .revision = CST_TRAIN_REVISION,
};

/* options.c - the keys of a pipeline file that belong to no stage */
#include "pipeline/options.h"

static const cst_option resources_of_step[] = {
    {.name = "ranks",
     .type = CST_OPTION_INT,
     .help = "processes of the step",
     .min = 1,
     .max = 1000000},
    {.name = "nodes", .type = CST_OPTION_INT, .help = "nodes of the step", .min = 1, .max = 100000},
    {.name = "time", .type = CST_OPTION_DURATION, .help = "the longest the step may take"},
    {.name = "memory", .type = CST_OPTION_STRING, .help = "memory a node, as Slurm writes it"},
    {.name = NULL},
};

static const cst_option resources[] = {
    {.name = "*",
     .type = CST_OPTION_MAP,
     .help = "of the step named, or default",
     .keys = resources_of_step},
    {.name = NULL},
};

static const char *const refits[] = {"all", "none", NULL};
static const char *const promotions[] = {"automatic", "after approval", NULL};

/* Sections are checked by the rooms that own them: here they are any value. */
const cst_option cst_pipeline_options[] = {
    {.name = "pipeline",
     .type = CST_OPTION_STRING,
     .help = "its name, and that of its models",
     .flags = CST_OPTION_REQUIRED},
    {.name = "dataset",
     .type = CST_OPTION_STRING,
     .help = "the dataset that it learns from",
     .flags = CST_OPTION_REQUIRED},
    {.name = "registry",
     .type = CST_OPTION_STRING,
     .help = "the registry, where neither --registry nor CAPSTAN_REGISTRY says it",
     .flags = CST_OPTION_RUNTIME},
    {.name = "seed",
     .type = CST_OPTION_INT,
     .fallback = "0",
     .help = "what all random numbers hang on",
     .max = 9e15},
    {.name = "schema", .type = CST_OPTION_STRING, .help = "the dataset's schema file"},
    {.name = "source", .type = CST_OPTION_ANY, .help = "where new files come from"},
    {.name = "validate", .type = CST_OPTION_ANY, .help = "what the data have to be like"},
    {.name = "prepare", .type = CST_OPTION_ANY, .help = "rows, columns, label, split, features"},
    {.name = "train", .type = CST_OPTION_ANY, .help = "the learner and its parameters"},
    {.name = "tune",
     .type = CST_OPTION_ANY,
     .help = "the search for parameters",
     .flags = CST_OPTION_HIDDEN},
    {.name = "evaluate", .type = CST_OPTION_ANY, .help = "metrics and slices"},
    {.name = "gate", .type = CST_OPTION_ANY, .help = "what a challenger has to show"},
    {.name = "refit",
     .type = CST_OPTION_STRING,
     .fallback = "none",
     .help = "what a challenger that passed is trained on once more",
     .choices = refits},
    {.name = "promote",
     .type = CST_OPTION_STRING,
     .fallback = "automatic",
     .help = "who makes it the champion",
     .choices = promotions},
    {.name = "monitor", .type = CST_OPTION_ANY, .help = "when drift is an alarm"},
    {.name = "resources",
     .type = CST_OPTION_MAP,
     .help = "what the steps may use",
     .flags = CST_OPTION_RUNTIME,
     .keys = resources},
    {.name = "slurm",
     .type = CST_OPTION_ANY,
     .help = "for Slurm",
     .flags = CST_OPTION_RUNTIME | CST_OPTION_HIDDEN},
    {.name = NULL},
};

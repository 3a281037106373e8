/* options.c - the keys under tune: of a pipeline file */
#include "tune/options.h"

static const char *const methods[] = {"random", "asha", "hyperband", NULL};

static const cst_option rungs[] = {
    {.name = "rung", .type = CST_OPTION_INT, .min = 1, .max = 1e12},
    {.name = NULL},
};

static const cst_option space[] = {
    {.name = "*",
     .type = CST_OPTION_ANY,
     .help = "of a key of train: a list of values, or \"uniform(a, b)\", \"log(a, b)\", "
             "\"int(a, b)\", \"logint(a, b)\""},
    {.name = NULL},
};

const cst_option cst_tune_options[] = {
    {.name = "method",
     .type = CST_OPTION_STRING,
     .fallback = "random",
     .help = "random: every trial in full; asha: the best of a rung go on to the next; hyperband: "
             "the same from several first rungs",
     .choices = methods},
    {.name = "trials",
     .type = CST_OPTION_INT,
     .fallback = "32",
     .help = "sets of parameters that are tried",
     .min = 1,
     .max = 100000},
    {.name = "rungs",
     .type = CST_OPTION_LIST,
     .help = "steps (trees, iterations) after which trials are compared, ascending",
     .keys = rungs},
    {.name = "eta",
     .type = CST_OPTION_REAL,
     .help = "one trial in so many goes on; without it a rung's steps over those of the one before",
     .min = 1.1,
     .max = 1000},
    {.name = "asynchronous",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "go on before a rung is over: no waiting, and a winner that may depend on timing"},
    {.name = "space",
     .type = CST_OPTION_MAP,
     .help = "what is searched: keys of train: and what they may be",
     .flags = CST_OPTION_REQUIRED,
     .keys = space},
    {.name = NULL},
};

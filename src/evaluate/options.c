/* options.c - the keys of evaluate: and gate: */
#include "evaluate/gate.h"
#include "evaluate/metrics.h"

static const char *const kinds[] = {"change", "refresh", NULL};
static const char *const clusters[] = {"day", "row", NULL};

static const cst_option metric_of_list[] = {
    {.name = "metric", .type = CST_OPTION_STRING, .choices = cst_metric_names},
    {.name = NULL},
};

static const cst_option slice_of_list[] = {
    {.name = "slice", .type = CST_OPTION_STRING},
    {.name = NULL},
};

static const cst_option floor_of_map[] = {
    {.name = "*", .type = CST_OPTION_REAL, .help = "the least value, or the most for a loss"},
    {.name = NULL},
};

static const cst_option limit_keys[] = {
    {.name = "model_bytes",
     .type = CST_OPTION_REAL,
     .help = "largest size of model.safetensors",
     .min = 0,
     .max = 1e15},
    {.name = "row_seconds",
     .type = CST_OPTION_REAL,
     .help = "longest time to score one row",
     .min = 0,
     .max = 1e6},
    {.name = NULL},
};

const cst_option cst_evaluate_options[] = {
    {.name = "metrics",
     .type = CST_OPTION_LIST,
     .help = "metrics to report; by default auc and log_loss, or rmse and mae",
     .keys = metric_of_list},
    {.name = "slices",
     .type = CST_OPTION_LIST,
     .help = "category columns (a slice a level) and expressions to look at apart",
     .keys = slice_of_list},
    {.name = NULL},
};

const cst_option cst_gate_options[] = {
    {.name = "kind",
     .type = CST_OPTION_STRING,
     .fallback = "change",
     .help = "change: must be better; refresh (the same recipe on newer data): must not be worse",
     .choices = kinds},
    {.name = "metric",
     .type = CST_OPTION_STRING,
     .help = "what decides; by default auc, or rmse",
     .choices = cst_metric_names},
    {.name = "floor",
     .type = CST_OPTION_REAL,
     .help = "least value of the metric (most, for a loss), also for a first model",
     .min = -1e308,
     .max = 1e308},
    {.name = "floors",
     .type = CST_OPTION_MAP,
     .help = "floors of other metrics by name",
     .keys = floor_of_map},
    {.name = "margin",
     .type = CST_OPTION_REAL,
     .fallback = "0",
     .help = "change: by how much the challenger must surely be better",
     .min = 0,
     .max = 1e308},
    {.name = "tolerance",
     .type = CST_OPTION_REAL,
     .fallback = "0.01",
     .help = "how much worse still counts as not worse",
     .min = 0,
     .max = 1e308},
    {.name = "also",
     .type = CST_OPTION_LIST,
     .help = "other metrics that must not be worse",
     .keys = metric_of_list},
    {.name = "confidence",
     .type = CST_OPTION_REAL,
     .fallback = "0.95",
     .help = "confidence of the one-sided bounds",
     .min = 0.5,
     .max = 0.9999},
    {.name = "cluster",
     .type = CST_OPTION_STRING,
     .help = "what rows depend on each other by; day where the schema has a time, else row",
     .choices = clusters},
    {.name = "replicates",
     .type = CST_OPTION_INT,
     .fallback = "1000",
     .help = "replicates of the bootstrap",
     .min = 100,
     .max = 100000},
    {.name = "slice_loss",
     .type = CST_OPTION_REAL,
     .fallback = "0.01",
     .help = "least loss on a slice that may refuse",
     .min = 0,
     .max = 1e308},
    {.name = "limits",
     .type = CST_OPTION_MAP,
     .help = "what the model may cost",
     .keys = limit_keys},
    {.name = NULL},
};

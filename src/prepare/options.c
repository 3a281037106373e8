/* options.c - the keys of prepare: in the pipeline file */
#include "prepare/transform.h"

/* What the rows of a LIST or MAP table are: name, type, fallback, help, metavar, flags, bounds,
 * choices, keys. */

static const cst_option column_row[] = {
    {.name = "column", .type = CST_OPTION_STRING, .help = "a column"},
    {0},
};

static const cst_option derive_row[] = {
    {.name = "*", .type = CST_OPTION_EXPRESSION, .help = "what the new column holds"},
    {0},
};

static const cst_option join_keys[] = {
    {.name = "dataset",
     .type = CST_OPTION_STRING,
     .help = "the dataset that is joined",
     .flags = CST_OPTION_REQUIRED},
    {.name = "on",
     .type = CST_OPTION_LIST,
     .fallback = "[]",
     .help = "columns that must be equal; a row of the dataset is found by them",
     .keys = column_row},
    {.name = "asof",
     .type = CST_OPTION_STRING,
     .help = "a time in both: take the newest row before that of the row joined to"},
    {.name = "within", .type = CST_OPTION_DURATION, .help = "with asof: no older than this"},
    {.name = "lag",
     .type = CST_OPTION_DURATION,
     .help = "with asof: at least this much older; strictly older where it is not given"},
    {.name = "columns",
     .type = CST_OPTION_LIST,
     .help = "the columns to take",
     .flags = CST_OPTION_REQUIRED,
     .keys = column_row},
    {0},
};

static const cst_option join_row[] = {
    {.name = "join", .type = CST_OPTION_MAP, .help = "one join", .keys = join_keys},
    {0},
};

static const char *const split_by[] = {"time", "hash", NULL};

static const cst_option split_keys[] = {
    {.name = "by",
     .type = CST_OPTION_STRING,
     .fallback = "time",
     .help = "spans at the end of the data, or a hash of key or row",
     .choices = split_by},
    {.name = "column",
     .type = CST_OPTION_STRING,
     .help = "by time: the column; the schema's time where it is not given"},
    {.name = "key",
     .type = CST_OPTION_LIST,
     .help = "by hash: columns whose equal values stay on one side; the row where not given",
     .keys = column_row},
    {.name = "test",
     .type = CST_OPTION_ANY,
     .help = "a span such as 14d, or a share such as 10%",
     .flags = CST_OPTION_REQUIRED},
    {.name = "validation", .type = CST_OPTION_ANY, .help = "the same, before test"},
    {.name = "gap",
     .type = CST_OPTION_DURATION,
     .fallback = "0d",
     .help = "by time: rows left out before validation and before test"},
    {0},
};

static const char *const scale_choices[] = {"none", "standard", "minmax", NULL};
static const char *const encode_choices[] = {"category", "onehot", "ordinal", "target", NULL};

static const cst_option feature_keys[] = {
    {.name = "columns",
     .type = CST_OPTION_LIST,
     .help = "raw, joined or derived columns",
     .flags = CST_OPTION_REQUIRED,
     .keys = column_row},
    {.name = "impute",
     .type = CST_OPTION_ANY,
     .fallback = "none",
     .help = "numbers that are missing: none, median, mean or a number"},
    {.name = "scale",
     .type = CST_OPTION_STRING,
     .fallback = "none",
     .help = "numbers: to mean 0 and standard deviation 1, or to 0 … 1",
     .choices = scale_choices},
    {.name = "encode",
     .type = CST_OPTION_STRING,
     .help = "levels as codes, as a column each, as ranks, or as the label's mean; categories and "
             "text default to category",
     .choices = encode_choices},
    {.name = "smoothing",
     .type = CST_OPTION_REAL,
     .fallback = "20",
     .help = "target: how many rows of the overall mean a level is mixed with",
     .min = 0,
     .max = 1e12},
    {.name = "folds",
     .type = CST_OPTION_INT,
     .fallback = "5",
     .help = "target: blocks of training rows, each encoded by the others",
     .min = 2,
     .max = 100},
    {0},
};

static const cst_option feature_row[] = {
    {.name = "features", .type = CST_OPTION_MAP, .help = "columns alike", .keys = feature_keys},
    {0},
};

const cst_option cst_prepare_options[] = {
    {.name = "where", .type = CST_OPTION_EXPRESSION, .help = "rows that count"},
    {.name = "derive", .type = CST_OPTION_MAP, .help = "new columns", .keys = derive_row},
    {.name = "join",
     .type = CST_OPTION_LIST,
     .fallback = "[]",
     .help = "columns of other datasets",
     .keys = join_row},
    {.name = "label",
     .type = CST_OPTION_EXPRESSION,
     .help = "what is to be predicted: a truth (two classes) or a number (regression)",
     .flags = CST_OPTION_REQUIRED},
    {.name = "weight", .type = CST_OPTION_EXPRESSION, .help = "how much a row counts"},
    {.name = "split",
     .type = CST_OPTION_MAP,
     .help = "which rows are trained on, validated on, tested on",
     .keys = split_keys},
    {.name = "features",
     .type = CST_OPTION_LIST,
     .help = "what the model sees",
     .flags = CST_OPTION_REQUIRED,
     .keys = feature_row},
    {0},
};

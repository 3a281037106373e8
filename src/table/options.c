/* options.c - the keys of a schema file */
#include "table/schema.h"

static const char *const unseen_choices[] = {"warn", "error", "ignore", NULL};
static const char *const only_choices[] = {"training", NULL};

static const cst_option text_row[] = {
    {.name = "text", .type = CST_OPTION_STRING, .help = "a text"},
    {0},
};

static const cst_option row_keys[] = {
    {.name = "min", .type = CST_OPTION_INT, .help = "rows that a part has at least", .max = 1e15},
    {.name = "max_drop",
     .type = CST_OPTION_REAL,
     .help = "share of rows that may be fewer than in the part before",
     .max = 1},
    {0},
};

static const cst_option drift_keys[] = {
    {.name = "psi",
     .type = CST_OPTION_REAL,
     .help = "population stability index from which this column has drifted",
     .max = 100},
    {0},
};

static const cst_option column_keys[] = {
    {.name = "name",
     .type = CST_OPTION_STRING,
     .help = "the column's name in the dataset",
     .flags = CST_OPTION_REQUIRED},
    {.name = "type",
     .type = CST_OPTION_STRING,
     .help = "the type of its values",
     .flags = CST_OPTION_REQUIRED,
     .choices = cst_type_names},
    {.name = "source",
     .type = CST_OPTION_STRING,
     .help = "its name in the source file, where that is another"},
    {.name = "unit",
     .type = CST_OPTION_STRING,
     .help = "its unit; of a time seconds, milliseconds, microseconds (default) or nanoseconds"},
    {.name = "long_name", .type = CST_OPTION_STRING, .help = "what it is, in words"},
    {.name = "standard_name", .type = CST_OPTION_STRING, .help = "its CF standard name"},
    {.name = "format",
     .type = CST_OPTION_STRING,
     .help = "how a time is written: %Y %m %d %H %M %S %f %j %z; ISO 8601 where not given"},
    {.name = "zone",
     .type = CST_OPTION_STRING,
     .help = "the time zone of times written without an offset, such as Europe/Berlin"},
    {.name = "min", .type = CST_OPTION_REAL, .help = "the smallest value allowed"},
    {.name = "max", .type = CST_OPTION_REAL, .help = "the largest value allowed"},
    {.name = "missing",
     .type = CST_OPTION_REAL,
     .help = "share of values that may be missing; any where not given",
     .max = 1},
    {.name = "required",
     .type = CST_OPTION_BOOL,
     .fallback = "true",
     .help = "whether every source must have the column"},
    {.name = "only",
     .type = CST_OPTION_STRING,
     .help = "training: not there yet when the model is asked",
     .choices = only_choices},
    {.name = "levels",
     .type = CST_OPTION_LIST,
     .help = "the texts that a category may be; any where not given",
     .keys = text_row},
    {.name = "unseen",
     .type = CST_OPTION_STRING,
     .fallback = "warn",
     .help = "what a level means that is not listed",
     .choices = unseen_choices},
    {.name = "drift", .type = CST_OPTION_MAP, .help = "limits of its own", .keys = drift_keys},
    {0},
};

static const cst_option column_row[] = {
    {.name = "column", .type = CST_OPTION_MAP, .help = "one column", .keys = column_keys},
    {0},
};

const cst_option cst_schema_options[] = {
    {.name = "dataset",
     .type = CST_OPTION_STRING,
     .help = "the dataset's name",
     .flags = CST_OPTION_REQUIRED},
    {.name = "key",
     .type = CST_OPTION_LIST,
     .fallback = "[]",
     .help = "columns that no two rows have alike",
     .keys = text_row},
    {.name = "time", .type = CST_OPTION_STRING, .help = "the column that says when a row happened"},
    {.name = "rows", .type = CST_OPTION_MAP, .help = "how many rows there are", .keys = row_keys},
    {.name = "columns",
     .type = CST_OPTION_LIST,
     .help = "the columns, in order",
     .flags = CST_OPTION_REQUIRED,
     .keys = column_row},
    {0},
};

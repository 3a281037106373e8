/* options.c - the keys of source: in the pipeline file */
#include "config/option.h"
#include "source/source.h"

static const char *const formats[] = {"csv", NULL};
static const char *const encodings[] = {"utf-8", "latin1", NULL};

static const cst_option text_item[] = {{.name = "item", .type = CST_OPTION_STRING}, {.name = NULL}};
static const cst_option rename_items[] = {
    {.name = "*", .type = CST_OPTION_STRING, .help = "the new name"}, {.name = NULL}};

const cst_option cst_source_options[] = {
    {.name = "format",
     .type = CST_OPTION_STRING,
     .fallback = "csv",
     .choices = formats,
     .help = "what the files are"},
    {.name = "files",
     .type = CST_OPTION_LIST,
     .keys = text_item,
     .flags = CST_OPTION_RUNTIME,
     .help = "patterns of the files to read where the command line names none"},
    {.name = "delimiter",
     .type = CST_OPTION_STRING,
     .fallback = "\",\"",
     .help = "what stands between cells: one character, or tab"},
    {.name = "quote",
     .type = CST_OPTION_STRING,
     .fallback = "'\"'",
     .help = "what stands around cells that hold delimiters: one character, or none"},
    {.name = "header",
     .type = CST_OPTION_BOOL,
     .fallback = "true",
     .help = "the first record holds the columns' names; else they are column1, column2 …"},
    {.name = "missing",
     .type = CST_OPTION_LIST,
     .keys = text_item,
     .fallback = "[\"NA\", \"NaN\", \"nan\", \"NULL\", \"null\"]",
     .help = "texts that stand for a missing value, as an empty cell always does"},
    {.name = "encoding",
     .type = CST_OPTION_STRING,
     .fallback = "utf-8",
     .choices = encodings,
     .help = "how characters are written"},
    {.name = "rename",
     .type = CST_OPTION_MAP,
     .keys = rename_items,
     .help = "columns' names in the files, or #1, #2 … by position, and their new names"},
    {.name = "reject_limit",
     .type = CST_OPTION_INT,
     .fallback = "1000",
     .min = 0,
     .max = 1e9,
     .flags = CST_OPTION_RUNTIME,
     .help = "rows that may be unreadable before the files are refused"},
    {.name = "max_record",
     .type = CST_OPTION_INT,
     .fallback = "67108864",
     .min = 1024,
     .max = 1e12,
     .flags = CST_OPTION_RUNTIME,
     .help = "bytes that one record may have"},
    {.name = NULL},
};

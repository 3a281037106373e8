/* check.h - how values are checked against option tables: for option.c and command.c */
#ifndef CST_CONFIG_CHECK_H
#define CST_CONFIG_CHECK_H

#include "config/option.h"

/** Where the values come from, for messages. */
typedef struct {
    const char *source;          /* file, or "" for a command line */
    const json_t *lines;         /* path → line, or NULL */
    const cst_option *arguments; /* a command line: its table, so that "ranks" is shown as
                                    "--ranks"; NULL for files */
} cst_check;

/** Check a map that stands at path ("" is the whole file). *out is a new reference. */
cst_code cst_check_map(json_t **out, const cst_check *check, const char *path, const json_t *value,
                       const cst_option *table, cst_error *err);

/** The names of a table that may be suggested, NULL-ended, to be released with free(). */
const char **cst_check_names(const cst_option *table, cst_error *err);

#endif

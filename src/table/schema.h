/* schema.h - what a dataset's columns are meant to be: code that a person edits and commits */
#ifndef CST_TABLE_SCHEMA_H
#define CST_TABLE_SCHEMA_H

#include <jansson.h>

#include "config/option.h"
#include "table/table.h"

/** What to do about levels that the schema does not list. */
typedef enum { CST_UNSEEN_WARN, CST_UNSEEN_ERROR, CST_UNSEEN_IGNORE } cst_unseen;

typedef struct {
    char *name;
    char *source; /* the name in the source file where it is renamed, else NULL */
    cst_type type;
    char *unit, *long_name, *standard_name, *format, *zone; /* or NULL */
    int64_t ticks;                                          /* TIME: units a second */
    double min, max;                                        /* NaN: no bound */
    double missing;     /* largest share that may be missing; NaN: any */
    bool required;      /* must be in every source; default true */
    bool training_only; /* "only: training": absent when the model is asked */
    cst_levels levels;  /* CATEGORY: allowed; count 0: any */
    cst_unseen unseen;
    double drift_psi; /* NaN: the report's default */
} cst_schema_column;

typedef struct {
    char *dataset;
    char **key;
    size_t keys;
    char *time;                /* or NULL */
    int64_t rows_min;          /* -1: any */
    double max_drop;           /* NaN: any */
    cst_schema_column *column; /* shape [columns], in the order of the file */
    size_t columns;
} cst_schema;

/** The table that schema files are checked against. */
extern const cst_option cst_schema_options[];

/** From a checked map (schema.json, or a schema file checked with cst_schema_options). */
cst_code cst_schema_from_json(cst_schema **out, const json_t *value, cst_error *err);

/** Read and check a YAML schema file. */
cst_code cst_schema_read(cst_schema **out, const char *path, cst_error *err);

/** New reference; what cst_schema_from_json reads. NULL with err set. */
json_t *cst_schema_to_json(const cst_schema *schema, cst_error *err);
void cst_schema_free(cst_schema *schema);

/** The column of a name, or NULL. */
const cst_schema_column *cst_schema_find(const cst_schema *schema, const char *name);

/** Check a column name: UTF-8, NFC, no '/', control characters or trailing blank, not "row" nor a
 *  generated suffix (_levels, _offsets, _missing). CST_INVALID names the rule and "rename:". */
cst_code cst_schema_check_name(const char *name, cst_error *err);

#endif

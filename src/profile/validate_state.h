/* validate_state.h - what a validation holds while it is in the making; for validate*.c alone */
#ifndef CST_PROFILE_VALIDATE_STATE_H
#define CST_PROFILE_VALIDATE_STATE_H

#include "profile/examples.h"
#include "profile/validate.h"

/* A column's words in the lane of sums. */
typedef struct {
    int64_t rows;
    int64_t missing;
    int64_t outside;  /* of the schema's bounds */
    int64_t infinite; /* not finite, and not missing */
    int64_t unseen;   /* rows of levels that are not allowed */
} cst_check_sums;

enum { CST_CHECK_SUMS = sizeof(cst_check_sums) / sizeof(int64_t) };

/* A column's sets of examples. */
enum { CST_CHECK_OUTSIDE, CST_CHECK_INFINITE, CST_CHECK_UNSEEN, CST_CHECK_LEVELS, CST_CHECK_SETS };

/* The sets that are not of a column, behind those that are. */
enum {
    CST_VALIDATION_KEYS,     /* key: 128 bits of hash of a row's key; payload: rows */
    CST_VALIDATION_KEYLESS,  /* examples: rows whose key is missing in part */
    CST_VALIDATION_REPEATED, /* key: a repeated key's text and the row */
    CST_VALIDATION_DAYS,     /* key: a UTC day; payload: rows */
    CST_VALIDATION_SETS
};

/* Sums that are not of a column, before those that are. */
enum { CST_VALIDATION_ROWS, CST_VALIDATION_KEYLESS_ROWS, CST_VALIDATION_SUMS };

/* Maxima. */
enum { CST_VALIDATION_LAST, CST_VALIDATION_MINUS_FIRST, CST_VALIDATION_MAXIMA };

/* One column of the schema. */
typedef struct {
    const cst_schema_column *schema;
    cst_levels levels; /* allowed: the schema's, else those of the reference */
    bool bounded;      /* levels is what is allowed */
    bool by_reference; /* levels are the reference's */
    bool present;      /* in the table */
    bool typed;        /* of a type that fits */
    cst_type type;     /* in the table */
    char *unit;        /* in the table, or NULL */
} cst_check;

typedef enum { CST_VALIDATING, CST_NAMING_KEYS, CST_VALIDATED } cst_validation_phase;

struct cst_validation {
    const cst_schema *schema;
    const json_t *options, *facts;
    cst_validation_phase phase;
    cst_check *check; /* shape [schema->columns] */
    json_t *unknown;  /* names of the table's columns that the schema lacks */
    int64_t ticks;    /* of the schema's time */
    int64_t *sums;
    int64_t maxima[CST_VALIDATION_MAXIMA];
    cst_sorted **set; /* CST_CHECK_SETS a column, then CST_VALIDATION_SETS */
};

cst_check_sums *cst_validation_sums(const cst_validation *validation, size_t column);
cst_sorted **cst_validation_set(const cst_validation *validation, int which);
cst_sorted **cst_validation_column_set(const cst_validation *validation, size_t column, int which);

/* validate_keys.c: the schema's key in every row. */
cst_code cst_validation_add_keys(cst_validation *validation, const cst_table *table,
                                 cst_error *err);
cst_code cst_validation_name_keys(cst_validation *validation, const cst_table *table,
                                  cst_error *err);
bool cst_validation_has_repeated_keys(const cst_validation *validation);
/* Rows beyond the first of each key; examples: [{"row", "value": the key}], new. */
cst_code cst_validation_repeated(int64_t *rows, json_t **examples, const cst_validation *validation,
                                 cst_error *err);

/* A column of a profile, or NULL. */
const json_t *cst_validation_profiled(const json_t *profile, const char *name);

#endif

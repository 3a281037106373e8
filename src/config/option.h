/* option.h - one table of options drives YAML and JSON checks, the command line, --help, the
 * reference in the documentation and the shell completion
 *
 * A value that was checked against its table is a json_t: a pipeline section, a schema, a command
 * line. Whoever reads it afterwards need not check again: cst_get_* cannot fail.
 */
#ifndef CST_CONFIG_OPTION_H
#define CST_CONFIG_OPTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

typedef enum {
    CST_OPTION_BOOL,       /* true, false; on the command line --name and --no-name */
    CST_OPTION_INT,        /* an integer between min and max */
    CST_OPTION_REAL,       /* a finite number between min and max */
    CST_OPTION_STRING,     /* text; one of choices where those are given */
    CST_OPTION_DURATION,   /* "14d", "24h", "90m", "30s", "00:30:00"; kept as text */
    CST_OPTION_EXPRESSION, /* an expression (config/expr.h), parsed where it is checked */
    CST_OPTION_LIST,       /* of what the first row of keys says (its name is ignored); one value
                              alone stands for a list of one */
    CST_OPTION_MAP,        /* of the keys in keys; of any keys with values as the row of keys named
                              "*" says */
    CST_OPTION_ANY,        /* checked by somebody else */
} cst_option_type;

enum {
    CST_OPTION_REQUIRED = 1,   /* must be given */
    CST_OPTION_POSITIONAL = 2, /* on the command line: an argument without a name, in table order */
    CST_OPTION_MANY = 4,       /* on the command line: may be repeated; the value is a list */
    CST_OPTION_RUNTIME = 8,    /* says how, not what: left out of step keys and manifests */
    CST_OPTION_HIDDEN = 16,    /* for programs, left out of --help */
};

/** A row of a table; a table ends with a row whose name is NULL. Tables are static const data. */
typedef struct cst_option {
    const char *name; /* key in YAML; long option with '_' as '-' */
    cst_option_type type;
    const char *fallback; /* the default as it would be written in YAML; NULL: no default, the key
                             is then absent from the checked value */
    const char *help;     /* one line, lower case, no full stop */
    const char *metavar;  /* how --help names the value: FILE, N, REF; NULL: by type */
    unsigned flags;
    double min, max;               /* INT and REAL, inclusive; both 0: no bounds */
    const char *const *choices;    /* STRING: NULL-ended; NULL: any */
    const struct cst_option *keys; /* LIST and MAP */
    char letter;                   /* on the command line "-o VALUE" is it as well; 0: none */
} cst_option;

/** Check value against table and fill in defaults; a null is a key that was not given. Numbers of
 *  REAL are reals afterwards; STRING takes integers for their digits. *out is a new reference.
 * Unknown keys, wrong types and values out of bounds are CST_USAGE: the text names source, line
 * (where lines, from cst_yaml_load, is not NULL), the path of the key, what was expected, and the
 * nearest known name. value may be NULL for an empty map. */
cst_code cst_option_check(json_t **out, const json_t *value, const json_t *lines,
                          const char *source, const cst_option *table, cst_error *err);

/** Set a key ("leaves" or "split.test") of a map from text as it would be written in YAML
 *  ("--set leaves=63"); to be checked afterwards with cst_option_check. */
cst_code cst_option_set(json_t *map, const char *assignment, cst_error *err);

/** A map without the keys that only say how (CST_OPTION_RUNTIME). *out is a new reference. */
cst_code cst_option_resolved(json_t **out, const json_t *checked, const cst_option *table,
                             cst_error *err);

/** One table after the other, for sections whose keys depend on a choice (train: model). To be
 *  released with free(); the rows are shared. NULL with err set on failure. */
cst_option *cst_option_join(const cst_option *first, const cst_option *second, cst_error *err);

/** A section of the pipeline file: its table, and what a choice in it adds. */
typedef struct cst_section {
    const char *name;
    const char *help;
    const cst_option *keys;
    /** The rows that this (unchecked) section adds, or NULL; err set where the choice is wrong. */
    const cst_option *(*more)(const json_t *section, cst_error *err);
    bool optional; /* a file without it has none: no defaults are filled in */
} cst_section;

/** Check one section, the rows of more() included. *out is a new reference. */
cst_code cst_section_check(json_t **out, const json_t *value, const json_t *lines,
                           const char *source, const cst_section *section, cst_error *err);

/** A checked section without the keys that only say how: what enters manifests and step keys.
 *  *out is a new reference. */
cst_code cst_section_resolved(json_t **out, const json_t *checked, const cst_section *section,
                              cst_error *err);

/* Reading a checked value. A key without default that was not given reads as the fallback. */
bool cst_get_bool(const json_t *map, const char *key, bool fallback);
int64_t cst_get_int(const json_t *map, const char *key, int64_t fallback);
double cst_get_real(const json_t *map, const char *key, double fallback); /* integers too */
const char *cst_get_string(const json_t *map, const char *key, const char *fallback);
/** Microseconds of a duration: "14d", "90m", "00:30:00"; fallback where absent. */
int64_t cst_get_duration(const json_t *map, const char *key, int64_t fallback);

/** Microseconds of a duration's text; CST_USAGE where it is none. */
cst_code cst_duration_parse(int64_t *out, const char *text, cst_error *err);

#endif

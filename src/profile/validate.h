/* validate.h - anomalies of a snapshot's newest part against schema and reference */
#ifndef CST_PROFILE_VALIDATE_H
#define CST_PROFILE_VALIDATE_H

#include <jansson.h>

#include "config/option.h"
#include "exact/mergeable.h"
#include "table/schema.h"

/** The keys of validate: in the pipeline file (against, max_reject_fraction, severities …). */
extern const cst_option cst_validate_options[];

/** The kinds of anomaly: name, default severity. Names are stable. */
#define CST_ANOMALIES(X)                                                                           \
    X(COLUMN_MISSING, "column-missing", "error")                                                   \
    X(COLUMN_NEW, "column-new", "warning")                                                         \
    X(TYPE_CHANGED, "type-changed", "error")                                                       \
    X(UNIT_CHANGED, "unit-changed", "error")                                                       \
    X(UNSEEN_LEVEL, "unseen-level", "warning")                                                     \
    X(LEVEL_GONE, "level-gone", "warning")                                                         \
    X(OUT_OF_RANGE, "out-of-range", "error")                                                       \
    X(NOT_FINITE, "not-finite", "error")                                                           \
    X(TOO_MANY_MISSING, "too-many-missing", "error")                                               \
    X(ALL_MISSING, "all-missing", "error")                                                         \
    X(CONSTANT, "constant", "warning")                                                             \
    X(TOO_FEW_ROWS, "too-few-rows", "error")                                                       \
    X(ROWS_DROPPED, "rows-dropped", "error")                                                       \
    X(ROWS_REJECTED, "rows-rejected", "error")                                                     \
    X(KEY_REPEATED, "key-repeated", "error")                                                       \
    X(KEY_MISSING, "key-missing", "error")                                                         \
    X(TIME_BACKWARDS, "time-backwards", "warning")                                                 \
    X(TIME_GAP, "time-gap", "warning")                                                             \
    X(DRIFTED, "drifted", "warning")

typedef enum {
#define CST_ANOMALY_ENUM(name, text, severity) CST_ANOMALY_##name,
    CST_ANOMALIES(CST_ANOMALY_ENUM)
#undef CST_ANOMALY_ENUM
        CST_ANOMALY_COUNT
} cst_anomaly_kind;

/** A check in the making over the rows of the newest part. What rows can't say comes in as facts:
 *  {"rejected": rows that couldn't be read, "absent": [names the source lacked], "unknown": [names
 *  the schema lacks], "profile": the newest part's profile, "reference": the profile of what it is
 *  compared with, "reference_name": what a person calls that, "files" and "reference_files": how
 *  many source files each was read from, 1 if absent}; each may be absent. */
typedef struct cst_validation cst_validation;

/** schema, options and facts are borrowed for the life of the validation. */
cst_code cst_validation_new(cst_validation **out, const cst_schema *schema, const json_t *options,
                            const json_t *facts, cst_error *err);
void cst_validation_free(cst_validation *validation);

/** Rounds of local, merge, advance until done: the second one names the rows of repeated keys.
 *  The table's first must be the position of its first row in the part. Local. */
cst_code cst_validation_local(cst_validation *validation, const cst_table *table, cst_error *err);
cst_mergeable cst_validation_state(cst_validation *validation);
cst_code cst_validation_advance(cst_validation *validation, bool *done, cst_error *err);

/** The report: {"verdict": "passed"|"refused", "rows", "errors", "warnings", "anomalies": [{"kind",
 *  "severity", "column", "message", "figures": {…}, "examples": [{"row", "value"}]}]}, at most ten
 *  examples each; the stage adds file and line to each. Errors alone refuse. New reference or
 *  NULL. */
json_t *cst_validation_report(const cst_validation *validation, cst_error *err);

#endif

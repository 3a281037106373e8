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

/** A check in the making over the rows of the newest part: same life as a profile. What the
 *  manifest knows (rejects, columns that were absent or new in the source, rows of the part
 *  before) comes in as facts: {"rows_before", "rejected", "absent": [], "unknown": [],
 *  "reference_profile": {…}, "profile": {…}}. */
typedef struct cst_validation cst_validation;

cst_code cst_validation_new(cst_validation **out, const cst_schema *schema, const json_t *options,
                            const json_t *facts, cst_error *err);
void cst_validation_free(cst_validation *validation);

/** Take in a table's rows (first must be their row in the part). Local. */
cst_code cst_validation_update(cst_validation *validation, const cst_table *table, cst_error *err);
cst_mergeable cst_validation_state(cst_validation *validation);

/** The report: {"verdict": "passed"|"refused", "anomalies": [{"kind", "severity", "column",
 *  "message", "figures": {…}, "rows": [row numbers of up to ten examples]}]}; the stage adds file
 *  and line to each row. New reference or NULL. */
json_t *cst_validation_report(const cst_validation *validation, cst_error *err);

#endif

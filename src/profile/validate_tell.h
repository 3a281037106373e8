/* validate_tell.h - anomalies told one by one into a report; for validate*.c alone */
#ifndef CST_PROFILE_VALIDATE_TELL_H
#define CST_PROFILE_VALIDATE_TELL_H

#include "profile/validate_state.h"

/** A report in the making. rc is the first failure; nothing is told after it. */
typedef struct {
    const cst_validation *validation;
    json_t *anomalies;
    int64_t errors, warnings;
    cst_code rc;
    cst_error *err;
} cst_teller;

/** One anomaly. column, figures and examples may be NULL; the latter two's references are taken. */
void cst_tell(cst_teller *teller, cst_anomaly_kind kind, const char *column, json_t *figures,
              json_t *examples, const char *format, ...) __attribute__((format(printf, 6, 7)));

/** The same with a default severity of one's own: what a schema says of unseen levels. */
void cst_tell_as(cst_teller *teller, cst_anomaly_kind kind, const char *severity,
                 const char *column, json_t *figures, json_t *examples, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/** Figures: pairs of key (const char *) and double, ended by NULL. New reference or NULL. */
json_t *cst_tell_figures(const char *key, ...) __attribute__((sentinel));

/* validate_reference.c: what only a comparison with another part can say. */
void cst_validation_tell_reference(cst_teller *teller);
/* validate_columns.c: what the schema says of each column. */
void cst_validation_tell_columns(cst_teller *teller);

#endif

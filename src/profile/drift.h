/* drift.h - has the world changed: the rules of the numerics page, on frozen references */
#ifndef CST_PROFILE_DRIFT_H
#define CST_PROFILE_DRIFT_H

#include <jansson.h>

#include "config/option.h"
#include "exact/mergeable.h"
#include "table/schema.h"

/** The keys of monitor: (psi, warn, score_psi, alpha, windows, cooldown, min_rows …). */
extern const cst_option cst_monitor_options[];

/** A reference in the making: edges first (from samples), then counts, day by day where there is
 *  a time. Two merge rounds: state, advance, until done. Columns of table named in columns; the
 *  model's score is a column named "score". */
typedef struct cst_reference cst_reference;

/** columns: NULL-ended. time: the column whose UTC days are the clusters, or NULL (then chance is
 *  judged row by row). schema: thresholds of columns' own (drift: {psi}); may be NULL. */
cst_code cst_reference_new(cst_reference **out, const cst_table *like, const char *const *columns,
                           const char *time, const cst_schema *schema, cst_error *err);
void cst_reference_free(cst_reference *reference);
cst_code cst_reference_local(cst_reference *reference, const cst_table *table, cst_error *err);
cst_mergeable cst_reference_state(cst_reference *reference);
cst_code cst_reference_advance(cst_reference *reference, bool *done, cst_error *err);

/** reference.json: {"groups": [{"time", "days", "columns": [{edges or levels, day × bin
 * counts}]}]}. A group's columns were counted over the same rows. New reference or NULL. */
json_t *cst_reference_to_json(const cst_reference *reference, cst_error *err);

/** The groups of both, such as those of the features (training rows) and of the score (test rows).
 *  New reference or NULL. */
json_t *cst_reference_join(const json_t *first, const json_t *second, cst_error *err);

/** The counts of a window on a reference's frozen edges: one round. */
typedef struct cst_window cst_window;
cst_code cst_window_new(cst_window **out, const json_t *reference, cst_error *err);
void cst_window_free(cst_window *window);
cst_code cst_window_update(cst_window *window, const cst_table *table, cst_error *err);
cst_mergeable cst_window_state(cst_window *window);

/** The verdict: {"verdict": "no drift"|"warning"|"drift"|"too few rows", "reasons": [text],
 *  "rows", "days", "columns": [{"name", "psi", "ks", "js", "wasserstein", "chi2", "p", "missing",
 *  "verdict", "flagged", "persistent", …}], "score": {the same}}. What triggers is drift of the
 *  score; features only warn, where flagged in k of the last m windows. history: the reports of
 *  the windows before, newest first, may be NULL. New reference or NULL. */
json_t *cst_drift_report(const cst_window *window, const json_t *options, const json_t *history,
                         uint64_t seed, cst_error *err);

/** Quality of a window with labels: the weighted mean loss (log loss, or squared error) against the
 *  evaluation's, z = (window - evaluation) / sqrt(se^2 + se^2) with errors clustered by day, and
 *  against the loss of the window's own best constant, whatever z says. score, label, weight (NULL:
 *  1), day (NULL: rows are independent): shape [n]; evaluation: {"log_loss" or "rmse": {"value",
 * "se"}}, NULL where there is none. {"verdict": "fine"|"alarm"|"too few rows", "z", "loss", "se",
 * "base_loss", …}. New reference or NULL. */
json_t *cst_drift_quality(const double *score, const double *label, const double *weight,
                          const int64_t *day, size_t n, bool classification,
                          const json_t *evaluation, const json_t *options, cst_error *err);

#endif

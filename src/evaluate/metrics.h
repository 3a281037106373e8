/* metrics.h - metrics as scikit-learn defines them, to 1e-9, the same bits at any rank count */
#ifndef CST_EVALUATE_METRICS_H
#define CST_EVALUATE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Metrics: name, true where larger is better, true for classification. */
#define CST_METRICS(X)                                                                             \
    X(AUC, "auc", true, true)                                                                      \
    X(LOG_LOSS, "log_loss", false, true)                                                           \
    X(BRIER, "brier", false, true)                                                                 \
    X(ACCURACY, "accuracy", true, true)                                                            \
    X(PRECISION, "precision", true, true)                                                          \
    X(RECALL, "recall", true, true)                                                                \
    X(F1, "f1", true, true)                                                                        \
    X(RMSE, "rmse", false, false)                                                                  \
    X(MAE, "mae", false, false)                                                                    \
    X(R2, "r2", true, false)

typedef enum {
#define CST_METRIC_ENUM(name, text, larger, classification) CST_METRIC_##name,
    CST_METRICS(CST_METRIC_ENUM)
#undef CST_METRIC_ENUM
        CST_METRIC_COUNT
} cst_metric;

const char *cst_metric_name(cst_metric metric);
bool cst_metric_larger_is_better(cst_metric metric);
bool cst_metric_of_classification(cst_metric metric);
int cst_metric_parse(const char *name);      /* -1: no such metric */
extern const char *const cst_metric_names[]; /* NULL-ended */

/** The metrics of a set of scores, many times with other weights, as the bootstrap needs them:
 *  scores are ranked and logarithms taken once. score and label, shape [n], are borrowed. Scores
 *  of classification are probabilities of class 1, labels 0 or 1. CST_INVALID names the row where
 *  a score or label is not finite, or is none of these. */
typedef struct cst_scorer cst_scorer;
cst_code cst_scorer_new(cst_scorer **out, const double *score, const double *label, size_t n,
                        bool classification, cst_error *err);
void cst_scorer_free(cst_scorer *scorer);

/** One metric; weight, shape [n], not negative, or NULL for 1. Thresholded metrics predict class 1
 *  where score > 0.5. NaN where it is not defined: no weight, AUC of one class only,
 *  a metric of classification for scores that were not checked for it. Precision,
 *  recall and F1 without anything to divide by are 0; R2 of a constant label is 1 where all is
 *  right, else 0 (all as scikit-learn). */
double cst_scorer_value(const cst_scorer *scorer, cst_metric metric, const double *weight);

/** The same at once, for a single look. */
cst_code cst_metric_value(double *out, cst_metric metric, const double *score, const double *label,
                          const double *weight, size_t n, cst_error *err);

#endif

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

/** One metric of n rows; weight may be NULL. Thresholded metrics cut at 0.5 (score > 0.5 is class
 *  1 … ties as scikit-learn's argmax does). NaN where it is not defined (one class only). */
cst_code cst_metric_value(double *out, cst_metric metric, const double *score, const double *label,
                          const double *weight, size_t n, cst_error *err);

/** The same many times on the same rows with other weights: what the bootstrap does. Scores are
 *  ranked once. */
typedef struct cst_scorer cst_scorer;
cst_code cst_scorer_new(cst_scorer **out, const double *score, const double *label, size_t n,
                        cst_error *err);
void cst_scorer_free(cst_scorer *scorer);
double cst_scorer_value(const cst_scorer *scorer, cst_metric metric, const double *weight);

#endif

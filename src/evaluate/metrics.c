/* metrics.c - metrics as scikit-learn defines them, from one ranking of the scores */
#include "evaluate/metrics.h"

#include <math.h>

#include "base/array.h"
#include "exact/elementary.h"

static const struct {
    const char *name;
    bool larger, classification;
} metrics[] = {
#define CST_METRIC_ROW(name, text, larger, classification) {text, larger, classification},
    CST_METRICS(CST_METRIC_ROW)
#undef CST_METRIC_ROW
};

const char *const cst_metric_names[] = {
#define CST_METRIC_TEXT(name, text, larger, classification) text,
    CST_METRICS(CST_METRIC_TEXT)
#undef CST_METRIC_TEXT
        NULL,
};

const char *cst_metric_name(cst_metric metric)
{
    return metrics[metric].name;
}

bool cst_metric_larger_is_better(cst_metric metric)
{
    return metrics[metric].larger;
}

bool cst_metric_of_classification(cst_metric metric)
{
    return metrics[metric].classification;
}

int cst_metric_parse(const char *name)
{
    for (int m = 0; m < CST_METRIC_COUNT; m++)
        if (strcmp(name, metrics[m].name) == 0)
            return m;
    return -1;
}

struct cst_scorer {
    size_t n;
    const double *score, *label;
    size_t *order;    /* rows by score, lowest first; of classification */
    double *log_loss; /* of each row; of classification */
};

typedef struct {
    double score;
    size_t row;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static cst_code check_row(double score, double label, size_t row, bool classification,
                          cst_error *err)
{
    if (!isfinite(score) || !isfinite(label))
        return cst_error_set(err, CST_INVALID,
                             "row %zu has score %g and label %g: both must be finite numbers", row,
                             score, label);
    if (classification && (score < 0 || score > 1 || (label != 0 && label != 1)))
        return cst_error_set(err, CST_INVALID,
                             "row %zu has score %g and label %g: a probability and 0 or 1 are "
                             "needed for metrics of classification",
                             row, score, label);
    return CST_OK;
}

/* Probabilities are kept off 0 and 1 by one epsilon, as scikit-learn does. */
static double row_log_loss(double score, double label)
{
    const double epsilon = 0x1p-52;
    double likely = label > 0 ? score : 1 - score;
    if (likely < epsilon)
        likely = epsilon;
    if (likely > 1 - epsilon)
        likely = 1 - epsilon;
    return -cst_log(likely);
}

static cst_code rank_rows(cst_scorer *scorer, cst_error *err)
{
    ranked *rows = cst_array_new(scorer->n, sizeof *rows, "ranking of scores", err);
    scorer->order = cst_array_new(scorer->n, sizeof *scorer->order, "ranking of scores", err);
    scorer->log_loss = cst_array_new(scorer->n, sizeof *scorer->log_loss, "log losses", err);
    bool short_of_memory = !rows || !scorer->order || !scorer->log_loss;
    for (size_t r = 0; r < scorer->n && !short_of_memory; r++) {
        rows[r] = (ranked){.score = scorer->score[r], .row = r};
        scorer->log_loss[r] = row_log_loss(scorer->score[r], scorer->label[r]);
    }
    if (!short_of_memory)
        qsort(rows, scorer->n, sizeof *rows, compare_ranked);
    for (size_t r = 0; r < scorer->n && !short_of_memory; r++)
        scorer->order[r] = rows[r].row;
    free(rows);
    return short_of_memory ? CST_NOMEM : CST_OK;
}

cst_code cst_scorer_new(cst_scorer **out, const double *score, const double *label, size_t n,
                        bool classification, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t r = 0; r < n && rc == CST_OK; r++)
        rc = check_row(score[r], label[r], r, classification, err);
    if (rc != CST_OK)
        return rc;
    cst_scorer *scorer = cst_array_new(1, sizeof *scorer, "scorer", err);
    if (!scorer)
        return CST_NOMEM;
    scorer->n = n;
    scorer->score = score;
    scorer->label = label;
    if (classification && (rc = rank_rows(scorer, err)) != CST_OK) {
        cst_scorer_free(scorer);
        return rc;
    }
    *out = scorer;
    return CST_OK;
}

void cst_scorer_free(cst_scorer *scorer)
{
    if (!scorer)
        return;
    free(scorer->order);
    free(scorer->log_loss);
    free(scorer);
}

/* The share of pairs of a positive and a negative in which the positive is ranked above, ties
 * counting half. With whole weights the pairs are counted exactly (below 2^53 of them). */
static double auc(const cst_scorer *s, const double *weight)
{
    double pairs = 0, below = 0, positives = 0;
    for (size_t i = 0; i < s->n;) {
        double tied[2] = {0, 0}, score = s->score[s->order[i]];
        for (; i < s->n && s->score[s->order[i]] == score; i++) {
            size_t row = s->order[i];
            tied[s->label[row] > 0] += weight ? weight[row] : 1;
        }
        pairs += tied[1] * (below + tied[0] / 2);
        below += tied[0];
        positives += tied[1];
    }
    return pairs / (positives * below); /* 0 / 0 where there is one class only */
}

typedef struct {
    double hit, false_alarm, missed, rejected;
} confusion;

static confusion count(const cst_scorer *s, const double *weight)
{
    confusion c = {0};
    for (size_t r = 0; r < s->n; r++) {
        double w = weight ? weight[r] : 1;
        if (s->score[r] > 0.5)
            *(s->label[r] > 0 ? &c.hit : &c.false_alarm) += w;
        else
            *(s->label[r] > 0 ? &c.missed : &c.rejected) += w;
    }
    return c;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static double thresholded(const cst_scorer *s, cst_metric metric, const double *weight)
{
    confusion c = count(s, weight);
    double all = c.hit + c.false_alarm + c.missed + c.rejected;
    if (!(all > 0))
        return NAN;
    switch (metric) {
    case CST_METRIC_ACCURACY:
        return (c.hit + c.rejected) / all;
    case CST_METRIC_PRECISION:
        return share(c.hit, c.hit + c.false_alarm);
    case CST_METRIC_RECALL:
        return share(c.hit, c.hit + c.missed);
    default:
        return share(2 * c.hit, 2 * c.hit + c.false_alarm + c.missed);
    }
}

static double row_loss(const cst_scorer *s, cst_metric metric, size_t r)
{
    double off = s->score[r] - s->label[r];
    if (metric == CST_METRIC_LOG_LOSS)
        return s->log_loss[r];
    return metric == CST_METRIC_MAE ? fabs(off) : off * off;
}

static double mean_loss(const cst_scorer *s, cst_metric metric, const double *weight)
{
    double sum = 0, all = 0;
    for (size_t r = 0; r < s->n; r++) {
        double w = weight ? weight[r] : 1;
        sum += w * row_loss(s, metric, r);
        all += w;
    }
    return sum / all;
}

static double r2(const cst_scorer *s, const double *weight)
{
    double sum = 0, all = 0, left = 0, spread = 0;
    for (size_t r = 0; r < s->n; r++) {
        double w = weight ? weight[r] : 1;
        sum += w * s->label[r];
        all += w;
    }
    if (!(all > 0))
        return NAN;
    for (size_t r = 0; r < s->n; r++) {
        double w = weight ? weight[r] : 1, d = s->label[r] - sum / all;
        spread += w * (d * d);
        left += w * row_loss(s, CST_METRIC_RMSE, r);
    }
    if (spread > 0)
        return 1 - left / spread;
    return left > 0 ? 0 : 1;
}

double cst_scorer_value(const cst_scorer *scorer, cst_metric metric, const double *weight)
{
    if (metrics[metric].classification && !scorer->order)
        return NAN;
    switch (metric) {
    case CST_METRIC_AUC:
        return auc(scorer, weight);
    case CST_METRIC_LOG_LOSS:
    case CST_METRIC_BRIER:
    case CST_METRIC_MAE:
        return mean_loss(scorer, metric, weight);
    case CST_METRIC_RMSE:
        return sqrt(mean_loss(scorer, metric, weight));
    case CST_METRIC_R2:
        return r2(scorer, weight);
    default:
        return thresholded(scorer, metric, weight);
    }
}

cst_code cst_metric_value(double *out, cst_metric metric, const double *score, const double *label,
                          const double *weight, size_t n, cst_error *err)
{
    cst_scorer *scorer = NULL;
    cst_code rc =
        cst_scorer_new(&scorer, score, label, n, cst_metric_of_classification(metric), err);
    if (rc == CST_OK)
        *out = cst_scorer_value(scorer, metric, weight);
    cst_scorer_free(scorer);
    return rc;
}

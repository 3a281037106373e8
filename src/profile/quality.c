/* quality.c - is the model still as good as its evaluation said, on rows whose label has come
 *
 * Losses of a day hang together, so the standard error is that of a mean of clusters, the days:
 * row by row it would be several times too small.
 */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "exact/distribution.h"
#include "exact/elementary.h"
#include "exact/sum.h"
#include "profile/drift.h"

/* Rows with labels. */
typedef struct {
    const double *score, *label;
    const double *weight; /* or NULL: 1 */
    const int64_t *day;   /* or NULL: every row is a cluster of its own */
    size_t rows;
    bool classification;
} labelled;

/* Weighted losses and weights added up by cluster. */
typedef struct {
    double *loss, *weight; /* shape [clusters] */
    size_t clusters;
    double mean, se; /* of a row's loss; se NaN below two clusters */
} clustered;

static int by_day(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* As scikit-learn's log_loss clips: half a rounding step away from 0 and 1. */
static double log_loss(double score, double label)
{
    const double least = 0x1p-52;
    double p = score < least ? least : score > 1 - least ? 1 - least : score;
    return label > 0.5 ? -cst_log(p) : -cst_log(1 - p);
}

/* The days that occur, rising. *out is the caller's. */
static cst_code distinct_days(int64_t **out, size_t *count, const int64_t *day, size_t n,
                              cst_error *err)
{
    int64_t *sorted = cst_array_new(n, sizeof *sorted, "days", err);
    if (!sorted)
        return CST_NOMEM;
    if (n > 0)
        memcpy(sorted, day, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_day);
    *count = 0;
    for (size_t r = 0; r < n; r++)
        if (r == 0 || sorted[r] != sorted[*count - 1])
            sorted[(*count)++] = sorted[r];
    *out = sorted;
    return CST_OK;
}

static double weight_of(const labelled *of, size_t row)
{
    return of->weight ? of->weight[row] : 1;
}

static double weighted_loss(const labelled *of, size_t row)
{
    double off = of->score[row] - of->label[row];
    double loss = of->classification ? log_loss(of->score[row], of->label[row]) : off * off;
    return weight_of(of, row) * loss;
}

static cst_code clusters_new(clustered *out, size_t n, cst_error *err)
{
    out->clusters = n;
    out->loss = cst_array_new(n, sizeof *out->loss, "losses", err);
    out->weight = cst_array_new(n, sizeof *out->weight, "losses", err);
    return out->loss && out->weight ? CST_OK : CST_NOMEM;
}

/* Add up by day, exactly, so that the order of rows does not matter. */
static cst_code add_by_day(clustered *out, const labelled *of, cst_error *err)
{
    int64_t *days = NULL;
    size_t n = 0;
    cst_sum *sum = NULL; /* shape [n][2]: losses, weights */
    cst_code rc = distinct_days(&days, &n, of->day, of->rows, err);
    if (rc == CST_OK)
        rc = clusters_new(out, n, err);
    if (rc == CST_OK && !(sum = cst_array_new(2 * n, sizeof *sum, "days", err)))
        rc = CST_NOMEM;
    for (size_t r = 0; rc == CST_OK && r < of->rows; r++) {
        const int64_t *at = bsearch(&of->day[r], days, n, sizeof *days, by_day);
        cst_sum_add(&sum[2 * (at - days)], weighted_loss(of, r));
        cst_sum_add(&sum[2 * (at - days) + 1], weight_of(of, r));
    }
    for (size_t g = 0; rc == CST_OK && g < n; g++) {
        out->loss[g] = cst_sum_value(&sum[2 * g]);
        out->weight[g] = cst_sum_value(&sum[2 * g + 1]);
    }
    free(days);
    free(sum);
    return rc;
}

static cst_code add_by_row(clustered *out, const labelled *of, cst_error *err)
{
    cst_code rc = clusters_new(out, of->rows, err);
    for (size_t r = 0; rc == CST_OK && r < of->rows; r++) {
        out->loss[r] = weighted_loss(of, r);
        out->weight[r] = weight_of(of, r);
    }
    return rc;
}

/* Mean and standard error of a ratio of sums over G clusters: the residuals of the clusters'
 * sums, with the factor G/(G-1). */
static void estimate(clustered *all)
{
    cst_sum total = {0};
    cst_sum weights = {0};
    cst_sum squares = {0};
    for (size_t g = 0; g < all->clusters; g++) {
        cst_sum_add(&total, all->loss[g]);
        cst_sum_add(&weights, all->weight[g]);
    }
    double weight = cst_sum_value(&weights);
    all->mean = cst_sum_value(&total) / weight;
    for (size_t g = 0; g < all->clusters; g++) {
        double residual = all->loss[g] - all->weight[g] * all->mean;
        cst_sum_add(&squares, residual * residual);
    }
    double groups = (double)all->clusters;
    if (all->clusters > 1)
        all->se = sqrt(cst_sum_value(&squares) * groups / (groups - 1)) / weight;
}

static cst_code gather(clustered *out, const labelled *of, cst_error *err)
{
    *out = (clustered){.mean = NAN, .se = NAN};
    cst_code rc = of->day ? add_by_day(out, of, err) : add_by_row(out, of, err);
    if (rc == CST_OK && of->rows > 0)
        estimate(out);
    return rc;
}

/* The loss of the best constant: the window's own base rate, or its own mean. NaN without weight.
 */
static double constant_loss(const labelled *of)
{
    cst_sum sum = {0};
    cst_sum weights = {0};
    cst_sum squares = {0};
    for (size_t r = 0; r < of->rows; r++) {
        cst_sum_add(&sum, weight_of(of, r) * of->label[r]);
        cst_sum_add(&weights, weight_of(of, r));
    }
    double weight = cst_sum_value(&weights);
    double mean = cst_sum_value(&sum) / weight;
    if (isnan(mean))
        return NAN;
    if (of->classification)
        return mean > 0 && mean < 1 ? -mean * cst_log(mean) - (1 - mean) * cst_log(1 - mean) : 0;
    for (size_t r = 0; r < of->rows; r++)
        cst_sum_add(&squares, weight_of(of, r) * ((of->label[r] - mean) * (of->label[r] - mean)));
    return cst_sum_value(&squares) / weight;
}

/* What the evaluation measured, in terms of the loss: rmse is the root of the mean square. */
static void evaluated(double *value, double *se, const json_t *evaluation, bool classification)
{
    const json_t *metric = json_object_get(evaluation, classification ? "log_loss" : "rmse");
    const json_t *figure = json_object_get(metric, "value");
    const json_t *error = json_object_get(metric, "se");
    *value = json_is_number(figure) ? json_number_value(figure) : NAN;
    *se = json_is_number(error) ? json_number_value(error) : 0;
    if (!classification) {
        *se *= 2 * *value; /* the delta method */
        *value *= *value;
    }
}

static cst_code put_figures(json_t *out, const clustered *window, size_t n, double base,
                            cst_error *err)
{
    cst_code rc = cst_json_put(out, "rows", json_integer((json_int_t)n), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "clusters", json_integer((json_int_t)window->clusters), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "loss", cst_json_real(window->mean), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "se", cst_json_real(window->se), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "base_loss", cst_json_real(base), err);
    return rc;
}

static cst_code give_reason(json_t *reasons, double loss, const char *what, double other,
                            cst_error *err)
{
    char text[160];
    (void)snprintf(text, sizeof text, "loss %.4f is above %.4f, %s", loss, other, what);
    return cst_json_append(reasons, json_string(text), err);
}

static cst_code judge(json_t *out, json_t *reasons, const clustered *window, size_t n, double base,
                      const json_t *evaluation, bool classification, const json_t *options,
                      cst_error *err)
{
    double value;
    double se;
    evaluated(&value, &se, evaluation, classification);
    double z = (window->mean - value) / sqrt(window->se * window->se + se * se);
    bool enough = window->clusters > 1 && !isnan(window->mean) &&
                  (int64_t)n >= cst_get_int(options, "min_rows", 200);
    double alpha = cst_get_real(options, "alpha", 0.01);
    double limit =
        window->clusters > 1 ? cst_student_quantile(1 - alpha, (double)window->clusters - 1) : NAN;
    bool fallen = enough && z > limit;
    bool useless = enough && window->mean > base;
    cst_code rc = cst_json_put(out, "z", cst_json_real(z), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "z_limit", cst_json_real(limit), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "evaluated_loss", cst_json_real(value), err);
    if (rc == CST_OK && fallen)
        rc = give_reason(reasons, window->mean, "the evaluation's, beyond chance", value, err);
    if (rc == CST_OK && useless)
        rc = give_reason(reasons, window->mean, "that of a constant", base, err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "reasons", json_incref(reasons), err);
    const char *verdict = !enough ? "too few rows" : fallen || useless ? "alarm" : "fine";
    return rc == CST_OK ? cst_json_put(out, "verdict", json_string(verdict), err) : rc;
}

json_t *cst_drift_quality(const double *score, const double *label, const double *weight,
                          const int64_t *day, size_t n, bool classification,
                          const json_t *evaluation, const json_t *options, cst_error *err)
{
    const labelled rows = {.score = score,
                           .label = label,
                           .weight = weight,
                           .day = day,
                           .rows = n,
                           .classification = classification};
    clustered window = {0};
    json_t *out = json_object();
    json_t *reasons = json_array();
    double base = NAN;
    cst_code rc = out && reasons ? CST_OK : cst_error_nomem(err, "quality");
    if (rc == CST_OK)
        rc = gather(&window, &rows, err);
    if (rc == CST_OK && n > 0)
        base = constant_loss(&rows);
    if (rc == CST_OK)
        rc = put_figures(out, &window, n, base, err);
    if (rc == CST_OK)
        rc = judge(out, reasons, &window, n, base, evaluation, classification, options, err);
    free(window.loss);
    free(window.weight);
    json_decref(reasons);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

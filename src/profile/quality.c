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

/* The loss of a day's rows. */
typedef struct {
    int64_t day;
    int64_t rows;
    cst_sum loss;
} cluster;

typedef struct {
    cluster *cluster;
    size_t clusters, room;
    double mean, se; /* of the loss; se NaN below two clusters */
} clustered;

static int by_day(const void *a, const void *b)
{
    int64_t x = ((const cluster *)a)->day;
    int64_t y = ((const cluster *)b)->day;
    return (x > y) - (x < y);
}

/* As scikit-learn's log_loss clips: half a rounding step away from 0 and 1. */
static double log_loss(double score, double label)
{
    const double least = 0x1p-52;
    double p = score < least ? least : score > 1 - least ? 1 - least : score;
    return label > 0.5 ? -cst_log(p) : -cst_log(1 - p);
}

static cluster *find_cluster(clustered *all, int64_t day, cst_error *err)
{
    size_t n = all->clusters;
    if (n > 0 && all->cluster[n - 1].day == day)
        return &all->cluster[n - 1];
    cluster *grown = cst_array_grow(all->cluster, &all->room, n + 1, sizeof *grown, "days", err);
    if (!grown)
        return NULL;
    all->cluster = grown;
    all->clusters++;
    grown[n] = (cluster){.day = day};
    return &grown[n];
}

/* One cluster a run of equal days becomes one a day. */
static void unite(clustered *all)
{
    size_t kept = 0;
    if (all->clusters > 1) /* qsort of nothing may not be given NULL */
        qsort(all->cluster, all->clusters, sizeof *all->cluster, by_day);
    for (size_t i = 0; i < all->clusters; i++) {
        if (kept > 0 && all->cluster[kept - 1].day == all->cluster[i].day) {
            all->cluster[kept - 1].rows += all->cluster[i].rows;
            cst_sum_merge(&all->cluster[kept - 1].loss, &all->cluster[i].loss);
        } else {
            all->cluster[kept++] = all->cluster[i];
        }
    }
    all->clusters = kept;
}

static cst_code gather(clustered *all, const double *score, const double *label, const int64_t *day,
                       size_t n, bool classification, cst_error *err)
{
    for (size_t r = 0; r < n; r++) {
        cluster *of = find_cluster(all, day ? day[r] : (int64_t)r, err);
        if (!of)
            return CST_NOMEM;
        double off = score[r] - label[r];
        of->rows++;
        cst_sum_add(&of->loss, classification ? log_loss(score[r], label[r]) : off * off);
    }
    unite(all);
    return CST_OK;
}

/* Mean and standard error of a ratio of sums over G clusters: the residuals of the clusters'
 * sums, with the factor G/(G-1). */
static void estimate(clustered *all, size_t n)
{
    cst_sum total = {0};
    cst_sum squares = {0};
    for (size_t g = 0; g < all->clusters; g++)
        cst_sum_merge(&total, &all->cluster[g].loss);
    all->mean = cst_sum_value(&total) / (double)n;
    for (size_t g = 0; g < all->clusters; g++) {
        double residual =
            cst_sum_value(&all->cluster[g].loss) - (double)all->cluster[g].rows * all->mean;
        cst_sum_add(&squares, residual * residual);
    }
    double groups = (double)all->clusters;
    all->se = groups > 1 ? sqrt(cst_sum_value(&squares) * groups / (groups - 1)) / (double)n : NAN;
}

/* The loss of the best constant: the window's own base rate, or its own mean. */
static double constant_loss(const double *label, size_t n, bool classification)
{
    cst_sum sum = {0};
    cst_sum squares = {0};
    for (size_t r = 0; r < n; r++)
        cst_sum_add(&sum, label[r]);
    double mean = cst_sum_value(&sum) / (double)n;
    if (classification)
        return mean > 0 && mean < 1 ? -mean * cst_log(mean) - (1 - mean) * cst_log(1 - mean) : 0;
    for (size_t r = 0; r < n; r++)
        cst_sum_add(&squares, (label[r] - mean) * (label[r] - mean));
    return cst_sum_value(&squares) / (double)n;
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

static cst_code give_reason(json_t *reasons, const char *format, double a, double b, cst_error *err)
{
    char text[160];
    (void)snprintf(text, sizeof text, format, a, b);
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
    bool enough = window->clusters > 1 && (int64_t)n >= cst_get_int(options, "min_rows", 200);
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
        rc = give_reason(reasons, "loss %.4f is above the evaluation's %.4f beyond chance",
                         window->mean, value, err);
    if (rc == CST_OK && useless)
        rc = give_reason(reasons, "loss %.4f is above that of a constant, %.4f", window->mean, base,
                         err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "reasons", json_incref(reasons), err);
    const char *verdict = !enough ? "too few rows" : fallen || useless ? "alarm" : "fine";
    return rc == CST_OK ? cst_json_put(out, "verdict", json_string(verdict), err) : rc;
}

json_t *cst_drift_quality(const double *score, const double *label, const int64_t *day, size_t n,
                          bool classification, const json_t *evaluation, const json_t *options,
                          cst_error *err)
{
    clustered window = {.mean = NAN, .se = NAN};
    json_t *out = json_object();
    json_t *reasons = json_array();
    double base = NAN;
    cst_code rc = out && reasons ? CST_OK : cst_error_nomem(err, "quality");
    if (rc == CST_OK)
        rc = gather(&window, score, label, day, n, classification, err);
    if (rc == CST_OK && n > 0) {
        estimate(&window, n);
        base = constant_loss(label, n, classification);
    }
    if (rc == CST_OK)
        rc = put_figures(out, &window, n, base, err);
    if (rc == CST_OK)
        rc = judge(out, reasons, &window, n, base, evaluation, classification, options, err);
    free(window.cluster);
    json_decref(reasons);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

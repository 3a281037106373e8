/* conditions.c - what a challenger must meet, each with its numbers and a sentence */
#include <math.h>
#include <stdarg.h>

#include "base/text.h"
#include "config/json.h"
#include "evaluate/judgement.h"
#include "exact/distribution.h"

/* The figure of a metric over all rows, or NULL. */
static const cst_figure *find_figure(const cst_judgement *judgement, cst_metric metric)
{
    for (size_t f = 0; f < judgement->metrics; f++)
        if (judgement->figure[f].metric == metric)
            return &judgement->figure[f];
    return NULL;
}

double cst_judgement_reach(const cst_judgement *judgement, const cst_figure *figure, int side)
{
    double clusters = (double)figure->clusters;
    if (clusters < 2)
        return NAN;
    return cst_student_quantile(judgement->confidence, clusters - 1) *
           sqrt(clusters / (clusters - 1)) * figure->se[side];
}

bool cst_judgement_enough(const cst_judgement *judgement, const cst_figure *figure)
{
    size_t negatives = figure->rows - figure->positives;
    if (figure->clusters < CST_CLUSTERS_LEAST)
        return false;
    if (!judgement->scored->classification)
        return figure->rows >= CST_CLASS_LEAST;
    return figure->positives >= CST_CLASS_LEAST && negatives >= CST_CLASS_LEAST;
}

cst_code cst_judgement_add(cst_judgement *judgement, const char *name, bool passed, double value,
                           double needed, cst_error *err, const char *sentence, ...)
{
    char text[512];
    va_list args;
    va_start(args, sentence);
    (void)vsnprintf(text, sizeof text, sentence, args);
    va_end(args);
    judgement->failed |= !passed;
    json_t *condition = json_object();
    cst_code rc = condition ? CST_OK : cst_error_nomem(err, "condition of the gate");
    if (rc == CST_OK)
        rc = cst_json_put(condition, "name", json_string(name), err);
    if (rc == CST_OK)
        rc = cst_json_put(condition, "passed", json_boolean(passed), err);
    if (rc == CST_OK)
        rc = cst_json_put(condition, "value", cst_json_real(value), err);
    if (rc == CST_OK)
        rc = cst_json_put(condition, "needed", cst_json_real(needed), err);
    if (rc == CST_OK)
        rc = cst_json_put(condition, "sentence", json_string(text), err);
    if (rc != CST_OK) {
        json_decref(condition);
        return rc;
    }
    return cst_json_append(judgement->conditions, condition, err);
}

static cst_code check_floor(cst_judgement *judgement, cst_metric metric, double floor,
                            cst_error *err)
{
    const char *name = cst_metric_name(metric);
    bool larger = cst_metric_larger_is_better(metric);
    double value = find_figure(judgement, metric)->value[CST_CHALLENGER];
    bool passed = larger ? value >= floor : value <= floor;
    char condition[64];
    (void)snprintf(condition, sizeof condition, "floor:%s", name);
    return cst_judgement_add(judgement, condition, passed, value, floor, err,
                             "%s is %.4f; %s %.4f is needed", name, value,
                             larger ? "at least" : "at most", floor);
}

static cst_code check_floors(cst_judgement *judgement, cst_error *err)
{
    double floor = cst_get_real(judgement->gate, "floor", NAN);
    cst_code rc = CST_OK;
    const char *name;
    json_t *value;
    if (!isnan(floor))
        rc = check_floor(judgement, judgement->metric, floor, err);
    json_object_foreach(json_object_get(judgement->gate, "floors"), name, value)
    {
        int metric = cst_metric_parse(name); /* known: it was measured */
        if (rc == CST_OK)
            rc = check_floor(judgement, (cst_metric)metric, json_number_value(value), err);
    }
    return rc;
}

static cst_code check_limit(cst_judgement *judgement, const char *key, double value,
                            const char *what, cst_error *err)
{
    double most = cst_get_real(json_object_get(judgement->gate, "limits"), key, NAN);
    char condition[64];
    if (isnan(most))
        return CST_OK;
    (void)snprintf(condition, sizeof condition, "limit:%s", key);
    return cst_judgement_add(judgement, condition, value <= most, value, most, err,
                             "%s %g; at most %g is allowed", what, value, most);
}

cst_code cst_judgement_absolute(cst_judgement *judgement, cst_error *err)
{
    const cst_gate_facts *facts = judgement->facts;
    cst_code rc = cst_judgement_add(judgement, "disjoint", facts->disjoint, NAN, NAN, err, "%s",
                                    facts->disjoint_why);
    if (rc == CST_OK)
        rc = cst_judgement_add(judgement, "golden", facts->golden, NAN, NAN, err, "%s",
                               facts->golden ? "the golden rows come out to the bit"
                                             : "the golden rows do not come out as recorded: the "
                                               "predictor is not the one that was trained with");
    if (rc == CST_OK)
        rc = check_floors(judgement, err);
    if (rc == CST_OK)
        rc =
            check_limit(judgement, "model_bytes", facts->model_bytes, "the model's bytes are", err);
    if (rc == CST_OK)
        rc =
            check_limit(judgement, "row_seconds", facts->row_seconds, "the seconds a row are", err);
    return rc;
}

static cst_code check_enough(cst_judgement *judgement, cst_error *err)
{
    const cst_figure *all = &judgement->figure[0];
    bool passed = cst_judgement_enough(judgement, all);
    if (!judgement->scored->classification)
        return cst_judgement_add(judgement, "enough-rows", passed, (double)all->clusters,
                                 CST_CLUSTERS_LEAST, err,
                                 "%zu clusters with %zu rows; %d and %d are needed", all->clusters,
                                 all->rows, CST_CLUSTERS_LEAST, CST_CLASS_LEAST);
    return cst_judgement_add(
        judgement, "enough-rows", passed, (double)all->clusters, CST_CLUSTERS_LEAST, err,
        "%zu clusters with %zu positives and %zu negatives; %d and %d each are needed",
        all->clusters, all->positives, all->rows - all->positives, CST_CLUSTERS_LEAST,
        CST_CLASS_LEAST);
}

/* The lower end of the gain must be above needed. */
static cst_code check_gain(cst_judgement *judgement, const char *condition, cst_metric metric,
                           double needed, cst_error *err)
{
    const cst_figure *figure = find_figure(judgement, metric);
    double gain = figure->value[CST_DIFFERENCE];
    double least = gain - cst_judgement_reach(judgement, figure, CST_DIFFERENCE);
    return cst_judgement_add(judgement, condition, least > needed, least, needed, err,
                             "%s is %.4f against %.4f: a gain of %+.4f, of at least %+.4f at %g %% "
                             "confidence; more than "
                             "%+.4f is needed",
                             cst_metric_name(metric), figure->value[CST_CHALLENGER],
                             figure->value[CST_CHAMPION], gain, least, 100 * judgement->confidence,
                             needed);
}

cst_code cst_judgement_compare(cst_judgement *judgement, cst_error *err)
{
    double tolerance = cst_get_real(judgement->gate, "tolerance", 0.01);
    double margin = cst_get_real(judgement->gate, "margin", 0);
    const json_t *also = json_object_get(judgement->gate, "also");
    cst_code rc = check_enough(judgement, err);
    if (rc == CST_OK)
        rc = judgement->change
                 ? check_gain(judgement, "better", judgement->metric, margin, err)
                 : check_gain(judgement, "not-worse", judgement->metric, -tolerance, err);
    for (size_t i = 0; i < json_array_size(also) && rc == CST_OK; i++) {
        const char *name = json_string_value(json_array_get(also, i));
        char condition[64];
        (void)snprintf(condition, sizeof condition, "also:%s", name);
        rc = check_gain(judgement, condition, (cst_metric)cst_metric_parse(name), -tolerance, err);
    }
    return rc;
}

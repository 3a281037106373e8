/* slices.c - no group may pay for the gain of the others: Holm's test over slices
 *
 * Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
 */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "evaluate/judgement.h"
#include "exact/distribution.h"

typedef struct {
    double p, holm; /* NaN: not tested */
    bool worse;
} slice;

/* The chance of a loss as large as this one where there is none. */
static double chance(const cst_figure *figure)
{
    double clusters = (double)figure->clusters, gain = figure->value[CST_DIFFERENCE];
    double error = sqrt(clusters / (clusters - 1)) * figure->se[CST_DIFFERENCE];
    if (error == 0)
        return gain < 0 ? 0 : 1;
    return cst_student_tail(-gain / error, clusters - 1);
}

/* Adjusted p values: the i-th smallest of n times n - i, never below the one before. */
static void adjust(slice *slices, size_t n)
{
    double least = 0;
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        left += isnan(slices[i].p) ? 0 : 1;
    for (; left > 0; left--) {
        slice *next = NULL;
        for (size_t i = 0; i < n; i++)
            if (!isnan(slices[i].p) && isnan(slices[i].holm) && (!next || slices[i].p < next->p))
                next = &slices[i];
        least = fmax(least, fmin(1, (double)left * next->p));
        next->holm = least;
    }
}

static cst_code put_slice(json_t *out, const cst_figure *figure, const char *name,
                          const slice *tested, const char *verdict, cst_error *err)
{
    json_t *each = json_object();
    cst_code rc = each ? CST_OK : cst_error_nomem(err, "slices of the gate");
    const struct {
        const char *key;
        double value;
    } reals[] = {
        {"value", figure->value[CST_CHALLENGER]},
        {"against", figure->value[CST_CHAMPION]},
        {"difference", figure->value[CST_DIFFERENCE]},
        {"se", figure->se[CST_DIFFERENCE]},
        {"p", tested->p},
        {"holm", tested->holm},
    };
    if (rc == CST_OK)
        rc = cst_json_put(each, "name", json_string(name), err);
    if (rc == CST_OK)
        rc = cst_json_put(each, "rows", json_integer((json_int_t)figure->rows), err);
    if (rc == CST_OK)
        rc = cst_json_put(each, "clusters", json_integer((json_int_t)figure->clusters), err);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0] && rc == CST_OK; i++)
        rc = cst_json_put(each, reals[i].key, cst_json_real(reals[i].value), err);
    if (rc == CST_OK)
        rc = cst_json_put(each, "verdict", json_string(verdict), err);
    if (rc != CST_OK) {
        json_decref(each);
        return rc;
    }
    return cst_json_append(out, each, err);
}

static cst_code add_condition(cst_judgement *judgement, const slice *slices, size_t n,
                              cst_error *err)
{
    const cst_figure *figure = judgement->figure + judgement->metrics;
    size_t tested = 0, worse = 0, worst = 0;
    for (size_t i = 0; i < n; i++) {
        tested += isnan(slices[i].p) ? 0 : 1;
        if (slices[i].worse &&
            (!worse || figure[i].value[CST_DIFFERENCE] < figure[worst].value[CST_DIFFERENCE]))
            worst = i;
        worse += slices[i].worse;
    }
    if (!worse)
        return cst_judgement_add(judgement, "slices", true, 0, 0, err,
                                 "none of %zu slices is worse (of %zu; the rest have too few rows)",
                                 tested, n);
    return cst_judgement_add(
        judgement, "slices", false, (double)worse, 0, err,
        "%zu of %zu slices are worse, most of all \"%s\": %s is %.4f against "
        "%.4f there (p %.2g after Holm)",
        worse, tested, judgement->scored->slice_name[worst], cst_metric_name(judgement->metric),
        figure[worst].value[CST_CHALLENGER], figure[worst].value[CST_CHAMPION], slices[worst].holm);
}

cst_code cst_judgement_slices(json_t **out, cst_judgement *judgement, cst_error *err)
{
    const cst_figure *figure = judgement->figure + judgement->metrics;
    size_t n = judgement->scored->slices;
    double least_loss = cst_get_real(judgement->gate, "slice_loss", 0.01);
    json_t *array = json_array();
    slice *slices = cst_array_new(n, sizeof *slices, "slices of the gate", err);
    cst_code rc = array && slices ? CST_OK : cst_error_nomem(err, "slices of the gate");
    for (size_t i = 0; i < n && rc == CST_OK; i++) {
        bool tested = !judgement->first && cst_judgement_enough(judgement, &figure[i]) &&
                      !isnan(figure[i].se[CST_DIFFERENCE]);
        slices[i] = (slice){.p = tested ? chance(&figure[i]) : NAN, .holm = NAN};
    }
    if (rc == CST_OK)
        adjust(slices, n);
    for (size_t i = 0; i < n && rc == CST_OK; i++) {
        slices[i].worse = slices[i].holm <= 0.05 && -figure[i].value[CST_DIFFERENCE] >= least_loss;
        const char *verdict = slices[i].worse       ? "worse"
                              : !isnan(slices[i].p) ? "not worse"
                              : judgement->first    ? "not compared"
                                                    : "too few rows";
        rc = put_slice(array, &figure[i], judgement->scored->slice_name[i], &slices[i], verdict,
                       err);
    }
    if (rc == CST_OK && n && !judgement->first)
        rc = add_condition(judgement, slices, n, err);
    free(slices);
    if (rc != CST_OK) {
        json_decref(array);
        return rc;
    }
    *out = array;
    return CST_OK;
}

/* fit_sums.c - means and standard deviations by exact sums */
#include <math.h>

#include "base/array.h"
#include "prepare/fit_private.h"

/* The words of a number: how many values, and their exact sum. */
enum { NUMBER_WORDS = 1 + CST_SUM_WORDS, WORDS_MOST = 1 << 24 };

static bool wants_mean(const cst_feature_fit *feature)
{
    return feature->as == CST_AS_NUMBER &&
           (feature->impute == CST_IMPUTE_MEAN || feature->scale == CST_SCALE_STANDARD);
}

cst_code cst_fit_sums_begin(cst_fit *fit, cst_error *err)
{
    size_t words = 0;
    for (size_t i = 0; i < fit->features; i++) {
        const cst_feature_fit *feature = &fit->transform->feature[i];
        fit->state[i].first_word = words;
        if (wants_mean(feature))
            words += NUMBER_WORDS;
        else if (feature->as == CST_AS_TARGET)
            words += cst_fit_target_words(feature, fit->transform->classification);
    }
    if (words > WORDS_MOST)
        return cst_error_set(err, CST_INVALID,
                             "features: encode: target has too many levels for a label that is a "
                             "number (%zu MB of exact sums); derive coarser columns, or take fewer "
                             "folds",
                             words * sizeof *fit->word >> 20);
    fit->words = words;
    fit->word = cst_array_new(words, sizeof *fit->word, "sums", err);
    return fit->word ? CST_OK : CST_NOMEM;
}

/* With the mean yet unknown (imputing by it) missing values are left out: it is the same. */
static double value_of(const cst_fit *fit, size_t i, size_t row)
{
    const cst_feature_fit *feature = &fit->transform->feature[i];
    double value = cst_feature_number(feature, fit->state[i].column, row);
    return isnan(value) ? feature->fill : value;
}

cst_code cst_fit_means(cst_fit *fit, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++) {
        if (fit->transform->feature[i].as == CST_AS_TARGET)
            rc = cst_fit_target(fit, i, err);
        if (!wants_mean(&fit->transform->feature[i]))
            continue;
        int64_t *word = fit->word + fit->state[i].first_word;
        cst_sum *sum = (cst_sum *)(word + 1);
        for (size_t r = 0; r < fit->table->rows; r++) {
            double value = value_of(fit, i, r);
            if (isnan(value))
                continue;
            word[0]++;
            cst_sum_add(sum, value);
        }
        cst_sum_carry(sum);
    }
    return rc;
}

static cst_code mean_end(cst_fit *fit, size_t i, cst_error *err)
{
    cst_feature_fit *feature = &fit->transform->feature[i];
    const int64_t *word = fit->word + fit->state[i].first_word;
    if (word[0] == 0) /* all missing: it stays so */
        return CST_OK;
    double mean = cst_sum_value((const cst_sum *)(word + 1)) / (double)word[0];
    if (!isfinite(mean))
        return cst_error_set(err, CST_INVALID,
                             "features: \"%s\" has infinite values in the training rows and no "
                             "mean; leave such rows out with where:",
                             feature->column);
    fit->state[i].mean = mean;
    if (feature->impute == CST_IMPUTE_MEAN)
        feature->fill = mean;
    if (feature->scale == CST_SCALE_STANDARD)
        feature->center = mean;
    return CST_OK;
}

cst_code cst_fit_means_end(cst_fit *fit, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < fit->features; i++) {
        if (fit->transform->feature[i].as == CST_AS_TARGET)
            rc = cst_fit_target_end(fit, i, err);
        else if (wants_mean(&fit->transform->feature[i]))
            rc = mean_end(fit, i, err);
    }
    memset(fit->word, 0, fit->words * sizeof *fit->word);
    return rc;
}

void cst_fit_spreads(cst_fit *fit)
{
    for (size_t i = 0; i < fit->features; i++) {
        if (fit->transform->feature[i].scale != CST_SCALE_STANDARD)
            continue;
        int64_t *word = fit->word + fit->state[i].first_word;
        cst_sum *sum = (cst_sum *)(word + 1);
        for (size_t r = 0; r < fit->table->rows; r++) {
            double distance = value_of(fit, i, r) - fit->state[i].mean;
            if (isnan(distance))
                continue;
            word[0]++;
            cst_sum_add(sum, distance * distance);
        }
        cst_sum_carry(sum);
    }
}

void cst_fit_spreads_end(cst_fit *fit)
{
    for (size_t i = 0; i < fit->features; i++) {
        cst_feature_fit *feature = &fit->transform->feature[i];
        if (feature->scale != CST_SCALE_STANDARD)
            continue;
        const int64_t *word = fit->word + fit->state[i].first_word;
        double variance =
            word[0] ? cst_sum_value((const cst_sum *)(word + 1)) / (double)word[0] : 0;
        /* One value only: what is left of it is rounding, and must not be blown up. */
        bool constant = !(variance > 0) || sqrt(variance) <= 0x1p-50 * fabs(fit->state[i].mean);
        feature->spread = constant ? 1 : sqrt(variance);
    }
}

/* fit_target.c - the label's mean by level, and for training rows by the other folds
 *
 * A row that helped to make its own level's mean would tell the model its label: test AUC 0.677
 * instead of 0.705 on the flights. So every fold is encoded by the others, prior included.
 */
#include <math.h>

#include "base/array.h"
#include "exact/random.h"
#include "prepare/fit_private.h"
#include "prepare/key.h"

/* The words of a (level, fold): rows, then the sum of labels: of truths a count, of numbers an
 * exact sum. */
static size_t cell_words(bool classification)
{
    return 1 + (classification ? (size_t)1 : (size_t)CST_SUM_WORDS);
}

/* All cells of a feature: level by level, missing last, fold by fold. */
size_t cst_fit_target_words(const cst_feature_fit *feature, bool classification)
{
    return ((size_t)feature->levels.count + 1) * (size_t)feature->folds *
           cell_words(classification);
}

static int32_t fold_of(const cst_fit *fit, size_t feature, size_t row)
{
    int32_t folds = fit->transform->feature[feature].folds;
    const int64_t *edge = fit->state[feature].edge;
    int64_t time = edge ? cst_key_microseconds(fit->time, row) : CST_MISSING_INT64;
    if (time == CST_MISSING_INT64) {
        cst_rowid id = fit->table->id[row];
        return (int32_t)(cst_random_bits(fit->seed, CST_STREAM_FOLD, id.part, id.row) %
                         (uint64_t)folds);
    }
    int32_t fold = 0;
    while (fold < folds - 1 && time >= edge[fold])
        fold++;
    return fold;
}

static cst_code codes_of(int32_t **out, const cst_fit *fit, size_t feature, cst_error *err)
{
    const cst_level_set *levels = &fit->transform->feature[feature].levels;
    int32_t *code = cst_array_new(fit->table->rows, sizeof *code, "codes", err);
    cst_code rc = code ? cst_level_codes(code, levels, fit->state[feature].column, err) : CST_NOMEM;
    for (size_t r = 0; rc == CST_OK && r < fit->table->rows; r++)
        if (code[r] < 0)
            code[r] = levels->count;
    if (rc == CST_OK)
        *out = code;
    else
        free(code);
    return rc;
}

cst_code cst_fit_target(cst_fit *fit, size_t feature, cst_error *err)
{
    bool truths = fit->transform->classification;
    size_t folds = (size_t)fit->transform->feature[feature].folds;
    if (!fit->table->id && fit->table->rows)
        return cst_error_set(err, CST_INVALID, "fit: rows have no identity to make folds of");
    int32_t *code = NULL;
    cst_code rc = codes_of(&code, fit, feature, err);
    int64_t *word = fit->word + fit->state[feature].first_word;
    for (size_t r = 0; rc == CST_OK && r < fit->table->rows; r++) {
        size_t cell = (size_t)code[r] * folds + (size_t)fold_of(fit, feature, r);
        int64_t *at = word + cell * cell_words(truths);
        at[0]++;
        if (truths)
            at[1] += fit->label[r] != 0;
        else
            cst_sum_add((cst_sum *)(at + 1), fit->label[r]);
    }
    for (size_t at = 0;
         !truths && at < cst_fit_target_words(&fit->transform->feature[feature], false);
         at += cell_words(false))
        cst_sum_carry((cst_sum *)(word + at + 1));
    free(code);
    return rc;
}

/* Rows and labels of some cells, added up exactly. */
typedef struct {
    int64_t rows, truths;
    cst_sum sum;
    bool classification;
} total;

static void total_add(total *out, const int64_t *cell)
{
    out->rows += cell[0];
    if (out->classification)
        out->truths += cell[1];
    else
        cst_sum_merge(&out->sum, (const cst_sum *)(cell + 1));
}

static double total_labels(const total *t)
{
    return t->classification ? (double)t->truths : cst_sum_value(&t->sum);
}

/* The mean of the labels, pulled to the prior as if by smoothing more rows of it. */
static double smoothed(const total *t, double smoothing, double prior)
{
    double rows = (double)t->rows + smoothing;
    return t->rows ? (total_labels(t) + smoothing * prior) / rows : prior;
}

enum { NO_FOLD = -1 };

/* One level (-1: all of them) without one fold (NO_FOLD: with all). */
static total gather(const cst_fit *fit, size_t feature, int32_t level, int32_t without)
{
    const cst_feature_fit *f = &fit->transform->feature[feature];
    total out = {.classification = fit->transform->classification};
    size_t width = cell_words(out.classification);
    int32_t first = level < 0 ? 0 : level;
    int32_t last = level < 0 ? f->levels.count : level;
    for (int32_t l = first; l <= last; l++)
        for (int32_t fold = 0; fold < f->folds; fold++)
            if (fold != without)
                total_add(&out, fit->word + fit->state[feature].first_word +
                                    ((size_t)l * (size_t)f->folds + (size_t)fold) * width);
    return out;
}

static double prior_without(const cst_fit *fit, size_t feature, int32_t fold)
{
    total all = gather(fit, feature, -1, fold);
    return all.rows ? total_labels(&all) / (double)all.rows : NAN;
}

static cst_code target_without(cst_fit *fit, size_t feature, int32_t fold, cst_error *err)
{
    const cst_feature_fit *f = &fit->transform->feature[feature];
    double prior = prior_without(fit, feature, fold);
    if (isnan(prior))
        return cst_error_set(err, CST_INVALID,
                             "features: all training rows are in one fold, so none can be encoded "
                             "by others; encode: target of \"%s\" needs more rows",
                             f->column);
    for (int32_t l = 0; l <= f->levels.count; l++) {
        total t = gather(fit, feature, l, fold);
        fit->state[feature].others[(size_t)l * (size_t)f->folds + (size_t)fold] =
            smoothed(&t, f->smoothing, prior);
    }
    return CST_OK;
}

cst_code cst_fit_target_end(cst_fit *fit, size_t feature, cst_error *err)
{
    cst_feature_fit *f = &fit->transform->feature[feature];
    size_t levels = (size_t)f->levels.count;
    double *others = cst_array_new((levels + 1) * (size_t)f->folds, sizeof *others, "folds", err);
    fit->state[feature].others = others;
    f->value = cst_array_new(levels, sizeof *f->value, "levels", err);
    if (!others || !f->value)
        return CST_NOMEM;
    f->prior = prior_without(fit, feature, NO_FOLD);
    for (int32_t l = 0; l <= f->levels.count; l++) {
        total t = gather(fit, feature, l, NO_FOLD);
        *(l < f->levels.count ? &f->value[l] : &f->missing_value) =
            smoothed(&t, f->smoothing, f->prior);
    }
    cst_code rc = CST_OK;
    for (int32_t fold = 0; rc == CST_OK && fold < f->folds; fold++)
        rc = target_without(fit, feature, fold, err);
    return rc;
}

cst_code cst_fit_target_apply(float *x, const cst_fit *fit, size_t feature, cst_error *err)
{
    size_t folds = (size_t)fit->transform->feature[feature].folds;
    int32_t *code = NULL;
    cst_code rc = codes_of(&code, fit, feature, err);
    for (size_t r = 0; rc == CST_OK && r < fit->table->rows; r++)
        x[r] = (float)fit->state[feature]
                   .others[(size_t)code[r] * folds + (size_t)fold_of(fit, feature, r)];
    free(code);
    return rc;
}

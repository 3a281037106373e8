/* train_compare.c - a refit held against the model that was evaluated, on rows it has learned since
 */
#include <math.h>

#include "exact/sum.h"
#include "stage/train_parts.h"

/* A refit has learned the rows that its challenger was judged on, so it must not be worse there.
 * Where a recipe can hardly bend (a regression on a hundred thousand rows) the two are alike. */
static const double most_worse = 0.05;

typedef struct {
    cst_sum refit, challenger; /* squared errors */
    int64_t rows;
} comparison;

/* Add the squared errors of a bundle's scores of the rows that have a label. Local. */
static cst_code add_errors(cst_sum *sum, int64_t *rows, const cst_bundle *bundle, cst_table *test,
                           cst_error *err)
{
    double *score = NULL;
    cst_matrix *matrix = NULL;
    cst_code rc = cst_bundle_score(&score, &matrix, bundle, test, true, NULL, err);
    if (rc != CST_OK)
        return rc;
    for (size_t r = 0; r < matrix->rows; r++) {
        double error = score[r] - matrix->label[r];
        cst_sum_add(sum, error * error);
    }
    *rows = (int64_t)matrix->rows;
    free(score);
    cst_matrix_free(matrix);
    return CST_OK;
}

/* Both models' errors over all ranks. Collective. */
static cst_code compare(comparison *out, const cst_training_run *run, const cst_bundle *challenger,
                        cst_error *err)
{
    enum { LANES = 2 * CST_SUM_WORDS + 1 };
    int64_t lane[LANES];
    cst_comm *comm = run->stage->comm;
    cst_code rc = add_errors(&out->refit, &out->rows, run->bundle, run->test, err);
    if (rc == CST_OK)
        rc = add_errors(&out->challenger, &out->rows, challenger, run->test, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        return rc;
    memcpy(lane, out->refit.word, sizeof out->refit.word);
    memcpy(lane + CST_SUM_WORDS, out->challenger.word, sizeof out->challenger.word);
    lane[LANES - 1] = out->rows;
    cst_mergeable state = {.sum = lane, .sums = LANES};
    if ((rc = cst_comm_merge(comm, &state, err)) != CST_OK)
        return rc;
    memcpy(out->refit.word, lane, sizeof out->refit.word);
    memcpy(out->challenger.word, lane + CST_SUM_WORDS, sizeof out->challenger.word);
    out->rows = lane[LANES - 1];
    return CST_OK;
}

cst_code cst_training_compare(const cst_training_run *run, cst_error *err)
{
    cst_bundle *challenger = NULL;
    comparison errors = {0};
    cst_code rc = cst_bundle_read(&challenger, run->made->challenger->path, err);
    rc = cst_comm_agree(run->stage->comm, rc, err);
    if (rc == CST_OK)
        rc = compare(&errors, run, challenger, err);
    double refit = cst_sum_value(&errors.refit) / (double)errors.rows;
    double judged = cst_sum_value(&errors.challenger) / (double)errors.rows;
    if (rc == CST_OK && !(refit <= judged * (1 + most_worse)))
        rc = cst_error_set(err, CST_REFUSED,
                           "the refit is worse than its challenger on the test rows, which it has "
                           "learned since: a mean squared error of %.5g against %.5g; the rows "
                           "added must contradict them",
                           refit, judged);
    cst_bundle_free(challenger);
    return rc;
}

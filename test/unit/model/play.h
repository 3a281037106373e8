/* play.h - a learner at any number of ranks, played in one process without MPI */
#ifndef CST_TEST_MODEL_PLAY_H
#define CST_TEST_MODEL_PLAY_H

#include "model/learner.h"

/** What a row of made-up data holds: features into x, the label back. */
typedef double (*play_row)(int64_t row, float *x);

typedef struct {
    size_t columns;
    const int32_t *levels; /* shape [columns]: 0 for a number; NULL: numbers all */
    play_row row;
    int64_t training, validation; /* rows */
} play_data;

/** The rows from first of total, as one rank's matrix; fails the test where it cannot. */
cst_matrix *play_matrix(const play_data *data, int64_t offset, int64_t first, int64_t rows,
                        int64_t total);

/** Train with the rows shared out in blocks to ranks; params is JSON text. The model is the
 *  caller's; the standing at the end goes to *standing (may be NULL). */
cst_code play_train(cst_tensors **out, cst_standing *standing, const cst_learner *learner,
                    const char *objective, const char *params, const play_data *data, int ranks,
                    cst_error *err);

/** The same on matrices, one a rank (validation may be NULL). */
cst_code play_fit(cst_tensors **out, cst_standing *standing, const cst_learner *learner,
                  const char *objective, const char *params, cst_matrix *const *training,
                  cst_matrix *const *validation, int ranks, cst_error *err);

/** The SHA-256 of the model's file in hex; to be freed. */
char *play_digest(const cst_tensors *model);

/** Scores of the rows from offset on; to be freed. */
double *play_scores(const cst_tensors *model, const play_data *data, int64_t offset, int64_t rows);

#endif

/* play.c - a learner at any number of ranks, played in one process without MPI */
#include "test/unit/test.h"

#include "base/array.h"
#include "base/sha256.h"
#include "config/json.h"
#include "exact/sum.h"
#include "test/unit/model/play.h"

enum { RANKS_MOST = 16 };

cst_matrix *play_matrix(const play_data *data, int64_t offset, int64_t first, int64_t rows,
                        int64_t total)
{
    cst_error err = CST_ERROR_INIT;
    cst_matrix *m = NULL;
    assert_ok(cst_matrix_new(&m, (size_t)rows, data->columns, &err));
    float *x = cst_array_new(data->columns, sizeof *x, "row", &err);
    assert_non_null(x);
    for (size_t c = 0; c < data->columns; c++) {
        char name[24];
        (void)snprintf(name, sizeof name, "x%zu", c);
        int32_t levels = data->levels ? data->levels[c] : 0;
        assert_ok(cst_matrix_name(m, c, name, levels ? CST_FEATURE_CATEGORY : CST_FEATURE_NUMERIC,
                                  levels, &err));
    }
    for (int64_t r = 0; r < rows; r++) {
        m->label[r] = data->row(offset + first + r, x);
        m->id[r] = (cst_rowid){.part = 7, .row = (uint64_t)(offset + first + r)};
        for (size_t c = 0; c < data->columns; c++)
            m->x[c][r] = x[c];
    }
    free(x);
    m->first = first;
    m->total = total;
    return m;
}

/* The rows of a rank: whole blocks, as even as can be. */
static cst_matrix *rank_rows(const play_data *data, int64_t offset, int64_t total, int rank,
                             int ranks)
{
    int64_t blocks = (total + CST_BLOCK_ROWS - 1) / CST_BLOCK_ROWS;
    int64_t from = blocks * rank / ranks * CST_BLOCK_ROWS;
    int64_t to = blocks * (rank + 1) / ranks * CST_BLOCK_ROWS;
    from = from < total ? from : total;
    to = to < total ? to : total;
    return play_matrix(data, offset, from, to - from, total);
}

static void give_back(cst_mergeable *to, const cst_mergeable *merged)
{
    cst_error err = CST_ERROR_INIT;
    if (to->sums)
        memcpy(to->sum, merged->sum, to->sums * sizeof *to->sum);
    if (to->maxima)
        memcpy(to->max, merged->max, to->maxima * sizeof *to->max);
    for (size_t i = 0; i < to->sets; i++) {
        void *bytes = NULL;
        size_t size = 0;
        assert_ok(cst_sorted_encode(&bytes, &size, merged->set[i], &err));
        cst_sorted_free(to->set[i]);
        assert_ok(cst_sorted_decode(&to->set[i], bytes, size, &err));
        free(bytes);
    }
}

/* One round on all ranks; *done once the learner says so (on all of them alike). */
static cst_code play_round(const cst_learner *learner, void **fit, int ranks, bool *done,
                           cst_error *err)
{
    cst_mergeable view[RANKS_MOST];
    for (int i = 0; i < ranks; i++) {
        cst_code rc = learner->local(fit[i], err);
        if (rc != CST_OK)
            return rc;
        view[i] = learner->state(fit[i]);
    }
    for (int i = 1; i < ranks; i++)
        assert_int_equal(cst_mergeable_merge(&view[0], &view[i], err), CST_OK);
    for (int i = 1; i < ranks; i++)
        give_back(&view[i], &view[0]);
    for (int i = 0; i < ranks; i++) {
        bool mine = false;
        cst_code rc = learner->advance(fit[i], &mine, err);
        if (rc != CST_OK)
            return rc;
        assert_true(i == 0 || mine == *done);
        *done = mine;
    }
    return CST_OK;
}

cst_code play_fit(cst_tensors **out, cst_standing *standing, const cst_learner *learner,
                  const char *objective, const char *params, cst_matrix *const *training,
                  cst_matrix *const *validation, int ranks, cst_error *err)
{
    json_t *given = NULL;
    json_t *checked = NULL;
    void *fit[RANKS_MOST] = {NULL};
    assert_int_equal(cst_json_parse(&given, params, strlen(params), "params", err), CST_OK);
    if (cst_option_check(&checked, given, NULL, "params", learner->options, err) != CST_OK)
        fail_msg("%s", err->text);
    cst_code rc = CST_OK;
    for (int i = 0; i < ranks && rc == CST_OK; i++) {
        cst_task task = {.training = training[i],
                         .validation = validation ? validation[i] : NULL,
                         .params = checked,
                         .objective = objective,
                         .seed = 11};
        rc = learner->begin(&fit[i], &task, err);
    }
    bool done = false;
    while (rc == CST_OK && !done)
        rc = play_round(learner, fit, ranks, &done, err);
    if (rc == CST_OK && standing)
        *standing = learner->standing(fit[0]);
    if (rc == CST_OK)
        rc = cst_tensors_new(out, err);
    if (rc == CST_OK)
        rc = learner->save(fit[ranks - 1], *out, err);
    for (int i = 0; i < ranks; i++)
        learner->end(fit[i]);
    json_decref(given);
    json_decref(checked);
    return rc;
}

cst_code play_train(cst_tensors **out, cst_standing *standing, const cst_learner *learner,
                    const char *objective, const char *params, const play_data *data, int ranks,
                    cst_error *err)
{
    cst_matrix *training[RANKS_MOST] = {NULL};
    cst_matrix *validation[RANKS_MOST] = {NULL};
    for (int i = 0; i < ranks; i++) {
        training[i] = rank_rows(data, 0, data->training, i, ranks);
        if (data->validation)
            validation[i] = rank_rows(data, data->training, data->validation, i, ranks);
    }
    cst_code rc = play_fit(out, standing, learner, objective, params, training,
                           data->validation ? validation : NULL, ranks, err);
    for (int i = 0; i < ranks; i++) {
        cst_matrix_free(training[i]);
        cst_matrix_free(validation[i]);
    }
    return rc;
}

char *play_digest(const cst_tensors *model)
{
    cst_error err = CST_ERROR_INIT;
    cst_text bytes = CST_TEXT_INIT;
    cst_digest digest;
    assert_ok(cst_tensors_encode(&bytes, model, &err));
    assert_ok(cst_sha256_of(&digest, bytes.data, bytes.size, &err));
    char hex[CST_DIGEST_HEX];
    cst_digest_hex(hex, &digest);
    cst_text_free(&bytes);
    return cst_text_copy(hex, &err);
}

double *play_scores(const cst_tensors *model, const play_data *data, int64_t offset, int64_t rows)
{
    cst_error err = CST_ERROR_INIT;
    cst_model *loaded = NULL;
    assert_ok(cst_model_load(&loaded, model, &err));
    cst_matrix *m = play_matrix(data, offset, 0, rows, rows);
    double *score = cst_array_new((size_t)rows, sizeof *score, "scores", &err);
    assert_non_null(score);
    assert_ok(cst_model_predict(score, loaded, m, &err));
    cst_matrix_free(m);
    cst_model_free(loaded);
    return score;
}

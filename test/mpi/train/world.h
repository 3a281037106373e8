/* world.h - rows made from their number alone, shared out to the ranks of any communicator, and a
 * training on them
 */
#ifndef CST_TEST_MPI_TRAIN_WORLD_H
#define CST_TEST_MPI_TRAIN_WORLD_H

#include "test/unit/test.h"

#include "base/sha256.h"
#include "config/json.h"
#include "exact/random.h"
#include "train/train.h"

static const cst_section train_section = {
    .name = "train", .help = "", .keys = cst_train_options, .more = cst_train_learner_options};

enum { ROWS = 20000, COLUMNS = 4, LEVELS = 12 };

static inline double uniform(int64_t row, uint64_t what)
{
    return cst_random_unit(5, CST_STREAM_INITIAL, (uint64_t)row, what);
}

/* This rank's rows of numbers and (for trees) a category, labels 0 and 1. */
static inline cst_matrix *rows(const cst_comm *comm, int64_t offset, int64_t total, bool category)
{
    cst_error err = CST_ERROR_INIT;
    int64_t first = 0;
    int64_t count = 0;
    cst_matrix *m = NULL;
    static const char *const names[COLUMNS] = {"a", "b", "c", "d"};
    cst_comm_owned(comm, total, &first, &count);
    assert_ok(cst_matrix_new(&m, (size_t)count, COLUMNS, &err));
    for (size_t c = 0; c < COLUMNS; c++) {
        bool is_category = category && c == 3;
        assert_ok(cst_matrix_name(m, c, names[c],
                                  is_category ? CST_FEATURE_CATEGORY : CST_FEATURE_NUMERIC,
                                  is_category ? LEVELS : 0, &err));
    }
    for (int64_t r = 0; r < count; r++) {
        int64_t row = offset + first + r;
        for (size_t c = 0; c + 1 < COLUMNS; c++)
            m->x[c][r] = (float)uniform(row, c);
        m->x[3][r] = (float)(int)(uniform(row, 3) * LEVELS);
        double z = 3 * m->x[0][r] - 2 * m->x[1][r] + ((int)m->x[3][r] % 2 ? 1 : -1);
        m->label[r] = uniform(row, 4) < 0.5 + z / 12;
        m->id[r] = (cst_rowid){.part = 1, .row = (uint64_t)row};
    }
    m->first = first;
    m->total = total;
    return m;
}

static inline cst_code train_on(cst_trained *out, cst_comm *comm, const char *params,
                                const cst_train_control *control, cst_matrix *training,
                                cst_matrix *validation, cst_error *err)
{
    json_t *given = NULL;
    json_t *checked = NULL;
    assert_int_equal(cst_json_parse(&given, params, strlen(params), "params", err), CST_OK);
    assert_int_equal(cst_section_check(&checked, given, NULL, "params", &train_section, err),
                     CST_OK);
    cst_task task = {.training = training,
                     .validation = validation,
                     .params = checked,
                     .objective = "binary",
                     .seed = 1};
    const cst_learner *learner = cst_learner_find(cst_get_string(checked, "model", ""));
    cst_code rc = cst_train(out, comm, learner, &task, control, NULL, err);
    json_decref(given);
    json_decref(checked);
    return rc;
}

#endif

/* train_rows.c - what a learner is given: the rows of features, and what is to be minimised */
#include "base/file.h"
#include "stage/train_parts.h"
#include "store/rows.h"

/* Collective. */
static cst_code read_matrix(cst_matrix **out, cst_comm *comm, const cst_version *features,
                            const char *file, bool optional, cst_error *err)
{
    char *path = cst_file_join(features->path, file, err);
    int64_t there = path && (!optional || cst_file_exists(path));
    cst_code rc = cst_comm_agree(comm, path ? CST_OK : CST_NOMEM, err);
    if (rc == CST_OK)
        rc = cst_comm_max(comm, &there, err);
    if (rc == CST_OK && there)
        rc = cst_matrix_read(out, comm, path, err);
    free(path);
    return rc;
}

cst_code cst_training_read_rows(cst_training_rows *out, cst_comm *comm, const cst_version *features,
                                cst_error *err)
{
    cst_code rc = read_matrix(&out->training, comm, features, "train.h5", false, err);
    return rc == CST_OK ? read_matrix(&out->validation, comm, features, "validation.h5", true, err)
                        : rc;
}

void cst_training_rows_free(cst_training_rows *rows)
{
    cst_matrix_free(rows->training);
    cst_matrix_free(rows->validation);
    *rows = (cst_training_rows){0};
}

cst_code cst_training_objective(const char **objective, cst_transform **transform,
                                const json_t *params, const json_t *transform_json, cst_error *err)
{
    const char *said = cst_get_string(params, "objective", "auto");
    cst_code rc = cst_transform_from_json(transform, transform_json, err);
    if (rc == CST_OK)
        *objective = strcmp(said, "auto") == 0 ? cst_transform_objective(*transform) : said;
    return rc;
}

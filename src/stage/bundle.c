/* bundle.c - a model bundle: from raw rows to scores */
#include "stage/bundle.h"

#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "store/rows.h"

cst_code cst_bundle_new(cst_bundle **out, const json_t *transform, const void *model, size_t size,
                        const char *source, cst_error *err)
{
    cst_tensors *tensors = NULL;
    cst_bundle *bundle = cst_array_new(1, sizeof *bundle, "model", err);
    cst_code rc = bundle ? cst_transform_from_json(&bundle->transform, transform, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_tensors_decode(&tensors, model, size, source, err);
    if (rc == CST_OK)
        rc = cst_model_load(&bundle->model, tensors, err);
    cst_tensors_free(tensors);
    if (rc == CST_OK)
        *out = bundle;
    else
        cst_bundle_free(bundle);
    return rc;
}

cst_code cst_bundle_read(cst_bundle **out, const char *directory, cst_error *err)
{
    json_t *transform = NULL;
    cst_text model = CST_TEXT_INIT;
    char *transform_path = cst_file_join(directory, "transform.json", err);
    char *model_path = cst_file_join(directory, "model.safetensors", err);
    cst_code rc = transform_path && model_path ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_read(&transform, transform_path, err);
    if (rc == CST_OK)
        rc = cst_file_read(&model, model_path, 0, err);
    if (rc == CST_OK)
        rc = cst_bundle_new(out, transform, model.data, model.size, model_path, err);
    cst_text_free(&model);
    json_decref(transform);
    free(transform_path);
    free(model_path);
    return rc;
}

void cst_bundle_free(cst_bundle *bundle)
{
    if (!bundle)
        return;
    cst_transform_free(bundle->transform);
    cst_model_free(bundle->model);
    free(bundle);
}

cst_code cst_bundle_score(double **score, cst_matrix **matrix, const cst_bundle *bundle,
                          cst_table *rows, bool labels, uint8_t *kept, cst_error *err)
{
    cst_matrix *seen = NULL;
    double *scores = NULL;
    cst_code rc = cst_transform_apply(&seen, bundle->transform, rows, labels, kept, err);
    if (rc == CST_OK && !(scores = cst_array_new(seen->rows, sizeof *scores, "scores", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_model_predict(scores, bundle->model, seen, err);
    if (rc != CST_OK) {
        cst_matrix_free(seen);
        free(scores);
        return rc;
    }
    *score = scores;
    *matrix = seen;
    return CST_OK;
}

/* How many rows a part holds. */
static cst_code count_rows(int64_t *out, const char *path, cst_error *err)
{
    cst_part *part = NULL;
    cst_code rc = cst_part_open(&part, path, err);
    if (rc == CST_OK)
        *out = cst_part_rows(part);
    cst_part_close(part);
    return rc;
}

cst_code cst_bundle_test_rows(cst_table **out, const cst_stage *stage, const cst_version *features,
                              cst_error *err)
{
    cst_part_ref part = {.path = cst_file_join(features->path, "test.h5", err)};
    cst_code rc = part.path ? CST_OK : CST_NOMEM;
    int64_t there = rc == CST_OK && cst_file_exists(part.path);
    *out = NULL;
    if (there)
        rc = count_rows(&part.rows, part.path, err);
    rc = cst_comm_agree(stage->comm, rc, err);
    if (rc == CST_OK)
        rc = cst_comm_max(stage->comm, &there, err);
    if (rc == CST_OK && there)
        rc = cst_rows_read(out, stage->comm, &part, 1, NULL, err);
    free(part.path);
    return rc;
}

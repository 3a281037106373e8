/* glm_model.c - linear models as tensors, and as a model that scores rows */
#include <math.h>

#include "base/array.h"
#include "model/glm_design.h"
#include "model/model_kind.h"

typedef struct {
    size_t columns;
    double intercept;                   /* at the means */
    double *coefficient, *mean, *scale; /* shape [columns] */
} linear;

cst_code cst_glm_save(cst_tensors *out, const cst_glm_design *design, const double *coefficient,
                      cst_error *err)
{
    const int64_t columns = (int64_t)design->columns;
    const int64_t one = 1;
    void *slope = NULL, *mean = NULL, *scale = NULL, *intercept = NULL;
    cst_code rc = cst_tensors_add(&slope, out, "coefficient", CST_TENSOR_F64, 1, &columns, err);
    if (rc == CST_OK)
        rc = cst_tensors_add(&mean, out, "mean", CST_TENSOR_F64, 1, &columns, err);
    if (rc == CST_OK)
        rc = cst_tensors_add(&scale, out, "scale", CST_TENSOR_F64, 1, &columns, err);
    if (rc == CST_OK)
        rc = cst_tensors_add(&intercept, out, "intercept", CST_TENSOR_F64, 1, &one, err);
    if (rc != CST_OK)
        return rc;
    for (size_t c = 0; c < design->columns; c++) {
        ((double *)slope)[c] = design->scale[c] > 0 ? coefficient[c] / design->scale[c] : 0;
        ((double *)mean)[c] = design->mean[c];
        ((double *)scale)[c] = design->scale[c];
    }
    *(double *)intercept = coefficient[design->columns];
    return CST_OK;
}

static void release(void *fitted)
{
    linear *model = fitted;
    if (!model)
        return;
    free(model->coefficient);
    free(model->mean);
    free(model->scale);
    free(model);
}

static cst_code take(double **out, const cst_tensors *tensors, const char *name, size_t n,
                     cst_error *err)
{
    const cst_tensor *tensor = NULL;
    cst_code rc = cst_tensors_get(&tensor, tensors, name, CST_TENSOR_F64, 1, err);
    if (rc != CST_OK)
        return rc;
    if ((size_t)tensor->shape[0] != n)
        return cst_error_set(err, CST_INVALID, "tensor %s has %lld values; expected %zu", name,
                             (long long)tensor->shape[0], n);
    *out = cst_array_new(n, sizeof **out, name, err);
    if (*out && n)
        memcpy(*out, tensor->data, n * sizeof **out);
    return *out ? CST_OK : CST_NOMEM;
}

static cst_code load(void **out, const cst_tensors *tensors, size_t columns, cst_error *err)
{
    double *intercept = NULL;
    linear *model = cst_array_new(1, sizeof *model, "model", err);
    cst_code rc = model ? take(&intercept, tensors, "intercept", 1, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = take(&model->coefficient, tensors, "coefficient", columns, err);
    if (rc == CST_OK)
        rc = take(&model->mean, tensors, "mean", columns, err);
    if (rc == CST_OK)
        rc = take(&model->scale, tensors, "scale", columns, err);
    if (rc == CST_OK) {
        model->columns = columns;
        model->intercept = intercept[0];
        *out = model;
        model = NULL;
    }
    free(intercept);
    release(model);
    return rc;
}

static cst_code predict(double *score, const void *fitted, const cst_matrix *matrix, cst_error *err)
{
    (void)err;
    const linear *model = fitted;
    for (size_t r = 0; r < matrix->rows; r++)
        score[r] = model->intercept;
    for (size_t c = 0; c < model->columns; c++)
        for (size_t r = 0; r < matrix->rows; r++)
            score[r] += model->coefficient[c] * ((double)matrix->x[c][r] - model->mean[c]);
    return CST_OK;
}

static void importance(double *out, const void *fitted)
{
    const linear *model = fitted;
    for (size_t c = 0; c < model->columns; c++)
        out[c] = fabs(model->coefficient[c] * model->scale[c]);
}

const cst_model_kind cst_model_glm = {
    .learner = "glm",
    .load = load,
    .free = release,
    .predict = predict,
    .importance = importance,
};

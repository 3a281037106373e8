/* tensors.c - named flat arrays */
#include "model/tensors.h"

#include "base/array.h"
#include "config/json.h"
#include "model/tensor_types.h"

size_t cst_tensor_type_size(cst_tensor_type type)
{
    return cst_tensor_types[type].size;
}

const cst_tensor_type_info cst_tensor_types[CST_TENSOR_TYPES] = {
    [CST_TENSOR_F64] = {"F64", 8}, [CST_TENSOR_F32] = {"F32", 4}, [CST_TENSOR_I64] = {"I64", 8},
    [CST_TENSOR_I32] = {"I32", 4}, [CST_TENSOR_U8] = {"U8", 1},
};

cst_code cst_tensors_new(cst_tensors **out, cst_error *err)
{
    cst_tensors *tensors = cst_array_new(1, sizeof *tensors, "tensors", err);
    if (!tensors)
        return CST_NOMEM;
    tensors->metadata = json_object();
    if (!tensors->metadata) {
        free(tensors);
        return cst_error_nomem(err, "tensors");
    }
    *out = tensors;
    return CST_OK;
}

void cst_tensors_free(cst_tensors *tensors)
{
    if (!tensors)
        return;
    for (size_t i = 0; i < tensors->count; i++) {
        free(tensors->tensor[i].name);
        free(tensors->tensor[i].data);
    }
    free(tensors->tensor);
    json_decref(tensors->metadata);
    free(tensors);
}

static const cst_tensor *find(const cst_tensors *tensors, const char *name)
{
    for (size_t i = 0; i < tensors->count; i++)
        if (strcmp(tensors->tensor[i].name, name) == 0)
            return &tensors->tensor[i];
    return NULL;
}

bool cst_tensor_values(size_t *out, int dimensions, const int64_t *shape)
{
    size_t n = 1;
    if (dimensions < 0 || dimensions > CST_TENSOR_DIMENSIONS)
        return false;
    for (int d = 0; d < dimensions; d++)
        if (shape[d] < 0 || __builtin_mul_overflow(n, (size_t)shape[d], &n))
            return false;
    *out = n;
    return n <= SIZE_MAX / 16;
}

cst_code cst_tensors_add(void **data, cst_tensors *tensors, const char *name, cst_tensor_type type,
                         int dimensions, const int64_t *shape, cst_error *err)
{
    size_t n = 0;
    if (!cst_tensor_values(&n, dimensions, shape))
        return cst_error_set(err, CST_INVALID, "tensor %s: the shape is not possible", name);
    if (find(tensors, name))
        return cst_error_set(err, CST_EXISTS, "there is a tensor %s already", name);
    cst_tensor *grown = cst_array_grow(tensors->tensor, &tensors->room, tensors->count + 1,
                                       sizeof *grown, "tensors", err);
    if (!grown)
        return CST_NOMEM;
    tensors->tensor = grown;
    cst_tensor tensor = {.type = type, .dimensions = dimensions};
    for (int d = 0; d < dimensions; d++)
        tensor.shape[d] = shape[d];
    tensor.name = cst_text_copy(name, err);
    tensor.data = cst_array_new(n, cst_tensor_type_size(type), name, err);
    if (!tensor.name || !tensor.data) {
        free(tensor.name);
        free(tensor.data);
        return CST_NOMEM;
    }
    tensors->tensor[tensors->count++] = tensor;
    *data = tensor.data;
    return CST_OK;
}

cst_code cst_tensors_get(const cst_tensor **out, const cst_tensors *tensors, const char *name,
                         cst_tensor_type type, int dimensions, cst_error *err)
{
    const cst_tensor *tensor = find(tensors, name);
    if (!tensor)
        return cst_error_set(err, CST_MISSING, "the model has no tensor %s", name);
    if (tensor->type != type || tensor->dimensions != dimensions)
        return cst_error_set(err, CST_INVALID,
                             "tensor %s is %s with %d dimensions; expected %s with %d", name,
                             cst_tensor_types[tensor->type].name, tensor->dimensions,
                             cst_tensor_types[type].name, dimensions);
    *out = tensor;
    return CST_OK;
}

cst_code cst_tensors_add_values(cst_tensors *tensors, const char *name, cst_tensor_type type,
                                const void *values, size_t n, cst_error *err)
{
    void *data = NULL;
    cst_code rc = cst_tensors_add(&data, tensors, name, type, 1, &(int64_t){(int64_t)n}, err);
    if (rc == CST_OK && n)
        memcpy(data, values, n * cst_tensor_type_size(type));
    return rc;
}

cst_code cst_tensors_get_values(void *values, const cst_tensors *tensors, const char *name,
                                cst_tensor_type type, size_t n, cst_error *err)
{
    const cst_tensor *tensor = NULL;
    cst_code rc = cst_tensors_get(&tensor, tensors, name, type, 1, err);
    if (rc != CST_OK)
        return rc;
    if (tensor->shape[0] != (int64_t)n)
        return cst_error_set(err, CST_INVALID, "tensor %s has %lld values; expected %zu", name,
                             (long long)tensor->shape[0], n);
    if (n)
        memcpy(values, tensor->data, n * cst_tensor_type_size(type));
    return CST_OK;
}

cst_code cst_tensors_put_text(cst_tensors *tensors, const char *key, const char *value,
                              cst_error *err)
{
    return cst_json_put(tensors->metadata, key, json_string(value), err);
}

const char *cst_tensors_text(const cst_tensors *tensors, const char *key)
{
    return json_string_value(json_object_get(tensors->metadata, key));
}

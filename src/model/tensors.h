/* tensors.h - named flat arrays: what a model is; safetensors, in and out of memory */
#ifndef CST_MODEL_TENSORS_H
#define CST_MODEL_TENSORS_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

typedef enum {
    CST_TENSOR_F64,
    CST_TENSOR_F32,
    CST_TENSOR_I64,
    CST_TENSOR_I32,
    CST_TENSOR_U8
} cst_tensor_type;

typedef struct {
    char *name;
    cst_tensor_type type;
    int64_t shape[4];
    int dimensions;
    void *data; /* row-major, owned */
} cst_tensor;

/** Tensors by name, and a flat map of text (safetensors' __metadata__). */
typedef struct {
    cst_tensor *tensor;
    size_t count, room;
    json_t *metadata; /* object of strings */
} cst_tensors;

cst_code cst_tensors_new(cst_tensors **out, cst_error *err);
void cst_tensors_free(cst_tensors *tensors);

/** Add a zeroed tensor; *data points at its values. */
cst_code cst_tensors_add(void **data, cst_tensors *tensors, const char *name, cst_tensor_type type,
                         int dimensions, const int64_t *shape, cst_error *err);

/** Add a tensor of one dimension with a copy of n values. */
cst_code cst_tensors_add_values(cst_tensors *tensors, const char *name, cst_tensor_type type,
                                const void *values, size_t n, cst_error *err);

/** Copy out a tensor of one dimension and exactly n values; as cst_tensors_get, and CST_INVALID
 *  where there are more or fewer. */
cst_code cst_tensors_get_values(void *values, const cst_tensors *tensors, const char *name,
                                cst_tensor_type type, size_t n, cst_error *err);

/** The tensor of a name; CST_MISSING, or CST_INVALID where its type or number of dimensions is not
 *  the one wanted. */
cst_code cst_tensors_get(const cst_tensor **out, const cst_tensors *tensors, const char *name,
                         cst_tensor_type type, int dimensions, cst_error *err);
cst_code cst_tensors_put_text(cst_tensors *tensors, const char *key, const char *value,
                              cst_error *err);
const char *cst_tensors_text(const cst_tensors *tensors, const char *key); /* NULL: not there */

/** As the bytes of a safetensors file (header sorted by name, 8-byte aligned: the same tensors give
 *  the same bytes), and back with every bound checked. */
cst_code cst_tensors_encode(cst_text *out, const cst_tensors *tensors, cst_error *err);
cst_code cst_tensors_decode(cst_tensors **out, const void *bytes, size_t size, const char *source,
                            cst_error *err);

#endif

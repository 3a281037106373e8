/* tensor_types.h - what safetensors calls the types, and how large they are */
#ifndef CST_MODEL_TENSOR_TYPES_H
#define CST_MODEL_TENSOR_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/tensors.h"

enum { CST_TENSOR_TYPES = CST_TENSOR_U8 + 1, CST_TENSOR_DIMENSIONS = 4 };

typedef struct {
    const char *name;
    size_t size; /* bytes a value */
} cst_tensor_type_info;

extern const cst_tensor_type_info cst_tensor_types[CST_TENSOR_TYPES];
size_t cst_tensor_type_size(cst_tensor_type type);

/** The number of values of a shape; false where it cannot be (negative, too many). */
bool cst_tensor_values(size_t *out, int dimensions, const int64_t *shape);

#endif

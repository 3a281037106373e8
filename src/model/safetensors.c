/* safetensors.c - tensors as the bytes of a safetensors file, and back
 *
 * Eight bytes of header size (little-endian), a JSON header, the values without holes
 * (https://github.com/huggingface/safetensors, "Format"). Values lie by size of their type, largest
 * first, then by name: so each tensor is aligned to its type.
 */
#include "base/array.h"
#include "config/json.h"
#include "model/tensor_types.h"
#include "model/tensors.h"

enum { PREFIX = 8, ALIGNMENT = 8 };
static const size_t header_most = 100 << 20; /* what the format itself allows */

static int by_size_and_name(const void *a, const void *b)
{
    const cst_tensor *left = *(const cst_tensor *const *)a;
    const cst_tensor *right = *(const cst_tensor *const *)b;
    size_t left_size = cst_tensor_type_size(left->type);
    size_t right_size = cst_tensor_type_size(right->type);
    if (left_size != right_size)
        return left_size > right_size ? -1 : 1;
    return strcmp(left->name, right->name);
}

static size_t tensor_bytes(const cst_tensor *tensor)
{
    size_t n = 0;
    (void)cst_tensor_values(&n, tensor->dimensions, tensor->shape);
    return n * cst_tensor_type_size(tensor->type);
}

/* {"dtype": …, "shape": […], "data_offsets": [from, to]} under the tensor's name. */
static cst_code describe(json_t *header, const cst_tensor *tensor, size_t from, cst_error *err)
{
    json_t *entry = json_object();
    json_t *shape = json_array();
    cst_code rc = cst_json_put(header, tensor->name, entry, err);
    for (int d = 0; d < tensor->dimensions && rc == CST_OK; d++)
        rc = cst_json_append(shape, json_integer(tensor->shape[d]), err);
    if (rc != CST_OK) {
        json_decref(shape);
        return rc;
    }
    rc = cst_json_put(entry, "shape", shape, err);
    if (rc == CST_OK)
        rc = cst_json_put(entry, "dtype", json_string(cst_tensor_types[tensor->type].name), err);
    if (rc == CST_OK)
        rc = cst_json_put(
            entry, "data_offsets",
            json_pack("[I, I]", (json_int_t)from, (json_int_t)(from + tensor_bytes(tensor))), err);
    return rc;
}

static cst_code make_header(cst_text *out, const cst_tensors *tensors,
                            const cst_tensor *const *order, cst_error *err)
{
    json_t *header = json_object();
    cst_code rc = cst_json_put(header, "__metadata__", json_incref(tensors->metadata), err);
    size_t at = 0;
    for (size_t i = 0; i < tensors->count && rc == CST_OK; i++) {
        rc = describe(header, order[i], at, err);
        at += tensor_bytes(order[i]);
    }
    if (rc == CST_OK)
        rc = cst_json_canonical(out, header, err);
    while (rc == CST_OK && out->size % ALIGNMENT)
        rc = cst_text_puts(out, " ", err);
    json_decref(header);
    return rc;
}

cst_code cst_tensors_encode(cst_text *out, const cst_tensors *tensors, cst_error *err)
{
    cst_text header = CST_TEXT_INIT;
    const cst_tensor **order = cst_array_new(tensors->count, sizeof *order, "tensors", err);
    cst_code rc = order ? CST_OK : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    for (size_t i = 0; i < tensors->count; i++)
        order[i] = &tensors->tensor[i];
    if (tensors->count)
        qsort(order, tensors->count, sizeof *order, by_size_and_name);
    if ((rc = make_header(&header, tensors, order, err)) != CST_OK)
        goto out;
    uint8_t prefix[PREFIX];
    for (int i = 0; i < PREFIX; i++)
        prefix[i] = (uint8_t)((uint64_t)header.size >> (8 * i));
    rc = cst_text_add(out, prefix, sizeof prefix, err);
    if (rc == CST_OK)
        rc = cst_text_add(out, header.data, header.size, err);
    for (size_t i = 0; i < tensors->count && rc == CST_OK; i++)
        rc = cst_text_add(out, order[i]->data, tensor_bytes(order[i]), err);
out:
    cst_text_free(&header);
    free(order);
    return rc;
}

/* The bytes of a file in the course of being read. */
typedef struct {
    const char *source;
    const uint8_t *values; /* behind the header */
    size_t size;
    size_t used; /* bytes that tensors claim, all together */
} contents;

static int parse_type(const char *name)
{
    for (int t = 0; name && t < CST_TENSOR_TYPES; t++)
        if (strcmp(cst_tensor_types[t].name, name) == 0)
            return t;
    return -1;
}

static cst_code bad(const contents *from, const char *name, const char *what, cst_error *err)
{
    return cst_error_set(err, CST_INVALID, "%s: tensor %s: %s", from->source, name, what);
}

static cst_code read_tensor(cst_tensors *tensors, contents *from, const char *name,
                            const json_t *entry, cst_error *err)
{
    const json_t *shape_list = json_object_get(entry, "shape");
    const json_t *offsets = json_object_get(entry, "data_offsets");
    int type = parse_type(json_string_value(json_object_get(entry, "dtype")));
    if (type < 0)
        return bad(from, name, "dtype is none of F64, F32, I64, I32, U8", err);
    if (!json_is_array(shape_list) || json_array_size(shape_list) > CST_TENSOR_DIMENSIONS)
        return bad(from, name, "shape is not a list of up to four numbers", err);
    int64_t shape[CST_TENSOR_DIMENSIONS] = {0};
    int dimensions = (int)json_array_size(shape_list);
    for (int d = 0; d < dimensions; d++) {
        const json_t *length = json_array_get(shape_list, (size_t)d);
        shape[d] = json_is_integer(length) ? json_integer_value(length) : -1;
    }
    size_t n = 0;
    if (!cst_tensor_values(&n, dimensions, shape))
        return bad(from, name, "shape is not possible", err);
    const json_t *begin = json_array_get(offsets, 0);
    const json_t *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return bad(from, name, "data_offsets are not two numbers", err);
    json_int_t first = json_integer_value(begin);
    json_int_t last = json_integer_value(end);
    size_t bytes = n * cst_tensor_type_size((cst_tensor_type)type);
    if (first < 0 || last < first || (uint64_t)last > from->size || (size_t)(last - first) != bytes)
        return bad(from, name, "data_offsets do not fit its shape or the file", err);
    void *data = NULL;
    cst_code rc =
        cst_tensors_add(&data, tensors, name, (cst_tensor_type)type, dimensions, shape, err);
    if (rc == CST_OK && bytes)
        memcpy(data, from->values + first, bytes);
    from->used += bytes;
    return rc;
}

static cst_code read_metadata(cst_tensors *tensors, const contents *from, json_t *metadata,
                              cst_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return cst_error_set(err, CST_INVALID, "%s: __metadata__.%s is not text", from->source,
                                 key);
        cst_code rc = cst_json_put(tensors->metadata, key, json_incref(value), err);
        if (rc != CST_OK)
            return rc;
    }
    return CST_OK;
}

static cst_code read_all(cst_tensors *tensors, contents *from, json_t *header, cst_error *err)
{
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(header, name, entry)
    {
        cst_code rc = strcmp(name, "__metadata__") == 0
                          ? read_metadata(tensors, from, entry, err)
                          : read_tensor(tensors, from, name, entry, err);
        if (rc != CST_OK)
            return rc;
    }
    if (from->used != from->size)
        return cst_error_set(err, CST_INVALID,
                             "%s: %zu bytes of values, but the header speaks of %zu", from->source,
                             from->size, from->used);
    return CST_OK;
}

cst_code cst_tensors_decode(cst_tensors **out, const void *bytes, size_t size, const char *source,
                            cst_error *err)
{
    const uint8_t *byte = bytes;
    uint64_t header_size = 0;
    for (size_t i = 0; i < PREFIX && i < size; i++)
        header_size |= (uint64_t)byte[i] << (8 * i);
    if (size < PREFIX || header_size > header_most || header_size > size - PREFIX)
        return cst_error_set(err, CST_INVALID, "%s is not a safetensors file, or was cut short",
                             source);
    json_t *header = NULL;
    cst_tensors *tensors = NULL;
    contents from = {.source = source,
                     .values = byte + PREFIX + header_size,
                     .size = size - PREFIX - (size_t)header_size};
    cst_code rc =
        cst_json_parse(&header, (const char *)byte + PREFIX, (size_t)header_size, source, err);
    if (rc != CST_OK)
        goto out;
    if (!json_is_object(header)) {
        rc = cst_error_set(err, CST_INVALID, "%s: the header is not a JSON object", source);
        goto out;
    }
    if ((rc = cst_tensors_new(&tensors, err)) != CST_OK)
        goto out;
    if ((rc = read_all(tensors, &from, header, err)) != CST_OK)
        goto out;
    *out = tensors;
    tensors = NULL;
out:
    cst_tensors_free(tensors);
    json_decref(header);
    return rc;
}

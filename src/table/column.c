/* column.c - one column: room, values, what is missing */
#include "table/column.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"

static const size_t sizes[] = {
#define CST_TYPE_SIZE(name, text, bytes) bytes,
    CST_TYPES(CST_TYPE_SIZE)
#undef CST_TYPE_SIZE
};

const char *const cst_type_names[] = {
#define CST_TYPE_NAME(name, text, bytes) text,
    CST_TYPES(CST_TYPE_NAME)
#undef CST_TYPE_NAME
        NULL};

const char *cst_type_name(cst_type type)
{
    return cst_type_names[type];
}

size_t cst_type_size(cst_type type)
{
    return sizes[type];
}

int cst_type_parse(const char *text)
{
    for (int type = 0; type < CST_TYPE_COUNT; type++)
        if (strcmp(text, cst_type_names[type]) == 0)
            return type;
    return -1;
}

void cst_column_free(cst_column *column)
{
    free(column->name);
    free(column->unit);
    free(column->long_name);
    free(column->standard_name);
    free(column->zone);
    free(column->values.any);
    free(column->offset);
    free(column->missing);
    cst_levels_free(&column->levels);
    *column = (cst_column){0};
}

static cst_code replace(char **to, const char *from, cst_error *err)
{
    char *copy = cst_text_copy(from, err);
    if (from && !copy)
        return CST_NOMEM;
    free(*to);
    *to = copy;
    return CST_OK;
}

cst_code cst_column_describe_as(cst_column *column, const cst_column *other, cst_error *err)
{
    column->ticks = other->ticks;
    cst_code rc = CST_OK;
    if ((rc = replace(&column->unit, other->unit, err)) != CST_OK ||
        (rc = replace(&column->long_name, other->long_name, err)) != CST_OK ||
        (rc = replace(&column->standard_name, other->standard_name, err)) != CST_OK)
        return rc;
    return replace(&column->zone, other->zone, err);
}

static void *resize(void *data, size_t n, size_t size, const cst_column *column, cst_error *err)
{
    void *resized = n > SIZE_MAX / 2 / size ? NULL : realloc(data, n * size);
    if (!resized)
        cst_error_set(
            err, CST_NOMEM,
            "out of memory for %zu values of column %s: ask for more memory or more ranks", n,
            column->name);
    return resized;
}

/* Offsets and flags of text; offsets have one entry more than rows. */
static cst_code reserve_text(cst_column *column, size_t room, cst_error *err)
{
    int64_t *offset = resize(column->offset, room + 1, sizeof *offset, column, err);
    if (!offset)
        return CST_NOMEM;
    if (!column->offset)
        offset[0] = 0;
    column->offset = offset;
    int8_t *missing = resize(column->missing, room, sizeof *missing, column, err);
    if (!missing)
        return CST_NOMEM;
    column->missing = missing;
    return CST_OK;
}

cst_code cst_column_reserve(cst_column *column, size_t rows, cst_error *err)
{
    if (rows <= column->room && column->room)
        return CST_OK;
    size_t room = column->room + column->room / 2 + 16;
    if (room < rows)
        room = rows;
    if (column->type == CST_TEXT) {
        cst_code rc = reserve_text(column, room, err);
        if (rc != CST_OK)
            return rc;
    } else {
        void *values = resize(column->values.any, room, cst_type_size(column->type), column, err);
        if (!values)
            return CST_NOMEM;
        column->values.any = values;
    }
    column->room = room;
    return CST_OK;
}

cst_code cst_column_reserve_bytes(cst_column *column, size_t bytes, cst_error *err)
{
    char *data =
        cst_array_grow(column->values.bytes, &column->bytes_room, bytes, 1, column->name, err);
    if (!data)
        return CST_NOMEM;
    column->values.bytes = data;
    return CST_OK;
}

cst_code cst_column_add_text(cst_column *column, const char *text, size_t size, cst_error *err)
{
    cst_code rc = cst_column_reserve(column, column->rows + 1, err);
    if (rc == CST_OK && text && size)
        rc = cst_column_reserve_bytes(column, column->bytes_size + size, err);
    if (rc != CST_OK)
        return rc;
    if (text && size) {
        memcpy(column->values.bytes + column->bytes_size, text, size);
        column->bytes_size += size;
    }
    column->missing[column->rows] = !text;
    column->offset[++column->rows] = (int64_t)column->bytes_size;
    return CST_OK;
}

bool cst_column_is_missing(const cst_column *column, size_t row)
{
    switch (column->type) {
    case CST_FLOAT32:
        return isnan(column->values.f32[row]);
    case CST_FLOAT64:
        return isnan(column->values.f64[row]);
    case CST_INT32:
    case CST_CATEGORY:
        return column->values.i32[row] == CST_MISSING_INT32;
    case CST_INT64:
    case CST_TIME:
        return column->values.i64[row] == CST_MISSING_INT64;
    case CST_BOOL:
        return column->values.i8[row] == CST_MISSING_BOOL;
    case CST_TEXT:
        return column->missing[row] != 0;
    case CST_TYPE_COUNT:
        break;
    }
    return true;
}

double cst_column_number(const cst_column *column, size_t row)
{
    if (cst_column_is_missing(column, row))
        return NAN;
    switch (column->type) {
    case CST_FLOAT32:
        return (double)column->values.f32[row];
    case CST_FLOAT64:
        return column->values.f64[row];
    case CST_INT32:
    case CST_CATEGORY:
        return column->values.i32[row];
    case CST_INT64:
    case CST_TIME:
        return (double)column->values.i64[row];
    case CST_BOOL:
        return column->values.i8[row];
    case CST_TEXT:
    case CST_TYPE_COUNT:
        break;
    }
    return NAN;
}

const char *cst_column_text(const cst_column *column, size_t row, size_t *size)
{
    *size = 0;
    if ((column->type != CST_CATEGORY && column->type != CST_TEXT) ||
        cst_column_is_missing(column, row))
        return NULL;
    if (column->type == CST_CATEGORY) {
        const char *text = column->levels.text[column->values.i32[row]];
        *size = strlen(text);
        return text;
    }
    *size = (size_t)(column->offset[row + 1] - column->offset[row]);
    return *size ? column->values.bytes + column->offset[row] : "";
}

/* map[code of from] is the code of the same text in to, or missing. */
static int32_t *map_levels(const cst_levels *from, const cst_levels *to, cst_error *err)
{
    int32_t *map = cst_array_new((size_t)from->count, sizeof *map, "levels", err);
    for (int32_t code = 0; map && code < from->count; code++) {
        int32_t found = cst_levels_find(to, from->text[code], strlen(from->text[code]));
        map[code] = found < 0 ? CST_MISSING_INT32 : found;
    }
    return map;
}

/* Codes through a map; returns how many values became missing. */
static size_t map_codes(int32_t *out, const int32_t *in, size_t n, const int32_t *map)
{
    size_t lost = 0;
    for (size_t r = 0; r < n; r++) {
        int32_t code = in[r] == CST_MISSING_INT32 ? in[r] : map[in[r]];
        lost += code != in[r] && code == CST_MISSING_INT32;
        out[r] = code;
    }
    return lost;
}

cst_code cst_column_recode(cst_column *column, const cst_levels *levels, size_t *lost,
                           cst_error *err)
{
    cst_levels copy = {NULL, 0};
    int32_t *map = map_levels(&column->levels, levels, err);
    cst_code rc = map ? cst_levels_copy(&copy, levels, err) : CST_NOMEM;
    if (rc == CST_OK) {
        size_t gone = map_codes(column->values.i32, column->values.i32, column->rows, map);
        if (lost)
            *lost = gone;
        cst_levels_free(&column->levels);
        column->levels = copy;
    }
    free(map);
    return rc;
}

cst_code cst_column_translate(cst_column *column, size_t first, const cst_levels *from,
                              cst_error *err)
{
    if (cst_levels_equal(&column->levels, from))
        return CST_OK;
    int32_t *map = map_levels(from, &column->levels, err);
    if (!map)
        return CST_NOMEM;
    int32_t *code = column->values.i32 + first;
    (void)map_codes(code, code, column->rows - first, map);
    free(map);
    return CST_OK;
}

static cst_code append_codes(cst_column *column, const cst_column *other, cst_error *err)
{
    cst_levels united = {NULL, 0};
    int32_t *map = NULL;
    cst_code rc = CST_OK;
    if (!cst_levels_equal(&column->levels, &other->levels)) {
        if ((rc = cst_levels_unite(&united, &column->levels, &other->levels, err)) != CST_OK ||
            (rc = cst_column_recode(column, &united, NULL, err)) != CST_OK)
            goto out;
    }
    if (!(map = map_levels(&other->levels, &column->levels, err))) {
        rc = CST_NOMEM;
        goto out;
    }
    (void)map_codes(column->values.i32 + column->rows, other->values.i32, other->rows, map);
out:
    free(map);
    cst_levels_free(&united);
    return rc;
}

static cst_code append_text(cst_column *column, const cst_column *other, cst_error *err)
{
    size_t bytes = (size_t)(other->offset[other->rows] - other->offset[0]);
    cst_code rc = cst_column_reserve_bytes(column, column->bytes_size + bytes, err);
    if (rc != CST_OK)
        return rc;
    if (bytes)
        memcpy(column->values.bytes + column->bytes_size, other->values.bytes + other->offset[0],
               bytes);
    int64_t shift = (int64_t)column->bytes_size - other->offset[0];
    for (size_t r = 0; r < other->rows; r++) {
        column->offset[column->rows + r + 1] = other->offset[r + 1] + shift;
        column->missing[column->rows + r] = other->missing[r];
    }
    column->bytes_size += bytes;
    return CST_OK;
}

cst_code cst_column_append(cst_column *column, const cst_column *other, cst_error *err)
{
    cst_code rc = cst_column_reserve(column, column->rows + other->rows, err);
    if (rc != CST_OK)
        return rc;
    if (column->type == CST_CATEGORY) {
        rc = append_codes(column, other, err);
    } else if (column->type == CST_TEXT) {
        rc = append_text(column, other, err);
    } else if (other->rows) {
        size_t size = cst_type_size(column->type);
        memcpy((char *)column->values.any + column->rows * size, other->values.any,
               other->rows * size);
    }
    if (rc == CST_OK)
        column->rows += other->rows;
    return rc;
}

void cst_column_fill_missing(cst_column *column, size_t first, size_t count)
{
    for (size_t r = first; r < first + count; r++) {
        switch (column->type) {
        case CST_FLOAT32:
            column->values.f32[r] = NAN;
            break;
        case CST_FLOAT64:
            column->values.f64[r] = (double)NAN;
            break;
        case CST_INT32:
        case CST_CATEGORY:
            column->values.i32[r] = CST_MISSING_INT32;
            break;
        case CST_INT64:
        case CST_TIME:
            column->values.i64[r] = CST_MISSING_INT64;
            break;
        case CST_BOOL:
            column->values.i8[r] = CST_MISSING_BOOL;
            break;
        case CST_TEXT:
            column->missing[r] = 1;
            column->offset[r + 1] = column->offset[r];
            break;
        case CST_TYPE_COUNT:
            break;
        }
    }
}

/* Values of one size; rows whose index is -1 are left as they are. */
#define CST_TAKE(bits)                                                                             \
    static void take_##bits(uint##bits##_t *out, const uint##bits##_t *in, const int64_t *index,   \
                            size_t n)                                                              \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            if (index[i] >= 0)                                                                     \
                out[i] = in[index[i]];                                                             \
    }
CST_TAKE(8)
CST_TAKE(32)
CST_TAKE(64)
#undef CST_TAKE

static cst_code take_text(cst_column *out, const cst_column *column, const int64_t *index, size_t n,
                          cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < n; i++) {
        size_t size = 0;
        const char *text = index[i] < 0 ? NULL : cst_column_text(column, (size_t)index[i], &size);
        rc = cst_column_add_text(out, text, size, err);
    }
    return rc;
}

cst_code cst_column_take(cst_column *out, const cst_column *column, const int64_t *index, size_t n,
                         cst_error *err)
{
    cst_code rc = cst_column_reserve(out, n, err);
    if (rc == CST_OK && column->type == CST_CATEGORY)
        rc = cst_levels_copy(&out->levels, &column->levels, err);
    if (rc != CST_OK)
        return rc;
    if (column->type == CST_TEXT)
        return take_text(out, column, index, n, err);
    for (size_t i = 0; i < n; i++)
        if (index[i] < 0)
            cst_column_fill_missing(out, i, 1);
    switch (cst_type_size(column->type)) {
    case 1:
        take_8(out->values.any, column->values.any, index, n);
        break;
    case 4:
        take_32(out->values.any, column->values.any, index, n);
        break;
    default:
        take_64(out->values.any, column->values.any, index, n);
    }
    out->rows = n;
    return CST_OK;
}

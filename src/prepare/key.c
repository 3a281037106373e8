/* key.c - the values of key columns as bytes that are equal where the values are */
#include "prepare/key.h"

#include "base/array.h"
#include "base/clock.h"
#include "config/json.h"
#include "prepare/unknown.h"

enum { MICRO = 1000000 };

cst_code cst_key_new(cst_key *out, const cst_table *table, const json_t *names, const char *what,
                     cst_error *err)
{
    *out = (cst_key){.count = json_array_size(names)};
    out->column = cst_array_new(out->count, sizeof *out->column, "key columns", err);
    if (!out->column)
        return CST_NOMEM;
    for (size_t i = 0; i < out->count; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        out->column[i] = cst_table_find(table, name);
        if (out->column[i])
            continue;
        cst_key_free(out);
        return cst_unknown_column(what, name, table, err);
    }
    return CST_OK;
}

void cst_key_free(cst_key *key)
{
    free(key->column);
    *key = (cst_key){0};
}

int64_t cst_key_microseconds(const cst_column *column, size_t row)
{
    int64_t value = column->values.i64[row];
    if (value == CST_MISSING_INT64 || column->ticks == MICRO)
        return value;
    int64_t seconds = value / column->ticks;
    int64_t rest = value % column->ticks;
    if (rest < 0) {
        rest += column->ticks;
        seconds--;
    }
    return seconds * MICRO + (int64_t)((__int128)rest * MICRO / column->ticks);
}

/* An instant as whole seconds and nanoseconds. */
static cst_code add_time(cst_text *bytes, const cst_column *column, size_t row, cst_error *err)
{
    int64_t value = column->values.i64[row];
    int64_t part[2] = {value / column->ticks, value % column->ticks};
    if (part[1] < 0) {
        part[1] += column->ticks;
        part[0]--;
    }
    part[1] = (int64_t)((__int128)part[1] * 1000000000 / column->ticks);
    cst_code rc = cst_text_add(bytes, "t", 1, err);
    return rc == CST_OK ? cst_text_add(bytes, part, sizeof part, err) : rc;
}

/* A whole number as integer, so that 5 equals 5.0; others by their bits. */
static cst_code add_number(cst_text *bytes, const cst_column *column, size_t row, cst_error *err)
{
    int64_t whole = 0;
    double value = 0;
    bool integral = true;
    if (column->type == CST_INT64) {
        whole = column->values.i64[row];
    } else {
        value = cst_column_number(column, row);
        integral = value >= -0x1p63 && value < 0x1p63 && value == (double)(int64_t)value;
        if (integral)
            whole = (int64_t)value;
    }
    cst_code rc = cst_text_add(bytes, integral ? "i" : "f", 1, err);
    if (rc != CST_OK)
        return rc;
    return integral ? cst_text_add(bytes, &whole, sizeof whole, err)
                    : cst_text_add(bytes, &value, sizeof value, err);
}

static cst_code add_text(cst_text *bytes, const cst_column *column, size_t row, cst_error *err)
{
    size_t size = 0;
    const char *text = cst_column_text(column, row, &size);
    cst_code rc = cst_text_add(bytes, "s", 1, err);
    if (rc == CST_OK) /* its length first: "ab", "c" is not "a", "bc" */
        rc = cst_text_add(bytes, &size, sizeof size, err);
    if (rc == CST_OK)
        rc = cst_text_add(bytes, text, size, err);
    return rc;
}

cst_code cst_key_bytes(cst_text *bytes, bool *missing, const cst_key *key, size_t row,
                       cst_error *err)
{
    bytes->size = 0;
    *missing = false;
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < key->count; i++) {
        const cst_column *column = key->column[i];
        if (cst_column_is_missing(column, row)) {
            *missing = true;
            rc = cst_text_add(bytes, "m", 1, err);
        } else if (column->type == CST_TEXT || column->type == CST_CATEGORY) {
            rc = add_text(bytes, column, row, err);
        } else if (column->type == CST_TIME) {
            rc = add_time(bytes, column, row, err);
        } else {
            rc = add_number(bytes, column, row, err);
        }
    }
    return rc;
}

static cst_code describe_value(cst_text *out, const cst_column *column, size_t row, cst_error *err)
{
    if (cst_column_is_missing(column, row))
        return cst_text_puts(out, "missing", err);
    if (column->type == CST_TIME) {
        char text[CST_TIME_TEXT];
        cst_clock_text(text, cst_key_microseconds(column, row));
        return cst_text_puts(out, text, err);
    }
    if (column->type == CST_INT32 || column->type == CST_INT64)
        return cst_text_print(out, err, "%.0f", cst_column_number(column, row));
    if (column->type != CST_TEXT && column->type != CST_CATEGORY)
        return cst_json_number(out, cst_column_number(column, row), err);
    size_t size = 0;
    const char *text = cst_column_text(column, row, &size);
    return cst_text_add(out, text, size, err);
}

cst_code cst_key_describe(cst_text *out, const cst_key *key, size_t row, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < key->count; i++) {
        rc = cst_text_print(out, err, "%s%s=", i ? ", " : "", key->column[i]->name);
        if (rc == CST_OK)
            rc = describe_value(out, key->column[i], row, err);
    }
    return rc;
}

/* Open addressing over at least twice as many slots as keys; a slot holds a key's number + 1. */
struct cst_key_index {
    cst_text bytes; /* all keys, one after the other */
    size_t *end;    /* shape [count]: where each ends */
    uint64_t *hash; /* shape [count] */
    int64_t *slot;  /* shape [slots] */
    size_t slots;   /* a power of two */
    size_t count;
    size_t end_room, hash_room;
};

enum { FIRST_SLOTS = 64 };

cst_code cst_key_index_new(cst_key_index **out, cst_error *err)
{
    cst_key_index *index = calloc(1, sizeof *index);
    if (!index)
        return cst_error_nomem(err, "key index");
    index->slots = FIRST_SLOTS;
    index->slot = cst_array_new(index->slots, sizeof *index->slot, "key index", err);
    if (!index->slot) {
        free(index);
        return CST_NOMEM;
    }
    *out = index;
    return CST_OK;
}

void cst_key_index_free(cst_key_index *index)
{
    if (!index)
        return;
    cst_text_free(&index->bytes);
    free(index->end);
    free(index->hash);
    free(index->slot);
    free(index);
}

int64_t cst_key_index_count(const cst_key_index *index)
{
    return (int64_t)index->count;
}

/* FNV-1a (Fowler, Noll, Vo) and a last mix of the high bits into the low ones. */
static uint64_t hash_of(const cst_text *bytes)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < bytes->size; i++)
        hash = (hash ^ (unsigned char)bytes->data[i]) * 0x100000001b3U;
    return hash ^ hash >> 32;
}

static bool is_key(const cst_key_index *index, size_t number, uint64_t hash, const cst_text *bytes)
{
    size_t start = number ? index->end[number - 1] : 0;
    return index->hash[number] == hash && index->end[number] - start == bytes->size &&
           (bytes->size == 0 || memcmp(index->bytes.data + start, bytes->data, bytes->size) == 0);
}

/* The slot where a key is, or the empty one where it would be. */
static size_t slot_of(const cst_key_index *index, uint64_t hash, const cst_text *bytes)
{
    size_t at = hash & (index->slots - 1);
    while (index->slot[at] && !is_key(index, (size_t)index->slot[at] - 1, hash, bytes))
        at = (at + 1) & (index->slots - 1);
    return at;
}

int64_t cst_key_index_find(const cst_key_index *index, const cst_text *bytes)
{
    return index->slot[slot_of(index, hash_of(bytes), bytes)] - 1;
}

static cst_code widen(cst_key_index *index, cst_error *err)
{
    size_t slots = 2 * index->slots;
    int64_t *slot = cst_array_new(slots, sizeof *slot, "key index", err);
    if (!slot)
        return CST_NOMEM;
    for (size_t k = 0; k < index->count; k++) {
        size_t at = index->hash[k] & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = (int64_t)k + 1;
    }
    free(index->slot);
    index->slot = slot;
    index->slots = slots;
    return CST_OK;
}

cst_code cst_key_index_add(int64_t *number, cst_key_index *index, const cst_text *bytes,
                           cst_error *err)
{
    if (2 * (index->count + 1) > index->slots && widen(index, err) != CST_OK)
        return CST_NOMEM;
    uint64_t hash = hash_of(bytes);
    size_t at = slot_of(index, hash, bytes);
    *number = index->slot[at] ? index->slot[at] - 1 : (int64_t)index->count;
    if (index->slot[at])
        return CST_OK;
    size_t *end = cst_array_grow(index->end, &index->end_room, index->count + 1, sizeof *end,
                                 "key index", err);
    if (!end)
        return CST_NOMEM;
    index->end = end;
    uint64_t *hashes = cst_array_grow(index->hash, &index->hash_room, index->count + 1,
                                      sizeof *hashes, "key index", err);
    if (!hashes)
        return CST_NOMEM;
    index->hash = hashes;
    if (cst_text_add(&index->bytes, bytes->data, bytes->size, err) != CST_OK)
        return CST_NOMEM;
    index->end[index->count] = index->bytes.size;
    index->hash[index->count] = hash;
    index->slot[at] = (int64_t)++index->count;
    return CST_OK;
}

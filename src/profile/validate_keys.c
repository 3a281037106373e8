/* validate_keys.c - the schema's key: rows that lack it, rows that share it
 *
 * All ranks unite 128 bits of hash a row; only keys that met are then looked at as text.
 */
#include "base/array.h"
#include "base/text.h"
#include "config/json.h"
#include "exact/random.h"
#include "profile/validate_state.h"
#include "profile/value.h"

enum { HASH_SIZE = 16, ROW_SIZE = 8, SEPARATOR = 0x1f /* ASCII's unit separator */ };

/* The key's columns in a table; NULL where the schema has no key or the table lacks a part. */
static const cst_column **key_columns(const cst_validation *validation, const cst_table *table,
                                      cst_error *err)
{
    size_t keys = validation->schema->keys;
    const cst_column **column = cst_array_new(keys, sizeof(cst_column *), "key", err);
    for (size_t k = 0; column && k < keys; k++) {
        column[k] = cst_table_find(table, validation->schema->key[k]);
        if (!column[k]) {
            free(column);
            return NULL;
        }
    }
    return column;
}

static cst_code print_key(cst_text *out, const cst_column *const *column, size_t keys, size_t row,
                          cst_error *err)
{
    const char separator = SEPARATOR;
    cst_code rc = CST_OK;
    out->size = 0;
    for (size_t k = 0; rc == CST_OK && k < keys; k++) {
        if (k > 0)
            rc = cst_text_add(out, &separator, 1, err);
        if (rc == CST_OK)
            rc = cst_value_print(out, column[k], row, err);
    }
    return rc;
}

static void hash_key(unsigned char hash[HASH_SIZE], const cst_text *key)
{
    for (uint64_t half = 0; half < 2; half++) {
        uint64_t bits = cst_random_hash(half, CST_STREAM_SAMPLE, key->data, key->size);
        memcpy(hash + 8 * half, &bits, sizeof bits);
    }
}

static bool lacks_key(const cst_column *const *column, size_t keys, size_t row)
{
    for (size_t k = 0; k < keys; k++)
        if (cst_column_is_missing(column[k], row))
            return true;
    return false;
}

cst_code cst_validation_add_keys(cst_validation *validation, const cst_table *table, cst_error *err)
{
    size_t keys = validation->schema->keys;
    const cst_column **column = keys ? key_columns(validation, table, err) : NULL;
    if (!column)
        return err->code;
    cst_text key = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++) {
        rc = print_key(&key, column, keys, r, err);
        if (rc != CST_OK)
            break;
        if (lacks_key(column, keys, r)) {
            for (size_t i = 0; i < key.size; i++)
                if (key.data[i] == SEPARATOR)
                    key.data[i] = ' ';
            validation->sums[CST_VALIDATION_KEYLESS_ROWS]++;
            rc = cst_examples_add_text(*cst_validation_set(validation, CST_VALIDATION_KEYLESS),
                                       table->first + (int64_t)r, key.data, key.size, err);
            continue;
        }
        unsigned char hash[HASH_SIZE];
        const int64_t one = 1;
        hash_key(hash, &key);
        rc = cst_sorted_add(*cst_validation_set(validation, CST_VALIDATION_KEYS), hash, sizeof hash,
                            &one, err);
    }
    cst_text_free(&key);
    free(column);
    return rc;
}

bool cst_validation_has_repeated_keys(const cst_validation *validation)
{
    const cst_sorted *keys = *cst_validation_set(validation, CST_VALIDATION_KEYS);
    for (size_t i = 0; i < cst_sorted_count(keys); i++)
        if (cst_sorted_payload(keys, i)[0] > 1)
            return true;
    return false;
}

cst_code cst_validation_name_keys(cst_validation *validation, const cst_table *table,
                                  cst_error *err)
{
    size_t keys = validation->schema->keys;
    const cst_sorted *hashes = *cst_validation_set(validation, CST_VALIDATION_KEYS);
    const cst_column **column = key_columns(validation, table, err);
    cst_text key = CST_TEXT_INIT;
    cst_code rc = column ? CST_OK : err->code;
    for (size_t r = 0; rc == CST_OK && column && r < table->rows; r++) {
        unsigned char hash[HASH_SIZE];
        if (lacks_key(column, keys, r))
            continue;
        rc = print_key(&key, column, keys, r, err);
        if (rc != CST_OK)
            break;
        hash_key(hash, &key);
        int64_t at = cst_sorted_find(hashes, hash, sizeof hash);
        if (at < 0 || cst_sorted_payload(hashes, (size_t)at)[0] < 2)
            continue;
        uint64_t row = (uint64_t)table->first + r;
        unsigned char tail[1 + ROW_SIZE] = {SEPARATOR};
        for (int i = 0; i < ROW_SIZE; i++)
            tail[1 + i] = (unsigned char)(row >> (56 - 8 * i));
        rc = cst_text_add(&key, tail, sizeof tail, err);
        if (rc == CST_OK)
            rc = cst_sorted_add(*cst_validation_set(validation, CST_VALIDATION_REPEATED), key.data,
                                key.size, NULL, err);
    }
    cst_text_free(&key);
    free(column);
    return rc;
}

/* The key's text of an entry, without the row. */
static const char *entry_key(const cst_sorted *set, size_t at, size_t *size, int64_t *row)
{
    size_t whole;
    const char *key = (const char *)cst_sorted_key(set, at, &whole);
    uint64_t word = 0;
    *size = whole - 1 - ROW_SIZE;
    for (size_t i = 0; i < ROW_SIZE; i++)
        word = word << 8 | (unsigned char)key[*size + 1 + i];
    *row = (int64_t)word;
    return key;
}

static json_t *describe_key(const char *key, size_t size)
{
    char *text = strndup(key, size);
    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i++)
        if (text[i] == SEPARATOR)
            text[i] = ' ';
    json_t *value = json_string(text);
    free(text);
    return value;
}

/* One repeated key as examples: each of its rows, with the key as the value. */
static cst_code add_examples(json_t *out, const cst_sorted *set, size_t from, size_t to,
                             cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = from; rc == CST_OK && i < to && json_array_size(out) < CST_EXAMPLES; i++) {
        size_t size;
        int64_t row;
        const char *key = entry_key(set, i, &size, &row);
        json_t *example = json_object();
        rc = example ? cst_json_put(example, "row", json_integer(row), err)
                     : cst_error_nomem(err, "examples");
        if (rc == CST_OK)
            rc = cst_json_put(example, "value", describe_key(key, size), err);
        if (rc == CST_OK)
            rc = cst_json_append(out, json_incref(example), err);
        json_decref(example);
    }
    return rc;
}

cst_code cst_validation_repeated(int64_t *rows, json_t **examples, const cst_validation *validation,
                                 cst_error *err)
{
    const cst_sorted *set = *cst_validation_set(validation, CST_VALIDATION_REPEATED);
    size_t n = cst_sorted_count(set);
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "examples");
    *rows = 0;
    for (size_t i = 0; rc == CST_OK && i < n;) {
        size_t size;
        size_t other_size;
        int64_t row;
        const char *key = entry_key(set, i, &size, &row);
        size_t end = i + 1;
        while (end < n) {
            const char *other = entry_key(set, end, &other_size, &row);
            if (other_size != size || memcmp(key, other, size) != 0)
                break;
            end++;
        }
        if (end - i > 1) {
            *rows += (int64_t)(end - i) - 1;
            rc = add_examples(out, set, i, end, err);
        }
        i = end;
    }
    if (rc == CST_OK)
        *examples = out;
    else
        json_decref(out);
    return rc;
}

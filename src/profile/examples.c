/* examples.c - the first few rows of which something is true, with their values */
#include "profile/examples.h"

#include "base/text.h"
#include "config/json.h"
#include "profile/value.h"

enum { ROW_SIZE = 8, VALUE_MOST = 200 };

cst_code cst_examples_new(cst_sorted **out, cst_error *err)
{
    return cst_sorted_new(out, 0, CST_EXAMPLES, err);
}

cst_code cst_examples_add_text(cst_sorted *set, int64_t row, const char *text, size_t size,
                               cst_error *err)
{
    unsigned char key[ROW_SIZE + VALUE_MOST];
    for (int i = 0; i < ROW_SIZE; i++) /* big-endian: bytes are in the order of rows */
        key[i] = (unsigned char)((uint64_t)row >> (56 - 8 * i));
    if (size > VALUE_MOST) { /* cut between characters */
        size = VALUE_MOST;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    if (size > 0)
        memcpy(key + ROW_SIZE, text, size);
    return cst_sorted_add(set, key, ROW_SIZE + size, NULL, err);
}

cst_code cst_examples_add(cst_sorted *set, int64_t row, const cst_column *column, size_t at,
                          cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = column ? cst_value_print(&text, column, at, err) : CST_OK;
    if (rc == CST_OK)
        rc = cst_examples_add_text(set, row, text.data, text.size, err);
    cst_text_free(&text);
    return rc;
}

static json_t *example(const cst_sorted *set, size_t at, cst_error *err)
{
    size_t size;
    const unsigned char *key = (const unsigned char *)cst_sorted_key(set, at, &size);
    uint64_t row = 0;
    for (int i = 0; i < ROW_SIZE; i++)
        row = row << 8 | key[i];
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "examples");
    if (rc == CST_OK)
        rc = cst_json_put(out, "row", json_integer((json_int_t)row), err);
    if (rc == CST_OK && size > ROW_SIZE)
        rc = cst_json_put(out, "value", json_stringn((const char *)key + ROW_SIZE, size - ROW_SIZE),
                          err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

json_t *cst_examples_json(const cst_sorted *set, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "examples");
    for (size_t i = 0; rc == CST_OK && i < cst_sorted_count(set); i++)
        rc = cst_json_append(out, example(set, i, err), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

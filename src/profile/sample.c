/* sample.c - a bottom-k sample of whole rows, chosen by the hash of their id */
#include "profile/sample.h"

#include <math.h>

#include "base/array.h"
#include "exact/random.h"

enum { KEY_SIZE = 24 };

cst_code cst_sample_new(cst_sample *out, size_t width, cst_error *err)
{
    *out = (cst_sample){.width = width, .bound = UINT64_MAX};
    return cst_sorted_new(&out->set, width, CST_SAMPLE_ROWS, err);
}

void cst_sample_free(cst_sample *sample)
{
    cst_sorted_free(sample->set);
    *sample = (cst_sample){0};
}

uint64_t cst_sample_hash(cst_rowid id)
{
    return cst_random_bits(0, CST_STREAM_SAMPLE, id.part, id.row);
}

/* Most significant byte first, so that bytewise order is the numbers' order. */
static void put_word(unsigned char *to, uint64_t word)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(word >> (56 - 8 * i));
}

static uint64_t get_word(const unsigned char *from)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word = word << 8 | from[i];
    return word;
}

cst_code cst_sample_add(cst_sample *sample, uint64_t hash, cst_rowid id, const int64_t *word,
                        cst_error *err)
{
    unsigned char key[KEY_SIZE];
    put_word(key, hash);
    put_word(key + 8, id.part);
    put_word(key + 16, id.row);
    cst_code rc = cst_sorted_add(sample->set, key, sizeof key, word, err);
    if (rc != CST_OK || ++sample->entered < CST_SAMPLE_ROWS)
        return rc;
    sample->entered = 0;
    size_t count = cst_sorted_count(sample->set);
    if (count == CST_SAMPLE_ROWS) {
        size_t size;
        sample->bound = get_word(cst_sorted_key(sample->set, count - 1, &size));
    }
    return CST_OK;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

cst_code cst_sample_sorted(int64_t **out, size_t *count, const cst_sample *sample, size_t column,
                           cst_error *err)
{
    size_t rows = cst_sorted_count(sample->set);
    int64_t *word = cst_array_new(rows, sizeof *word, "sample", err);
    if (!word)
        return CST_NOMEM;
    size_t n = 0;
    for (size_t r = 0; r < rows; r++) {
        int64_t value = cst_sorted_payload(sample->set, r)[column];
        if (value != CST_SAMPLE_MISSING)
            word[n++] = value;
    }
    qsort(word, n, sizeof *word, by_value);
    *out = word;
    *count = n;
    return CST_OK;
}

bool cst_sample_is_all(const cst_sample *sample)
{
    return !cst_sorted_overflowed(sample->set);
}

double cst_sample_rank_error(const cst_sample *sample, size_t n)
{
    const double log_two_million = 14.508657738524219;
    return cst_sample_is_all(sample) || n == 0 ? 0 : sqrt(log_two_million / (2 * (double)n));
}

cst_rowid cst_sample_rowid(const cst_table *table, size_t row)
{
    if (table->id)
        return table->id[row];
    return (cst_rowid){.part = 0, .row = (uint64_t)table->first + row};
}

bool cst_sample_is_numeric(cst_type type)
{
    return type != CST_CATEGORY && type != CST_TEXT;
}

int64_t cst_sample_word(const cst_column *column, size_t row)
{
    double value;
    switch (column->type) {
    case CST_INT64:
    case CST_TIME:
        return column->values.i64[row]; /* missing is INT64_MIN already */
    case CST_INT32:
        return column->values.i32[row] == CST_MISSING_INT32 ? CST_SAMPLE_MISSING
                                                            : column->values.i32[row];
    case CST_BOOL:
        return column->values.i8[row] == CST_MISSING_BOOL ? CST_SAMPLE_MISSING
                                                          : column->values.i8[row];
    case CST_FLOAT32:
    case CST_FLOAT64:
        value =
            column->type == CST_FLOAT32 ? (double)column->values.f32[row] : column->values.f64[row];
        return isfinite(value) ? cst_order_key(value + 0.0) : CST_SAMPLE_MISSING; /* -0 is 0 */
    default:
        return CST_SAMPLE_MISSING;
    }
}

double cst_sample_value(cst_type type, int64_t word)
{
    if (word == CST_SAMPLE_MISSING)
        return NAN;
    return type == CST_FLOAT32 || type == CST_FLOAT64 ? cst_order_value(word) : (double)word;
}

/* gbdt_sample.c - the sample of rows that cut points are found in */
#include "base/array.h"
#include "exact/random.h"
#include "model/gbdt_bins.h"
#include "model/row_id.h"

/* A row and its place in the sample's order: by hash, then by identity. */
typedef struct {
    uint64_t hash;
    cst_rowid id;
    size_t row;
} drawn;

static int by_hash(const void *a, const void *b)
{
    const drawn *left = a;
    const drawn *right = b;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    if (left->id.part != right->id.part)
        return left->id.part < right->id.part ? -1 : 1;
    return (left->id.row > right->id.row) - (left->id.row < right->id.row);
}

enum { KEY = 24 };

/* The order of drawn rows as bytes: big-endian words. */
static void make_key(uint8_t key[KEY], const drawn *row)
{
    const uint64_t word[] = {row->hash, row->id.part, row->id.row};
    for (size_t i = 0; i < KEY; i++)
        key[i] = (uint8_t)(word[i / 8] >> (56 - 8 * (i % 8)));
}

/* The features of a row, two to a word. */
static void make_payload(int64_t *payload, const cst_matrix *matrix, size_t row)
{
    for (size_t c = 0; c < matrix->columns; c++) {
        uint32_t bits = 0;
        memcpy(&bits, &matrix->x[c][row], sizeof bits);
        uint64_t word = c % 2 ? (uint64_t)payload[c / 2] | (uint64_t)bits << 32 : bits;
        payload[c / 2] = (int64_t)word;
    }
}

cst_code cst_gbdt_sample(cst_sorted **out, const cst_matrix *matrix, uint64_t seed, cst_error *err)
{
    size_t width = matrix->columns / 2 + 1;
    cst_sorted *sample = NULL;
    drawn *order = cst_array_new(matrix->rows, sizeof *order, "sample", err);
    int64_t *payload = cst_array_new(width, sizeof *payload, "sample", err);
    cst_code rc = order && payload ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_sorted_new(&sample, width, CST_GBDT_SAMPLE, err);
    if (rc != CST_OK)
        goto out;
    for (size_t r = 0; r < matrix->rows; r++) {
        cst_rowid id = cst_row_id(matrix, r);
        uint64_t hash = cst_random_bits(seed, CST_STREAM_SAMPLE, id.part, id.row);
        order[r] = (drawn){.hash = hash, .id = id, .row = r};
    }
    qsort(order, matrix->rows, sizeof *order, by_hash);
    size_t n = matrix->rows < CST_GBDT_SAMPLE ? matrix->rows : CST_GBDT_SAMPLE;
    for (size_t i = 0; i < n && rc == CST_OK; i++) {
        uint8_t key[KEY];
        make_key(key, &order[i]);
        make_payload(payload, matrix, order[i].row);
        rc = cst_sorted_add(sample, key, sizeof key, payload, err);
    }
    if (rc != CST_OK)
        goto out;
    *out = sample;
    sample = NULL;
out:
    cst_sorted_free(sample);
    free(order);
    free(payload);
    return rc;
}

/* content.c - what a part says, whoever wrote it: digests of runs of rows, and their root */
#include "store/content.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "store/bytes.h"
#include "store/hdf5.h"

enum { CHUNK = 1 << 20 }; /* bytes read at a time; a multiple of every value's size */

int64_t cst_content_runs(int64_t rows)
{
    return (rows + CST_RUN_ROWS - 1) / CST_RUN_ROWS;
}

void cst_content_one_nan(cst_type type, void *values, size_t n)
{
    static const uint32_t nan32 = 0x7fc00000;
    static const uint64_t nan64 = 0x7ff8000000000000;
    if (type == CST_FLOAT32) {
        float *f32 = values;
        for (size_t i = 0; i < n; i++)
            if (isnan(f32[i]))
                memcpy(&f32[i], &nan32, sizeof nan32);
    } else if (type == CST_FLOAT64) {
        double *f64 = values;
        for (size_t i = 0; i < n; i++)
            if (isnan(f64[i]))
                memcpy(&f64[i], &nan64, sizeof nan64);
    }
}

typedef struct {
    int fd;
    const char *path;
    cst_sha256 *hash;
    char *chunk; /* CHUNK bytes */
} reader;

/* Add size bytes of the file, values of one type. */
static cst_code add_values(const reader *r, cst_type type, int64_t offset, int64_t size,
                           cst_error *err)
{
    cst_code rc = CST_OK;
    while (rc == CST_OK && size) {
        size_t now = size < CHUNK ? (size_t)size : CHUNK;
        if ((rc = cst_store_read(r->chunk, now, r->fd, offset, r->path, err)) != CST_OK)
            break;
        if (type != CST_TEXT)
            cst_content_one_nan(type, r->chunk, now / cst_type_size(type));
        rc = cst_sha256_add(r->hash, r->chunk, now, err);
        offset += (int64_t)now;
        size -= (int64_t)now;
    }
    return rc;
}

/* Add n + 1 offsets less the first of them; *begin and *end are the run's bytes. */
static cst_code add_offsets(const reader *r, int64_t place, int64_t n, int64_t *begin, int64_t *end,
                            cst_error *err)
{
    cst_code rc = CST_OK;
    int64_t *offset = (int64_t *)(void *)r->chunk;
    for (int64_t done = 0; rc == CST_OK && done <= n;) {
        int64_t now = n + 1 - done < CHUNK / 8 ? n + 1 - done : CHUNK / 8;
        rc = cst_store_read(offset, (size_t)now * 8, r->fd, place + done * 8, r->path, err);
        if (rc != CST_OK)
            break;
        if (done == 0)
            *begin = offset[0];
        *end = offset[now - 1];
        for (int64_t i = 0; i < now; i++)
            offset[i] = (int64_t)((uint64_t)offset[i] - (uint64_t)*begin);
        rc = cst_sha256_add(r->hash, offset, (size_t)now * 8, err);
        done += now;
    }
    return rc;
}

static cst_code add_text(const reader *r, const cst_place *place, int64_t first, int64_t n,
                         cst_error *err)
{
    int64_t begin = 0;
    int64_t end = 0;
    cst_code rc = add_values(r, CST_TEXT, place->missing + first, n, err);
    if (rc == CST_OK)
        rc = add_offsets(r, place->offsets + first * 8, n, &begin, &end, err);
    if (rc == CST_OK && (begin < 0 || end < begin || end > place->size))
        rc = cst_error_set(err, CST_INVALID, "%s: offsets of text lead out of it", r->path);
    if (rc == CST_OK)
        rc = add_values(r, CST_TEXT, place->values + begin, end - begin, err);
    return rc;
}

cst_code cst_content_run(cst_digest *out, const cst_layout *layout, size_t c, int64_t run, int fd,
                         const char *path, cst_error *err)
{
    cst_type type = layout->table->column[c].type;
    const cst_place *place = &layout->place[c];
    int64_t first = run * CST_RUN_ROWS;
    int64_t n = layout->rows - first < CST_RUN_ROWS ? layout->rows - first : CST_RUN_ROWS;
    int64_t size = (int64_t)cst_type_size(type);
    reader r = {.fd = fd, .path = path, .chunk = cst_array_new(CHUNK, 1, "part", err)};
    cst_code rc = r.chunk ? cst_sha256_new(&r.hash, err) : CST_NOMEM;
    if (rc == CST_OK && type == CST_TEXT)
        rc = add_text(&r, place, first, n, err);
    else if (rc == CST_OK)
        rc = add_values(&r, type, place->values + first * size, n * size, err);
    if (rc == CST_OK)
        rc = cst_sha256_end(out, r.hash, err);
    cst_sha256_free(r.hash);
    free(r.chunk);
    return rc;
}

/* Every field says how long it is, so that no two parts can read alike. */
static cst_code add_field(cst_text *out, const char *field, cst_error *err)
{
    return field ? cst_text_print(out, err, "%zu:%s\n", strlen(field), field)
                 : cst_text_puts(out, "-\n", err);
}

static cst_code add_column(cst_text *out, const cst_column *column, bool fill, cst_error *err)
{
    bool is_time = column->type == CST_TIME;
    const char *const field[] = {column->name,
                                 cst_type_name(column->type),
                                 is_time ? cst_layout_time_unit(column->ticks) : column->unit,
                                 is_time ? "proleptic_gregorian" : NULL,
                                 column->zone,
                                 fill ? "fill" : NULL};
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < sizeof field / sizeof field[0]; i++)
        rc = add_field(out, field[i], err);
    if (rc == CST_OK)
        rc = cst_text_print(out, err, "%d\n", (int)column->levels.count);
    for (int32_t i = 0; rc == CST_OK && i < column->levels.count; i++)
        rc = add_field(out, column->levels.text[i], err);
    return rc;
}

cst_code cst_content_root(cst_digest *out, const cst_layout *layout, const cst_digest *runs,
                          cst_error *err)
{
    const cst_table *table = layout->table;
    size_t count = (size_t)cst_content_runs(layout->rows);
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_text_print(&text, err, "capstan part %d\n%lld\n%zu\n", CST_PART_FORMAT,
                                 (long long)layout->rows, table->columns);
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++) {
        rc = add_column(&text, &table->column[c], layout->fill[c] != 0, err);
        if (rc == CST_OK)
            rc = cst_text_add(&text, runs + c * count, count * sizeof *runs, err);
    }
    if (rc == CST_OK)
        rc = cst_sha256_of(out, text.data, text.size, err);
    cst_text_free(&text);
    return rc;
}

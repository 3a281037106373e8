/* part_write.c - a part written by all ranks */
#include <fcntl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "store/bytes.h"
#include "store/content.h"
#include "store/names.h"
#include "store/part.h"

/* What all ranks know of the part, and this rank's share of it. */
typedef struct {
    cst_comm *comm;
    const char *path;
    cst_table table;   /* the caller's columns, and two for the ids: shallow */
    cst_layout layout; /* the same on all ranks, once shared */
    int64_t first;     /* this rank's first row */
    int64_t *bytes;    /* shape [columns]: where this rank's text begins */
    int64_t *id_part, *id_row;
    bool made; /* there is a file to be removed on failure */
} job;

/* ---- what is written ---- */

static cst_code check_column(const cst_table *table, const cst_column *column, cst_error *err)
{
    if (column->rows != table->rows)
        return cst_error_set(err, CST_INVALID, "column %s has %zu rows, its table %zu",
                             column->name, column->rows, table->rows);
    if (column->type == CST_TIME && !cst_layout_time_unit(column->ticks))
        return cst_error_set(err, CST_INVALID,
                             "column %s counts %lld ticks a second: expected 1, 1000, 1000000 or "
                             "1000000000",
                             column->name, (long long)column->ticks);
    return CST_OK;
}

/* The caller's table with its ids as two columns more. Collective. */
static cst_code take_table(job *j, const cst_table *table, cst_error *err)
{
    int64_t with_ids = table->id && table->rows;
    int64_t without = !table->id && table->rows;
    cst_code rc = cst_comm_max(j->comm, &with_ids, err);
    if (rc == CST_OK)
        rc = cst_comm_max(j->comm, &without, err);
    if (rc != CST_OK)
        return rc;
    j->table = *table;
    j->table.column = cst_array_new(table->columns + 2, sizeof *table->column, "columns", err);
    for (size_t c = 0; j->table.column && c < table->columns; c++) {
        j->table.column[c] = table->column[c];
        if (rc == CST_OK)
            rc = check_column(table, &table->column[c], err);
    }
    if (!j->table.column)
        rc = CST_NOMEM;
    else if (with_ids && without)
        rc = cst_error_set(err, CST_INVALID, "%s: some ranks' rows have ids and some have none",
                           j->path);
    else if (with_ids) {
        j->id_part = cst_array_new(table->rows, sizeof *j->id_part, "row ids", err);
        j->id_row = cst_array_new(table->rows, sizeof *j->id_row, "row ids", err);
        rc = j->id_part && j->id_row ? rc : CST_NOMEM;
    }
    if ((rc = cst_comm_agree(j->comm, rc, err)) != CST_OK || !with_ids)
        return rc;
    for (size_t r = 0; r < table->rows; r++) {
        j->id_part[r] = (int64_t)table->id[r].part;
        j->id_row[r] = (int64_t)table->id[r].row;
    }
    static char part_name[] = CST_ID_PART;
    static char row_name[] = CST_ID_ROW;
    j->table.column[table->columns] = (cst_column){
        .name = part_name, .type = CST_INT64, .rows = table->rows, .values.i64 = j->id_part};
    j->table.column[table->columns + 1] = (cst_column){
        .name = row_name, .type = CST_INT64, .rows = table->rows, .values.i64 = j->id_row};
    j->table.columns += 2;
    return CST_OK;
}

/* ---- what ranks must agree on ---- */

static cst_code add_text(cst_text *out, const char *text, cst_error *err)
{
    return cst_text_add(out, text ? text : "\1", text ? strlen(text) + 1 : 1, err);
}

static cst_code digest_columns(cst_digest *out, const cst_table *table, cst_error *err)
{
    cst_text all = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++) {
        const cst_column *column = &table->column[c];
        const char *const text[] = {column->name,      cst_type_name(column->type), column->unit,
                                    column->long_name, column->standard_name,       column->zone};
        for (size_t i = 0; rc == CST_OK && i < sizeof text / sizeof text[0]; i++)
            rc = add_text(&all, text[i], err);
        if (rc == CST_OK)
            rc = cst_text_print(&all, err, "%lld %d ", (long long)column->ticks,
                                (int)column->levels.count);
        for (int32_t i = 0; rc == CST_OK && i < column->levels.count; i++)
            rc = add_text(&all, column->levels.text[i], err);
    }
    if (rc == CST_OK)
        rc = cst_sha256_of(out, all.data, all.size, err);
    cst_text_free(&all);
    return rc;
}

/* Ranks whose columns or levels differ would write nonsense. Collective. */
static cst_code check_alike(const job *j, cst_error *err)
{
    cst_digest mine;
    void *all = NULL;
    size_t *offsets = NULL;
    cst_code rc = cst_comm_agree(j->comm, digest_columns(&mine, &j->table, err), err);
    if (rc == CST_OK)
        rc = cst_comm_gather(j->comm, &all, &offsets, &mine, sizeof mine, err);
    const cst_digest *digest = all;
    for (int r = 1; rc == CST_OK && r < j->comm->size; r++)
        if (!cst_digest_equal(&digest[r], &digest[0]))
            rc = cst_error_set(err, CST_INVALID,
                               "%s: columns, units or levels differ between ranks 0 and %d",
                               j->path, r);
    free(all);
    free(offsets);
    return rc;
}

/* Whether a value stands for missing in this column: floats have NaN and text its flags, which
 * need no attribute; ids use all values. */
static bool uses_fill(const cst_column *column)
{
    if (!cst_layout_has_fill(column->type) || strcmp(column->name, CST_ID_PART) == 0 ||
        strcmp(column->name, CST_ID_ROW) == 0)
        return false;
    for (size_t r = 0; r < column->rows; r++)
        if (cst_column_is_missing(column, r))
            return true;
    return false;
}

/* Rows and bytes of text before this rank's and of all, and where fill values are used. Collective.
 */
static cst_code agree_on_sizes(job *j, cst_error *err)
{
    const cst_table *table = &j->table;
    int64_t rows = 0;
    cst_code rc = cst_comm_offset(j->comm, (int64_t)table->rows, &j->first, &rows, err);
    if (rc == CST_OK && (rows == 0 || table->columns == 0))
        rc = cst_error_set(err, CST_INVALID, "%s: nothing to write: no rows, or no columns",
                           j->path);
    if (rc != CST_OK)
        return rc;
    rc = cst_layout_new(&j->layout, table, rows, err);
    j->bytes = cst_array_new(table->columns, sizeof *j->bytes, "columns", err);
    if ((rc = cst_comm_agree(j->comm, j->bytes ? rc : CST_NOMEM, err)) != CST_OK)
        return rc;
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++) {
        const cst_column *column = &table->column[c];
        int64_t fill = uses_fill(column);
        rc = cst_comm_max(j->comm, &fill, err);
        j->layout.fill[c] = fill != 0;
        if (rc == CST_OK && column->type == CST_TEXT)
            rc = cst_comm_offset(j->comm, column->offset[column->rows] - column->offset[0],
                                 &j->bytes[c], &j->layout.place[c].size, err);
    }
    return rc;
}

/* Rank 0 makes the file; all learn where values go. Collective. */
static cst_code lay_out(job *j, cst_error *err)
{
    cst_code rc = j->comm->rank == 0 ? cst_layout_create(&j->layout, j->path, err) : CST_OK;
    if ((rc = cst_comm_agree(j->comm, rc, err)) != CST_OK)
        return rc;
    j->made = true;
    void *places = j->layout.place;
    size_t size = j->table.columns * sizeof *j->layout.place;
    if ((rc = cst_comm_share(j->comm, &places, &size, err)) == CST_OK && j->comm->rank != 0) {
        free(j->layout.place);
        j->layout.place = places;
    }
    return rc;
}

/* ---- writing ---- */

enum { CHUNK = 1 << 16 }; /* values copied at a time */

static cst_code write_floats(int fd, const cst_column *column, int64_t offset, const char *path,
                             cst_error *err)
{
    size_t size = cst_type_size(column->type);
    char *chunk = cst_array_new(CHUNK, size, "part", err);
    cst_code rc = chunk ? CST_OK : CST_NOMEM;
    for (size_t done = 0; rc == CST_OK && done < column->rows;) {
        size_t now = column->rows - done < CHUNK ? column->rows - done : CHUNK;
        memcpy(chunk, (const char *)column->values.any + done * size, now * size);
        cst_content_one_nan(column->type, chunk, now);
        rc = cst_store_write(fd, chunk, now * size, offset + (int64_t)(done * size), path, err);
        done += now;
    }
    free(chunk);
    return rc;
}

static cst_code write_text(int fd, const job *j, size_t c, cst_error *err)
{
    const cst_column *column = &j->table.column[c];
    const cst_place *place = &j->layout.place[c];
    size_t bytes = (size_t)(column->offset[column->rows] - column->offset[0]);
    cst_code rc = bytes == 0 ? CST_OK
                             : cst_store_write(fd, column->values.bytes + column->offset[0], bytes,
                                               place->values + j->bytes[c], j->path, err);
    if (rc == CST_OK)
        rc = cst_store_write(fd, column->missing, column->rows, place->missing + j->first, j->path,
                             err);
    int64_t *chunk = rc == CST_OK ? cst_array_new(CHUNK, sizeof *chunk, "part", err) : NULL;
    if (!chunk)
        return rc == CST_OK ? CST_NOMEM : rc;
    int64_t shift = j->bytes[c] - column->offset[0];
    /* The offset before the first row is the rank's before, or 0, which the file is born with. */
    for (size_t done = 0; rc == CST_OK && done < column->rows;) {
        size_t now = column->rows - done < CHUNK ? column->rows - done : CHUNK;
        for (size_t i = 0; i < now; i++)
            chunk[i] = column->offset[done + i + 1] + shift;
        rc = cst_store_write(fd, chunk, now * sizeof *chunk,
                             place->offsets + (j->first + (int64_t)done + 1) * 8, j->path, err);
        done += now;
    }
    free(chunk);
    return rc;
}

static cst_code write_column(int fd, const job *j, size_t c, cst_error *err)
{
    const cst_column *column = &j->table.column[c];
    if (column->type == CST_TEXT)
        return write_text(fd, j, c, err);
    size_t size = cst_type_size(column->type);
    int64_t offset = j->layout.place[c].values + j->first * (int64_t)size;
    if (column->type == CST_FLOAT32 || column->type == CST_FLOAT64)
        return write_floats(fd, column, offset, j->path, err);
    return cst_store_write(fd, column->values.any, column->rows * size, offset, j->path, err);
}

static cst_code write_rows(const job *j, cst_error *err)
{
    int fd = open(j->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return cst_error_errno(err, "cannot open %s", j->path);
    cst_code rc = CST_OK;
    for (size_t c = 0; rc == CST_OK && j->table.rows && c < j->table.columns; c++)
        rc = write_column(fd, j, c, err);
    cst_code closed = cst_store_close(fd, j->path, err);
    return rc == CST_OK ? closed : rc;
}

/* ---- digests of what was written ---- */

/* A digest each of count things, thing i by rank i mod size; all get all, in order. Collective. */
static cst_code share_digests(cst_digest **out, const job *j, int64_t count,
                              cst_code (*one)(cst_digest *, const job *, int64_t, int, cst_error *),
                              cst_error *err)
{
    int size = j->comm->size;
    int64_t mine = 0;
    void *all = NULL;
    size_t *offsets = NULL;
    cst_digest *digest = cst_array_new((size_t)count, sizeof *digest, "digests", err);
    cst_digest *own = cst_array_new((size_t)count, sizeof *own, "digests", err);
    cst_code rc = digest && own ? CST_OK : CST_NOMEM;
    int fd = open(j->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && rc == CST_OK)
        rc = cst_error_errno(err, "cannot open %s", j->path);
    for (int64_t i = j->comm->rank; rc == CST_OK && i < count; i += size)
        rc = one(&own[mine++], j, i, fd, err);
    if (fd >= 0)
        (void)close(fd);
    if ((rc = cst_comm_agree(j->comm, rc, err)) == CST_OK)
        rc = cst_comm_gather(j->comm, &all, &offsets, own, (size_t)mine * sizeof *own, err);
    for (int64_t i = 0; rc == CST_OK && i < count; i++) {
        const cst_digest *of_rank = (const cst_digest *)all + offsets[i % size] / sizeof *of_rank;
        digest[i] = of_rank[i / size];
    }
    if (rc == CST_OK)
        *out = digest;
    else
        free(digest);
    free(own);
    free(all);
    free(offsets);
    return rc;
}

static cst_code digest_run(cst_digest *out, const job *j, int64_t i, int fd, cst_error *err)
{
    int64_t runs = cst_content_runs(j->layout.rows);
    return cst_content_run(out, &j->layout, (size_t)(i / runs), i % runs, fd, j->path, err);
}

static cst_code digest_piece(cst_digest *out, const job *j, int64_t i, int fd, cst_error *err)
{
    return cst_store_piece(out, fd, i, j->path, err);
}

static cst_code measure(int64_t *bytes, const char *path, cst_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cst_error_errno(err, "cannot open %s", path);
    cst_code rc = cst_store_size(bytes, fd, path, err);
    (void)close(fd);
    return rc;
}

/* Collective. */
static cst_code digest_file(cst_part_written *out, const job *j, cst_error *err)
{
    cst_digest *run = NULL;
    cst_digest *piece = NULL;
    int64_t runs = cst_content_runs(j->layout.rows) * (int64_t)j->table.columns;
    cst_code rc = cst_comm_agree(j->comm, measure(&out->bytes, j->path, err), err);
    if (rc != CST_OK)
        return rc;
    int64_t pieces = (out->bytes + CST_PIECE_SIZE - 1) / CST_PIECE_SIZE;
    out->rows = j->layout.rows;
    if ((rc = share_digests(&run, j, runs, digest_run, err)) == CST_OK &&
        (rc = share_digests(&piece, j, pieces, digest_piece, err)) == CST_OK) {
        rc = cst_content_root(&out->content, &j->layout, run, err);
        if (rc == CST_OK)
            rc = cst_sha256_of(&out->sha256, piece, (size_t)pieces * sizeof *piece, err);
        rc = cst_comm_agree(j->comm, rc, err);
    }
    free(run);
    free(piece);
    return rc;
}

cst_code cst_part_write(cst_part_written *out, cst_comm *comm, const char *path,
                        const cst_table *table, cst_error *err)
{
    job j = {.comm = comm, .path = path};
    cst_code rc = take_table(&j, table, err);
    if (rc == CST_OK)
        rc = check_alike(&j, err);
    if (rc == CST_OK)
        rc = agree_on_sizes(&j, err);
    if (rc == CST_OK)
        rc = lay_out(&j, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(comm, write_rows(&j, err), err);
    if (rc == CST_OK)
        rc = digest_file(out, &j, err);
    if (rc != CST_OK && j.made) {
        if (comm->rank == 0)
            (void)unlink(path);
        (void)cst_comm_agree(comm, CST_OK, NULL); /* nobody goes on while it is still there */
    }
    cst_layout_free(&j.layout);
    free(j.table.column);
    free(j.bytes);
    free(j.id_part);
    free(j.id_row);
    return rc;
}

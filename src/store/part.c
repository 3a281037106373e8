/* part.c - parts opened and read */
#include "store/part.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "store/bytes.h"
#include "store/content.h"
#include "store/names.h"
#include "store/opened.h"
#include "table/column.h"

cst_code cst_part_open(cst_part **out, const char *path, cst_error *err)
{
    cst_part *part = cst_array_new(1, sizeof *part, "part", err);
    if (!part)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    part->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (part->fd < 0)
        rc = cst_error_errno(err, "cannot open part %s", path);
    else if (!(part->path = cst_text_copy(path, err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_store_size(&part->size, part->fd, path, err);
    if (rc == CST_OK)
        rc = cst_part_describe(part, err);
    if (rc != CST_OK) {
        cst_part_close(part);
        return rc;
    }
    *out = part;
    return CST_OK;
}

void cst_part_close(cst_part *part)
{
    if (!part)
        return;
    if (part->fd >= 0)
        (void)close(part->fd);
    cst_layout_free(&part->layout);
    cst_table_free(part->columns);
    free(part->path);
    free(part);
}

int64_t cst_part_rows(const cst_part *part)
{
    return part->layout.rows;
}

bool cst_part_is_id(const char *name)
{
    return strcmp(name, CST_ID_PART) == 0 || strcmp(name, CST_ID_ROW) == 0;
}

cst_code cst_part_add_column(cst_column **out, cst_table *table, const cst_column *column,
                             cst_error *err)
{
    cst_code rc = cst_table_add(out, table, column->name, column->type, err);
    if (rc == CST_OK)
        rc = cst_column_describe_as(*out, column, err);
    if (rc == CST_OK && column->type == CST_CATEGORY)
        rc = cst_levels_copy(&(*out)->levels, &column->levels, err);
    return rc;
}

/* ---- values ---- */

static cst_code damaged(const cst_part *part, const cst_column *column, size_t row,
                        const char *what, cst_error *err)
{
    return cst_error_set(err, CST_INVALID, "%s: column %s, row %zu of those read: %s", part->path,
                         column->name, row, what);
}

/* Values that others index by or branch on must be what they can be. */
static cst_code check_values(const cst_part *part, const cst_column *column, size_t from,
                             int32_t levels, cst_error *err)
{
    if (column->type == CST_CATEGORY)
        for (size_t r = from; r < column->rows; r++) {
            int32_t code = column->values.i32[r];
            if (code != CST_MISSING_INT32 && (code < 0 || code >= levels))
                return damaged(part, column, r - from, "a code without a level", err);
        }
    if (column->type == CST_BOOL)
        for (size_t r = from; r < column->rows; r++) {
            int8_t truth = column->values.i8[r];
            if (truth != 0 && truth != 1 && truth != CST_MISSING_BOOL)
                return damaged(part, column, r - from, "neither true nor false", err);
        }
    return CST_OK;
}

/* Offsets from disk to the column's own: each text must begin where the one before ends. */
static cst_code take_offsets(cst_column *column, const cst_part *part, const cst_place *place,
                             int64_t *offset, size_t count, cst_error *err)
{
    for (size_t r = 0; r <= count; r++)
        if (offset[r] < (r ? offset[r - 1] : 0) || offset[r] > place->size)
            return damaged(part, column, r, "offsets of text that run backwards or out", err);
    size_t bytes = (size_t)(offset[count] - offset[0]);
    cst_code rc = cst_column_reserve_bytes(column, column->bytes_size + bytes, err);
    if (rc == CST_OK)
        rc = cst_store_read(column->values.bytes + column->bytes_size, bytes, part->fd,
                            place->values + offset[0], part->path, err);
    if (rc != CST_OK)
        return rc;
    int64_t shift = (int64_t)column->bytes_size - offset[0];
    for (size_t r = 0; r < count; r++)
        column->offset[column->rows + r + 1] = offset[r + 1] + shift;
    column->bytes_size += bytes;
    return CST_OK;
}

static cst_code read_text(cst_column *column, const cst_part *part, const cst_place *place,
                          int64_t first, size_t count, cst_error *err)
{
    int8_t *missing = column->missing + column->rows;
    int64_t *offset = cst_array_new(count + 1, sizeof *offset, "offsets", err);
    if (!offset)
        return CST_NOMEM;
    cst_code rc = cst_store_read(missing, count, part->fd, place->missing + first, part->path, err);
    for (size_t r = 0; rc == CST_OK && r < count; r++)
        if (missing[r] != 0 && missing[r] != 1)
            rc = damaged(part, column, r, "neither missing nor there", err);
    if (rc == CST_OK)
        rc = cst_store_read(offset, (count + 1) * sizeof *offset, part->fd,
                            place->offsets + first * 8, part->path, err);
    if (rc == CST_OK)
        rc = take_offsets(column, part, place, offset, count, err);
    free(offset);
    if (rc == CST_OK)
        column->rows += count;
    return rc;
}

cst_code cst_part_read_column(cst_column *column, const cst_part *part, size_t c, int64_t first,
                              int64_t count, cst_error *err)
{
    const cst_column *described = &part->columns->column[c];
    const cst_place *place = &part->layout.place[c];
    size_t before = column->rows;
    cst_code rc = cst_column_reserve(column, before + (size_t)count, err);
    if (rc != CST_OK)
        return rc;
    if (column->type == CST_TEXT)
        return read_text(column, part, place, first, (size_t)count, err);
    size_t size = cst_type_size(column->type);
    rc = cst_store_read((char *)column->values.any + before * size, (size_t)count * size, part->fd,
                        place->values + first * (int64_t)size, part->path, err);
    if (rc != CST_OK)
        return rc;
    column->rows += (size_t)count;
    rc = check_values(part, column, before, described->levels.count, err);
    if (rc == CST_OK && column->type == CST_CATEGORY)
        rc = cst_column_translate(column, before, &described->levels, err);
    return rc;
}

cst_code cst_part_read_ids(cst_rowid **out, const cst_part *part, int64_t first, int64_t count,
                           cst_error *err)
{
    *out = NULL;
    const cst_column *one = cst_table_find(part->columns, CST_ID_PART);
    const cst_column *two = cst_table_find(part->columns, CST_ID_ROW);
    if (!one || !two)
        return CST_OK;
    if (one->type != CST_INT64 || two->type != CST_INT64)
        return cst_error_set(err, CST_INVALID, "%s: row ids are not int64", part->path);
    cst_table *table = NULL;
    cst_column *id_part = NULL;
    cst_column *id_row = NULL;
    cst_rowid *id = NULL;
    cst_code rc = cst_table_new(&table, err);
    if (rc == CST_OK)
        rc = cst_table_add(&id_part, table, CST_ID_PART, CST_INT64, err);
    if (rc == CST_OK)
        rc = cst_table_add(&id_row, table, CST_ID_ROW, CST_INT64, err);
    if (rc != CST_OK)
        goto out;
    id_part = &table->column[0];
    if ((rc = cst_part_read_column(id_part, part, (size_t)(one - part->columns->column), first,
                                   count, err)) != CST_OK ||
        (rc = cst_part_read_column(id_row, part, (size_t)(two - part->columns->column), first,
                                   count, err)) != CST_OK)
        goto out;
    if (!(id = cst_array_new((size_t)count, sizeof *id, "row ids", err))) {
        rc = CST_NOMEM;
        goto out;
    }
    for (int64_t r = 0; r < count; r++)
        id[r] = (cst_rowid){(uint64_t)id_part->values.i64[r], (uint64_t)id_row->values.i64[r]};
    *out = id;
out:
    cst_table_free(table);
    return rc;
}

/* ---- tables ---- */

static cst_code read_named(cst_table *table, const cst_part *part, const cst_column *described,
                           int64_t first, int64_t count, cst_error *err)
{
    cst_column *column = NULL;
    cst_code rc = cst_part_add_column(&column, table, described, err);
    if (rc == CST_OK)
        rc = cst_part_read_column(column, part, (size_t)(described - part->columns->column), first,
                                  count, err);
    return rc;
}

static cst_code read_columns(cst_table *table, const cst_part *part, int64_t first, int64_t count,
                             const char *const *columns, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t c = 0; !columns && rc == CST_OK && c < part->columns->columns; c++)
        if (!cst_part_is_id(part->columns->column[c].name))
            rc = read_named(table, part, &part->columns->column[c], first, count, err);
    for (; columns && rc == CST_OK && *columns; columns++) {
        const cst_column *described = cst_table_find(part->columns, *columns);
        rc = described
                 ? read_named(table, part, described, first, count, err)
                 : cst_error_set(err, CST_MISSING, "%s has no column %s", part->path, *columns);
    }
    return rc;
}

cst_code cst_part_read(cst_table **out, cst_part *part, int64_t first, int64_t count,
                       const char *const *columns, cst_error *err)
{
    int64_t rows = part->layout.rows;
    if (first < 0 || count < 0 || first > rows || count > rows - first)
        return cst_error_set(err, CST_INVALID, "%s has %lld rows: none from %lld to %lld",
                             part->path, (long long)rows, (long long)first,
                             (long long)(first + count));
    cst_table *table = NULL;
    cst_code rc = cst_table_new(&table, err);
    if (rc == CST_OK)
        rc = read_columns(table, part, first, count, columns, err);
    if (rc == CST_OK)
        rc = cst_part_read_ids(&table->id, part, first, count, err);
    if (rc != CST_OK) {
        cst_table_free(table);
        return rc;
    }
    table->rows = (size_t)count;
    table->first = first;
    table->total = rows;
    *out = table;
    return CST_OK;
}

cst_code cst_part_content(cst_digest *out, const char *path, cst_error *err)
{
    cst_part *part = NULL;
    cst_digest *run = NULL;
    cst_code rc = cst_part_open(&part, path, err);
    if (rc != CST_OK)
        return rc;
    int64_t runs = cst_content_runs(part->layout.rows);
    size_t columns = part->columns->columns;
    if (!(run = cst_array_new((size_t)runs * columns, sizeof *run, "digests", err)))
        rc = CST_NOMEM;
    for (size_t c = 0; rc == CST_OK && c < columns; c++)
        for (int64_t i = 0; rc == CST_OK && i < runs; i++)
            rc = cst_content_run(&run[c * (size_t)runs + (size_t)i], &part->layout, c, i, part->fd,
                                 path, err);
    if (rc == CST_OK)
        rc = cst_content_root(out, &part->layout, run, err);
    free(run);
    cst_part_close(part);
    return rc;
}

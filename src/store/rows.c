/* rows.c - the rows of a snapshot by rank: parts one after the other, one table */
#include "store/rows.h"

#include "base/array.h"
#include "base/text.h"
#include "store/opened.h"
#include "table/column.h"

/* The first 64 bits of a part's id, as they are written. */
static uint64_t short_id(const cst_digest *id)
{
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | id->byte[i];
    return bits;
}

static cst_code check_ids(const cst_part_ref *parts, size_t count, cst_error *err)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (short_id(&parts[i].id) == short_id(&parts[k].id))
                return cst_error_set(err, CST_INVALID,
                                     "parts %s and %s share the first 64 bits of their ids: rows "
                                     "could not be told apart",
                                     parts[k].path, parts[i].path);
    return CST_OK;
}

/* ---- the columns of all parts ---- */

static cst_code unite_column(cst_table *all, const cst_column *column, const char *path,
                             cst_error *err)
{
    cst_column *mine = cst_table_find(all, column->name);
    if (!mine)
        return cst_part_add_column(&mine, all, column, err);
    if (mine->type != column->type)
        return cst_error_set(err, CST_INVALID, "column %s is %s in part %s and %s in parts before",
                             column->name, cst_type_name(column->type), path,
                             cst_type_name(mine->type));
    if (mine->type == CST_TIME && mine->ticks != column->ticks)
        return cst_error_set(err, CST_INVALID,
                             "column %s counts %lld ticks a second in part %s and %lld in parts "
                             "before",
                             column->name, (long long)column->ticks, path, (long long)mine->ticks);
    if (mine->type != CST_CATEGORY || cst_levels_equal(&mine->levels, &column->levels))
        return CST_OK;
    cst_levels united = {NULL, 0};
    cst_code rc = cst_levels_unite(&united, &mine->levels, &column->levels, err);
    if (rc == CST_OK) {
        cst_levels_free(&mine->levels);
        mine->levels = united;
    }
    return rc;
}

static bool is_wanted(const char *name, const char *const *columns)
{
    if (cst_part_is_id(name))
        return false;
    for (size_t i = 0; columns && columns[i]; i++)
        if (strcmp(columns[i], name) == 0)
            return true;
    return !columns;
}

static cst_code check_wanted(const cst_table *all, const char *const *columns, cst_error *err)
{
    for (; columns && *columns; columns++)
        if (!cst_table_find(all, *columns))
            return cst_error_set(err, CST_MISSING, "no part has a column %s", *columns);
    return CST_OK;
}

/* Open all parts and describe their columns together, in the order of their first part. */
static cst_code open_parts(cst_part **open, cst_table *all, const cst_part_ref *parts, size_t count,
                           const char *const *columns, cst_error *err)
{
    cst_code rc = check_ids(parts, count, err);
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        if ((rc = cst_part_open(&open[i], parts[i].path, err)) != CST_OK)
            break;
        if (cst_part_rows(open[i]) != parts[i].rows)
            return cst_error_set(err, CST_INVALID, "part %s has %lld rows, its snapshot says %lld",
                                 parts[i].path, (long long)cst_part_rows(open[i]),
                                 (long long)parts[i].rows);
        const cst_table *described = open[i]->columns;
        for (size_t c = 0; rc == CST_OK && c < described->columns; c++)
            if (is_wanted(described->column[c].name, columns))
                rc = unite_column(all, &described->column[c], parts[i].path, err);
    }
    return rc == CST_OK ? check_wanted(all, columns, err) : rc;
}

/* ---- values ---- */

/* A range of one part's rows, to stand at row to of the table. */
typedef struct {
    const cst_part *part;
    uint64_t id;
    int64_t first, count;
    size_t to;
} piece;

static cst_code append_ids(cst_table *table, const piece *p, cst_error *err)
{
    cst_rowid *carried = NULL;
    cst_code rc = cst_part_read_ids(&carried, p->part, p->first, p->count, err);
    for (int64_t r = 0; rc == CST_OK && r < p->count; r++)
        table->id[p->to + (size_t)r] =
            carried ? carried[r] : (cst_rowid){p->id, (uint64_t)(p->first + r)};
    free(carried);
    return rc;
}

static cst_code append_piece(cst_table *table, const piece *p, cst_error *err)
{
    const cst_table *described = p->part->columns;
    cst_code rc = append_ids(table, p, err);
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++) {
        cst_column *column = &table->column[c];
        const cst_column *there = cst_table_find(described, column->name);
        if (there) {
            rc = cst_part_read_column(column, p->part, (size_t)(there - described->column),
                                      p->first, p->count, err);
            continue;
        }
        if ((rc = cst_column_reserve(column, column->rows + (size_t)p->count, err)) != CST_OK)
            break;
        cst_column_fill_missing(column, column->rows, (size_t)p->count);
        column->rows += (size_t)p->count;
    }
    return rc;
}

/* Rows first … first + rows - 1 of the parts' concatenation. */
static cst_code append_range(cst_table *table, cst_part *const *open, const cst_part_ref *parts,
                             size_t count, int64_t first, int64_t rows, cst_error *err)
{
    if (!(table->id = cst_array_new((size_t)rows, sizeof *table->id, "row ids", err)))
        return CST_NOMEM;
    cst_code rc = CST_OK;
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++)
        rc = cst_column_reserve(&table->column[c], (size_t)rows, err);
    int64_t begin = 0; /* of the part in the concatenation */
    for (size_t i = 0; rc == CST_OK && i < count; begin += parts[i++].rows) {
        int64_t from = first > begin ? first : begin;
        int64_t end = first + rows < begin + parts[i].rows ? first + rows : begin + parts[i].rows;
        if (from >= end)
            continue;
        piece p = {.part = open[i],
                   .id = short_id(&parts[i].id),
                   .first = from - begin,
                   .count = end - from,
                   .to = table->rows};
        if ((rc = append_piece(table, &p, err)) == CST_OK)
            table->rows += (size_t)p.count;
    }
    return rc;
}

/* Local: the caller agrees on the outcome. */
static cst_code read_range(cst_table **out, const cst_part_ref *parts, size_t count,
                           const char *const *columns, int64_t first, int64_t rows, int64_t total,
                           cst_error *err)
{
    cst_table *table = NULL;
    cst_part **open = cst_array_new(count, sizeof(cst_part *), "parts", err);
    cst_code rc = open ? cst_table_new(&table, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = open_parts(open, table, parts, count, columns, err);
    if (rc == CST_OK)
        rc = append_range(table, open, parts, count, first, rows, err);
    for (size_t i = 0; open && i < count; i++)
        cst_part_close(open[i]);
    free(open);
    if (rc != CST_OK) {
        cst_table_free(table);
        return rc;
    }
    table->first = first;
    table->total = total;
    *out = table;
    return CST_OK;
}

static int64_t rows_of(const cst_part_ref *parts, size_t count)
{
    int64_t rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += parts[i].rows;
    return rows;
}

static cst_code agree(cst_table **out, cst_comm *comm, cst_table *table, cst_code rc,
                      cst_error *err)
{
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        *out = table;
    else
        cst_table_free(table);
    return rc;
}

cst_code cst_rows_read(cst_table **out, cst_comm *comm, const cst_part_ref *parts, size_t count,
                       const char *const *columns, cst_error *err)
{
    int64_t total = rows_of(parts, count);
    int64_t first = 0;
    int64_t rows = 0;
    cst_table *table = NULL;
    cst_comm_owned(comm, total, &first, &rows);
    cst_code rc = read_range(&table, parts, count, columns, first, rows, total, err);
    return agree(out, comm, table, rc, err);
}

cst_code cst_rows_read_all(cst_table **out, cst_comm *comm, const cst_part_ref *parts, size_t count,
                           const char *const *columns, cst_error *err)
{
    int64_t total = rows_of(parts, count);
    cst_table *table = NULL;
    cst_code rc = read_range(&table, parts, count, columns, 0, total, total, err);
    return agree(out, comm, table, rc, err);
}

/* table.c - tables: columns of equal length by name */
#include "table/table.h"

#include "base/array.h"
#include "base/text.h"
#include "table/column.h"

enum { TICKS = 1000000 };

cst_code cst_table_new(cst_table **out, cst_error *err)
{
    *out = cst_array_new(1, sizeof **out, "table", err);
    return *out ? CST_OK : CST_NOMEM;
}

void cst_table_free(cst_table *table)
{
    if (!table)
        return;
    for (size_t c = 0; c < table->columns; c++)
        cst_column_free(&table->column[c]);
    free(table->column);
    free(table->id);
    free(table);
}

cst_code cst_table_add(cst_column **out, cst_table *table, const char *name, cst_type type,
                       cst_error *err)
{
    if (cst_table_find(table, name))
        return cst_error_set(err, CST_EXISTS,
                             "there is a column %s already: give the second one another name",
                             name);
    cst_column *grown = cst_array_grow(table->column, &table->room, table->columns + 1,
                                       sizeof *grown, "columns", err);
    if (!grown)
        return CST_NOMEM;
    table->column = grown;
    cst_column *column = &grown[table->columns];
    *column = (cst_column){.type = type, .ticks = TICKS};
    cst_code rc = (column->name = cst_text_copy(name, err)) ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_column_reserve(column, 0, err);
    if (rc != CST_OK) {
        cst_column_free(column);
        return rc;
    }
    table->columns++;
    *out = column;
    return CST_OK;
}

cst_column *cst_table_find(const cst_table *table, const char *name)
{
    for (size_t c = 0; c < table->columns; c++)
        if (strcmp(table->column[c].name, name) == 0)
            return &table->column[c];
    return NULL;
}

void cst_table_drop(cst_table *table, const char *name)
{
    cst_column *column = cst_table_find(table, name);
    if (!column)
        return;
    cst_column_free(column);
    size_t behind = (size_t)(table->column + table->columns - column) - 1;
    memmove(column, column + 1, behind * sizeof *column);
    table->columns--;
}

static cst_code take_ids(cst_table *out, const cst_table *table, const int64_t *index, size_t n,
                         cst_error *err)
{
    if (!table->id)
        return CST_OK;
    if (!(out->id = cst_array_new(n, sizeof *out->id, "row ids", err)))
        return CST_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (index[i] >= 0)
            out->id[i] = table->id[index[i]];
    return CST_OK;
}

cst_code cst_table_take(cst_table **out, const cst_table *table, const int64_t *index, size_t n,
                        cst_error *err)
{
    cst_table *taken = NULL;
    cst_code rc = cst_table_new(&taken, err);
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++) {
        const cst_column *from = &table->column[c];
        cst_column *to = NULL;
        if ((rc = cst_table_add(&to, taken, from->name, from->type, err)) == CST_OK &&
            (rc = cst_column_describe_as(to, from, err)) == CST_OK)
            rc = cst_column_take(to, from, index, n, err);
    }
    if (rc == CST_OK)
        rc = take_ids(taken, table, index, n, err);
    if (rc != CST_OK) {
        cst_table_free(taken);
        return rc;
    }
    taken->rows = n;
    *out = taken;
    return CST_OK;
}

cst_code cst_table_select(cst_table **out, const cst_table *table, const uint8_t *keep,
                          cst_error *err)
{
    int64_t *index = cst_array_new(table->rows, sizeof *index, "selected rows", err);
    if (!index)
        return CST_NOMEM;
    size_t n = 0;
    for (size_t r = 0; r < table->rows; r++)
        if (keep[r])
            index[n++] = (int64_t)r;
    cst_code rc = cst_table_take(out, table, index, n, err);
    free(index);
    return rc;
}

static cst_code check_alike(const cst_table *table, const cst_table *other, cst_error *err)
{
    if (table->columns != other->columns)
        return cst_error_set(err, CST_INVALID, "tables of %zu and of %zu columns do not append",
                             table->columns, other->columns);
    for (size_t c = 0; c < table->columns; c++) {
        const cst_column *mine = &table->column[c];
        const cst_column *theirs = cst_table_find(other, mine->name);
        if (!theirs)
            return cst_error_set(err, CST_INVALID, "column %s is in only one of two tables",
                                 mine->name);
        if (mine->type != theirs->type)
            return cst_error_set(err, CST_INVALID, "column %s is %s in one table and %s in another",
                                 mine->name, cst_type_name(mine->type),
                                 cst_type_name(theirs->type));
        if (mine->type == CST_TIME && mine->ticks != theirs->ticks)
            return cst_error_set(err, CST_INVALID,
                                 "column %s counts %lld ticks a second in one table and %lld in "
                                 "another",
                                 mine->name, (long long)mine->ticks, (long long)theirs->ticks);
    }
    if (table->rows && other->rows && !table->id != !other->id)
        return cst_error_set(err, CST_INVALID, "rows with ids and rows without do not append");
    return CST_OK;
}

static cst_code append_ids(cst_table *table, const cst_table *other, cst_error *err)
{
    if (!other->id)
        return CST_OK;
    size_t rows = table->rows + other->rows;
    size_t room = 0;
    cst_rowid *id = cst_array_grow(table->id, &room, rows, sizeof *id, "row ids", err);
    if (!id)
        return CST_NOMEM;
    memcpy(id + table->rows, other->id, other->rows * sizeof *id);
    table->id = id;
    return CST_OK;
}

cst_code cst_table_append(cst_table *table, const cst_table *other, cst_error *err)
{
    cst_code rc = check_alike(table, other, err);
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++)
        rc =
            cst_column_append(&table->column[c], cst_table_find(other, table->column[c].name), err);
    if (rc == CST_OK)
        rc = append_ids(table, other, err);
    if (rc == CST_OK)
        table->rows += other->rows;
    return rc;
}

cst_code cst_table_add_copy(cst_table *table, const cst_column *column, const char *name,
                            cst_error *err)
{
    cst_column source = *column; /* column may point into the array that grows */
    cst_column *copy = NULL;
    cst_code rc = cst_table_add(&copy, table, name ? name : source.name, source.type, err);
    if (rc != CST_OK)
        return rc;
    if ((rc = cst_column_describe_as(copy, &source, err)) == CST_OK)
        rc = cst_column_append(copy, &source, err);
    if (rc != CST_OK)
        cst_table_drop(table, name ? name : source.name);
    return rc;
}

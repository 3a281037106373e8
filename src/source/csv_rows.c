/* csv_rows.c - records into a table, as a schema says; what cannot be read into rejects */
#include "source/csv_rows.h"

#include <math.h>

#include "base/array.h"

static cst_code describe(cst_column *column, const cst_schema_column *want, cst_error *err)
{
    column->unit = cst_text_copy(want->unit, err);
    column->long_name = cst_text_copy(want->long_name, err);
    column->standard_name = cst_text_copy(want->standard_name, err);
    column->zone = cst_text_copy(want->zone, err);
    if (want->type == CST_TIME)
        column->ticks = want->ticks;
    if ((want->unit && !column->unit) || (want->long_name && !column->long_name) ||
        (want->standard_name && !column->standard_name) || (want->zone && !column->zone))
        return CST_NOMEM;
    return CST_OK;
}

static size_t find_column(const char *const *columns, const cst_schema_column *want)
{
    const char *name = want->source ? want->source : want->name;
    for (size_t c = 0; columns[c]; c++)
        if (strcmp(columns[c], name) == 0)
            return c;
    return SIZE_MAX;
}

static cst_code target_new(cst_csv_target *target, cst_table *table, const cst_schema_column *want,
                           const char *const *columns, cst_error *err)
{
    *target = (cst_csv_target){.want = want, .source = find_column(columns, want)};
    cst_column *column;
    cst_code rc = cst_table_add(&column, table, want->name, want->type, err);
    if (rc == CST_OK)
        rc = describe(column, want, err);
    if (rc == CST_OK && want->type == CST_TIME && want->zone)
        rc = cst_zone_open(&target->zone, want->zone, err);
    if (rc == CST_OK && want->type == CST_CATEGORY)
        rc = cst_dictionary_new(&target->levels, err);
    return rc;
}

cst_code cst_csv_rows_new(cst_csv_rows *rows, const cst_schema *schema, const char *const *columns,
                          const cst_cell_rules *rules, size_t files, size_t reject_limit,
                          cst_error *err)
{
    *rows = (cst_csv_rows){.rules = rules, .reject_limit = reject_limit, .file = SIZE_MAX};
    while (columns[rows->cells])
        rows->cells++;
    cst_code rc = cst_table_new(&rows->table, err);
    if (rc != CST_OK)
        return rc;
    rows->target = cst_array_new(schema->columns, sizeof *rows->target, "columns", err);
    rows->kept = cst_array_new(files, sizeof *rows->kept, "files", err);
    rows->rejected = cst_array_new(files, sizeof *rows->rejected, "files", err);
    if (!rows->target || !rows->kept || !rows->rejected)
        return CST_NOMEM;
    for (size_t t = 0; rc == CST_OK && t < schema->columns; t++, rows->targets++)
        rc = target_new(&rows->target[t], rows->table, &schema->column[t], columns, err);
    for (size_t t = 0; t < rows->targets; t++) /* the table's array no longer moves */
        rows->target[t].column = cst_table_find(rows->table, rows->target[t].want->name);
    return rc;
}

void cst_csv_rows_free(cst_csv_rows *rows)
{
    for (size_t t = 0; t < rows->targets; t++) {
        cst_zone_free(rows->target[t].zone);
        cst_dictionary_free(rows->target[t].levels);
        cst_text_free(&rows->target[t].scratch);
    }
    for (size_t i = 0; i < rows->rejects; i++)
        free(rows->reject[i].reason);
    free(rows->reject);
    free(rows->target);
    free(rows->stretch);
    free(rows->kept);
    free(rows->rejected);
    cst_table_free(rows->table);
    *rows = (cst_csv_rows){0};
}

void cst_csv_rows_file(cst_csv_rows *rows, size_t file, const size_t *cell)
{
    rows->file = file;
    for (size_t t = 0; t < rows->targets; t++)
        if (rows->target[t].source != SIZE_MAX)
            rows->target[t].cell = cell[rows->target[t].source];
}

/* reason is taken over. */
static cst_code reject(cst_csv_rows *rows, char *reason, int64_t line, int64_t offset,
                       cst_error *err)
{
    if (!reason)
        return CST_NOMEM;
    rows->rejected[rows->file]++;
    if (rows->rejects > rows->reject_limit) {
        free(reason);
        return CST_OK;
    }
    cst_reject *grown = cst_array_grow(rows->reject, &rows->reject_room, rows->rejects + 1,
                                       sizeof *grown, "rejects", err);
    if (!grown) {
        free(reason);
        return CST_NOMEM;
    }
    rows->reject = grown;
    grown[rows->rejects++] =
        (cst_reject){.file = rows->file, .line = line, .offset = offset, .reason = reason};
    return CST_OK;
}

static void set_missing(cst_column *column, size_t row)
{
    switch (column->type) {
    case CST_FLOAT32:
        column->values.f32[row] = NAN;
        break;
    case CST_FLOAT64:
        column->values.f64[row] = NAN;
        break;
    case CST_BOOL:
        column->values.i8[row] = CST_MISSING_BOOL;
        break;
    case CST_INT32:
    case CST_CATEGORY:
        column->values.i32[row] = CST_MISSING_INT32;
        break;
    default:
        column->values.i64[row] = CST_MISSING_INT64;
    }
}

static cst_number take_time(cst_csv_target *target, size_t row, const cst_cell *cell)
{
    int64_t *out = &target->column->values.i64[row];
    if (cell->size && cell->size == target->last_size &&
        memcmp(cell->text, target->last, cell->size) == 0) {
        *out = target->last_value;
        return CST_NUMBER_OK;
    }
    if (!cst_time_parse(out, cell->text, cell->size, target->want->format, target->zone,
                        target->want->ticks))
        return CST_NUMBER_NONE;
    if (*out == CST_MISSING_INT64)
        return CST_NUMBER_RESERVED;
    if (cell->size <= sizeof target->last) {
        memcpy(target->last, cell->text, cell->size);
        target->last_size = cell->size;
        target->last_value = *out;
    }
    return CST_NUMBER_OK;
}

/* A number, truth or time into its row. */
static cst_number take_value(cst_csv_target *target, size_t row, const cst_cell *cell)
{
    cst_column *column = target->column;
    switch (column->type) {
    case CST_FLOAT32:
        return cst_number_float32(&column->values.f32[row], cell->text, cell->size);
    case CST_FLOAT64:
        return cst_number_float64(&column->values.f64[row], cell->text, cell->size);
    case CST_INT32:
        return cst_number_int32(&column->values.i32[row], cell->text, cell->size);
    case CST_INT64:
        return cst_number_int64(&column->values.i64[row], cell->text, cell->size);
    case CST_BOOL:
        return cst_number_bool(&column->values.i8[row], cell->text, cell->size);
    default:
        return take_time(target, row, cell);
    }
}

static bool is_text(cst_type type)
{
    return type == CST_TEXT || type == CST_CATEGORY;
}

/* One cell into its column, texts only looked at. *fault where the row has to be rejected. */
static cst_code take_cell(char **fault, cst_csv_target *target, const cst_csv_record *record,
                          size_t row, const cst_cell_rules *rules, cst_error *err)
{
    const cst_csv_cell *raw = &record->cell[target->cell];
    cst_column *column = target->column;
    cst_code rc = CST_OK;
    cst_cell cell;
    cst_number kind = CST_NUMBER_OK;
    if (is_text(column->type)) {
        bool valid;
        rc = cst_cell_text(&target->text, &valid, raw, rules, &target->scratch, err);
        cell = target->text;
        kind = valid ? CST_NUMBER_OK : CST_NUMBER_NONE;
    } else if ((rc = cst_column_reserve(column, row + 1, err)) == CST_OK) {
        cell = cst_cell_value(raw, rules);
        if (cell.missing)
            set_missing(column, row);
        else
            kind = take_value(target, row, &cell);
    }
    if (rc == CST_OK && kind != CST_NUMBER_OK) {
        *fault = cst_cell_fault(target->want->name, &cell, column->type, kind, err);
        rc = *fault ? CST_OK : CST_NOMEM;
    }
    return rc;
}

/* The texts of a row that stays. */
static cst_code keep_text(cst_csv_target *target, size_t row, cst_error *err)
{
    const cst_cell *cell = &target->text;
    cst_column *column = target->column;
    if (column->type == CST_TEXT)
        return cst_column_add_text(column, cell->missing ? NULL : cell->text, cell->size, err);
    cst_code rc = cst_column_reserve(column, row + 1, err);
    if (rc != CST_OK)
        return rc;
    if (cell->missing || !cell->size) { /* a level without a name is of no use */
        set_missing(column, row);
        return CST_OK;
    }
    return cst_dictionary_code(&column->values.i32[row], target->levels, cell->text, cell->size,
                               err);
}

static cst_code keep_line(cst_csv_rows *rows, int64_t line, cst_error *err)
{
    bool goes_on = rows->rows && rows->last_file == rows->file && rows->last_line + 1 == line;
    rows->last_file = rows->file;
    rows->last_line = line;
    if (goes_on)
        return CST_OK;
    cst_csv_stretch *grown = cst_array_grow(rows->stretch, &rows->stretch_room, rows->stretches + 1,
                                            sizeof *grown, "lines of rows", err);
    if (!grown)
        return CST_NOMEM;
    rows->stretch = grown;
    grown[rows->stretches++] =
        (cst_csv_stretch){.row = rows->rows, .file = rows->file, .line = line};
    return CST_OK;
}

/* What is wrong with a record as a whole, to be freed; NULL: nothing. */
static cst_code record_fault(char **fault, const cst_csv_rows *rows, const cst_csv_record *record,
                             cst_error *err)
{
    if (record->fault)
        *fault = cst_text_copy(record->fault, err);
    else if (record->cells != rows->cells)
        *fault = cst_text_format(err, "%zu cell%s where there are %zu columns", record->cells,
                                 record->cells == 1 ? "" : "s", rows->cells);
    else
        return CST_OK;
    return *fault ? CST_OK : CST_NOMEM;
}

cst_code cst_csv_rows_take(void *context, const cst_csv_record *record, int64_t line,
                           int64_t offset, cst_error *err)
{
    cst_csv_rows *rows = context;
    char *fault = NULL;
    size_t row = (size_t)rows->rows;
    if (record->blank && rows->cells > 1)
        return CST_OK;
    if (record->stray && rows->stray++ == 0) {
        rows->stray_file = rows->file;
        rows->stray_line = line;
    }
    cst_code rc = record_fault(&fault, rows, record, err);
    for (size_t t = 0; rc == CST_OK && !fault && t < rows->targets; t++)
        if (rows->target[t].source != SIZE_MAX)
            rc = take_cell(&fault, &rows->target[t], record, row, rows->rules, err);
    if (rc != CST_OK || fault)
        return rc != CST_OK ? rc : reject(rows, fault, line, offset, err);
    for (size_t t = 0; rc == CST_OK && t < rows->targets; t++)
        if (rows->target[t].source != SIZE_MAX && is_text(rows->target[t].column->type))
            rc = keep_text(&rows->target[t], row, err);
    if (rc == CST_OK)
        rc = keep_line(rows, line, err);
    rows->rows++;
    rows->kept[rows->file]++;
    return rc;
}

static cst_code fill_missing(cst_column *column, size_t rows, cst_error *err)
{
    cst_code rc = CST_OK;
    if (column->type == CST_TEXT) {
        for (size_t row = 0; rc == CST_OK && row < rows; row++)
            rc = cst_column_add_text(column, NULL, 0, err);
        return rc;
    }
    if ((rc = cst_column_reserve(column, rows, err)) != CST_OK)
        return rc;
    for (size_t row = 0; row < rows; row++)
        set_missing(column, row);
    return CST_OK;
}

cst_code cst_csv_rows_finish(cst_csv_rows *rows, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t count = (size_t)rows->rows;
    for (size_t t = 0; rc == CST_OK && t < rows->targets; t++) {
        cst_csv_target *target = &rows->target[t];
        if (target->source == SIZE_MAX)
            rc = fill_missing(target->column, count, err);
        target->column->rows = count;
    }
    rows->table->rows = count;
    return rc;
}

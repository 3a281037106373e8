/* csv_record.c - one record of CSV text taken apart into cells (RFC 4180) */
#include "source/csv_record.h"

#include "base/array.h"

cst_csv_dialect cst_csv_dialect_new(char delimiter, char quote, bool quotes)
{
    cst_csv_dialect dialect = {.delimiter = delimiter, .quote = quote, .quotes = quotes};
    dialect.ends[(unsigned char)delimiter] = 1;
    dialect.ends['\n'] = 1;
    if (quotes)
        dialect.ends[(unsigned char)quote] = 1;
    return dialect;
}

void cst_csv_record_free(cst_csv_record *record)
{
    free(record->cell);
    *record = (cst_csv_record){0};
}

static int64_t count_lines(const char *p, const char *end)
{
    int64_t lines = 0;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        lines++;
        p++;
    }
    return lines;
}

/* The rest of a bare cell from p on: to the delimiter, line end or end. */
static const char *skip_bare(cst_csv_record *record, const char *p, const char *end,
                             const cst_csv_dialect *dialect)
{
    for (;; p++) {
        while (p < end && !dialect->ends[(unsigned char)*p])
            p++;
        if (p == end || *p == dialect->delimiter || *p == '\n')
            return p;
        record->stray = true;
    }
}

/* The closing quote of a cell whose inside begins at p; NULL where there is none before end. */
static const char *find_close(cst_csv_cell *cell, const char *p, const char *end, char quote)
{
    while ((p = memchr(p, quote, (size_t)(end - p)))) {
        if (p + 1 == end || p[1] != quote)
            return p;
        cell->doubled = true;
        p += 2;
    }
    return NULL;
}

/* A cell that begins with a quote at p. Returns where it ends (at a delimiter, line end or end);
 * NULL where more bytes are needed. */
static const char *take_quoted(cst_csv_record *record, cst_csv_cell *cell, const char *p,
                               const char *end, bool last, const cst_csv_dialect *dialect)
{
    cell->quoted = true;
    cell->text = p + 1;
    const char *close = find_close(cell, p + 1, end, dialect->quote);
    if ((!close || close + 1 == end) && !last)
        return NULL;
    if (!close) {
        record->fault = "a quoted cell is not closed before the end of the file";
        close = end;
    }
    cell->size = (size_t)(close - cell->text);
    record->lines += count_lines(cell->text, close);
    if (close == end)
        return end;
    p = close + 1;
    if (p == end || *p == dialect->delimiter || *p == '\n' ||
        (*p == '\r' && (p + 1 == end || p[1] == '\n')))
        return p + (p < end && *p == '\r');
    record->fault = "characters stand behind the closing quote of a cell";
    return skip_bare(record, p, end, dialect);
}

static cst_csv_cell *add_cell(cst_csv_record *record)
{
    if (record->cells == record->room) {
        cst_csv_cell *cell = cst_array_grow(record->cell, &record->room, record->cells + 1,
                                            sizeof *cell, "cells", NULL);
        if (!cell)
            return NULL;
        record->cell = cell;
    }
    cst_csv_cell *cell = &record->cell[record->cells++];
    *cell = (cst_csv_cell){0};
    return cell;
}

/* A CR before the line end, or the file's, belongs to it. */
static void strip_return(cst_csv_cell *cell)
{
    if (!cell->quoted && cell->size && cell->text[cell->size - 1] == '\r')
        cell->size--;
}

cst_csv_taken cst_csv_take(cst_csv_record *record, const char **at, const char *end, bool last,
                           const cst_csv_dialect *dialect)
{
    const char *p = *at;
    cst_csv_cell *cell = NULL;
    record->cells = 0;
    record->lines = 0;
    record->stray = false;
    record->fault = NULL;
    for (;; p++) {
        if (!(cell = add_cell(record)))
            return CST_CSV_NOMEM;
        if (dialect->quotes && p < end && *p == dialect->quote) {
            if (!(p = take_quoted(record, cell, p, end, last, dialect)))
                return CST_CSV_MORE;
        } else {
            cell->text = p;
            p = skip_bare(record, p, end, dialect);
            cell->size = (size_t)(p - cell->text);
        }
        if (p == end && !last)
            return CST_CSV_MORE;
        if (p == end || *p == '\n')
            break;
    }
    strip_return(cell);
    record->blank = record->cells == 1 && cell->size == 0 && !cell->quoted;
    if (p < end) {
        p++;
        record->lines++;
    }
    record->bytes = (size_t)(p - *at);
    *at = p;
    return CST_CSV_TAKEN;
}

cst_code cst_csv_unquote(cst_text *out, const cst_csv_cell *cell, char quote, cst_error *err)
{
    const char *p = cell->text;
    const char *end = p + cell->size;
    cst_code rc = CST_OK;
    while (rc == CST_OK && p < end) {
        const char *q = memchr(p, quote, (size_t)(end - p));
        const char *stop = q ? q + 1 : end; /* one of the two quotes */
        rc = cst_text_add(out, p, (size_t)(stop - p), err);
        p = q ? q + 2 : end;
    }
    return rc;
}

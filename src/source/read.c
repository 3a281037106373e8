/* read.c - all rows of a source into the ranks' tables */
#include "base/array.h"
#include "source/csv_rows.h"
#include "source/internal.h"
#include "source/levels.h"
#include "source/lines.h"

static void begin_file(void *context, size_t file, const size_t *cell)
{
    cst_csv_rows_file(context, file, cell);
}

/* Columns that one side has and the other lacks. */
static cst_code compare_columns(const cst_csv_rows *rows, const cst_source *source, cst_log *log,
                                cst_error *err)
{
    size_t found = 0;
    for (size_t t = 0; t < rows->targets; t++) {
        const cst_schema_column *want = rows->target[t].want;
        if (rows->target[t].source != SIZE_MAX)
            found++;
        else if (want->required && !want->training_only)
            cst_log_warn(log, "%s has no column %s: it is all missing", source->file[0].path,
                         want->source ? want->source : want->name);
    }
    for (size_t c = 0; c < source->columns; c++) {
        size_t t = 0;
        while (t < rows->targets && rows->target[t].source != c)
            t++;
        if (t == rows->targets)
            cst_log_warn(log, "column %s of %s is not in the schema: it is left out",
                         source->column[c], source->file[0].path);
    }
    if (found)
        return CST_OK;
    return cst_error_set(err, CST_INVALID,
                         "%s has none of the schema's columns: are delimiter and header right? It "
                         "begins with column %s, the schema with %s",
                         source->file[0].path, source->column[0], rows->target[0].want->name);
}

static cst_code sum_counts(cst_source *source, cst_csv_rows *rows, int64_t *rejected,
                           cst_error *err)
{
    size_t files = source->files;
    int64_t *sum = cst_array_new(files * 2, sizeof *sum, "counts", err);
    cst_code rc = cst_comm_agree(source->comm, sum ? CST_OK : CST_NOMEM, err);
    if (rc != CST_OK) {
        free(sum);
        return rc;
    }
    memcpy(sum, rows->kept, files * sizeof *sum);
    memcpy(sum + files, rows->rejected, files * sizeof *sum);
    cst_mergeable state = {.sum = sum, .sums = files * 2};
    rc = cst_comm_merge(source->comm, &state, err);
    *rejected = 0;
    for (size_t f = 0; rc == CST_OK && f < files; f++) {
        source->file[f].rows = sum[f];
        source->file[f].rejected = sum[files + f];
        *rejected += sum[files + f];
    }
    free(sum);
    return rc;
}

static cst_code check_counts(const cst_source_rows *out, const cst_source *source, size_t limit,
                             cst_error *err)
{
    const cst_reject *first = out->rejects ? &out->reject[0] : NULL;
    if (first && out->rejected > (int64_t)limit)
        return cst_error_set(
            err, CST_INVALID,
            "%lld rows cannot be read, more than reject_limit: %zu; the first is line %lld of %s "
            "(byte %lld): %s",
            (long long)out->rejected, limit, (long long)first->line, source->file[first->file].path,
            (long long)first->offset, first->reason);
    if (out->table->total)
        return CST_OK;
    if (first)
        return cst_error_set(err, CST_INVALID,
                             "no row of %s can be read; the first is line %lld (byte %lld): %s",
                             source->file[first->file].path, (long long)first->line,
                             (long long)first->offset, first->reason);
    return cst_error_set(err, CST_INVALID, "%s has nothing in it but a header",
                         source->file[0].path);
}

/* All that ranks must tell each other once their rows are read. */
static cst_code settle(cst_source_rows *out, cst_source *source, cst_csv_rows *rows,
                       const cst_source_range *range, const int64_t *lines, size_t ranges,
                       cst_log *log, cst_error *err)
{
    cst_comm *comm = source->comm;
    cst_code rc = CST_OK;
    cst_table *table = rows->table;
    if ((rc = cst_source_settle_lines(rows, source, range, lines, ranges, log, err)) != CST_OK ||
        (rc = cst_comm_offset(comm, rows->rows, &table->first, &table->total, err)) != CST_OK ||
        (rc = sum_counts(source, rows, &out->rejected, err)) != CST_OK ||
        (rc = cst_source_gather_rejects(out, rows, source, err)) != CST_OK)
        return rc;
    out->table = table;
    rc = check_counts(out, source, rows->reject_limit, err);
    if (rc == CST_OK)
        rc = cst_source_agree_levels(rows, comm, log, err);
    if (rc == CST_OK)
        rc = cst_source_gather_runs(out, rows, source, table->first, err);
    out->table = NULL;
    return rc;
}

cst_code cst_source_read(cst_source_rows *out, cst_source *source, const cst_schema *schema,
                         cst_log *log, cst_error *err)
{
    cst_comm *comm = source->comm;
    cst_source_range *range = NULL;
    int64_t *lines = NULL;
    size_t ranges = 0;
    cst_csv_rows rows = {0};
    *out = (cst_source_rows){0};
    cst_code rc =
        cst_csv_rows_new(&rows, schema, cst_source_columns(source), &source->rules, source->files,
                         (size_t)cst_get_int(source->options, "reject_limit", 1000), err);
    if (rc == CST_OK)
        rc = compare_columns(&rows, source, log, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK ||
        (rc = cst_source_plan(&range, &ranges, source, err)) != CST_OK)
        goto out;
    cst_source_taker taker = {{cst_csv_rows_take, &rows}, begin_file};
    if (!(lines = cst_array_new(ranges, sizeof *lines, "byte ranges", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_source_walk(lines, source, range, ranges, &taker, "reading", log, err);
    if (rc == CST_OK)
        rc = cst_csv_rows_finish(&rows, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK ||
        (rc = settle(out, source, &rows, range, lines, ranges, log, err)) != CST_OK)
        goto out;
    out->table = rows.table;
    rows.table = NULL;
out:
    if (rc != CST_OK)
        cst_source_rows_free(out);
    cst_csv_rows_free(&rows);
    free(range);
    free(lines);
    return rc;
}

void cst_source_rows_free(cst_source_rows *rows)
{
    if (!rows)
        return;
    cst_table_free(rows->table);
    for (size_t i = 0; i < rows->rejects; i++)
        free(rows->reject[i].reason);
    free(rows->reject);
    free(rows->run);
    *rows = (cst_source_rows){0};
}

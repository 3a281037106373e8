/* export.c - the rows of a snapshot into one file for other tools */
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "stage/contents.h"
#include "stage/csv.h"
#include "stage/stage.h"
#include "stage/whole_file.h"

static bool is_csv(const cst_stage *stage)
{
    return strcmp(cst_get_string(stage->options, "format", ""), "csv") == 0;
}

/* What can be refused before any row is read. Local. */
static cst_code check_options(const cst_stage *stage, cst_error *err)
{
    const char *missing = cst_get_string(stage->options, "missing", NULL);
    if (missing && !is_csv(stage))
        return cst_error_set(err, CST_USAGE, "--missing is for csv: netcdf has its own");
    if (missing && strpbrk(missing, ",\"\r\n"))
        return cst_error_set(err, CST_USAGE,
                             "--missing: expected a text without commas, quotes and ends of line");
    return CST_OK;
}

/* Whether the file can come to be, before any work is done for it. Rank 0. */
static cst_code check_place(const cst_stage *stage, cst_error *err)
{
    const char *path = cst_get_string(stage->options, "out", "");
    char *directory = cst_file_parent(path, err);
    if (!directory)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    struct stat there;
    if (access(directory, W_OK) != 0)
        rc = cst_error_errno(err, "cannot write %s", path);
    else if (!cst_get_bool(stage->options, "force", false) && lstat(path, &there) == 0)
        rc = cst_error_set(err, CST_USAGE, "%s is there already: --force writes over it", path);
    free(directory);
    return rc;
}

enum { ROWS_A_STEP = 4096 }; /* between two looks at progress */

/* Header and this rank's rows. Local. */
static cst_code make_text(cst_text *out, const cst_stage *stage, const cst_csv *csv,
                          const cst_table *rows, cst_error *err)
{
    cst_code rc = CST_OK;
    if (stage->comm->rank == 0) {
        rc = cst_csv_add_names(out, csv, err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, "\n", err);
    }
    for (size_t row = 0; rc == CST_OK && row < rows->rows; row++) {
        if (row % ROWS_A_STEP == 0)
            cst_log_progress(stage->log, "writing rows", (double)row, (double)rows->rows, NULL);
        rc = cst_csv_add_row(out, csv, row, err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, "\n", err);
    }
    cst_log_progress_end(stage->log);
    return rc;
}

/* Collective. */
static cst_code write_csv(const cst_stage *stage, const char *path, const cst_table *rows,
                          cst_error *err)
{
    cst_csv csv = {0};
    cst_text text = CST_TEXT_INIT;
    cst_column **column = cst_array_new(rows->columns, sizeof *column, "columns", err);
    cst_code rc = cst_comm_agree(stage->comm, column ? CST_OK : CST_NOMEM, err);
    for (size_t c = 0; rc == CST_OK && c < rows->columns; c++)
        column[c] = &rows->column[c];
    if (rc == CST_OK)
        rc = cst_csv_new(&csv, stage->comm, column, rows->columns,
                         cst_get_string(stage->options, "missing", ""), err);
    if (rc == CST_OK)
        rc = cst_comm_agree(stage->comm, make_text(&text, stage, &csv, rows, err), err);
    if (rc == CST_OK)
        rc = cst_whole_file_write(stage->comm, path, &text, err);
    cst_text_free(&text);
    cst_csv_free(&csv);
    free(column);
    return rc;
}

/* Without the rows' ids, which mean something in this registry only. Collective. */
static cst_code write_netcdf(const cst_stage *stage, const char *path, const cst_table *rows,
                             cst_error *err)
{
    cst_part_written written;
    cst_table bare = *rows;
    bare.id = NULL;
    return cst_part_write(&written, stage->comm, path, &bare, err);
}

/* Collective. */
static cst_code write_file(const cst_stage *stage, const cst_table *rows, cst_error *err)
{
    const char *path = cst_get_string(stage->options, "out", "");
    char *temporary = NULL;
    cst_code rc = cst_whole_file_begin(&temporary, stage->comm, path, err);
    if (rc != CST_OK)
        return rc;
    rc = is_csv(stage) ? write_csv(stage, temporary, rows, err)
                       : write_netcdf(stage, temporary, rows, err);
    rc = cst_whole_file_end(stage->comm, path, temporary,
                            cst_get_bool(stage->options, "force", false), rc, err);
    free(temporary);
    return rc;
}

static cst_code give_result(cst_stage_result *out, const cst_stage *stage,
                            const cst_version *snapshot, const cst_table *rows, cst_error *err)
{
    const char *path = cst_get_string(stage->options, "out", "");
    cst_code rc = cst_stage_add(&out->inputs, snapshot, err);
    if (rc != CST_OK)
        return rc;
    out->rows_read = out->rows_kept = rows->total;
    out->line = cst_text_copy(path, err);
    out->extra =
        json_pack("{s:s, s:s, s:I}", "path", path, "format",
                  cst_get_string(stage->options, "format", ""), "rows", (json_int_t)rows->total);
    return out->line && out->extra ? CST_OK : cst_error_nomem(err, "the result");
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_version *snapshot = NULL;
    cst_table *rows = NULL;
    cst_code rc = check_options(stage, err);
    if (rc == CST_OK && stage->comm->rank == 0)
        rc = check_place(stage, err);
    if ((rc = cst_comm_agree(stage->comm, rc, err)) == CST_OK)
        rc = cst_stage_find(&snapshot, stage, CST_KIND_SNAPSHOT,
                            cst_get_string(stage->options, "snapshot", ""), err);
    if (rc == CST_OK)
        rc = cst_stage_read_rows(&rows, stage, snapshot, false, err);
    if (rc == CST_OK)
        rc = write_file(stage, rows, err);
    if (rc == CST_OK) {
        rc = stage->comm->rank == 0 ? give_result(out, stage, snapshot, rows, err) : CST_OK;
        rc = cst_comm_agree(stage->comm, rc, err);
    }
    cst_table_free(rows);
    cst_version_free(snapshot);
    return rc;
}

const cst_stage_kind cst_stage_export = {
    .command = &cst_command_export,
    .revision = 1,
    .run = run,
};

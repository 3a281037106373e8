/* predict_write.c - scores into CSV or HDF5: all ranks into one file that appears whole */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "config/json.h"
#include "stage/predicting.h"
#include "store/part.h"

static bool ends_in(const char *path, const char *ending)
{
    size_t size = strlen(path);
    size_t tail = strlen(ending);
    return size > tail && strcmp(path + size - tail, ending) == 0;
}

cst_code cst_predicting_check(const char *path, cst_error *err)
{
    if (ends_in(path, ".csv") || ends_in(path, ".h5"))
        return CST_OK;
    return cst_error_set(err, CST_USAGE, "--out %s: its ending must be .csv or .h5", path);
}

/* A text as a cell of CSV, in quotes where it needs them. */
static cst_code add_text(cst_text *out, const char *text, size_t size, cst_error *err)
{
    bool plain = size > 0;
    for (size_t i = 0; plain && i < size; i++)
        plain = !strchr(",\"\r\n", text[i]);
    if (plain)
        return cst_text_add(out, text, size, err);
    cst_code rc = cst_text_puts(out, "\"", err);
    for (size_t i = 0; rc == CST_OK && i < size; i++) {
        if (text[i] == '"')
            rc = cst_text_puts(out, "\"", err);
        if (rc == CST_OK)
            rc = cst_text_add(out, text + i, 1, err);
    }
    return rc == CST_OK ? cst_text_puts(out, "\"", err) : rc;
}

static cst_code add_time(cst_text *out, const cst_column *column, size_t row, cst_error *err)
{
    char text[CST_TIME_TEXT];
    __int128 microseconds = (__int128)column->values.i64[row] * 1000000 / column->ticks;
    cst_clock_text(text, (int64_t)microseconds);
    return cst_text_puts(out, text, err);
}

/* A value as a cell; a missing one is empty. */
static cst_code add_value(cst_text *out, const cst_column *column, size_t row, cst_error *err)
{
    char shortest[32];
    if (cst_column_is_missing(column, row))
        return CST_OK;
    switch (column->type) {
    case CST_TEXT:
    case CST_CATEGORY: {
        size_t size;
        const char *text = cst_column_text(column, row, &size);
        return add_text(out, text, size, err);
    }
    case CST_TIME:
        return add_time(out, column, row, err);
    case CST_INT32:
        return cst_text_print(out, err, "%d", column->values.i32[row]);
    case CST_INT64:
        return cst_text_print(out, err, "%lld", (long long)column->values.i64[row]);
    case CST_BOOL:
        return cst_text_puts(out, column->values.i8[row] ? "true" : "false", err);
    case CST_FLOAT32:
        for (int digits = 1; digits <= 9; digits++) {
            (void)snprintf(shortest, sizeof shortest, "%.*g", digits,
                           (double)column->values.f32[row]);
            if (strtof(shortest, NULL) == column->values.f32[row])
                break;
        }
        return cst_text_puts(out, shortest, err);
    default:
        return cst_json_number(out, column->values.f64[row], err);
    }
}

static cst_code add_header(cst_text *out, cst_column *const *key, size_t keys, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "row", err);
    for (size_t k = 0; rc == CST_OK && k < keys; k++) {
        rc = cst_text_puts(out, ",", err);
        if (rc == CST_OK)
            rc = add_text(out, key[k]->name, strlen(key[k]->name), err);
    }
    return rc == CST_OK ? cst_text_puts(out, ",score\n", err) : rc;
}

static cst_code add_rows(cst_text *out, const cst_table *rows, cst_column *const *key, size_t keys,
                         const double *score, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t row = 0; rc == CST_OK && row < rows->rows; row++) {
        rc = cst_text_print(out, err, "%lld", (long long)(rows->first + (int64_t)row));
        for (size_t k = 0; rc == CST_OK && k < keys; k++) {
            rc = cst_text_puts(out, ",", err);
            if (rc == CST_OK)
                rc = add_value(out, key[k], row, err);
        }
        if (rc == CST_OK)
            rc = cst_text_puts(out, ",", err);
        if (rc == CST_OK)
            rc = cst_json_number(out, score[row], err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, "\n", err);
    }
    return rc;
}

/* This rank's bytes at their place in the file. Local. */
static cst_code write_at(const char *path, const cst_text *text, int64_t offset, cst_error *err)
{
    cst_code rc = CST_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return cst_error_errno(err, "cannot write %s", path);
    for (size_t done = 0; rc == CST_OK && done < text->size;) {
        ssize_t n = pwrite(fd, text->data + done, text->size - done, offset + (int64_t)done);
        if (n < 0 && errno != EINTR)
            rc = cst_error_errno(err, "cannot write %s", path);
        done += n > 0 ? (size_t)n : 0;
    }
    if (rc == CST_OK && fsync(fd) != 0)
        rc = cst_error_errno(err, "cannot write %s", path);
    if (close(fd) != 0 && rc == CST_OK)
        rc = cst_error_errno(err, "cannot write %s", path);
    return rc;
}

static cst_code write_csv(cst_comm *comm, const char *path, const cst_table *rows,
                          cst_column *const *key, size_t keys, const double *score, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    int64_t before = 0;
    int64_t total = 0;
    cst_code rc = comm->rank == 0 ? add_header(&text, key, keys, err) : CST_OK;
    if (rc == CST_OK)
        rc = add_rows(&text, rows, key, keys, score, err);
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = cst_comm_offset(comm, (int64_t)text.size, &before, &total, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(comm, write_at(path, &text, before, err), err);
    cst_text_free(&text);
    return rc;
}

static cst_code write_hdf5(cst_comm *comm, const char *path, const cst_table *rows,
                           cst_column *const *key, size_t keys, const double *score, cst_error *err)
{
    cst_table *table = NULL;
    cst_column *column = NULL;
    cst_part_written written;
    cst_code rc = cst_table_new(&table, err);
    for (size_t k = 0; rc == CST_OK && k < keys; k++)
        rc = cst_table_add_copy(table, key[k], NULL, err);
    if (rc == CST_OK)
        rc = cst_table_add(&column, table, "score", CST_FLOAT64, err);
    if (rc == CST_OK)
        rc = cst_column_reserve(column, rows->rows, err);
    if (rc == CST_OK) {
        if (rows->rows)
            memcpy(column->values.f64, score, rows->rows * sizeof *score);
        column->rows = table->rows = rows->rows;
        table->first = rows->first;
        table->total = rows->total;
    }
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = cst_part_write(&written, comm, path, table, err);
    cst_table_free(table);
    return rc;
}

/* A name beside path that nothing has yet, on all ranks. Collective. */
static cst_code temporary_beside(char **out, cst_comm *comm, const char *path, cst_error *err)
{
    char nonce[CST_NONCE];
    char *name = NULL;
    cst_code rc = CST_OK;
    if (comm->rank == 0) {
        rc = cst_file_nonce(nonce, err);
        if (rc == CST_OK && !(name = cst_text_format(err, "%s.%s.tmp", path, nonce)))
            rc = CST_NOMEM;
    }
    rc = cst_comm_agree(comm, rc, err);
    void *data = name;
    size_t size = name ? strlen(name) + 1 : 0;
    if (rc == CST_OK)
        rc = cst_comm_share(comm, &data, &size, err);
    if (rc == CST_OK)
        *out = data;
    else
        free(name);
    return rc;
}

/* The finished file takes its name; an unfinished one goes. Rank 0. */
static cst_code settle(const char *path, const char *temporary, cst_code rc, cst_error *err)
{
    if (rc == CST_OK && rename(temporary, path) != 0)
        rc = cst_error_errno(err, "cannot write %s", path);
    if (rc != CST_OK)
        (void)unlink(temporary);
    return rc;
}

cst_code cst_predicting_write(cst_comm *comm, const char *path, cst_table *rows, char *const *keys,
                              size_t count, const double *score, cst_error *err)
{
    char *temporary = NULL;
    size_t found = 0;
    cst_column **key = cst_array_new(count, sizeof *key, "key columns", err);
    cst_code rc = cst_comm_agree(comm, key ? CST_OK : CST_NOMEM, err);
    for (size_t k = 0; rc == CST_OK && k < count; k++)
        if ((key[found] = cst_table_find(rows, keys[k])))
            found++;
    if (rc == CST_OK)
        rc = temporary_beside(&temporary, comm, path, err);
    if (rc == CST_OK) {
        rc = ends_in(path, ".csv") ? write_csv(comm, temporary, rows, key, found, score, err)
                                   : write_hdf5(comm, temporary, rows, key, found, score, err);
        if (comm->rank == 0)
            rc = settle(path, temporary, rc, err);
        rc = cst_comm_agree(comm, rc, err);
    }
    free(temporary);
    free(key);
    return rc;
}

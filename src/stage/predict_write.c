/* predict_write.c - scores into CSV or HDF5: all ranks into one file that appears whole */
#include "base/array.h"
#include "config/json.h"
#include "stage/csv.h"
#include "stage/predicting.h"
#include "stage/whole_file.h"
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

static cst_code add_header(cst_text *out, const cst_csv *keys, cst_error *err)
{
    cst_code rc = cst_text_puts(out, keys->columns ? "row," : "row", err);
    if (rc == CST_OK)
        rc = cst_csv_add_names(out, keys, err);
    return rc == CST_OK ? cst_text_puts(out, ",score\n", err) : rc;
}

static cst_code add_rows(cst_text *out, const cst_table *rows, const cst_csv *keys,
                         const double *score, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t row = 0; rc == CST_OK && row < rows->rows; row++) {
        rc = cst_text_print(out, err, "%lld%s", (long long)(rows->first + (int64_t)row),
                            keys->columns ? "," : "");
        if (rc == CST_OK)
            rc = cst_csv_add_row(out, keys, row, err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, ",", err);
        if (rc == CST_OK)
            rc = cst_json_number(out, score[row], err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, "\n", err);
    }
    return rc;
}

static cst_code write_csv(cst_comm *comm, const char *path, const cst_table *rows,
                          cst_column *const *key, size_t count, const double *score, cst_error *err)
{
    cst_csv keys;
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_csv_new(&keys, comm, key, count, "", err);
    if (rc == CST_OK) {
        rc = comm->rank == 0 ? add_header(&text, &keys, err) : CST_OK;
        if (rc == CST_OK)
            rc = add_rows(&text, rows, &keys, score, err);
        rc = cst_comm_agree(comm, rc, err);
    }
    if (rc == CST_OK)
        rc = cst_whole_file_write(comm, path, &text, err);
    cst_text_free(&text);
    cst_csv_free(&keys);
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
        rc = cst_whole_file_begin(&temporary, comm, path, err);
    if (rc == CST_OK) {
        rc = ends_in(path, ".csv") ? write_csv(comm, temporary, rows, key, found, score, err)
                                   : write_hdf5(comm, temporary, rows, key, found, score, err);
        rc = cst_whole_file_end(comm, path, temporary, true, rc, err);
    }
    free(temporary);
    free(key);
    return rc;
}

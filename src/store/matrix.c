/* matrix.c - matrices as parts */
#include "store/rows.h"

cst_code cst_matrix_write(cst_part_written *out, cst_comm *comm, const char *path,
                          const cst_matrix *matrix, cst_error *err)
{
    cst_table *table = NULL;
    cst_code rc = cst_comm_agree(comm, cst_matrix_to_table(&table, matrix, err), err);
    if (rc == CST_OK)
        rc = cst_part_write(out, comm, path, table, err);
    cst_table_free(table);
    return rc;
}

static cst_code read_owned(cst_matrix **out, const cst_comm *comm, const char *path, cst_error *err)
{
    int64_t first = 0;
    int64_t rows = 0;
    cst_part *part = NULL;
    cst_table *table = NULL;
    cst_code rc = cst_part_open(&part, path, err);
    if (rc != CST_OK)
        return rc;
    cst_comm_owned(comm, cst_part_rows(part), &first, &rows);
    rc = cst_part_read(&table, part, first, rows, NULL, err);
    if (rc == CST_OK)
        rc = cst_matrix_from_table(out, table, err);
    cst_table_free(table);
    cst_part_close(part);
    return rc;
}

cst_code cst_matrix_read(cst_matrix **out, cst_comm *comm, const char *path, cst_error *err)
{
    cst_matrix *matrix = NULL;
    cst_code rc = cst_comm_agree(comm, read_owned(&matrix, comm, path, err), err);
    if (rc == CST_OK)
        *out = matrix;
    else
        cst_matrix_free(matrix);
    return rc;
}

/* write_part.c - a CSV file as a part: write_part SCHEMA CSV PART, on any number of ranks */
#include <unistd.h>

#include "source/source.h"
#include "store/part.h"

static cst_code convert(cst_comm *comm, char *const *path, cst_error *err)
{
    cst_schema *schema = NULL;
    cst_source *source = NULL;
    cst_source_rows rows = {0};
    json_t *options = NULL;
    cst_part_written written;
    cst_code rc = CST_OK;
    if ((rc = cst_schema_read(&schema, path[0], err)) != CST_OK ||
        (rc = cst_option_check(&options, NULL, NULL, "source", cst_source_options, err)) !=
            CST_OK ||
        (rc = cst_source_open(&source, comm, (const char *const *)&path[1], 1, options, NULL,
                              err)) != CST_OK ||
        (rc = cst_source_read(&rows, source, schema, NULL, err)) != CST_OK)
        goto out;
    if (rows.rejected)
        rc = cst_error_set(err, CST_INVALID, "%s: %s", path[1], rows.reject[0].reason);
    else
        rc = cst_part_write(&written, comm, path[2], rows.table, err);
out:
    cst_source_rows_free(&rows);
    cst_source_free(source);
    json_decref(options);
    cst_schema_free(schema);
    return rc;
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    cst_comm *comm = NULL;
    MPI_Init(&argc, &argv);
    cst_code rc = argc == 4 ? cst_comm_new(&comm, MPI_COMM_WORLD, true, &err)
                            : cst_error_set(&err, CST_USAGE, "usage: write_part SCHEMA CSV PART");
    if (rc == CST_OK && comm->rank == 0)
        (void)unlink(argv[3]);
    if (rc == CST_OK)
        rc = convert(comm, argv + 1, &err);
    if (rc != CST_OK)
        (void)fprintf(stderr, "write_part: %s\n", err.text);
    cst_comm_free(comm);
    MPI_Finalize();
    return cst_code_status(rc);
}

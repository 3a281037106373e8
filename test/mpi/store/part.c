/* part.c - parts: the same bytes however ranks share the rows, clean errors on a full disk */
#include "test/mpi/store/sample.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/text.h"
#include "store/part.h"
#include "store/rows.h"

enum { ROWS = 300000 /* more than one run of 2^18 rows */ };

/* A change of the format changes these: then raise CST_PART_FORMAT, so that older parts are told
 * from newer ones, and write down the new ones. */
static const char golden_content[] =
    "9399c3a4a7c6e9773e0a737dc85ab76afabef5a2d6a7ba35acda9a43a0f2b856";
static const char golden_bytes[] =
    "56d7d5715aade669eb029412299d43117f6e5fa742c13b1674d0dc264b83ed96";

static cst_comm *comm;
static char *directory;

static char *path_of(const char *name)
{
    cst_error err = CST_ERROR_INIT;
    char *path = cst_text_format(&err, "%s/%s", directory, name);
    assert_non_null(path);
    return path;
}

static void write_sample(cst_part_written *written, const char *path, int64_t rows)
{
    cst_error err = CST_ERROR_INIT;
    int64_t first = 0;
    int64_t count = 0;
    uneven_share(comm, rows, &first, &count);
    cst_table *table = sample_table(first, count);
    assert_ok(cst_part_write(written, comm, path, table, &err));
    cst_table_free(table);
}

static void assert_digest(const cst_digest *digest, const char *expected)
{
    char hex[CST_DIGEST_HEX];
    cst_digest_hex(hex, digest);
    assert_string_equal(hex, expected);
}

static void bytes_and_id_do_not_depend_on_ranks(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *path = path_of("golden.h5");
    cst_part_written written;
    write_sample(&written, path, ROWS);
    assert_digest(&written.content, golden_content);
    assert_digest(&written.sha256, golden_bytes);
    assert_int_equal(written.rows, ROWS);
    cst_digest again;
    if (comm->rank == 0) {
        assert_ok(cst_sha256_file(&again, path, &err));
        assert_true(cst_digest_equal(&again, &written.sha256));
        assert_ok(cst_part_content(&again, path, &err));
        assert_true(cst_digest_equal(&again, &written.content));
    }
    free(path);
}

static cst_part_ref reference(const char *name, const cst_part_written *written)
{
    return (cst_part_ref){path_of(name), written->content, written->rows};
}

static void rows_come_back_in_blocks_with_their_identity(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const int64_t sizes[] = {5000, 9000, 1};
    cst_part_ref ref[3];
    for (int i = 0; i < 3; i++) {
        char name[32];
        cst_part_written written;
        (void)snprintf(name, sizeof name, "rows%d.h5", i);
        char *path = path_of(name);
        write_sample(&written, path, sizes[i]);
        free(path);
        ref[i] = reference(name, &written);
    }
    cst_table *table = NULL;
    assert_ok(cst_rows_read(&table, comm, ref, 3, NULL, &err));
    assert_int_equal(table->total, 14001);
    int64_t first = 0;
    int64_t count = 0;
    cst_comm_owned(comm, 14001, &first, &count);
    assert_int_equal(table->first, first);
    assert_int_equal(table->rows, count);
    int64_t *number = calloc(table->rows + 1, sizeof *number);
    assert_non_null(number);
    for (size_t r = 0; r < table->rows; r++) {
        int64_t position = first + (int64_t)r;
        int part = position < 5000 ? 0 : position < 14000 ? 1 : 2;
        number[r] = position - (part == 0 ? 0 : part == 1 ? 5000 : 14000);
        assert_int_equal(table->id[r].row, number[r]);
        assert_int_equal(table->id[r].part >> 56, ref[part].id.byte[0]);
        assert_int_equal(table->id[r].part & 255, ref[part].id.byte[7]);
    }
    assert_sample(table, number);
    cst_table_free(table);

    assert_ok(cst_rows_read_all(&table, comm, ref, 2, (const char *const[]){"serial", NULL}, &err));
    assert_int_equal(table->rows, 14000);
    assert_int_equal(table->columns, 1);
    assert_true(cst_table_find(table, "serial")->values.i64[13999] == 8999 * INT64_C(1000000007));
    cst_table_free(table);

    assert_fails(cst_rows_read(&table, comm, ref, 2, (const char *const[]){"wind", NULL}, &err),
                 CST_MISSING, "wind");
    ref[1].id.byte[20] ^= 1;
    memcpy(ref[1].id.byte, ref[0].id.byte, 8);
    assert_fails(cst_rows_read(&table, comm, ref, 2, NULL, &err), CST_INVALID, "64 bits");
    ref[2].rows = 7;
    assert_fails(cst_rows_read(&table, comm, ref + 2, 1, NULL, &err), CST_INVALID, "rows2.h5");
    for (int i = 0; i < 3; i++)
        free(ref[i].path);
    free(number);
}

/* Two rows on every rank. */
static cst_table *pair(const char *name, cst_type type)
{
    cst_table *table = sample_table(2 * comm->rank, 2);
    for (size_t c = table->columns; c-- > 0;)
        if (strcmp(table->column[c].name, "carrier") != 0)
            cst_table_drop(table, table->column[c].name);
    cst_column *column = sample_column(table, name, type, 2);
    for (size_t r = 0; r < 2; r++)
        memset((char *)column->values.any + r * cst_type_size(type), 0, cst_type_size(type));
    return table;
}

static void parts_that_differ_make_one_table(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const char *const name[] = {"wind", "rain", "rain"};
    static const cst_type type[] = {CST_FLOAT32, CST_INT64, CST_FLOAT64};
    cst_part_ref ref[3];
    for (int i = 0; i < 3; i++) {
        char file[32];
        cst_part_written written;
        (void)snprintf(file, sizeof file, "differ%d.h5", i);
        char *path = path_of(file);
        cst_table *table = pair(name[i], type[i]);
        char *level[] = {i ? "9F" : "9E", "AA", "ZZ"};
        cst_column *carrier = cst_table_find(table, "carrier");
        cst_levels_free(&carrier->levels);
        assert_ok(cst_levels_copy(&carrier->levels, &(cst_levels){level, 3}, &err));
        assert_ok(cst_part_write(&written, comm, path, table, &err));
        cst_table_free(table);
        free(path);
        ref[i] = reference(file, &written);
    }
    cst_table *table = NULL;
    assert_ok(cst_rows_read_all(&table, comm, ref, 2, NULL, &err));
    size_t half = table->rows / 2;
    assert_int_equal(half, 2 * comm->size);
    assert_int_equal(cst_table_find(table, "carrier")->levels.count, 4);
    size_t size = 0;
    assert_string_equal(cst_column_text(cst_table_find(table, "carrier"), 1, &size), "AA");
    assert_string_equal(cst_column_text(cst_table_find(table, "carrier"), half + 1, &size), "AA");
    assert_false(cst_column_is_missing(cst_table_find(table, "wind"), half - 1));
    assert_true(cst_column_is_missing(cst_table_find(table, "wind"), half));
    assert_true(cst_column_is_missing(cst_table_find(table, "rain"), half - 1));
    assert_false(cst_column_is_missing(cst_table_find(table, "rain"), half));
    cst_table_free(table);
    assert_fails(cst_rows_read(&table, comm, ref + 1, 2, NULL, &err), CST_INVALID, "rain");
    for (int i = 0; i < 3; i++)
        free(ref[i].path);
}

static void ids_that_rows_bring_along_are_kept(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    int64_t first = 0;
    int64_t count = 0;
    uneven_share(comm, 9000, &first, &count);
    cst_table *table = sample_table(first, count);
    table->id = calloc((size_t)count + 1, sizeof *table->id);
    assert_non_null(table->id);
    for (int64_t r = 0; r < count; r++)
        table->id[r] = (cst_rowid){UINT64_C(1) << 63, (uint64_t)(3 * (first + r))};
    char *path = path_of("ids.h5");
    cst_part_written written;
    assert_ok(cst_part_write(&written, comm, path, table, &err));
    cst_table_free(table);
    cst_part_ref ref = {path, written.content, 9000};
    assert_ok(cst_rows_read(&table, comm, &ref, 1, NULL, &err));
    assert_int_equal(table->columns, 9);
    for (size_t r = 0; r < table->rows; r++) {
        assert_true(table->id[r].part == UINT64_C(1) << 63);
        assert_int_equal(table->id[r].row, 3 * (table->first + (int64_t)r));
    }
    cst_table_free(table);
    free(path);
}

static void a_matrix_comes_back_in_blocks(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    int64_t first = 0;
    int64_t count = 0;
    uneven_share(comm, 20000, &first, &count);
    cst_matrix *matrix = NULL;
    assert_ok(cst_matrix_new(&matrix, (size_t)count, 2, &err));
    assert_ok(cst_matrix_name(matrix, 0, "temp", CST_FEATURE_NUMERIC, 0, &err));
    assert_ok(cst_matrix_name(matrix, 1, "carrier", CST_FEATURE_CATEGORY, 12, &err));
    for (int64_t r = 0; r < count; r++) {
        matrix->x[0][r] = (float)(first + r) / 7;
        matrix->x[1][r] = (first + r) % 13 == 12 ? NAN : (float)((first + r) % 13);
        matrix->label[r] = (double)(first + r) * 0.1;
        matrix->id[r] = (cst_rowid){9, (uint64_t)(first + r)};
    }
    char *path = path_of("matrix.h5");
    cst_part_written written;
    assert_ok(cst_matrix_write(&written, comm, path, matrix, &err));
    cst_matrix_free(matrix);
    assert_ok(cst_matrix_read(&matrix, comm, path, &err));
    assert_int_equal(matrix->total, 20000);
    assert_int_equal(matrix->feature[1].levels, 12);
    for (size_t r = 0; r < matrix->rows; r++) {
        int64_t row = matrix->first + (int64_t)r;
        assert_true(matrix->x[0][r] == (float)row / 7);
        assert_true(row % 13 == 12 ? isnan(matrix->x[1][r]) : matrix->x[1][r] == (float)(row % 13));
        assert_true(matrix->label[r] == (double)row * 0.1);
        assert_int_equal(matrix->id[r].row, row);
    }
    cst_matrix_free(matrix);
    free(path);
}

static void limit_files_to(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_is_an_error_on_every_rank_and_leaves_nothing(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *path = path_of("full.h5");
    int64_t first = 0;
    int64_t count = 0;
    uneven_share(comm, 100000, &first, &count);
    cst_table *table = sample_table(first, count);
    cst_part_written written;
    limit_files_to(1 << 20);
    assert_fails(cst_part_write(&written, comm, path, table, &err), CST_IO, "full.h5");
    limit_files_to(RLIM_INFINITY);
    assert_int_equal(access(path, F_OK), -1);
    /* and where only one rank's writes fail, the last's, once the file is laid out */
    if (comm->size > 1) {
        if (comm->rank == comm->size - 1)
            limit_files_to(1 << 20);
        assert_fails(cst_part_write(&written, comm, path, table, &err), CST_IO, "full.h5");
        limit_files_to(RLIM_INFINITY);
        assert_int_equal(access(path, F_OK), -1);
    }
    cst_table_free(table);
    free(path);
}

static void what_ranks_disagree_on_is_not_written(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *path = path_of("differ.h5");
    cst_part_written written;
    cst_table *table = sample_table(comm->rank * 10, 10);
    cst_table *nothing = sample_table(0, 0);
    assert_fails(cst_part_write(&written, comm, path, nothing, &err), CST_INVALID, "no rows");
    if (comm->size > 1) {
        cst_column *carrier = cst_table_find(table, "carrier");
        if (comm->rank == 1)
            carrier->levels.text[1][0] = 'B';
        assert_fails(cst_part_write(&written, comm, path, table, &err), CST_INVALID, "differ");
        if (comm->rank == 1)
            carrier->levels.text[1][0] = 'A';
    }
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(cst_part_write(&written, comm, path, table, &err));
    assert_fails(cst_part_write(&written, comm, path, table, &err), CST_IO, "exists");
    assert_int_equal(access(path, F_OK), 0);
    cst_table_free(nothing);
    cst_table_free(table);
    free(path);
}

static void remove_directory(void)
{
    static const char *const name[] = {"golden.h5",  "rows0.h5",   "rows1.h5",   "rows2.h5",
                                       "differ0.h5", "differ1.h5", "differ2.h5", "ids.h5",
                                       "matrix.h5",  "differ.h5"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char *path = path_of(name[i]);
        (void)unlink(path);
        free(path);
    }
    (void)rmdir(directory);
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    MPI_Init(&argc, &argv);
    if (cst_comm_new(&comm, MPI_COMM_WORLD, true, &err) != CST_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file too large is then an error of write() */
    directory = make_directory(comm);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_id_do_not_depend_on_ranks),
        cmocka_unit_test(rows_come_back_in_blocks_with_their_identity),
        cmocka_unit_test(parts_that_differ_make_one_table),
        cmocka_unit_test(ids_that_rows_bring_along_are_kept),
        cmocka_unit_test(a_matrix_comes_back_in_blocks),
        cmocka_unit_test(a_full_disk_is_an_error_on_every_rank_and_leaves_nothing),
        cmocka_unit_test(what_ranks_disagree_on_is_not_written),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (comm->rank == 0)
        remove_directory();
    free(directory);
    cst_comm_free(comm);
    MPI_Finalize();
    return failed;
}

/* part.c - what is refused when a part is opened or read */
#include "test/unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/hdf5.h"
#include "store/layout.h"
#include "store/part.h"

enum { ROWS = 10 };

static char path[64];
static char other[64];

static int make_names(void **state)
{
    (void)state;
    char directory[] = "/tmp/capstan-part-XXXXXX";
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(path, sizeof path, "%s/part.h5", directory);
    (void)snprintf(other, sizeof other, "%s/other.h5", directory);
    return 0;
}

static int remove_names(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(other);
    *strrchr(path, '/') = '\0';
    return rmdir(path);
}

static const double x_values[ROWS] = {0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5};

/* Where the values of columns x, c, b and s lie in the part that was made last. */
static cst_place place[4];

static void put(int fd, const void *bytes, size_t size, int64_t offset)
{
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_store_write(fd, bytes, size, offset, path, &err));
}

/* A part of ten rows: x, category c (codes 0 and 1), bool b, text s ("0", "1", …). */
static void make_part(void)
{
    cst_error err = CST_ERROR_INIT;
    cst_table *table = NULL;
    cst_column *column = NULL;
    cst_layout layout;
    (void)unlink(path);
    assert_ok(cst_table_new(&table, &err));
    assert_ok(cst_table_add(&column, table, "x", CST_FLOAT64, &err));
    column->unit = strdup("K");
    assert_ok(cst_table_add(&column, table, "c", CST_CATEGORY, &err));
    assert_ok(cst_levels_copy(&column->levels, &(cst_levels){(char *[]){"AA", "UA"}, 2}, &err));
    assert_ok(cst_table_add(&column, table, "b", CST_BOOL, &err));
    assert_ok(cst_table_add(&column, table, "s", CST_TEXT, &err));
    assert_ok(cst_layout_new(&layout, table, ROWS, &err));
    layout.place[3].size = ROWS;
    assert_ok(cst_layout_create(&layout, path, &err));
    memcpy(place, layout.place, sizeof place);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    int32_t code[ROWS];
    int8_t truth[ROWS];
    int64_t offset[ROWS + 1];
    for (int r = 0; r <= ROWS; r++)
        offset[r] = r;
    for (int r = 0; r < ROWS; r++) {
        code[r] = r % 2;
        truth[r] = r % 2 == 0;
    }
    put(fd, x_values, sizeof x_values, place[0].values);
    put(fd, code, sizeof code, place[1].values);
    put(fd, truth, sizeof truth, place[2].values);
    put(fd, "0123456789", ROWS, place[3].values);
    put(fd, offset, sizeof offset, place[3].offsets);
    assert_ok(cst_store_close(fd, path, &err));
    cst_layout_free(&layout);
    cst_table_free(table);
}

static void a_part_is_read_from_any_row(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_part *part = NULL;
    cst_table *table = NULL;
    make_part();
    assert_ok(cst_part_open(&part, path, &err));
    assert_int_equal(cst_part_rows(part), ROWS);
    assert_ok(cst_part_read(&table, part, 3, 4, (const char *const[]){"s", "x", "c", NULL}, &err));
    assert_int_equal(table->rows, 4);
    assert_string_equal(table->column[0].name, "s");
    assert_memory_equal(cst_table_find(table, "x")->values.f64, x_values + 3, 4 * sizeof(double));
    assert_string_equal(cst_table_find(table, "x")->unit, "K");
    size_t size = 0;
    const char *text = cst_column_text(cst_table_find(table, "s"), 3, &size);
    assert_int_equal(size, 1);
    assert_int_equal(*text, '6');
    assert_string_equal(cst_column_text(cst_table_find(table, "c"), 0, &size), "UA");
    assert_null(table->id);
    cst_table_free(table);
    assert_fails(cst_part_read(&table, part, 3, 8, NULL, &err), CST_INVALID, "10 rows");
    assert_fails(cst_part_read(&table, part, 0, 1, (const char *const[]){"y", NULL}, &err),
                 CST_MISSING, "no column y");
    cst_part_close(part);
}

/* ---- what else a file could be ---- */

static void create(hid_t file, const char *name, hid_t type, int rank, hid_t list,
                   const char *column_type)
{
    cst_error err = CST_ERROR_INIT;
    hsize_t length[2] = {ROWS, 1};
    hid_t space = H5Screate_simple(rank, length, NULL);
    hid_t variable = H5Dcreate2(file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(variable >= 0);
    assert_ok(cst_hdf5_put_text(variable, CST_TYPE_ATTRIBUTE, column_type, path, &err));
    (void)H5Dclose(variable);
    (void)H5Sclose(space);
    (void)H5Pclose(list);
}

static hid_t contiguous(void)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY);
    return list;
}

static void soft_link(hid_t file)
{
    assert_true(H5Lcreate_soft("/x", file, "y", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void soft_link_as_row(hid_t file)
{
    (void)H5Ldelete(file, "row", H5P_DEFAULT);
    assert_true(H5Lcreate_soft("/x", file, "row", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void soft_link_as_levels(hid_t file)
{
    (void)H5Lmove(file, "c_levels", file, "other_levels", H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Lcreate_soft("/other_levels", file, "c_levels", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void external_link(hid_t file)
{
    assert_true(H5Lcreate_external("/etc/passwd", "/x", file, "y", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static herr_t user_traverse(const char *name, hid_t group, const void *data, size_t size,
                            hid_t access)
{
    (void)name, (void)group, (void)data, (void)size, (void)access;
    return -1;
}

static void user_link(hid_t file)
{
    static const H5L_class_t kind = {.version = H5L_LINK_CLASS_T_VERS,
                                     .id = (H5L_type_t)200,
                                     .trav_func =
                                         (H5L_traverse_func_t)(void (*)(void))user_traverse};
    assert_true(H5Lregister(&kind) >= 0);
    assert_true(H5Lcreate_ud(file, "y", kind.id, "?", 1, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void group(hid_t file)
{
    (void)H5Gclose(H5Gcreate2(file, "y", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void chunks(hid_t file)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_chunk(list, 1, (hsize_t[]){5});
    create(file, "y", H5T_IEEE_F64LE, 1, list, "float64");
}

static void compression(hid_t file)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_chunk(list, 1, (hsize_t[]){5});
    (void)H5Pset_shuffle(list);
    create(file, "y", H5T_IEEE_F64LE, 1, list, "float64");
}

static void compact(hid_t file)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_layout(list, H5D_COMPACT);
    create(file, "y", H5T_IEEE_F64LE, 1, list, "float64");
}

static void external_storage(hid_t file)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_external(list, "/etc/passwd", 0, ROWS * 8);
    create(file, "y", H5T_IEEE_F64LE, 1, list, "float64");
}

static void virtual_dataset(hid_t file)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, (hsize_t[]){ROWS}, NULL);
    assert_true(H5Pset_virtual(list, space, other, "x", space) >= 0);
    (void)H5Sclose(space);
    create(file, "y", H5T_IEEE_F64LE, 1, list, "float64");
}

static void no_storage(hid_t file)
{
    create(file, "y", H5T_IEEE_F64LE, 1, H5Pcreate(H5P_DATASET_CREATE), "float64");
}

static void other_type_on_disk(hid_t file)
{
    create(file, "y", H5T_IEEE_F32LE, 1, contiguous(), "float64");
}

static void big_endian_on_disk(hid_t file)
{
    create(file, "y", H5T_IEEE_F64BE, 1, contiguous(), "float64");
}

static void two_dimensions(hid_t file)
{
    create(file, "y", H5T_IEEE_F64LE, 2, contiguous(), "float64");
}

static void unknown_type(hid_t file)
{
    create(file, "y", H5T_IEEE_F64LE, 1, contiguous(), "float128");
}

static void text_without_offsets(hid_t file)
{
    create(file, "y", H5T_STD_U8LE, 1, contiguous(), "text");
}

static void time_without_unit(hid_t file)
{
    create(file, "y", H5T_STD_I64LE, 1, contiguous(), "time");
}

static void other_length(hid_t file)
{
    hsize_t length = ROWS - 1;
    cst_error err = CST_ERROR_INIT;
    hid_t space = H5Screate_simple(1, &length, NULL);
    hid_t list = contiguous();
    hid_t variable = H5Dcreate2(file, "y", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_ok(cst_hdf5_put_text(variable, CST_TYPE_ATTRIBUTE, "float64", path, &err));
    (void)H5Dclose(variable);
    (void)H5Pclose(list);
    (void)H5Sclose(space);
}

static void no_row(hid_t file)
{
    (void)H5Ldelete(file, "row", H5P_DEFAULT);
}

static void newer_format(hid_t file)
{
    cst_error err = CST_ERROR_INIT;
    (void)H5Adelete(file, CST_PART_ATTRIBUTE);
    assert_ok(
        cst_hdf5_put_value(file, CST_PART_ATTRIBUTE, H5T_STD_I32LE, &(int32_t){99}, path, &err));
}

static void no_format(hid_t file)
{
    (void)H5Adelete(file, CST_PART_ATTRIBUTE);
}

static void text_of_any_length(hid_t file)
{
    cst_error err = CST_ERROR_INIT;
    hid_t type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, H5T_VARIABLE);
    hid_t x = H5Dopen2(file, "x", H5P_DEFAULT);
    assert_ok(cst_hdf5_put_value(x, "long_name", type, &(const char *){"long"}, path, &err));
    (void)H5Dclose(x);
    (void)H5Tclose(type);
}

static void levels_out_of_order(hid_t file)
{
    hid_t levels = H5Dopen2(file, "c_levels", H5P_DEFAULT);
    assert_true(H5Dwrite(levels, H5T_C_S1, H5S_ALL, H5S_ALL, H5P_DEFAULT, "UAAA") >= 0);
    (void)H5Dclose(levels);
}

static void levels_not_utf8(hid_t file)
{
    hid_t levels = H5Dopen2(file, "c_levels", H5P_DEFAULT);
    assert_true(H5Dwrite(levels, H5T_C_S1, H5S_ALL, H5S_ALL, H5P_DEFAULT, "AA\xff\xff") >= 0);
    (void)H5Dclose(levels);
}

static void what_leads_elsewhere_or_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        void (*tamper)(hid_t file);
        const char *words;
    } row[] = {
        {soft_link, "y is a soft link"},
        {soft_link_as_row, "row is a soft link"},
        {soft_link_as_levels, "c_levels is a soft link"},
        {external_link, "y is a link to another file"},
        {user_link, "y is a link of a kind"},
        {group, "y is not a variable"},
        {chunks, "y is not stored in one piece"},
        {compression, "y is compressed"},
        {compact, "y is not stored in one piece"},
        {external_storage, "y is stored in other files"},
        {virtual_dataset, "y is a virtual dataset"},
        {no_storage, "y has no values"},
        {other_type_on_disk, "y has another type"},
        {big_endian_on_disk, "y has another type"},
        {two_dimensions, "y has the wrong number of dimensions"},
        {unknown_type, "y is of a type"},
        {text_without_offsets, "y_offsets is missing"},
        {time_without_unit, "y has no unit of time"},
        {other_length, "y has another length"},
        {no_row, "row is missing"},
        {newer_format, "format 99"},
        {no_format, "not a part"},
        {text_of_any_length, "long_name"},
        {levels_out_of_order, "out of order"},
        {levels_not_utf8, "UTF-8"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_part *part = NULL;
        make_part();
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0);
        row[i].tamper(file);
        assert_true(H5Fclose(file) >= 0);
        assert_fails(cst_part_open(&part, path, &err), CST_INVALID, row[i].words);
        assert_non_null(strstr(err.text, path));
        assert_null(part);
    }
}

static void what_is_no_hdf5_file_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_part *part = NULL;
    (void)unlink(path);
    assert_fails(cst_part_open(&part, path, &err), CST_IO, "No such file");
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_fails(cst_part_open(&part, path, &err), CST_INVALID, "not a part");
    assert_int_equal(truncate(path, 5000), 0);
    assert_fails(cst_part_open(&part, path, &err), CST_INVALID, "not a part");
    assert_fails(cst_part_open(&part, "/tmp", &err), CST_INVALID, "/tmp is not a file");
    make_part();
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size - 1), 0);
    assert_fails(cst_part_open(&part, path, &err), CST_INVALID, "not a part");
}

/* ---- values ---- */

static void spoil(int64_t offset, const void *bytes, size_t size)
{
    make_part();
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    put(fd, bytes, size, offset);
    (void)close(fd);
}

static void assert_unreadable(const char *column, const char *words)
{
    cst_error err = CST_ERROR_INIT;
    cst_part *part = NULL;
    cst_table *table = NULL;
    assert_ok(cst_part_open(&part, path, &err));
    assert_fails(cst_part_read(&table, part, 0, ROWS, (const char *const[]){column, NULL}, &err),
                 CST_INVALID, words);
    assert_ok(cst_part_read(&table, part, 0, ROWS, (const char *const[]){"x", NULL}, &err));
    cst_table_free(table);
    cst_part_close(part);
}

static void values_that_cannot_be_are_not_handed_on(void **state)
{
    (void)state;
    spoil(place[1].values + 4 * 3, &(int32_t){2}, 4);
    assert_unreadable("c", "row 3 of those read: a code without a level");
    spoil(place[1].values, &(int32_t){-1}, 4);
    assert_unreadable("c", "a code without a level");
    spoil(place[2].values + 9, &(int8_t){2}, 1);
    assert_unreadable("b", "neither true nor false");
    spoil(place[3].offsets + 8 * 4, &(int64_t){9}, 8);
    assert_unreadable("s", "backwards");
    spoil(place[3].offsets, &(int64_t){-1}, 8);
    assert_unreadable("s", "backwards");
    spoil(place[3].missing + 2, &(int8_t){7}, 1);
    assert_unreadable("s", "neither missing nor there");
    cst_error err = CST_ERROR_INIT;
    cst_part *part = NULL;
    spoil(place[3].offsets + 8 * ROWS, &(int64_t){1000000}, 8);
    assert_fails(cst_part_open(&part, path, &err), CST_INVALID, "lead out of it");
}

static void a_changed_value_changes_the_content(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_digest one, two;
    make_part();
    assert_ok(cst_part_content(&one, path, &err));
    spoil(place[0].values + 8 * 9, &(double){9.25}, 8);
    assert_ok(cst_part_content(&two, path, &err));
    assert_false(cst_digest_equal(&one, &two));
    make_part();
    assert_ok(cst_part_content(&two, path, &err));
    assert_true(cst_digest_equal(&one, &two));
}

static void names_that_would_collide_are_not_laid_out(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words;
    } row[] = {{"row", "row"}, {"a/b", "a/b"}, {".", "rename:"}, {"c_levels_count", "rename:"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_table *table = NULL;
        cst_column *column = NULL;
        cst_layout layout;
        (void)unlink(path);
        assert_ok(cst_table_new(&table, &err));
        assert_ok(cst_table_add(&column, table, row[i].name, CST_FLOAT64, &err));
        assert_ok(cst_table_add(&column, table, "c", CST_CATEGORY, &err));
        assert_ok(cst_levels_copy(&column->levels, &(cst_levels){(char *[]){"A"}, 1}, &err));
        assert_ok(cst_layout_new(&layout, table, ROWS, &err));
        assert_fails(cst_layout_create(&layout, path, &err), CST_INVALID, row[i].words);
        assert_int_equal(access(path, F_OK), -1);
        cst_layout_free(&layout);
        cst_table_free(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_read_from_any_row),
        cmocka_unit_test(what_leads_elsewhere_or_cannot_be_is_refused),
        cmocka_unit_test(what_is_no_hdf5_file_is_refused),
        cmocka_unit_test(values_that_cannot_be_are_not_handed_on),
        cmocka_unit_test(a_changed_value_changes_the_content),
        cmocka_unit_test(names_that_would_collide_are_not_laid_out),
    };
    return cmocka_run_group_tests(tests, make_names, remove_names);
}

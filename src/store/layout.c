/* layout.c - a part's file laid out: variables, attributes, room for values */
#include "store/layout.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "store/bytes.h"
#include "store/hdf5.h"
#include "store/netcdf.h"

static const int64_t alignment = 1 << 20;

static const struct {
    int64_t ticks;
    const char *unit;
} time_units[] = {
    {1, "seconds since 1970-01-01 00:00:00"},
    {1000, "milliseconds since 1970-01-01 00:00:00"},
    {1000000, "microseconds since 1970-01-01 00:00:00"},
    {1000000000, "nanoseconds since 1970-01-01 00:00:00"},
};
enum { TIME_UNITS = sizeof time_units / sizeof time_units[0] };

const char *cst_layout_time_unit(int64_t ticks)
{
    for (size_t i = 0; i < TIME_UNITS; i++)
        if (time_units[i].ticks == ticks)
            return time_units[i].unit;
    return NULL;
}

int64_t cst_layout_time_ticks(const char *unit)
{
    for (size_t i = 0; i < TIME_UNITS; i++)
        if (strcmp(time_units[i].unit, unit) == 0)
            return time_units[i].ticks;
    return 0;
}

cst_code cst_layout_new(cst_layout *out, const cst_table *table, int64_t rows, cst_error *err)
{
    *out = (cst_layout){.table = table, .rows = rows};
    out->fill = cst_array_new(table->columns, sizeof *out->fill, "columns", err);
    out->place = cst_array_new(table->columns, sizeof *out->place, "columns", err);
    if (out->fill && out->place)
        return CST_OK;
    cst_layout_free(out);
    return CST_NOMEM;
}

void cst_layout_free(cst_layout *layout)
{
    free(layout->fill);
    free(layout->place);
    *layout = (cst_layout){0};
}

static size_t widest(const cst_levels *levels)
{
    size_t width = 1;
    for (int32_t i = 0; i < levels->count; i++) {
        size_t size = strlen(levels->text[i]);
        width = size > width ? size : width;
    }
    return width;
}

static cst_code write_levels(const cst_netcdf *w, hid_t variable, const cst_levels *levels,
                             size_t width, cst_error *err)
{
    char *text = cst_array_new((size_t)levels->count, width, "levels", err);
    if (!text)
        return CST_NOMEM;
    for (int32_t i = 0; i < levels->count; i++)
        memcpy(text + (size_t)i * width, levels->text[i], strlen(levels->text[i]));
    bool good = H5Dwrite(variable, H5T_C_S1, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    free(text);
    return good ? cst_hdf5_put_text(variable, "_Encoding", "utf-8", w->path, err)
                : cst_netcdf_failed(w, err);
}

/* The dictionary of a category: characters over level and width. */
static cst_code create_levels(cst_netcdf *w, const cst_column *column, cst_error *err)
{
    const cst_levels *levels = &column->levels;
    if (levels->count == 0)
        return CST_OK;
    cst_netcdf_dimension count;
    cst_netcdf_dimension width = {.dataset = -1};
    hid_t variable = -1;
    int64_t place = 0;
    char *name = cst_text_format(err, "%s%s", column->name, CST_LEVELS_SUFFIX);
    cst_code rc = cst_netcdf_open_dimension_of(&count, w, column->name, "_levels_count",
                                               (size_t)levels->count, err);
    if (rc == CST_OK)
        rc = cst_netcdf_open_dimension_of(&width, w, column->name, "_levels_width", widest(levels),
                                          err);
    if (rc == CST_OK && !name)
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_netcdf_create(&variable, &place, w, name, H5T_C_S1, 2,
                               (cst_netcdf_dimension *const[]){&count, &width}, err);
    if (rc == CST_OK)
        rc = write_levels(w, variable, levels, (size_t)width.length, err);
    if (variable >= 0 && H5Dclose(variable) < 0 && rc == CST_OK)
        rc = cst_netcdf_failed(w, err);
    rc = cst_netcdf_close_dimension(w, &width, rc, err);
    rc = cst_netcdf_close_dimension(w, &count, rc, err);
    free(name);
    return rc;
}

bool cst_layout_has_fill(cst_type type)
{
    return type != CST_FLOAT32 && type != CST_FLOAT64 && type != CST_TEXT;
}

static cst_code put_fill(const cst_netcdf *w, hid_t variable, cst_type type, cst_error *err)
{
    static const int8_t none8 = CST_MISSING_BOOL;
    static const int32_t none32 = CST_MISSING_INT32;
    static const int64_t none64 = CST_MISSING_INT64;
    const void *fill = NULL;
    switch (type) {
    case CST_INT64:
    case CST_TIME:
        fill = &none64;
        break;
    case CST_BOOL:
        fill = &none8;
        break;
    default:
        fill = &none32;
    }
    return cst_hdf5_put_value(variable, "_FillValue", cst_hdf5_type(type), fill, w->path, err);
}

static cst_code describe(const cst_netcdf *w, hid_t variable, const cst_column *column, bool fill,
                         cst_error *err)
{
    bool is_time = column->type == CST_TIME;
    const struct {
        const char *name, *text;
    } row[] = {
        {CST_TYPE_ATTRIBUTE, cst_type_name(column->type)},
        {"long_name", column->long_name},
        {"standard_name", column->standard_name},
        {"units", is_time ? cst_layout_time_unit(column->ticks) : column->unit},
        {"calendar", is_time ? "proleptic_gregorian" : NULL},
        {"zone", column->zone},
        {"dtype", column->type == CST_BOOL && !fill ? "bool" : NULL},
    };
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < sizeof row / sizeof row[0]; i++)
        rc = cst_hdf5_put_text(variable, row[i].name, row[i].text, w->path, err);
    return rc == CST_OK && fill ? put_fill(w, variable, column->type, err) : rc;
}

static cst_code create_values(int64_t *place, const cst_netcdf *w, const cst_column *column,
                              bool fill, cst_netcdf_dimension *along, cst_error *err)
{
    hid_t variable = -1;
    cst_code rc = cst_netcdf_create(&variable, place, w, column->name, cst_hdf5_type(column->type),
                                    1, &along, err);
    if (rc == CST_OK)
        rc = describe(w, variable, column, fill, err);
    if (variable >= 0 && H5Dclose(variable) < 0 && rc == CST_OK)
        rc = cst_netcdf_failed(w, err);
    return rc;
}

static cst_code create_text(cst_place *place, cst_netcdf *w, const cst_column *column, bool fill,
                            cst_netcdf_dimension *row, cst_error *err)
{
    cst_netcdf_dimension bytes;
    cst_netcdf_dimension edges = {.dataset = -1};
    /* HDF5 has no room for nothing: text without a byte keeps one that no offset reaches. */
    cst_code rc = cst_netcdf_open_dimension_of(&bytes, w, column->name, "_bytes_count",
                                               place->size ? (size_t)place->size : 1, err);
    if (rc == CST_OK)
        rc = cst_netcdf_open_dimension_of(&edges, w, column->name, "_offsets_count",
                                          (size_t)row->length + 1, err);
    if (rc == CST_OK)
        rc = create_values(&place->values, w, column, fill, &bytes, err);
    if (rc == CST_OK)
        rc = cst_netcdf_create_beside(&place->offsets, w, column->name, CST_OFFSETS_SUFFIX,
                                      H5T_STD_I64LE, &edges, err);
    if (rc == CST_OK)
        rc = cst_netcdf_create_beside(&place->missing, w, column->name, CST_MISSING_SUFFIX,
                                      H5T_STD_I8LE, row, err);
    rc = cst_netcdf_close_dimension(w, &edges, rc, err);
    return cst_netcdf_close_dimension(w, &bytes, rc, err);
}

static cst_code create_columns(cst_netcdf *w, cst_layout *layout, cst_error *err)
{
    cst_netcdf_dimension row;
    cst_code rc = cst_netcdf_open_dimension(&row, w, "row", (hsize_t)layout->rows, err);
    for (size_t c = 0; rc == CST_OK && c < layout->table->columns; c++) {
        const cst_column *column = &layout->table->column[c];
        cst_place *place = &layout->place[c];
        if (column->type == CST_TEXT) {
            rc = create_text(place, w, column, layout->fill[c] != 0, &row, err);
            continue;
        }
        rc = create_values(&place->values, w, column, layout->fill[c] != 0, &row, err);
        if (rc == CST_OK && column->type == CST_CATEGORY)
            rc = create_levels(w, column, err);
    }
    return cst_netcdf_close_dimension(w, &row, rc, err);
}

/* ---- the file ---- */

static hid_t file_creation_list(void)
{
    hid_t list = H5Pcreate(H5P_FILE_CREATE);
    (void)H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    (void)H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    (void)H5Pset_obj_track_times(list, false);
    return list;
}

static hid_t file_access_list(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    (void)H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110);
    (void)H5Pset_alignment(list, (hsize_t)alignment, (hsize_t)alignment);
    (void)H5Pset_file_locking(list, false, true); /* nobody else knows the name yet */
    return list;
}

static hid_t object_creation_list(H5D_alloc_time_t when)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    (void)H5Pset_layout(list, H5D_CONTIGUOUS);
    (void)H5Pset_alloc_time(list, when);
    (void)H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    (void)H5Pset_obj_track_times(list, false);
    (void)H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    (void)H5Pset_attr_phase_change(list, 32, 24);
    return list;
}

static cst_code create_file(cst_layout *layout, const char *path, cst_error *err)
{
    hid_t creation = file_creation_list();
    hid_t access = file_access_list();
    cst_netcdf w = {.path = path,
                    .variable_list = object_creation_list(H5D_ALLOC_TIME_EARLY),
                    .dimension_list = object_creation_list(H5D_ALLOC_TIME_LATE)};
    w.file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    cst_code rc = w.file >= 0 ? CST_OK : cst_netcdf_failed(&w, err);
    if (rc == CST_OK)
        rc = cst_hdf5_put_text(w.file, "Conventions", "CF-1.11", path, err);
    if (rc == CST_OK)
        rc = cst_hdf5_put_value(w.file, CST_PART_ATTRIBUTE, H5T_STD_I32LE,
                                &(int32_t){CST_PART_FORMAT}, path, err);
    if (rc == CST_OK)
        rc = create_columns(&w, layout, err);
    if (w.file >= 0 && H5Fclose(w.file) < 0 && rc == CST_OK)
        rc = cst_netcdf_failed(&w, err);
    (void)H5Pclose(w.dimension_list);
    (void)H5Pclose(w.variable_list);
    (void)H5Pclose(access);
    (void)H5Pclose(creation);
    return rc;
}

/* At least as many bytes as the file will have. */
static int64_t estimate(const cst_layout *layout)
{
    int64_t bytes = alignment;
    for (size_t c = 0; c < layout->table->columns; c++) {
        const cst_column *column = &layout->table->column[c];
        const cst_levels *levels = &column->levels;
        bytes += layout->rows * (int64_t)cst_type_size(column->type) + layout->place[c].size;
        bytes += column->type == CST_TEXT ? 9 * (layout->rows + 1) + 3 * alignment : alignment;
        bytes += levels->count * (int64_t)widest(levels) + 16384;
    }
    return bytes;
}

static cst_code reserve(int fd, int64_t bytes, const char *path, cst_error *err)
{
    int number = posix_fallocate(fd, 0, bytes);
    if (number == 0)
        return CST_OK;
    return cst_error_set(err, CST_IO, "no room for the %lld bytes of %s: %s", (long long)bytes,
                         path, strerror(number));
}

/* HDF5 does not survive a full disk in good order, so it is asked of the disk first whether there
 * is room, and the room is then taken for good before any value is written. */
cst_code cst_layout_create(cst_layout *layout, const char *path, cst_error *err)
{
    cst_hdf5_quiet();
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return cst_error_errno(err, "cannot create %s", path);
    cst_code rc = reserve(fd, estimate(layout), path, err);
    if (rc == CST_OK)
        rc = create_file(layout, path, err);
    off_t size = lseek(fd, 0, SEEK_END);
    if (rc == CST_OK)
        rc = reserve(fd, size, path, err);
    cst_code closed = cst_store_close(fd, path, err);
    rc = rc == CST_OK ? closed : rc;
    if (rc != CST_OK)
        (void)unlink(path);
    return rc;
}

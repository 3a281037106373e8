/* describe.c - what a part's file holds, checked before any value is believed
 *
 * A part may come from anywhere. What HDF5 could be made to fetch from elsewhere (links that are
 * not hard, external storage, virtual datasets) and what it would have to decode (chunks, filters)
 * is refused; every extent is checked against the size of the file.
 */
#include "base/array.h"
#include "base/text.h"
#include "store/bytes.h"
#include "store/content.h"
#include "store/hdf5.h"
#include "store/names.h"
#include "store/opened.h"

typedef struct {
    cst_part *part;
    hid_t file;
} opening;

static cst_code unreadable(const opening *o, cst_error *err)
{
    return cst_hdf5_error(err, CST_INVALID, "cannot read the description of", o->part->path);
}

static cst_code refuse(const opening *o, const char *name, const char *why, cst_error *err)
{
    return cst_error_set(err, CST_INVALID, "%s: refused: %s %s", o->part->path, name, why);
}

/* ---- one variable ---- */

static cst_code check_storage(const opening *o, hid_t variable, const char *name, cst_error *err)
{
    hid_t list = H5Dget_create_plist(variable);
    if (list < 0)
        return unreadable(o, err);
    const char *why = NULL;
    H5D_layout_t layout = H5Pget_layout(list);
    if (layout == H5D_VIRTUAL)
        why = "is a virtual dataset: its values lie in other files";
    else if (H5Pget_external_count(list) != 0)
        why = "is stored in other files";
    else if (H5Pget_nfilters(list) != 0)
        why = "is compressed or filtered: parts are not";
    else if (layout != H5D_CONTIGUOUS)
        why = "is not stored in one piece";
    (void)H5Pclose(list);
    return why ? refuse(o, name, why, err) : CST_OK;
}

/* Open a variable, of rank 1 or 2, and see that it is nothing that leads elsewhere. */
static cst_code open_variable(hid_t *out, hsize_t length[2], const opening *o, const char *name,
                              int rank, cst_error *err)
{
    *out = -1;
    H5O_info_t info;
    if (H5Lexists(o->file, name, H5P_DEFAULT) <= 0)
        return refuse(o, name, "is missing", err);
    if (H5Oget_info_by_name2(o->file, name, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return unreadable(o, err);
    if (info.type != H5O_TYPE_DATASET)
        return refuse(o, name, "is not a variable", err);
    hid_t variable = H5Dopen2(o->file, name, H5P_DEFAULT);
    if (variable < 0)
        return unreadable(o, err);
    cst_code rc = check_storage(o, variable, name, err);
    hid_t space = H5Dget_space(variable);
    if (rc == CST_OK && (H5Sget_simple_extent_ndims(space) != rank ||
                         H5Sget_simple_extent_dims(space, length, NULL) != rank))
        rc = refuse(o, name, "has the wrong number of dimensions", err);
    (void)H5Sclose(space);
    if (rc != CST_OK) {
        (void)H5Dclose(variable);
        return rc;
    }
    *out = variable;
    return CST_OK;
}

/* Where a variable's count values of size bytes lie; all of them must be in the file. */
static cst_code find_values(int64_t *place, const opening *o, hid_t variable, const char *name,
                            uint64_t count, uint64_t size, cst_error *err)
{
    haddr_t offset = H5Dget_offset(variable);
    uint64_t most = (uint64_t)o->part->size;
    if (offset == HADDR_UNDEF)
        return refuse(o, name, "has no values", err);
    if (offset > most || count > (most - offset) / size)
        return refuse(o, name, "would reach past the end of the file", err);
    *place = (int64_t)offset;
    return CST_OK;
}

static cst_code check_type(const opening *o, hid_t variable, const char *name, hid_t expected,
                           cst_error *err)
{
    hid_t type = H5Dget_type(variable);
    htri_t same = H5Tequal(type, expected);
    (void)H5Tclose(type);
    return same > 0 ? CST_OK : refuse(o, name, "has another type on disk than its column", err);
}

/* A variable of one dimension that stands beside a column. */
static cst_code find_beside(int64_t *place, const opening *o, const char *column,
                            const char *suffix, hid_t type, uint64_t count, cst_error *err)
{
    hid_t variable = -1;
    hsize_t length[2];
    char *name = cst_text_format(err, "%s%s", column, suffix);
    cst_code rc = name ? open_variable(&variable, length, o, name, 1, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = check_type(o, variable, name, type, err);
    if (rc == CST_OK && length[0] != count)
        rc = refuse(o, name, "has the wrong length", err);
    if (rc == CST_OK)
        rc = find_values(place, o, variable, name, count, H5Tget_size(type), err);
    if (variable >= 0)
        (void)H5Dclose(variable);
    free(name);
    return rc;
}

/* ---- columns ---- */

static cst_code parse_levels(cst_levels *out, const opening *o, const char *name, const char *text,
                             size_t count, size_t width, cst_error *err)
{
    if (!(out->text = cst_array_new(count, sizeof *out->text, "levels", err)))
        return CST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *from = text + i * width;
        char *level = strndup(from, width);
        if (!level)
            return cst_error_nomem(err, "levels");
        out->text[out->count++] = level;
        if (!cst_text_is_utf8(level, strlen(level)))
            return refuse(o, name, "has a level that is not UTF-8", err);
        if (i && strcmp(out->text[i - 1], level) >= 0)
            return refuse(o, name, "has levels out of order", err);
    }
    return CST_OK;
}

static cst_code read_levels(cst_levels *out, const opening *o, const char *column, cst_error *err)
{
    hid_t variable = -1;
    hsize_t length[2] = {0, 0};
    int64_t place = 0;
    char *text = NULL;
    cst_code rc = CST_OK;
    char *name = cst_text_format(err, "%s%s", column, CST_LEVELS_SUFFIX);
    if (!name) {
        rc = CST_NOMEM;
        goto out;
    }
    if (H5Lexists(o->file, name, H5P_DEFAULT) == 0) /* a category of nothing but missing */
        goto out;
    if ((rc = open_variable(&variable, length, o, name, 2, err)) != CST_OK ||
        (rc = check_type(o, variable, name, H5T_C_S1, err)) != CST_OK)
        goto out;
    if (length[0] > CST_LEVELS_MOST || length[1] > (hsize_t)o->part->size) {
        rc = refuse(o, name, "is larger than any dictionary", err);
        goto out;
    }
    rc = find_values(&place, o, variable, name, length[0] * length[1], 1, err);
    size_t size = (size_t)(length[0] * length[1]);
    if (rc == CST_OK && !(text = cst_array_new(size, 1, "levels", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_store_read(text, size, o->part->fd, place, o->part->path, err);
    if (rc == CST_OK)
        rc = parse_levels(out, o, name, text, (size_t)length[0], (size_t)length[1], err);
out:
    if (variable >= 0)
        (void)H5Dclose(variable);
    free(text);
    free(name);
    return rc;
}

static cst_code read_attributes(cst_column *column, uint8_t *fill, const opening *o, hid_t variable,
                                cst_error *err)
{
    const char *path = o->part->path;
    cst_code rc = CST_OK;
    if ((rc = cst_hdf5_get_text(&column->long_name, variable, "long_name", path, err)) != CST_OK ||
        (rc = cst_hdf5_get_text(&column->standard_name, variable, "standard_name", path, err)) !=
            CST_OK ||
        (rc = cst_hdf5_get_text(&column->zone, variable, "zone", path, err)) != CST_OK ||
        (rc = cst_hdf5_get_text(&column->unit, variable, "units", path, err)) != CST_OK)
        return rc;
    *fill = cst_layout_has_fill(column->type) && H5Aexists(variable, "_FillValue") > 0;
    if (column->type != CST_TIME)
        return CST_OK;
    column->ticks = column->unit ? cst_layout_time_ticks(column->unit) : 0;
    free(column->unit);
    column->unit = NULL;
    return column->ticks ? CST_OK : refuse(o, column->name, "has no unit of time", err);
}

static cst_code find_text(cst_place *place, const opening *o, const char *name, hsize_t bytes,
                          cst_error *err)
{
    uint64_t rows = (uint64_t)o->part->layout.rows;
    cst_code rc =
        find_beside(&place->offsets, o, name, CST_OFFSETS_SUFFIX, H5T_STD_I64LE, rows + 1, err);
    if (rc == CST_OK)
        rc = find_beside(&place->missing, o, name, CST_MISSING_SUFFIX, H5T_STD_I8LE, rows, err);
    place->size = (int64_t)bytes;
    return rc;
}

/* Bytes of text without a byte keep one; how many there are, the last offset says. */
static cst_code trim_text(cst_place *place, const opening *o, const char *name, cst_error *err)
{
    int64_t end = 0;
    cst_code rc = cst_store_read(&end, sizeof end, o->part->fd,
                                 place->offsets + o->part->layout.rows * 8, o->part->path, err);
    if (rc == CST_OK && (end < 0 || end > place->size))
        rc = refuse(o, name, "has offsets that lead out of it", err);
    place->size = end;
    return rc;
}

static cst_code take_column(opening *o, hid_t variable, const char *name, hsize_t length,
                            cst_type type, cst_error *err)
{
    cst_part *part = o->part;
    cst_column *column = NULL;
    cst_place place = {0};
    uint8_t fill = 0;
    bool is_text = type == CST_TEXT;
    if (!is_text && length != (hsize_t)part->layout.rows)
        return refuse(o, name, "has another length than row", err);
    cst_code rc = cst_table_add(&column, part->columns, name, type, err);
    if (rc == CST_OK)
        rc = check_type(o, variable, name, cst_hdf5_type(type), err);
    if (rc == CST_OK)
        rc = find_values(&place.values, o, variable, name, length,
                         is_text ? 1 : cst_type_size(type), err);
    if (rc == CST_OK)
        rc = read_attributes(column, &fill, o, variable, err);
    if (rc == CST_OK && is_text && (rc = find_text(&place, o, name, length, err)) == CST_OK)
        rc = trim_text(&place, o, name, err);
    if (rc == CST_OK && type == CST_CATEGORY)
        rc = read_levels(&column->levels, o, name, err);
    if (rc != CST_OK)
        return rc;
    part->layout.place[part->columns->columns - 1] = place;
    part->layout.fill[part->columns->columns - 1] = fill;
    return CST_OK;
}

/* ---- the file ---- */

/* A link's name; *out is new. Links that are not hard are refused. */
static cst_code read_link(char **out, const opening *o, hsize_t i, cst_error *err)
{
    H5L_info_t info;
    ssize_t size =
        H5Lget_name_by_idx(o->file, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, NULL, 0, H5P_DEFAULT);
    if (size <= 0 || H5Lget_info_by_idx(o->file, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, &info,
                                        H5P_DEFAULT) < 0)
        return unreadable(o, err);
    char *name = cst_array_new((size_t)size + 1, 1, "name", err);
    if (!name)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    if (H5Lget_name_by_idx(o->file, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, name, (size_t)size + 1,
                           H5P_DEFAULT) < 0)
        rc = unreadable(o, err);
    else if (info.type == H5L_TYPE_SOFT)
        rc = refuse(o, name, "is a soft link", err);
    else if (info.type == H5L_TYPE_EXTERNAL)
        rc = refuse(o, name, "is a link to another file", err);
    else if (info.type != H5L_TYPE_HARD)
        rc = refuse(o, name, "is a link of a kind that HDF5 does not know", err);
    if (rc != CST_OK) {
        free(name);
        return rc;
    }
    *out = name;
    return CST_OK;
}

/* A variable is a column if it says of what type. */
static cst_code take_link(opening *o, hsize_t i, cst_error *err)
{
    char *name = NULL;
    char *type_name = NULL;
    hid_t variable = -1;
    hsize_t length[2];
    cst_code rc = read_link(&name, o, i, err);
    if (rc != CST_OK)
        return rc;
    size_t size = strlen(name);
    size_t suffix = sizeof CST_LEVELS_SUFFIX - 1;
    bool is_levels = size > suffix && strcmp(name + size - suffix, CST_LEVELS_SUFFIX) == 0;
    rc = open_variable(&variable, length, o, name, is_levels ? 2 : 1, err);
    if (rc == CST_OK)
        rc = cst_hdf5_get_text(&type_name, variable, CST_TYPE_ATTRIBUTE, o->part->path, err);
    int type = type_name ? cst_type_parse(type_name) : 0;
    if (rc == CST_OK && type < 0)
        rc = refuse(o, name, "is of a type that this Capstan does not know", err);
    if (rc == CST_OK && type_name)
        rc = take_column(o, variable, name, length[0], (cst_type)type, err);
    if (variable >= 0)
        (void)H5Dclose(variable);
    free(type_name);
    free(name);
    return rc;
}

static cst_code check_format(const opening *o, cst_error *err)
{
    int32_t format = 0;
    bool found = false;
    cst_code rc =
        cst_hdf5_get_int(&format, &found, o->file, CST_PART_ATTRIBUTE, o->part->path, err);
    if (rc == CST_OK && !found)
        rc = cst_error_set(err, CST_INVALID, "%s is not a part: it has no attribute %s",
                           o->part->path, CST_PART_ATTRIBUTE);
    if (rc == CST_OK && format != CST_PART_FORMAT)
        rc = cst_error_set(err, CST_INVALID,
                           "%s is a part of format %d, this Capstan reads %d: use a newer one",
                           o->part->path, (int)format, CST_PART_FORMAT);
    return rc;
}

static cst_code find_rows(opening *o, cst_error *err)
{
    hid_t row = -1;
    hsize_t length[2] = {0, 0};
    cst_code rc = open_variable(&row, length, o, "row", 1, err);
    if (rc == CST_OK && (length[0] == 0 || length[0] > (hsize_t)INT64_MAX / 16))
        rc = refuse(o, "row", "has an impossible length", err);
    if (row >= 0)
        (void)H5Dclose(row);
    o->part->layout.rows = (int64_t)length[0];
    return rc;
}

/* All links, before any of them is followed. */
static cst_code check_links(const opening *o, hsize_t count, cst_error *err)
{
    cst_code rc = CST_OK;
    for (hsize_t i = 0; rc == CST_OK && i < count; i++) {
        char *name = NULL;
        rc = read_link(&name, o, i, err);
        free(name);
    }
    return rc;
}

static cst_code describe_file(opening *o, cst_error *err)
{
    cst_part *part = o->part;
    H5G_info_t group;
    cst_code rc = check_format(o, err);
    if (rc == CST_OK && H5Gget_info(o->file, &group) < 0)
        rc = unreadable(o, err);
    if (rc == CST_OK)
        rc = check_links(o, group.nlinks, err);
    if (rc == CST_OK)
        rc = find_rows(o, err);
    if (rc != CST_OK)
        return rc;
    part->layout.fill = cst_array_new((size_t)group.nlinks, 1, "columns", err);
    part->layout.place =
        cst_array_new((size_t)group.nlinks, sizeof *part->layout.place, "columns", err);
    if (!part->layout.fill || !part->layout.place)
        return CST_NOMEM;
    for (hsize_t i = 0; rc == CST_OK && i < group.nlinks; i++)
        rc = take_link(o, i, err);
    if (rc == CST_OK && part->columns->columns == 0)
        rc = cst_error_set(err, CST_INVALID, "%s has no columns", part->path);
    return rc;
}

cst_code cst_part_describe(cst_part *part, cst_error *err)
{
    cst_hdf5_quiet();
    opening o = {.part = part};
    cst_code rc = cst_table_new(&part->columns, err);
    if (rc != CST_OK)
        return rc;
    part->layout.table = part->columns;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    (void)H5Pset_file_locking(access, false, true); /* parts never change */
    (void)H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    o.file = H5Fopen(part->path, H5F_ACC_RDONLY, access);
    (void)H5Pclose(access);
    if (o.file < 0)
        return cst_hdf5_error(err, CST_INVALID, "not a part:", part->path);
    rc = describe_file(&o, err);
    (void)H5Fclose(o.file);
    return rc;
}

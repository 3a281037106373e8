/* netcdf.c - netCDF-4's dimensions and variables, written through HDF5
 *
 * netCDF-4 is HDF5 with conventions: dimensions are dimension scales (HDF5 Dimension Scale
 * Specification), those without a variable of their own bear a NAME that says so, and creation
 * order is tracked (netCDF documentation, "NetCDF-4 File Format"). The scales' attributes are
 * written here and not by the HDF5 high-level library, which writes a struct with its padding.
 */
#include "store/netcdf.h"

#include "base/array.h"
#include "base/text.h"

cst_code cst_netcdf_failed(const cst_netcdf *w, cst_error *err)
{
    return cst_hdf5_error(err, CST_IO, "cannot lay out", w->path);
}

static cst_code check_name(const cst_netcdf *w, const char *name, cst_error *err)
{
    if (!*name || strchr(name, '/') || strcmp(name, ".") == 0)
        return cst_error_set(err, CST_INVALID, "\"%s\" cannot name a column: use rename:", name);
    htri_t taken = H5Lexists(w->file, name, H5P_DEFAULT);
    if (taken < 0)
        return cst_netcdf_failed(w, err);
    if (taken)
        return cst_error_set(err, CST_INVALID,
                             "%s: two variables would be named %s (\"row\" and the names made for "
                             "levels and text count too): use rename:",
                             w->path, name);
    return CST_OK;
}

/* ---- dimensions ---- */

static cst_code mark_as_scale(const cst_netcdf *w, const cst_netcdf_dimension *d, cst_error *err)
{
    char name[96];
    (void)snprintf(name, sizeof name, "This is a netCDF dimension but not a netCDF variable.%10llu",
                   (unsigned long long)d->length);
    hid_t type = H5Tcopy(H5T_C_S1); /* the specification wants the NUL counted in CLASS */
    cst_code rc =
        H5Tset_size(type, sizeof "DIMENSION_SCALE") < 0
            ? cst_netcdf_failed(w, err)
            : cst_hdf5_put_value(d->dataset, "CLASS", type, "DIMENSION_SCALE", w->path, err);
    if (rc == CST_OK)
        rc = H5Tset_size(type, strlen(name) + 1) < 0
                 ? cst_netcdf_failed(w, err)
                 : cst_hdf5_put_value(d->dataset, "NAME", type, name, w->path, err);
    (void)H5Tclose(type);
    if (rc == CST_OK)
        rc = cst_hdf5_put_value(d->dataset, "_Netcdf4Dimid", H5T_STD_I32LE,
                                &(int32_t){w->dimensions}, w->path, err);
    return rc;
}

cst_code cst_netcdf_open_dimension(cst_netcdf_dimension *out, cst_netcdf *w, const char *name,
                                   hsize_t length, cst_error *err)
{
    *out = (cst_netcdf_dimension){.dataset = -1, .length = length};
    cst_code rc = check_name(w, name, err);
    if (rc != CST_OK)
        return rc;
    hid_t space = H5Screate_simple(1, &length, NULL);
    out->dataset = H5Dcreate2(w->file, name, H5T_IEEE_F32BE, space, H5P_DEFAULT, w->dimension_list,
                              H5P_DEFAULT);
    (void)H5Sclose(space);
    if (out->dataset < 0 || H5Rcreate(&out->reference, w->file, name, H5R_OBJECT, -1) < 0)
        return cst_netcdf_failed(w, err);
    if ((rc = mark_as_scale(w, out, err)) == CST_OK)
        w->dimensions++;
    return rc;
}

static cst_code write_uses(const cst_netcdf *w, const cst_netcdf_dimension *d, cst_error *err)
{
    enum { PACKED = sizeof(hobj_ref_t) + sizeof(uint32_t) };
    char *packed = cst_array_new(d->count, PACKED, "dimension", err);
    if (!packed)
        return CST_NOMEM;
    for (size_t i = 0; i < d->count; i++) {
        memcpy(packed + i * PACKED, &d->uses[i].variable, sizeof(hobj_ref_t));
        memcpy(packed + i * PACKED + sizeof(hobj_ref_t), &d->uses[i].index, sizeof(uint32_t));
    }
    hsize_t count = d->count;
    hid_t type = H5Tcreate(H5T_COMPOUND, PACKED);
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t attribute = -1;
    bool good = H5Tinsert(type, "dataset", 0, H5T_STD_REF_OBJ) >= 0 &&
                H5Tinsert(type, "dimension", sizeof(hobj_ref_t), H5T_STD_U32LE) >= 0 &&
                (attribute = H5Acreate2(d->dataset, "REFERENCE_LIST", type, space, H5P_DEFAULT,
                                        H5P_DEFAULT)) >= 0 &&
                H5Awrite(attribute, type, packed) >= 0;
    if (attribute >= 0)
        good = H5Aclose(attribute) >= 0 && good;
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    free(packed);
    return good ? CST_OK : cst_netcdf_failed(w, err);
}

/* Release; where so_far is good, write down who uses it first. */
cst_code cst_netcdf_close_dimension(const cst_netcdf *w, cst_netcdf_dimension *d, cst_code so_far,
                                    cst_error *err)
{
    if (so_far == CST_OK && d->count)
        so_far = write_uses(w, d, err);
    if (d->dataset >= 0 && H5Dclose(d->dataset) < 0 && so_far == CST_OK)
        so_far = cst_netcdf_failed(w, err);
    free(d->uses);
    return so_far;
}

/* ---- variables ---- */

static cst_code attach(const cst_netcdf *w, hid_t variable, const char *name, int rank,
                       cst_netcdf_dimension *const *dims, cst_error *err)
{
    hobj_ref_t self;
    hvl_t list[2];
    if (H5Rcreate(&self, w->file, name, H5R_OBJECT, -1) < 0)
        return cst_netcdf_failed(w, err);
    for (int i = 0; i < rank; i++) {
        cst_netcdf_dimension *d = dims[i];
        list[i] = (hvl_t){1, &d->reference};
        cst_netcdf_use *uses =
            cst_array_grow(d->uses, &d->room, d->count + 1, sizeof *uses, "dimension", err);
        if (!uses)
            return CST_NOMEM;
        d->uses = uses;
        uses[d->count++] = (cst_netcdf_use){self, (uint32_t)i};
    }
    hsize_t count = (hsize_t)rank;
    hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ);
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t attribute = H5Acreate2(variable, "DIMENSION_LIST", type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = attribute >= 0 && H5Awrite(attribute, type, list) >= 0;
    if (attribute >= 0)
        good = H5Aclose(attribute) >= 0 && good;
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    return good ? CST_OK : cst_netcdf_failed(w, err);
}

/* *out is a new variable over dims; *place where its values go. */
cst_code cst_netcdf_create(hid_t *out, int64_t *place, const cst_netcdf *w, const char *name,
                           hid_t type, int rank, cst_netcdf_dimension *const *dims, cst_error *err)
{
    *out = -1;
    cst_code rc = check_name(w, name, err);
    if (rc != CST_OK)
        return rc;
    hsize_t length[2] = {dims[0]->length, rank > 1 ? dims[1]->length : 1};
    hid_t space = H5Screate_simple(rank, length, NULL);
    hid_t variable =
        H5Dcreate2(w->file, name, type, space, H5P_DEFAULT, w->variable_list, H5P_DEFAULT);
    (void)H5Sclose(space);
    if (variable < 0)
        return cst_netcdf_failed(w, err);
    haddr_t offset = H5Dget_offset(variable);
    rc = offset == HADDR_UNDEF ? cst_netcdf_failed(w, err)
                               : attach(w, variable, name, rank, dims, err);
    if (rc != CST_OK) {
        (void)H5Dclose(variable);
        return rc;
    }
    *place = (int64_t)offset;
    *out = variable;
    return CST_OK;
}

/* A variable of one dimension that stands beside a column. */
cst_code cst_netcdf_create_beside(int64_t *place, const cst_netcdf *w, const char *column,
                                  const char *suffix, hid_t type, cst_netcdf_dimension *along,
                                  cst_error *err)
{
    char *name = cst_text_format(err, "%s%s", column, suffix);
    if (!name)
        return CST_NOMEM;
    hid_t variable = -1;
    cst_code rc = cst_netcdf_create(&variable, place, w, name, type, 1, &along, err);
    if (variable >= 0 && H5Dclose(variable) < 0 && rc == CST_OK)
        rc = cst_netcdf_failed(w, err);
    free(name);
    return rc;
}

cst_code cst_netcdf_open_dimension_of(cst_netcdf_dimension *out, cst_netcdf *w, const char *column,
                                      const char *suffix, size_t length, cst_error *err)
{
    char *name = cst_text_format(err, "%s%s", column, suffix);
    *out = (cst_netcdf_dimension){.dataset = -1};
    cst_code rc = name ? cst_netcdf_open_dimension(out, w, name, length, err) : CST_NOMEM;
    free(name);
    return rc;
}

/* netcdf.h - netCDF-4's dimensions and variables, written through HDF5 */
#ifndef CST_STORE_NETCDF_H
#define CST_STORE_NETCDF_H

#include "store/hdf5.h"

/** A use of a dimension by a variable, as REFERENCE_LIST has it. */
typedef struct {
    hobj_ref_t variable;
    uint32_t index; /* which of the variable's dimensions */
} cst_netcdf_use;

/** A dimension that is being made use of. */
typedef struct {
    hid_t dataset;
    hobj_ref_t reference;
    hsize_t length;
    cst_netcdf_use *uses;
    size_t count, room;
} cst_netcdf_dimension;

/** A file that is being laid out. */
typedef struct {
    const char *path;
    hid_t file;
    hid_t variable_list;  /* how variables are created: contiguous, with room at once */
    hid_t dimension_list; /* how dimensions are: without any */
    int dimensions;
} cst_netcdf;

/** CST_IO with what HDF5 says. */
cst_code cst_netcdf_failed(const cst_netcdf *w, cst_error *err);

/** A new dimension; CST_INVALID where the name is taken. To be closed, also on failure. */
cst_code cst_netcdf_open_dimension(cst_netcdf_dimension *out, cst_netcdf *w, const char *name,
                                   hsize_t length, cst_error *err);

/** The same for the dimension "<column><suffix>". */
cst_code cst_netcdf_open_dimension_of(cst_netcdf_dimension *out, cst_netcdf *w, const char *column,
                                      const char *suffix, size_t length, cst_error *err);

/** Release a dimension; where so_far is CST_OK, write down who uses it first. Returns so_far, or
 *  what went wrong here. */
cst_code cst_netcdf_close_dimension(const cst_netcdf *w, cst_netcdf_dimension *d, cst_code so_far,
                                    cst_error *err);

/** A new variable over rank (1 or 2) dimensions, to be closed; *place is the offset of its values
 *  in the file. *out is -1 on failure. */
cst_code cst_netcdf_create(hid_t *out, int64_t *place, const cst_netcdf *w, const char *name,
                           hid_t type, int rank, cst_netcdf_dimension *const *dims, cst_error *err);

/** A variable "<column><suffix>" along one dimension, closed again. */
cst_code cst_netcdf_create_beside(int64_t *place, const cst_netcdf *w, const char *column,
                                  const char *suffix, hid_t type, cst_netcdf_dimension *along,
                                  cst_error *err);

#endif

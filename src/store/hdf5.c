/* hdf5.c - HDF5's calls wrapped once: codes, messages, attributes */
#include "store/hdf5.h"

#include "base/array.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "values are written as they lie in memory");

void cst_hdf5_quiet(void)
{
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* The deepest entry of the stack is where it failed. */
static herr_t keep_deepest(unsigned n, const H5E_error2_t *entry, void *text)
{
    if (n == 0 && entry->desc)
        (void)snprintf(text, 256, "%s", entry->desc);
    return 0;
}

cst_code cst_hdf5_error(cst_error *err, cst_code code, const char *what, const char *path)
{
    char reason[256] = "nothing more";
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_deepest, reason);
    (void)H5Eclear2(H5E_DEFAULT);
    return cst_error_set(err, code, "%s %s: HDF5 says %s", what, path, reason);
}

hid_t cst_hdf5_type(cst_type type)
{
    switch (type) {
    case CST_FLOAT32:
        return H5T_IEEE_F32LE;
    case CST_FLOAT64:
        return H5T_IEEE_F64LE;
    case CST_INT32:
    case CST_CATEGORY:
        return H5T_STD_I32LE;
    case CST_INT64:
    case CST_TIME:
        return H5T_STD_I64LE;
    case CST_BOOL:
        return H5T_STD_I8LE;
    case CST_TEXT:
    case CST_TYPE_COUNT:
        break;
    }
    return H5T_STD_U8LE;
}

cst_code cst_hdf5_put_value(hid_t object, const char *name, hid_t type, const void *value,
                            const char *path, cst_error *err)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0)
        good = H5Aclose(attribute) >= 0 && good;
    (void)H5Sclose(space);
    return good ? CST_OK : cst_hdf5_error(err, CST_IO, "cannot lay out", path);
}

cst_code cst_hdf5_put_text(hid_t object, const char *name, const char *text, const char *path,
                           cst_error *err)
{
    if (!text || !*text)
        return CST_OK;
    hid_t type = H5Tcopy(H5T_C_S1);
    bool good = H5Tset_size(type, strlen(text)) >= 0 && H5Tset_strpad(type, H5T_STR_NULLTERM) >= 0;
    for (const char *c = text; good && *c; c++)
        if ((unsigned char)*c >= 0x80) {
            good = H5Tset_cset(type, H5T_CSET_UTF8) >= 0;
            break;
        }
    cst_code rc = good ? cst_hdf5_put_value(object, name, type, text, path, err)
                       : cst_hdf5_error(err, CST_IO, "cannot lay out", path);
    (void)H5Tclose(type);
    return rc;
}

enum { LONGEST_ATTRIBUTE = 65536 };

static bool is_one_text(hid_t type, hid_t space, size_t size)
{
    return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 && size > 0 &&
           size <= LONGEST_ATTRIBUTE && H5Sget_simple_extent_npoints(space) == 1;
}

cst_code cst_hdf5_get_text(char **out, hid_t object, const char *name, const char *path,
                           cst_error *err)
{
    *out = NULL;
    htri_t there = H5Aexists(object, name);
    if (there == 0)
        return CST_OK;
    hid_t attribute = there > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    if (attribute < 0)
        return cst_hdf5_error(err, CST_INVALID, "cannot read the attributes of", path);
    hid_t type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    size_t size = H5Tget_size(type);
    cst_code rc = CST_OK;
    char *text = NULL;
    if (!is_one_text(type, space, size))
        rc = cst_error_set(err, CST_INVALID, "%s: attribute %s is not a text of fixed length", path,
                           name);
    else if (!(text = cst_array_new(size + 1, 1, "attribute", err)))
        rc = CST_NOMEM;
    else if (H5Aread(attribute, type, text) < 0)
        rc = cst_hdf5_error(err, CST_INVALID, "cannot read the attributes of", path);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Aclose(attribute);
    if (rc == CST_OK)
        *out = text;
    else
        free(text);
    return rc;
}

cst_code cst_hdf5_get_int(int32_t *out, bool *found, hid_t object, const char *name,
                          const char *path, cst_error *err)
{
    htri_t there = H5Aexists(object, name);
    *found = there > 0;
    if (there == 0)
        return CST_OK;
    hid_t attribute = there > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    if (attribute < 0)
        return cst_hdf5_error(err, CST_INVALID, "cannot read the attributes of", path);
    hid_t space = H5Aget_space(attribute);
    cst_code rc = CST_OK;
    if (H5Sget_simple_extent_npoints(space) != 1 || H5Aread(attribute, H5T_NATIVE_INT32, out) < 0)
        rc = cst_error_set(err, CST_INVALID, "%s: attribute %s is not an integer", path, name);
    (void)H5Sclose(space);
    (void)H5Aclose(attribute);
    return rc;
}

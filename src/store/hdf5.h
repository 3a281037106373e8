/* hdf5.h - HDF5's calls wrapped once: codes, messages, attributes */
#ifndef CST_STORE_HDF5_H
#define CST_STORE_HDF5_H

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "table/table.h"

/* Attributes of a part beyond those of netCDF and CF. */
#define CST_PART_ATTRIBUTE "capstan_part" /* root: int32, the format's version */
#define CST_TYPE_ATTRIBUTE "capstan_type" /* variables that are columns: the cst_type's name */

/* Variables that stand beside a column. */
#define CST_LEVELS_SUFFIX "_levels"
#define CST_OFFSETS_SUFFIX "_offsets"
#define CST_MISSING_SUFFIX "_missing"

enum { CST_PART_FORMAT = 1 };

/** No messages of HDF5's own on stderr (its setting is a thread's, made anew at every entry). */
void cst_hdf5_quiet(void);

/** Set err from HDF5's error stack: "what PATH: HDF5 says …". Returns code. */
cst_code cst_hdf5_error(cst_error *err, cst_code code, const char *what, const char *path);

/** The type on disk of a column's values (bytes for text); not to be closed. */
hid_t cst_hdf5_type(cst_type type);

/** Write a scalar attribute: text (nothing where it is NULL or empty), or one value of type. */
cst_code cst_hdf5_put_text(hid_t object, const char *name, const char *text, const char *path,
                           cst_error *err);
cst_code cst_hdf5_put_value(hid_t object, const char *name, hid_t type, const void *value,
                            const char *path, cst_error *err);

/** Read a text attribute of fixed length; *out is new, NULL where there is no such attribute.
 *  CST_INVALID for any other form. */
cst_code cst_hdf5_get_text(char **out, hid_t object, const char *name, const char *path,
                           cst_error *err);

/** Read an int32 attribute; *found says whether it is there. */
cst_code cst_hdf5_get_int(int32_t *out, bool *found, hid_t object, const char *name,
                          const char *path, cst_error *err);

#endif

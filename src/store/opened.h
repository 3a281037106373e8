/* opened.h - a part that is open for reading */
#ifndef CST_STORE_OPENED_H
#define CST_STORE_OPENED_H

#include "store/layout.h"
#include "store/part.h"

struct cst_part {
    char *path;
    int fd;
    int64_t size;       /* of the file */
    cst_table *columns; /* without rows; those of the ids among them */
    cst_layout layout;  /* of columns */
};

/** Read and check all that describes the values: path, fd and size are set. Local. */
cst_code cst_part_describe(cst_part *part, cst_error *err);

/** True for the two columns that carry row ids. */
bool cst_part_is_id(const char *name);

/** Append rows first … first + count - 1 of the part's column c to column, which has the same type.
 *  Codes are translated to the column's own levels. Local. */
cst_code cst_part_read_column(cst_column *column, const cst_part *part, size_t c, int64_t first,
                              int64_t count, cst_error *err);

/** The ids that the part's rows carry, for rows first …; *out is new, NULL where they carry none.
 */
cst_code cst_part_read_ids(cst_rowid **out, const cst_part *part, int64_t first, int64_t count,
                           cst_error *err);

/** A column of the part described in table: name, type, unit, levels and so on, no rows. */
cst_code cst_part_add_column(cst_column **out, cst_table *table, const cst_column *column,
                             cst_error *err);

#endif

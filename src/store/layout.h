/* layout.h - where the values of a part's columns lie in its file */
#ifndef CST_STORE_LAYOUT_H
#define CST_STORE_LAYOUT_H

#include "table/table.h"

/** Byte offsets in the file. */
typedef struct {
    int64_t values;  /* shape [rows]; TEXT: [size] bytes */
    int64_t offsets; /* TEXT: int64, shape [rows + 1] */
    int64_t missing; /* TEXT: int8, shape [rows] */
    int64_t size;    /* TEXT: bytes of all rows together */
} cst_place;

/** A part as a whole: what the file is laid out by, and what its id is made of. */
typedef struct {
    const cst_table *table; /* names, types, units, levels; its values are not looked at */
    int64_t rows;           /* in the file */
    uint8_t *fill;          /* shape [columns]: 1 where a value of the type stands for missing */
    cst_place *place;       /* shape [columns]; size is given, the offsets are found */
} cst_layout;

cst_code cst_layout_new(cst_layout *out, const cst_table *table, int64_t rows, cst_error *err);
void cst_layout_free(cst_layout *layout);

/** Whether a type needs a value that stands for missing (floats have NaN, text flags). */
bool cst_layout_has_fill(cst_type type);

/** The unit of a time column as CF writes it ("microseconds since 1970-01-01 00:00:00"), NULL for
 *  other ticks than 1, 10^3, 10^6 and 10^9; and back, 0 where text is none of them. */
const char *cst_layout_time_unit(int64_t ticks);
int64_t cst_layout_time_ticks(const char *unit);

/** Make the file (which must not exist) with room for all values, and say where they go. On
 *  failure there is no file. Local: rank 0 does it. */
cst_code cst_layout_create(cst_layout *layout, const char *path, cst_error *err);

#endif

/* table.h - a rank's rows in memory, by column */
#ifndef CST_TABLE_TABLE_H
#define CST_TABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Types of columns: name as schemas write it, bytes a value in memory and on disk. */
#define CST_TYPES(X)                                                                               \
    X(FLOAT32, "float32", 4)                                                                       \
    X(FLOAT64, "float64", 8)                                                                       \
    X(INT32, "int32", 4)                                                                           \
    X(INT64, "int64", 8)                                                                           \
    X(BOOL, "bool", 1)         /* 0 or 1 */                                                        \
    X(CATEGORY, "category", 4) /* int32 codes into levels */                                       \
    X(TEXT, "text", 0)         /* bytes with offsets */                                            \
    X(TIME, "time", 8)         /* int64 in the column's time unit since 1970-01-01 UTC */

typedef enum {
#define CST_TYPE_ENUM(name, text, bytes) CST_##name,
    CST_TYPES(CST_TYPE_ENUM)
#undef CST_TYPE_ENUM
        CST_TYPE_COUNT
} cst_type;

/** "float32" and so on; NULL-ended list of all for choices; -1 where text names no type. */
const char *cst_type_name(cst_type type);
extern const char *const cst_type_names[];
int cst_type_parse(const char *text);
size_t cst_type_size(cst_type type); /* bytes a value; 0 for text */

/* Missing: NaN in floats; the smallest value of the type in integers, times, codes (INT32_MIN,
 * INT64_MIN) and bools (INT8_MIN); the missing flag in text. */
#define CST_MISSING_BOOL INT8_MIN
#define CST_MISSING_INT32 INT32_MIN
#define CST_MISSING_INT64 INT64_MIN

enum { CST_LEVELS_MOST = 65536 };

/** A dictionary of a category column: count distinct NUL-ended UTF-8 strings, sorted bytewise. */
typedef struct {
    char **text;
    int32_t count;
} cst_levels;

/** A column of rows values. Owned by its table; everything it points to is its own. */
typedef struct {
    char *name; /* NFC; not "row" */
    cst_type type;
    char *unit;          /* or NULL */
    char *long_name;     /* or NULL */
    char *standard_name; /* or NULL */
    char *zone;          /* TIME: where the source's clock stood, or NULL */
    int64_t ticks;       /* TIME: units a second (1000000 unless the schema says otherwise) */
    size_t rows;
    size_t room; /* rows that values has room for */
    union {      /* values, shape [rows] */
        void *any;
        float *f32;
        double *f64;
        int32_t *i32; /* INT32 and CATEGORY */
        int64_t *i64; /* INT64 and TIME */
        int8_t *i8;   /* BOOL */
        char *bytes;  /* TEXT, bytes_size of them */
    } values;
    size_t bytes_size, bytes_room; /* TEXT */
    int64_t *offset;               /* TEXT, shape [rows + 1] */
    int8_t *missing;               /* TEXT, shape [rows]: 1 where missing */
    cst_levels levels;             /* CATEGORY */
} cst_column;

/** Where a row comes from: its part (the first 64 bits of the part's id) and its row in it. What
 *  random numbers and splits hang on. */
typedef struct {
    uint64_t part;
    uint64_t row;
} cst_rowid;

typedef struct {
    cst_column *column; /* shape [columns] */
    size_t columns;
    size_t room;   /* columns there is room for */
    size_t rows;   /* in every column */
    cst_rowid *id; /* shape [rows], or NULL while rows have no identity yet */
    int64_t first; /* position of the first of these rows among all ranks' rows */
    int64_t total; /* rows of all ranks */
} cst_table;

cst_code cst_table_new(cst_table **out, cst_error *err);
void cst_table_free(cst_table *table);

/** Append an empty column; *out points into the table and is valid until the next one is added.
 *  CST_EXISTS where the name is taken. The name is copied. */
cst_code cst_table_add(cst_column **out, cst_table *table, const char *name, cst_type type,
                       cst_error *err);

/** The column of a name, or NULL. */
cst_column *cst_table_find(const cst_table *table, const char *name);

/** Take a column out of the table and release it. */
void cst_table_drop(cst_table *table, const char *name);

/** Room for rows rows in a column (values, and offsets and flags of text). New ones are unset. */
cst_code cst_column_reserve(cst_column *column, size_t rows, cst_error *err);

/** Append one text value (NULL: missing) to a TEXT column. */
cst_code cst_column_add_text(cst_column *column, const char *text, size_t size, cst_error *err);

/** True where the value of a row is missing. */
bool cst_column_is_missing(const cst_column *column, size_t row);

/** A value as double: numbers, truths, codes and times as they are, NaN where missing or text. */
double cst_column_number(const cst_column *column, size_t row);

/** The text of a category or text value; *size its bytes; NULL where missing or not such a type.
 *  Borrowed, and NUL-ended only in categories. */
const char *cst_column_text(const cst_column *column, size_t row, size_t *size);

/** A new table of the rows whose keep is not 0 (shape [rows]), in order, ids taken along; first
 *  and total are the caller's to set. */
cst_code cst_table_select(cst_table **out, const cst_table *table, const uint8_t *keep,
                          cst_error *err);

/** A new table of the rows named by index (shape [n]; -1 gives a row of missing values). */
cst_code cst_table_take(cst_table **out, const cst_table *table, const int64_t *index, size_t n,
                        cst_error *err);

/** Append other's rows: same names and types; levels of categories are united by their text. Where
 *  it fails, table is good only for releasing. */
cst_code cst_table_append(cst_table *table, const cst_table *other, cst_error *err);

/** A deep copy of a column, under another name (NULL: the same), appended to table. */
cst_code cst_table_add_copy(cst_table *table, const cst_column *column, const char *name,
                            cst_error *err);

/** Recode a category column onto new levels (sorted, copied). Values whose text is not among them
 *  become missing; their number goes to *lost (may be NULL). */
cst_code cst_column_recode(cst_column *column, const cst_levels *levels, size_t *lost,
                           cst_error *err);

/** Levels: find one (-1: not there), compare, the sorted union of two (CST_INVALID past
 *  CST_LEVELS_MOST), copy, release. *out is new; what it held before is not released. */
int32_t cst_levels_find(const cst_levels *levels, const char *text, size_t size);
bool cst_levels_equal(const cst_levels *a, const cst_levels *b);
cst_code cst_levels_unite(cst_levels *out, const cst_levels *a, const cst_levels *b,
                          cst_error *err);
cst_code cst_levels_copy(cst_levels *out, const cst_levels *levels, cst_error *err);
void cst_levels_free(cst_levels *levels);

#endif

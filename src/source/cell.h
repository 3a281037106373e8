/* cell.h - what a cell says: missing, text in UTF-8, and why a value cannot be read */
#ifndef CST_SOURCE_CELL_H
#define CST_SOURCE_CELL_H

#include <jansson.h>

#include "source/csv_record.h"
#include "source/number.h"
#include "table/table.h"

/** How cells are read: from the checked options of a source. Borrowed from them. */
typedef struct {
    char quote;
    bool latin1;
    const char **missing; /* shape [count]: owned array of borrowed texts */
    size_t *missing_size;
    size_t count;
    bool may_begin[256]; /* some missing text begins with this byte */
} cst_cell_rules;

cst_code cst_cell_rules_new(cst_cell_rules *out, const json_t *options, char quote, cst_error *err);
void cst_cell_rules_free(cst_cell_rules *rules);

/** A cell as its column sees it: borrowed from the record, or from scratch. */
typedef struct {
    const char *text;
    size_t size;
    bool missing;
} cst_cell;

/** Read a cell for a column of numbers, truths or times: blanks around it are left out. */
cst_cell cst_cell_value(const cst_csv_cell *raw, const cst_cell_rules *rules);

/** Read a cell as text: quotes made single, converted to UTF-8 (into scratch where it differs from
 *  the record). An empty cell is missing unless it is quoted. *valid: it is UTF-8. */
cst_code cst_cell_text(cst_cell *out, bool *valid, const cst_csv_cell *raw,
                       const cst_cell_rules *rules, cst_text *scratch, cst_error *err);

/** "column dep_time: \"12x\" is not an int32", to be freed; NULL where there is no memory. */
char *cst_cell_fault(const char *column, const cst_cell *cell, cst_type type, cst_number kind,
                     cst_error *err);

#endif

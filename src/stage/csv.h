/* csv.h - rows as CSV (RFC 4180), in texts that read back to the same values */
#ifndef CST_STAGE_CSV_H
#define CST_STAGE_CSV_H

#include "base/text.h"
#include "comm/comm.h"
#include "table/table.h"

/** Columns on their way into CSV. The columns and missing are borrowed. */
typedef struct {
    cst_column *const *column; /* shape [columns], all of the same rows */
    size_t columns;
    int *decimals;       /* shape [columns]; TIME: digits of a second that some rank's row needs */
    const char *missing; /* what stands for a missing value; "" for an empty cell */
} cst_csv;

/** Look at all ranks' values, so that the times of a column are written alike everywhere.
 *  Collective. To be released with cst_csv_free, whatever was returned. */
cst_code cst_csv_new(cst_csv *out, cst_comm *comm, cst_column *const *column, size_t columns,
                     const char *missing, cst_error *err);
void cst_csv_free(cst_csv *csv);

/** Append the columns' names, commas between them, without an end of line. Local. */
cst_code cst_csv_add_names(cst_text *out, const cst_csv *csv, cst_error *err);

/** Append a row's values in the same way: numbers with the fewest digits that read back to the same
 *  bits, times as ISO 8601 in UTC, truths as true and false, texts in quotes where they need them.
 *  CST_INVALID where a text is the one that stands for missing. Local. */
cst_code cst_csv_add_row(cst_text *out, const cst_csv *csv, size_t row, cst_error *err);

#endif

/* csv_record.h - one record of CSV text taken apart into cells (RFC 4180)
 *
 * Records end with LF or CRLF. A cell that begins with the quote runs to the next one that is not
 * doubled. A quote anywhere else stands for itself, which RFC 4180 does not know: the record says
 * so.
 */
#ifndef CST_SOURCE_CSV_RECORD_H
#define CST_SOURCE_CSV_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

typedef struct {
    char delimiter;
    char quote;
    bool quotes;             /* false: the quote is a character like any other */
    unsigned char ends[256]; /* 1 for the bytes at which a bare cell may end, and the quote */
} cst_csv_dialect;

cst_csv_dialect cst_csv_dialect_new(char delimiter, char quote, bool quotes);

/** A cell, borrowed from the text it was taken from; without its quotes, doubled ones still so. */
typedef struct {
    const char *text;
    size_t size;
    bool quoted;
    bool doubled; /* holds doubled quotes */
} cst_csv_cell;

/** Release with cst_csv_record_free; zero-initialise. */
typedef struct {
    cst_csv_cell *cell; /* shape [cells] */
    size_t cells, room;
    size_t bytes;      /* of the record with its line end */
    int64_t lines;     /* line ends in the record, its own included */
    bool blank;        /* an empty line */
    bool stray;        /* a quote stands within a bare cell */
    const char *fault; /* why it cannot be read, or NULL; static */
} cst_csv_record;

void cst_csv_record_free(cst_csv_record *record);

typedef enum { CST_CSV_TAKEN, CST_CSV_MORE, CST_CSV_NOMEM } cst_csv_taken;

/** Take the record at *at and put *at behind its end. MORE where the record goes on past end and
 *  last is false: *at is unchanged. Local. */
cst_csv_taken cst_csv_take(cst_csv_record *record, const char **at, const char *end, bool last,
                           const cst_csv_dialect *dialect);

/** The text of a cell with its doubled quotes made single, appended to out. */
cst_code cst_csv_unquote(cst_text *out, const cst_csv_cell *cell, char quote, cst_error *err);

#endif

/* csv_scan.h - where records begin in a byte range of a CSV file, whatever stands before it
 *
 * A rank that begins in the middle of a file cannot know whether it is inside quotes. It looks at
 * its range once for both cases; what the ranks before it found then settles which one holds. So
 * records, with line ends inside their quotes, are found at any split.
 */
#ifndef CST_SOURCE_CSV_SCAN_H
#define CST_SOURCE_CSV_SCAN_H

#include "source/csv_record.h"

typedef enum {
    CST_CSV_OUTSIDE,
    CST_CSV_INSIDE,
    CST_CSV_AFTER_QUOTE /* inside, behind a quote that may be the first of two */
} cst_csv_state;

/** Index 0: the range begins outside quotes; 1: inside. */
typedef struct {
    const cst_csv_dialect *dialect;
    cst_csv_state state[2];
    int64_t first[2]; /* offset of the first record that begins in the range; -1: none */
    int64_t offset;   /* of the next byte */
    char previous;    /* the byte before it */
} cst_csv_scan;

/** Begin at offset of the file, behind the byte previous, which must not be a quote. */
cst_csv_scan cst_csv_scan_begin(const cst_csv_dialect *dialect, int64_t offset, char previous);

/** Take in the bytes that follow. Local. */
void cst_csv_scan_feed(cst_csv_scan *scan, const char *bytes, size_t size);

/** Whether the range ends inside quotes, given how it began. A range must not end between two
 *  quotes. */
bool cst_csv_scan_ends_inside(const cst_csv_scan *scan, bool began_inside);

#endif

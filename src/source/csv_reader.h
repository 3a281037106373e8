/* csv_reader.h - a byte range of a CSV file as records, read block by block */
#ifndef CST_SOURCE_CSV_READER_H
#define CST_SOURCE_CSV_READER_H

#include "source/csv_record.h"
#include "source/csv_scan.h"

/** A file as it was when it was opened; whoever reads a part of it checks that it still is. */
typedef struct {
    char *path;
    int64_t bytes;
    int64_t modified; /* nanoseconds since the epoch */
} cst_csv_file;

/** Whom records go to. A record is borrowed; line counts from 0 at the range's begin. */
typedef struct {
    cst_code (*take)(void *context, const cst_csv_record *record, int64_t line, int64_t offset,
                     cst_error *err);
    void *context;
} cst_csv_taker;

/** Open for reading and see that the file is what it was; -1 with err set otherwise. */
int cst_csv_open(const cst_csv_file *file, cst_error *err);

/** Hand over every record that begins in [begin, end), empty lines too; *lines is the number of
 *  line ends in them. begin must be the begin of a record (or end). A NUL byte, and a record longer
 *  than longest bytes, are CST_INVALID and name the line. Local. */
cst_code cst_csv_read_range(int64_t *lines, const cst_csv_file *file,
                            const cst_csv_dialect *dialect, int64_t begin, int64_t end,
                            size_t longest, const cst_csv_taker *taker, cst_error *err);

/** Scan [begin, end) for where records begin, in a file whose data begin at data (<= begin). Both
 *  ends are first moved on past quotes, so that no range ends between two. Local. */
cst_code cst_csv_scan_range(cst_csv_scan *scan, const cst_csv_file *file,
                            const cst_csv_dialect *dialect, int64_t data, int64_t begin,
                            int64_t end, cst_error *err);

#endif

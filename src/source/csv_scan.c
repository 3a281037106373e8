/* csv_scan.c - where records begin in a byte range of a CSV file, whatever stands before it */
#include "source/csv_scan.h"

cst_csv_scan cst_csv_scan_begin(const cst_csv_dialect *dialect, int64_t offset, char previous)
{
    return (cst_csv_scan){.dialect = dialect,
                          .state = {CST_CSV_OUTSIDE, CST_CSV_INSIDE},
                          .first = {previous == '\n' ? offset : -1, -1},
                          .offset = offset,
                          .previous = previous};
}

/* Bytes without a quote among them. */
static void pass_plain(cst_csv_scan *scan, const char *bytes, size_t size)
{
    if (!size)
        return;
    for (int began = 0; began < 2; began++) {
        if (scan->state[began] == CST_CSV_AFTER_QUOTE)
            scan->state[began] = CST_CSV_OUTSIDE;
        if (scan->state[began] != CST_CSV_OUTSIDE || scan->first[began] >= 0)
            continue;
        const char *line_end = memchr(bytes, '\n', size);
        if (line_end)
            scan->first[began] = scan->offset + (line_end - bytes) + 1;
    }
    scan->offset += (int64_t)size;
    scan->previous = bytes[size - 1];
}

static void pass_quote(cst_csv_scan *scan)
{
    bool cell_begins = scan->previous == scan->dialect->delimiter || scan->previous == '\n';
    for (int began = 0; began < 2; began++) {
        switch (scan->state[began]) {
        case CST_CSV_OUTSIDE:
            if (cell_begins)
                scan->state[began] = CST_CSV_INSIDE;
            break;
        case CST_CSV_INSIDE:
            scan->state[began] = CST_CSV_AFTER_QUOTE;
            break;
        case CST_CSV_AFTER_QUOTE:
            scan->state[began] = CST_CSV_INSIDE;
            break;
        }
    }
    scan->offset++;
    scan->previous = scan->dialect->quote;
}

void cst_csv_scan_feed(cst_csv_scan *scan, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    while (bytes < end) {
        const char *quote = scan->dialect->quotes
                                ? memchr(bytes, scan->dialect->quote, (size_t)(end - bytes))
                                : NULL;
        pass_plain(scan, bytes, (size_t)((quote ? quote : end) - bytes));
        if (quote)
            pass_quote(scan);
        bytes = quote ? quote + 1 : end;
    }
}

bool cst_csv_scan_ends_inside(const cst_csv_scan *scan, bool began_inside)
{
    return scan->state[began_inside] == CST_CSV_INSIDE;
}

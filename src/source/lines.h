/* lines.h - which file and line a row comes from, on all ranks together */
#ifndef CST_SOURCE_LINES_H
#define CST_SOURCE_LINES_H

#include "source/csv_rows.h"
#include "source/internal.h"

/** Make the lines of stretches and rejects, which count from the begin of each range, lines of
 *  their files; warn of quotes that RFC 4180 does not know. line (shape [ranges]): the line ends
 *  in each range. Collective. */
cst_code cst_source_settle_lines(cst_csv_rows *rows, const cst_source *source,
                                 const cst_source_range *range, const int64_t *lines, size_t ranges,
                                 cst_log *log, cst_error *err);

/** The runs of all ranks' rows, the same on all: begun at every 4,096th row, and wherever file or
 *  line do not go on from the row before, as long as these places are few. first: this rank's
 *  first row among all. Collective. */
cst_code cst_source_gather_runs(cst_source_rows *out, const cst_csv_rows *rows,
                                const cst_source *source, int64_t first, cst_error *err);

/** All ranks' rejects, in order, of which the first reject_limit + 1 are enough. Collective. */
cst_code cst_source_gather_rejects(cst_source_rows *out, const cst_csv_rows *rows,
                                   const cst_source *source, cst_error *err);

#endif

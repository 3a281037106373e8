/* counts.h - rows counted on frozen bins, day by day where there is a time */
#ifndef CST_PROFILE_COUNTS_H
#define CST_PROFILE_COUNTS_H

#include "profile/bins.h"

/** The columns of one reference: all counted over the same rows. */
typedef struct {
    cst_bins *bins; /* shape [columns] */
    size_t columns;
    size_t *at;        /* where a column's bins begin in a day's counts, shape [columns + 1] */
    size_t *sums_at;   /* where its sums begin, shape [columns + 1] */
    char *time;        /* the column whose UTC days are the clusters, or NULL */
    cst_sorted *daily; /* key: the day; payload: counts by bin, shape [at[columns]] */
    int64_t *sums;     /* shape [sums_at[columns]], lent; of each column cst_counts_extra, then
                          the counts of the fine cells, shape [fines + 1] */
} cst_counts;

/** Sums of a column beside those by bin. */
enum { CST_COUNTS_UNSEEN, CST_COUNTS_BELOW, CST_COUNTS_ABOVE, CST_COUNTS_EXTRA };

/** Counts of nothing yet on bins (taken over, also on failure: shape [columns], heap). sums is set
 *  by the caller before anything is counted. */
cst_code cst_counts_new(cst_counts *out, cst_bins *bins, size_t columns, const char *time,
                        cst_error *err);
void cst_counts_free(cst_counts *counts);

/** Count a table's rows. Columns and the time must be there: CST_MISSING names the first that
 *  is not, CST_INVALID one whose type was another. */
cst_code cst_counts_add(cst_counts *counts, const cst_table *table, cst_error *err);

/** Add a day's counts, shape [at[columns]]. */
cst_code cst_counts_put_day(cst_counts *counts, int64_t day, const int64_t *row, cst_error *err);

/** The day of a position in daily; INT64_MIN for rows whose time is missing. */
int64_t cst_counts_day(const cst_counts *counts, size_t at);

/** The days' counts of all columns added up: shape [at[columns]], the caller's. */
int64_t *cst_counts_total(const cst_counts *counts, cst_error *err);

/** {"time", "days", "columns": [{bins, "counts": [[…] a day], "fine_counts"}]}, and back; the sums
 *  of what was read belong to the caller as well (free(out->sums)). */
json_t *cst_counts_to_json(const cst_counts *counts, cst_error *err);
cst_code cst_counts_from_json(cst_counts *out, const json_t *group, cst_error *err);

#endif

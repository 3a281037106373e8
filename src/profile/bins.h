/* bins.h - a column's frozen bins: numbers by edges, texts by levels, then other and missing
 *
 * Frozen on the training rows; a window is counted on the same bins ever after.
 */
#ifndef CST_PROFILE_BINS_H
#define CST_PROFILE_BINS_H

#include <jansson.h>
#include <stdbool.h>

#include "profile/profile.h"

enum {
    CST_BINS_DECILES = 10,
    CST_BINS_FINE = 256,   /* cells of the empirical distribution that KS looks at */
    CST_BINS_LEVELS = 254, /* the most frequent levels have a bin of their own */
};

/** Numbers: bin i holds edge[i-1] < x <= edge[i], the first and the last are open; then missing.
 *  Texts: a bin a level, then other, then missing. */
typedef struct {
    char *name;
    cst_type type;
    double *edge; /* numbers: rising deciles of the reference, repeated ones dropped */
    size_t edges;
    double *fine; /* numbers: the same in 256ths */
    size_t fines;
    double min, max;   /* numbers: of the reference; NaN where it had no value */
    cst_levels levels; /* texts: every level that the reference had, sorted */
    int32_t *bin_of;   /* texts: a level's bin, shape [levels.count] */
    size_t binned;     /* texts: levels with a bin of their own */
    int64_t once;      /* texts: levels that occurred once */
    bool complete;     /* texts: levels has all of them (at most 65,536) */
    double psi;        /* the column's own threshold, NaN: the report's */
    size_t bins;
} cst_bins;

void cst_bins_free(cst_bins *bins);

bool cst_bins_is_numeric(const cst_bins *bins);
size_t cst_bins_other(const cst_bins *bins);   /* texts: the bin of other */
size_t cst_bins_missing(const cst_bins *bins); /* the bin of missing, the last */

/** The first of n rising edges that is not below value; n where there is none. */
size_t cst_bins_search(const double *edge, size_t n, double value);

/** Freeze the bins of a profile's column. psi: its own threshold or NaN. */
cst_code cst_bins_freeze(cst_bins *out, const cst_profile *profile, size_t column, double psi,
                         cst_error *err);

/** As keys of an object: name, type, edges, fine, min, max | levels, rare, once, complete. And
 *  back: CST_INVALID names what is wrong. */
cst_code cst_bins_put(json_t *object, const cst_bins *bins, cst_error *err);
cst_code cst_bins_from_json(cst_bins *out, const json_t *object, cst_error *err);

#endif

/* sample.h - a bottom-k sample of whole rows, chosen by the hash of their id
 *
 * Which rows are in it depends on the ids alone, so it is the same however rows lie on ranks.
 */
#ifndef CST_PROFILE_SAMPLE_H
#define CST_PROFILE_SAMPLE_H

#include <stdbool.h>

#include "exact/mergeable.h"
#include "table/table.h"

enum { CST_SAMPLE_ROWS = 65536 };

/** A word that stands for a value: doubles by cst_order_key, integers and times as they are. */
#define CST_SAMPLE_MISSING INT64_MIN

typedef struct {
    cst_sorted *set; /* key: hash and id; payload: a word a column */
    size_t width;
    uint64_t bound; /* hashes above it can't enter any more */
    size_t entered; /* since the bound was last looked at */
} cst_sample;

cst_code cst_sample_new(cst_sample *out, size_t width, cst_error *err);
void cst_sample_free(cst_sample *sample);

/** The hash by which a row competes. */
uint64_t cst_sample_hash(cst_rowid id);

/** Take in a row whose hash is at most bound. word has shape [width]. */
cst_code cst_sample_add(cst_sample *sample, uint64_t hash, cst_rowid id, const int64_t *word,
                        cst_error *err);

/** The words of one column that are not missing, sorted. *out is the caller's. */
cst_code cst_sample_sorted(int64_t **out, size_t *count, const cst_sample *sample, size_t column,
                           cst_error *err);

/** True where the sample is all rows. */
bool cst_sample_is_all(const cst_sample *sample);

/** The bound on the error of a rank, as a share, of quantiles from n sampled values: with
 *  probability 1 - 10^-6 (Dvoretzky-Kiefer-Wolfowitz with Massart's constant). 0 if all. */
double cst_sample_rank_error(const cst_sample *sample, size_t n);

/** The row's id, or one made of its position where the table has none yet. */
cst_rowid cst_sample_rowid(const cst_table *table, size_t row);

/** The word of a column's value: missing and not finite are CST_SAMPLE_MISSING. And back. */
int64_t cst_sample_word(const cst_column *column, size_t row);
double cst_sample_value(cst_type type, int64_t word);

/** True for types whose values have an order of numbers. */
bool cst_sample_is_numeric(cst_type type);

#endif

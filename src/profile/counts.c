/* counts.c - rows counted on frozen bins, day by day where there is a time */
#include "profile/counts.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "table/time.h"

enum { DAY_SIZE = 8 };

cst_code cst_counts_new(cst_counts *out, cst_bins *bins, size_t columns, const char *time,
                        cst_error *err)
{
    *out = (cst_counts){.bins = bins, .columns = columns};
    out->at = cst_array_new(columns + 1, sizeof *out->at, "counts", err);
    out->sums_at = cst_array_new(columns + 1, sizeof *out->sums_at, "counts", err);
    if (!out->at || !out->sums_at)
        return CST_NOMEM;
    for (size_t c = 0; c < columns; c++) {
        out->at[c + 1] = out->at[c] + bins[c].bins;
        out->sums_at[c + 1] = out->sums_at[c] + CST_COUNTS_EXTRA + bins[c].fines + 1;
    }
    if (time && !(out->time = cst_text_copy(time, err)))
        return CST_NOMEM;
    return cst_sorted_new(&out->daily, out->at[columns], 0, err);
}

void cst_counts_free(cst_counts *counts)
{
    for (size_t c = 0; counts->bins && c < counts->columns; c++)
        cst_bins_free(&counts->bins[c]);
    free(counts->bins);
    free(counts->at);
    free(counts->sums_at);
    free(counts->time);
    cst_sorted_free(counts->daily);
    *counts = (cst_counts){0};
}

/* Big-endian with the sign turned, so that bytes are in the order of days. */
static void day_key(unsigned char key[DAY_SIZE], int64_t day)
{
    uint64_t word = (uint64_t)day ^ (UINT64_C(1) << 63);
    for (int i = 0; i < DAY_SIZE; i++)
        key[i] = (unsigned char)(word >> (56 - 8 * i));
}

int64_t cst_counts_day(const cst_counts *counts, size_t at)
{
    size_t size;
    const unsigned char *key = (const unsigned char *)cst_sorted_key(counts->daily, at, &size);
    uint64_t word = 0;
    for (int i = 0; i < DAY_SIZE; i++)
        word = word << 8 | key[i];
    return (int64_t)(word ^ (UINT64_C(1) << 63));
}

/* The days of some rows, and which of them each row is of. */
typedef struct {
    int64_t *day; /* shape [days], rising */
    size_t days;
    uint32_t *of;    /* shape [rows] */
    int64_t *counts; /* shape [days][bins] */
} local_days;

static int by_day(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void distinct_days(local_days *days, size_t rows)
{
    qsort(days->day, rows, sizeof *days->day, by_day);
    for (size_t r = 0; r < rows; r++)
        if (r == 0 || days->day[r] != days->day[days->days - 1])
            days->day[days->days++] = days->day[r];
}

static int64_t row_day(const cst_column *time, size_t row)
{
    if (!time)
        return 0;
    int64_t value = time->values.i64[row];
    return value == CST_MISSING_INT64 ? INT64_MIN : cst_time_day(value, time->ticks);
}

static uint32_t find_day(const local_days *days, int64_t day)
{
    size_t low = 0;
    size_t high = days->days;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (days->day[middle] <= day)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static cst_code find_days(local_days *days, const cst_counts *counts, const cst_table *table,
                          cst_error *err)
{
    const cst_column *time = counts->time ? cst_table_find(table, counts->time) : NULL;
    if (counts->time && !time)
        return cst_error_set(err, CST_MISSING, "column %s, the time of the reference, is not there",
                             counts->time);
    if (time && time->type != CST_TIME)
        return cst_error_set(err, CST_INVALID, "column %s is %s, the reference needs a time",
                             counts->time, cst_type_name(time->type));
    days->day = cst_array_new(table->rows, sizeof *days->day, "days", err);
    days->of = cst_array_new(table->rows, sizeof *days->of, "days", err);
    if (!days->day || !days->of)
        return CST_NOMEM;
    for (size_t r = 0; r < table->rows; r++)
        days->day[r] = row_day(time, r);
    distinct_days(days, table->rows);
    for (size_t r = 0; r < table->rows; r++)
        days->of[r] = r > 0 && row_day(time, r) == days->day[days->of[r - 1]]
                          ? days->of[r - 1]
                          : find_day(days, row_day(time, r));
    days->counts =
        cst_array_new(days->days * counts->at[counts->columns], sizeof(int64_t), "days", err);
    return days->counts ? CST_OK : CST_NOMEM;
}

static void count_numbers(cst_counts *counts, size_t c, const cst_column *column,
                          const local_days *days)
{
    const cst_bins *bins = &counts->bins[c];
    size_t width = counts->at[counts->columns];
    int64_t *sums = counts->sums + counts->sums_at[c];
    int64_t *fine = sums + CST_COUNTS_EXTRA;
    for (size_t r = 0; r < column->rows; r++) {
        int64_t *count = days->counts + days->of[r] * width + counts->at[c];
        double value = cst_column_number(column, r);
        if (isnan(value)) {
            count[cst_bins_missing(bins)]++;
            continue;
        }
        count[cst_bins_search(bins->edge, bins->edges, value)]++;
        fine[cst_bins_search(bins->fine, bins->fines, value)]++;
        sums[CST_COUNTS_BELOW] += value < bins->min;
        sums[CST_COUNTS_ABOVE] += value > bins->max;
    }
}

/* A text's bin; *unseen is set where the reference never had it. */
static size_t level_bin(const cst_bins *bins, const char *text, size_t size, bool *unseen)
{
    int32_t level = cst_levels_find(&bins->levels, text, size);
    *unseen = level < 0;
    return level < 0 ? cst_bins_other(bins) : (size_t)bins->bin_of[level];
}

static void count_texts(cst_counts *counts, size_t c, const cst_column *column,
                        const local_days *days)
{
    const cst_bins *bins = &counts->bins[c];
    size_t width = counts->at[counts->columns];
    int64_t *sums = counts->sums + counts->sums_at[c];
    for (size_t r = 0; r < column->rows; r++) {
        size_t size;
        bool unseen = false;
        const char *text = cst_column_text(column, r, &size);
        size_t bin = text ? level_bin(bins, text, size, &unseen) : cst_bins_missing(bins);
        days->counts[days->of[r] * width + counts->at[c] + bin]++;
        sums[CST_COUNTS_UNSEEN] += unseen;
    }
}

/* Codes are looked up once a level, not once a row. */
static cst_code count_codes(cst_counts *counts, size_t c, const cst_column *column,
                            const local_days *days, cst_error *err)
{
    const cst_bins *bins = &counts->bins[c];
    size_t width = counts->at[counts->columns];
    size_t levels = (size_t)column->levels.count;
    int64_t *sums = counts->sums + counts->sums_at[c];
    size_t *bin = cst_array_new(levels, sizeof *bin, "levels", err);
    bool *unseen = cst_array_new(levels, sizeof *unseen, "levels", err);
    cst_code rc = bin && unseen ? CST_OK : CST_NOMEM;
    for (size_t l = 0; rc == CST_OK && l < levels; l++) {
        const char *text = column->levels.text[l];
        bin[l] = level_bin(bins, text, strlen(text), &unseen[l]);
    }
    for (size_t r = 0; rc == CST_OK && r < column->rows; r++) {
        int32_t code = column->values.i32[r];
        bool missing = code == CST_MISSING_INT32;
        size_t to = missing ? cst_bins_missing(bins) : bin[code];
        days->counts[days->of[r] * width + counts->at[c] + to]++;
        sums[CST_COUNTS_UNSEEN] += !missing && unseen[code];
    }
    free(bin);
    free(unseen);
    return rc;
}

static cst_code count_column(cst_counts *counts, size_t c, const cst_table *table,
                             const local_days *days, cst_error *err)
{
    const cst_bins *bins = &counts->bins[c];
    const cst_column *column = cst_table_find(table, bins->name);
    if (!column)
        return cst_error_set(err, CST_MISSING, "column %s of the reference is not there",
                             bins->name);
    bool numeric = column->type != CST_CATEGORY && column->type != CST_TEXT;
    if (numeric != cst_bins_is_numeric(bins))
        return cst_error_set(err, CST_INVALID, "column %s is %s, in the reference it is %s",
                             bins->name, cst_type_name(column->type), cst_type_name(bins->type));
    if (column->type == CST_CATEGORY)
        return count_codes(counts, c, column, days, err);
    if (column->type == CST_TEXT)
        count_texts(counts, c, column, days);
    else
        count_numbers(counts, c, column, days);
    return CST_OK;
}

cst_code cst_counts_put_day(cst_counts *counts, int64_t day, const int64_t *row, cst_error *err)
{
    unsigned char key[DAY_SIZE];
    day_key(key, day);
    return cst_sorted_add(counts->daily, key, sizeof key, row, err);
}

cst_code cst_counts_add(cst_counts *counts, const cst_table *table, cst_error *err)
{
    local_days days = {0};
    cst_code rc = find_days(&days, counts, table, err);
    for (size_t c = 0; rc == CST_OK && c < counts->columns; c++)
        rc = count_column(counts, c, table, &days, err);
    size_t width = counts->at[counts->columns];
    for (size_t d = 0; rc == CST_OK && d < days.days; d++)
        rc = cst_counts_put_day(counts, days.day[d], days.counts + d * width, err);
    free(days.day);
    free(days.of);
    free(days.counts);
    return rc;
}

int64_t *cst_counts_total(const cst_counts *counts, cst_error *err)
{
    size_t width = counts->at[counts->columns];
    int64_t *total = cst_array_new(width, sizeof *total, "counts", err);
    for (size_t d = 0; total && d < cst_sorted_count(counts->daily); d++)
        for (size_t b = 0; b < width; b++)
            total[b] += cst_sorted_payload(counts->daily, d)[b];
    return total;
}

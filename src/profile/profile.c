/* profile.c - statistics of a table by mergeable states: making, taking in rows, the state */
#include "profile/profile.h"

#include <math.h>

#include "base/array.h"
#include "profile/profile_state.h"

static cst_code column_new(cst_profile *profile, size_t c, const cst_column *like, double pivot,
                           cst_error *err)
{
    cst_profile_column *column = &profile->column[c];
    column->name = cst_text_copy(like->name, err);
    column->type = like->type;
    column->ticks = like->ticks;
    column->pivot = isfinite(pivot) ? pivot : 0;
    if (!column->name)
        return CST_NOMEM;
    if (cst_sample_is_numeric(like->type)) {
        column->word = profile->numeric++;
        return CST_OK;
    }
    column->set = profile->texts++;
    return cst_sorted_new(&profile->levels[column->set], 1, CST_LEVELS_MOST, err);
}

static cst_code arrays_new(cst_profile *profile, size_t columns, cst_error *err)
{
    profile->column = cst_array_new(columns, sizeof *profile->column, "profile", err);
    profile->sums = cst_array_new(1 + columns * CST_PROFILE_SUMS, sizeof(int64_t), "profile", err);
    profile->extremes = cst_array_new(columns, sizeof *profile->extremes, "profile", err);
    profile->registers = cst_array_new(columns, CST_HYPERLOGLOG_REGISTERS, "profile", err);
    profile->levels = cst_array_new(columns + 1, sizeof(cst_sorted *), "profile", err);
    if (!profile->column || !profile->sums || !profile->extremes || !profile->registers ||
        !profile->levels)
        return CST_NOMEM;
    profile->columns = columns;
    for (size_t c = 0; c < columns; c++)
        profile->extremes[c] = (cst_profile_extremes){INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    return CST_OK;
}

cst_code cst_profile_new(cst_profile **out, const cst_table *like, const double *pivot,
                         cst_error *err)
{
    cst_profile *profile = cst_array_new(1, sizeof *profile, "profile", err);
    if (!profile)
        return CST_NOMEM;
    cst_code rc = arrays_new(profile, like->columns, err);
    for (size_t c = 0; rc == CST_OK && c < like->columns; c++)
        rc = column_new(profile, c, &like->column[c], pivot ? pivot[c] : 0, err);
    if (rc == CST_OK)
        rc = cst_sample_new(&profile->sample, profile->numeric, err);
    if (rc == CST_OK)
        *out = profile;
    else
        cst_profile_free(profile);
    return rc;
}

void cst_profile_free(cst_profile *profile)
{
    if (!profile)
        return;
    for (size_t c = 0; profile->column && c < profile->columns; c++)
        free(profile->column[c].name);
    for (size_t s = 0; profile->levels && s < profile->texts; s++)
        cst_sorted_free(profile->levels[s]);
    cst_sample_free(&profile->sample);
    free(profile->column);
    free(profile->sums);
    free(profile->extremes);
    free(profile->registers);
    free(profile->levels);
    free(profile);
}

cst_profile_sums *cst_profile_sums_of(const cst_profile *profile, size_t column)
{
    return (cst_profile_sums *)(profile->sums + 1 + column * CST_PROFILE_SUMS);
}

static void raise_to(int64_t *extreme, int64_t value)
{
    if (*extreme < value)
        *extreme = value;
}

static void update_numeric(cst_profile *profile, size_t c, const cst_column *values)
{
    const cst_profile_column *column = &profile->column[c];
    cst_profile_sums *sums = cst_profile_sums_of(profile, c);
    cst_profile_extremes *extremes = &profile->extremes[c];
    uint8_t *registers = profile->registers + c * CST_HYPERLOGLOG_REGISTERS;
    for (size_t r = 0; r < values->rows; r++) {
        int64_t word = cst_sample_word(values, r);
        if (word == CST_SAMPLE_MISSING) {
            bool missing = cst_column_is_missing(values, r);
            sums->missing += missing;
            sums->infinite += !missing;
            continue;
        }
        double value = cst_sample_value(column->type, word);
        sums->count++;
        sums->zeros += value == 0;
        cst_moments_add(&sums->moments, value - column->pivot);
        raise_to(&extremes->max, word);
        raise_to(&extremes->minus_min, -word);
        cst_hyperloglog_add(registers, cst_hyperloglog_mix((uint64_t)word));
    }
}

static void update_length(cst_profile *profile, size_t c, size_t size, int64_t times)
{
    cst_profile_sums *sums = cst_profile_sums_of(profile, c);
    cst_profile_extremes *extremes = &profile->extremes[c];
    sums->count += times;
    sums->zeros += size == 0 ? times : 0;
    sums->bytes += (int64_t)size * times;
    raise_to(&extremes->max_length, (int64_t)size);
    raise_to(&extremes->minus_min_length, -(int64_t)size);
}

static cst_code update_category(cst_profile *profile, size_t c, const cst_column *values,
                                cst_error *err)
{
    size_t levels = (size_t)values->levels.count;
    int64_t *count = cst_array_new(levels, sizeof *count, "levels", err);
    if (!count)
        return CST_NOMEM;
    for (size_t r = 0; r < values->rows; r++) {
        int32_t code = values->values.i32[r];
        if (code == CST_MISSING_INT32)
            cst_profile_sums_of(profile, c)->missing++;
        else
            count[code]++;
    }
    cst_sorted *set = profile->levels[profile->column[c].set];
    cst_code rc = CST_OK;
    for (size_t l = 0; rc == CST_OK && l < levels; l++) {
        if (!count[l])
            continue;
        const char *text = values->levels.text[l];
        size_t size = strlen(text);
        update_length(profile, c, size, count[l]);
        cst_hyperloglog_add(profile->registers + c * CST_HYPERLOGLOG_REGISTERS,
                            cst_hyperloglog_hash(text, size));
        rc = cst_sorted_add(set, text, size, &count[l], err);
    }
    free(count);
    return rc;
}

static cst_code update_text(cst_profile *profile, size_t c, const cst_column *values,
                            cst_error *err)
{
    cst_sorted *set = profile->levels[profile->column[c].set];
    uint8_t *registers = profile->registers + c * CST_HYPERLOGLOG_REGISTERS;
    cst_tally *tally = NULL;
    cst_code rc = cst_tally_new(&tally, err);
    for (size_t r = 0; rc == CST_OK && r < values->rows; r++) {
        size_t size;
        const char *text = cst_column_text(values, r, &size);
        if (!text) {
            cst_profile_sums_of(profile, c)->missing++;
            continue;
        }
        uint64_t hash = cst_hyperloglog_hash(text, size);
        update_length(profile, c, size, 1);
        cst_hyperloglog_add(registers, hash);
        if (cst_sorted_overflowed(set)) /* too many for exact counts: they won't be told */
            continue;
        rc = cst_tally_add(tally, text, size, hash, err);
        if (rc == CST_OK && cst_tally_count(tally) > 2 * CST_LEVELS_MOST)
            rc = cst_tally_flush(tally, set, err);
    }
    if (rc == CST_OK)
        rc = cst_tally_flush(tally, set, err);
    cst_tally_free(tally);
    return rc;
}

static cst_code update_sample(cst_profile *profile, const cst_table *table,
                              const cst_column *const *values, cst_error *err)
{
    int64_t *word = cst_array_new(profile->numeric, sizeof *word, "sample", err);
    cst_code rc = word ? CST_OK : CST_NOMEM;
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++) {
        cst_rowid id = cst_sample_rowid(table, r);
        uint64_t hash = cst_sample_hash(id);
        if (hash > profile->sample.bound)
            continue;
        for (size_t c = 0; c < profile->columns; c++)
            if (cst_sample_is_numeric(profile->column[c].type))
                word[profile->column[c].word] = cst_sample_word(values[c], r);
        rc = cst_sample_add(&profile->sample, hash, id, word, err);
    }
    free(word);
    return rc;
}

/* The table's columns in the profile's order. */
static cst_code match(const cst_column **values, const cst_profile *profile, const cst_table *table,
                      cst_error *err)
{
    for (size_t c = 0; c < profile->columns; c++) {
        const cst_profile_column *column = &profile->column[c];
        values[c] = cst_table_find(table, column->name);
        if (!values[c] || values[c]->type != column->type)
            return cst_error_set(err, CST_INVALID, "column %s is %s, the profile began with %s",
                                 column->name,
                                 values[c] ? cst_type_name(values[c]->type) : "not there",
                                 cst_type_name(column->type));
    }
    return CST_OK;
}

cst_code cst_profile_update(cst_profile *profile, const cst_table *table, cst_error *err)
{
    const cst_column **values = cst_array_new(profile->columns, sizeof *values, "profile", err);
    cst_code rc = values ? match(values, profile, table, err) : CST_NOMEM;
    if (rc == CST_OK)
        profile->sums[0] += (int64_t)table->rows;
    for (size_t c = 0; rc == CST_OK && c < profile->columns; c++) {
        if (profile->column[c].type == CST_TEXT)
            rc = update_text(profile, c, values[c], err);
        else if (profile->column[c].type == CST_CATEGORY)
            rc = update_category(profile, c, values[c], err);
        else
            update_numeric(profile, c, values[c]);
    }
    if (rc == CST_OK)
        rc = update_sample(profile, table, values, err);
    free(values);
    return rc;
}

cst_mergeable cst_profile_state(cst_profile *profile)
{
    for (size_t c = 0; c < profile->columns; c++)
        cst_moments_carry(&cst_profile_sums_of(profile, c)->moments);
    profile->levels[profile->texts] = profile->sample.set;
    return (cst_mergeable){
        .sum = profile->sums,
        .sums = 1 + profile->columns * CST_PROFILE_SUMS,
        .max = &profile->extremes[0].max,
        .maxima = profile->columns * sizeof *profile->extremes / sizeof(int64_t),
        .reg = profile->registers,
        .registers = profile->columns * CST_HYPERLOGLOG_REGISTERS,
        .set = profile->levels,
        .sets = profile->texts + 1,
    };
}

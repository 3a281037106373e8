/* split.c - which rows are trained on, validated on, tested on: by time or by hash */
#include "base/array.h"
#include "base/clock.h"
#include "exact/random.h"
#include "prepare/key.h"
#include "prepare/split_private.h"

void cst_split_forget(cst_split *split)
{
    memset(split->rows, 0, sizeof split->rows);
    for (size_t i = 0; i < 2 * CST_SIDES; i++)
        split->largest[i] = INT64_MIN;
}

static cst_code time_of(const cst_column **out, const cst_split *split, const cst_table *table,
                        cst_error *err)
{
    *out = split->column ? cst_table_find(table, split->column) : NULL;
    if (split->by != CST_BY_TIME && (!*out || (*out)->type != CST_TIME))
        *out = NULL; /* only the extents would be known by it */
    else if (!*out || (*out)->type != CST_TIME)
        return cst_error_set(err, CST_USAGE, "split: \"%s\" is %s; by time needs a time",
                             split->column, *out ? cst_type_name((*out)->type) : "no column");
    return CST_OK;
}

static cst_side side_by_time(const cst_split *split, int64_t time)
{
    if (time == CST_MISSING_INT64)
        return CST_NOWHERE;
    if (time >= split->test_from)
        return CST_TEST;
    if (time < split->training_before)
        return CST_TRAINING;
    bool validation = split->validation.wanted && time >= split->validation_from &&
                      time < split->validation_before;
    return validation ? CST_VALIDATION : CST_NOWHERE;
}

static cst_side side_by_unit(const cst_split *split, uint64_t bits)
{
    double unit = (double)(bits >> 11) * 0x1p-53;
    if (unit < split->test.share)
        return CST_TEST;
    return unit < split->test.share + split->validation.share ? CST_VALIDATION : CST_TRAINING;
}

static cst_code sides_by_hash(uint8_t *side, const cst_split *split, const cst_table *table,
                              cst_error *err)
{
    cst_text bytes = CST_TEXT_INIT;
    cst_key key = {0};
    cst_code rc = CST_OK;
    if (json_array_size(split->key))
        rc = cst_key_new(&key, table, split->key, "split.key", err);
    else if (!table->id && table->rows)
        rc = cst_error_set(err, CST_INVALID, "split: rows have no identity to be split by");
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++) {
        bool missing = false;
        uint64_t bits = 0;
        if (key.count) {
            rc = cst_key_bytes(&bytes, &missing, &key, r, err);
            bits = cst_random_hash(split->seed, CST_STREAM_SPLIT, bytes.data, bytes.size);
        } else {
            bits =
                cst_random_bits(split->seed, CST_STREAM_SPLIT, table->id[r].part, table->id[r].row);
        }
        side[r] = (uint8_t)side_by_unit(split, bits);
    }
    cst_key_free(&key);
    cst_text_free(&bytes);
    return rc;
}

cst_code cst_split_sides(uint8_t *side, const cst_split *split, const cst_table *table,
                         cst_error *err)
{
    if (split->by == CST_BY_HASH)
        return sides_by_hash(side, split, table, err);
    const cst_column *time = NULL;
    cst_code rc = time_of(&time, split, table, err);
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++)
        side[r] = split->by == CST_BY_NONE
                      ? CST_TRAINING
                      : (uint8_t)side_by_time(split, cst_key_microseconds(time, r));
    return rc;
}

static void widen_extent(cst_split *split, size_t side, int64_t time)
{
    if (time == CST_MISSING_INT64)
        return;
    if (time > split->largest[2 * side])
        split->largest[2 * side] = time;
    if (-time > split->largest[2 * side + 1])
        split->largest[2 * side + 1] = -time;
}

static cst_code count_sides(cst_split *split, const cst_table *table, const cst_column *time,
                            cst_error *err)
{
    uint8_t *side = cst_array_new(table->rows, sizeof *side, "sides", err);
    cst_code rc = side ? cst_split_sides(side, split, table, err) : CST_NOMEM;
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++) {
        split->rows[side[r]]++;
        if (time)
            widen_extent(split, side[r], cst_key_microseconds(time, r));
    }
    free(side);
    return rc;
}

cst_code cst_split_local(cst_split *split, const cst_table *table, cst_error *err)
{
    const cst_column *time = NULL;
    cst_code rc = time_of(&time, split, table, err);
    if (rc != CST_OK)
        return rc;
    if (split->phase == CST_SPLIT_COUNTS)
        return count_sides(split, table, time, err);
    for (size_t r = 0; r < table->rows; r++) {
        int64_t value = cst_key_microseconds(time, r);
        if (split->phase == CST_SPLIT_EXTREMES)
            widen_extent(split, CST_TRAINING, value);
        for (size_t t = 0; value != CST_MISSING_INT64 && t < split->quantiles.targets; t++)
            cst_select_add(&split->quantiles, t, value);
    }
    return CST_OK;
}

cst_mergeable cst_split_state(cst_split *split)
{
    if (split->phase == CST_SPLIT_QUANTILES)
        return cst_select_state(&split->quantiles);
    return (cst_mergeable){
        .sum = split->rows, .sums = CST_SIDES, .max = split->largest, .maxima = 2 * CST_SIDES};
}

/* Cuts from where test and validation begin. Sides that were not asked for are empty. */
static void set_cuts(cst_split *split, int64_t test_from, int64_t validation_from)
{
    split->test_from = test_from;
    split->validation_before = test_from - split->gap;
    split->validation_from = split->validation.wanted ? validation_from : split->validation_before;
    split->training_before =
        split->validation.wanted ? split->validation_from - split->gap : split->validation_before;
}

static cst_code no_time(const cst_split *split, cst_error *err)
{
    return cst_error_set(err, CST_INVALID,
                         "split: no row has a value in \"%s\" to be split by; look at where:, or "
                         "name another column",
                         split->column);
}

static cst_code cut_by_spans(cst_split *split, cst_error *err)
{
    int64_t last = split->largest[0];
    if (last == INT64_MIN)
        return no_time(split, err);
    int64_t test_from = last + 1 - split->test.span;
    set_cuts(split, test_from, test_from - split->gap - split->validation.span);
    return CST_OK;
}

static cst_code cut_by_shares(cst_split *split, cst_error *err)
{
    const cst_select_target *cut = split->quantiles.target;
    if (cut[CST_TEST_CUT].empty)
        return no_time(split, err);
    set_cuts(split, cut[CST_TEST_CUT].key,
             split->validation.wanted ? cut[CST_VALIDATION_CUT].key : 0);
    return CST_OK;
}

static cst_code refuse_empty(const cst_split *split, cst_side side, cst_error *err)
{
    int64_t first = INT64_MIN;
    int64_t last = INT64_MIN;
    for (size_t s = 0; s < CST_SIDES; s++) {
        last = split->largest[2 * s] > last ? split->largest[2 * s] : last;
        first = split->largest[2 * s + 1] > first ? split->largest[2 * s + 1] : first;
    }
    char from[CST_TIME_TEXT] = "nowhere";
    char to[CST_TIME_TEXT] = "nowhere";
    if (last != INT64_MIN) {
        cst_clock_text(from, -first);
        cst_clock_text(to, last);
    }
    char *spans = cst_text_format(err, "test takes %s%s%s",
                                  split->by == CST_BY_NONE ? "nothing" : split->test.text,
                                  split->validation.wanted ? ", validation " : "",
                                  split->validation.wanted ? split->validation.text : "");
    if (!spans)
        return CST_NOMEM;
    cst_code rc = cst_error_set(
        err, CST_INVALID,
        "split: no row is left for %s: %s, and the %lld rows that count run from %s to %s; change "
        "split, or bring more data",
        cst_side_names[side], spans,
        (long long)(split->rows[0] + split->rows[1] + split->rows[2] + split->rows[3]), from, to);
    free(spans);
    return rc;
}

static cst_code check_counts(const cst_split *split, cst_error *err)
{
    if (split->rows[CST_TRAINING] == 0)
        return refuse_empty(split, CST_TRAINING, err);
    if (split->validation.wanted && split->rows[CST_VALIDATION] == 0)
        return refuse_empty(split, CST_VALIDATION, err);
    if (split->test.wanted && split->rows[CST_TEST] == 0)
        return refuse_empty(split, CST_TEST, err);
    return CST_OK;
}

cst_code cst_split_advance(cst_split *split, bool *done, cst_error *err)
{
    *done = false;
    cst_code rc = CST_OK;
    if (split->phase == CST_SPLIT_COUNTS) {
        split->phase = CST_SPLIT_FINISHED;
        *done = true;
        return check_counts(split, err);
    }
    if (split->phase == CST_SPLIT_QUANTILES) {
        bool found = false;
        cst_select_advance(&split->quantiles, &found);
        if (!found)
            return CST_OK;
        rc = cut_by_shares(split, err);
    } else {
        rc = cut_by_spans(split, err);
    }
    split->phase = CST_SPLIT_COUNTS;
    cst_split_forget(split);
    return rc;
}

int64_t cst_split_rows(const cst_split *split, cst_side side)
{
    return split->rows[side];
}

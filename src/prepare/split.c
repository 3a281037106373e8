/* split.c - which rows are trained on, validated on, tested on: by time or by hash */
#include <math.h>

#include "base/array.h"
#include "base/clock.h"
#include "config/json.h"
#include "config/option.h"
#include "exact/random.h"
#include "prepare/key.h"
#include "prepare/rows.h"
#include "prepare/select.h"

typedef enum { BY_NONE, BY_TIME, BY_HASH } split_by;

/* The rounds: the extremes (spans only), quantiles (shares only), the count of every side. */
typedef enum { EXTREMES, QUANTILES, COUNTS, FINISHED } split_phase;

/* How much a side takes: a span of time, or a share of the rows. */
typedef struct {
    bool wanted;
    double share;     /* 0: a span */
    int64_t span;     /* microseconds */
    const char *text; /* as it was written; borrowed from the spec */
} extent;

enum { SIDES = CST_NOWHERE + 1, TEST_CUT = 0, VALIDATION_CUT = 1, SHARE_UNIT = 1000000 };

struct cst_split {
    split_by by;
    split_phase phase;
    json_t *spec;
    char *column; /* the time, or NULL */
    const json_t *key;
    uint64_t seed;
    extent test, validation;
    int64_t gap;
    /* By time, microseconds: training is before training_before; validation from validation_from
     * to before validation_before; test from test_from on. */
    int64_t training_before, validation_from, validation_before, test_from;
    cst_select quantiles;
    int64_t rows[SIDES];        /* summed */
    int64_t largest[2 * SIDES]; /* of each side the last time, and the first as its negative */
};

static const char *const side_names[SIDES] = {"training", "validation", "test", "left_out"};

/* "14d" is a span, "10%" and 0.1 are shares. */
static cst_code read_extent(extent *out, const json_t *spec, const char *name, cst_error *err)
{
    const json_t *value = json_object_get(spec, name);
    *out = (extent){.wanted = value != NULL, .text = name};
    if (!value)
        return CST_OK;
    const char *text = json_string_value(value);
    if (text && !strchr(text, '%')) {
        out->text = text;
        if (cst_duration_parse(&out->span, text, err) != CST_OK)
            return CST_USAGE;
        if (out->span > 0)
            return CST_OK;
        return cst_error_set(err, CST_USAGE, "split.%s: a span of %s is empty", name, text);
    }
    char *end = NULL;
    double share = text ? strtod(text, &end) / 100 : json_number_value(value);
    bool whole = text ? end != text && strcmp(end, "%") == 0 : json_is_number(value);
    if (!whole || !(share > 0 && share < 1))
        return cst_error_set(err, CST_USAGE,
                             "split.%s: expected a span such as 14d, or a share between 0 and 1 "
                             "such as 10%% or 0.1",
                             name);
    out->text = text ? text : name;
    out->share = share;
    return CST_OK;
}

static cst_code check_extents(const cst_split *split, cst_error *err)
{
    const extent *test = &split->test;
    const extent *validation = &split->validation;
    if (!test->wanted)
        return cst_error_set(err, CST_USAGE,
                             "split.test is missing: how much to keep for the evaluation");
    if (validation->wanted && (test->share > 0) != (validation->share > 0))
        return cst_error_set(err, CST_USAGE,
                             "split: test and validation must both be spans or both be shares");
    if (split->by == BY_HASH && test->share <= 0)
        return cst_error_set(err, CST_USAGE,
                             "split: by hash, test and validation are shares such as 10%%");
    if (test->share + validation->share >= 1)
        return cst_error_set(err, CST_USAGE,
                             "split: test and validation leave nothing to train on");
    return CST_OK;
}

static bool lists(const json_t *array, const char *name)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(json_string_value(json_array_get(array, i)), name) == 0)
            return true;
    return false;
}

/* Rows that share a joined row must lie on one side: every column of the split's key has to be
 * among those of the join. */
static cst_code check_joins(const json_t *key, const json_t *joins, cst_error *err)
{
    for (size_t j = 0; j < json_array_size(joins); j++) {
        const json_t *join = json_array_get(joins, j);
        const json_t *on = json_object_get(join, "on");
        bool coarse = json_array_size(key) > 0;
        for (size_t k = 0; k < json_array_size(key); k++)
            coarse = coarse && lists(on, json_string_value(json_array_get(key, k)));
        if (!coarse)
            return cst_error_set(
                err, CST_USAGE,
                "split: rows that share a row of %s would stand on both sides, and the test would "
                "know what it should not; split by time, or by a key of columns that this join is "
                "on",
                cst_get_string(join, "dataset", "a joined dataset"));
    }
    return CST_OK;
}

static cst_code read_spec(cst_split *split, const json_t *spec, const json_t *joins, cst_error *err)
{
    bool hash = strcmp(cst_get_string(spec, "by", "time"), "hash") == 0;
    split->by = hash ? BY_HASH : BY_TIME;
    split->gap = cst_get_duration(spec, "gap", 0);
    split->key = json_object_get(spec, "key");
    cst_code rc = read_extent(&split->test, spec, "test", err);
    if (rc == CST_OK)
        rc = read_extent(&split->validation, spec, "validation", err);
    if (rc == CST_OK)
        rc = check_extents(split, err);
    if (rc == CST_OK && hash)
        rc = check_joins(split->key, joins, err);
    if (rc == CST_OK && hash && split->gap)
        rc = cst_error_set(err, CST_USAGE, "split: by hash there is no gap; by time there is");
    if (rc == CST_OK && !hash && json_array_size(split->key))
        rc = cst_error_set(err, CST_USAGE, "split: by time there is no key; by hash there is");
    return rc;
}

static cst_code plan_quantiles(cst_split *split, cst_error *err)
{
    cst_code rc = cst_select_new(&split->quantiles, split->validation.wanted ? 2 : 1, err);
    if (rc != CST_OK)
        return rc;
    int64_t test = (int64_t)rint(split->test.share * SHARE_UNIT);
    int64_t validation = (int64_t)rint(split->validation.share * SHARE_UNIT);
    split->quantiles.target[TEST_CUT].times = SHARE_UNIT - test;
    split->quantiles.target[TEST_CUT].over = SHARE_UNIT;
    if (split->validation.wanted) {
        split->quantiles.target[VALIDATION_CUT].times = SHARE_UNIT - test - validation;
        split->quantiles.target[VALIDATION_CUT].over = SHARE_UNIT;
    }
    return CST_OK;
}

static void forget_counts(cst_split *split)
{
    memset(split->rows, 0, sizeof split->rows);
    for (size_t i = 0; i < 2 * SIDES; i++)
        split->largest[i] = INT64_MIN;
}

cst_code cst_split_new(cst_split **out, const json_t *spec, const cst_schema *schema,
                       const json_t *joins, uint64_t seed, cst_error *err)
{
    cst_split *split = cst_array_new(1, sizeof *split, "split", err);
    cst_code rc = split ? CST_OK : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    split->seed = seed;
    split->phase = COUNTS;
    if (spec && !(split->spec = json_deep_copy(spec))) {
        rc = cst_error_nomem(err, "split");
        goto out;
    }
    const char *column = cst_get_string(split->spec, "column", schema ? schema->time : NULL);
    if (column && !(split->column = cst_text_copy(column, err))) {
        rc = CST_NOMEM;
        goto out;
    }
    if (spec && (rc = read_spec(split, split->spec, joins, err)) != CST_OK)
        goto out;
    if (split->by == BY_TIME && !column) {
        rc = cst_error_set(err, CST_USAGE,
                           "split: by time needs a column: name one, or a time in the schema");
        goto out;
    }
    if (split->by == BY_TIME)
        split->phase = split->test.share > 0 ? QUANTILES : EXTREMES;
    if (split->phase == QUANTILES && (rc = plan_quantiles(split, err)) != CST_OK)
        goto out;
    forget_counts(split);
    *out = split;
    split = NULL;
out:
    cst_split_free(split);
    return rc;
}

void cst_split_free(cst_split *split)
{
    if (!split)
        return;
    json_decref(split->spec);
    free(split->column);
    cst_select_free(&split->quantiles);
    free(split);
}

static cst_code time_of(const cst_column **out, const cst_split *split, const cst_table *table,
                        cst_error *err)
{
    *out = split->column ? cst_table_find(table, split->column) : NULL;
    if (split->by != BY_TIME && (!*out || (*out)->type != CST_TIME))
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
    if (split->by == BY_HASH)
        return sides_by_hash(side, split, table, err);
    const cst_column *time = NULL;
    cst_code rc = time_of(&time, split, table, err);
    for (size_t r = 0; rc == CST_OK && r < table->rows; r++)
        side[r] = split->by == BY_NONE
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
    if (split->phase == COUNTS)
        return count_sides(split, table, time, err);
    for (size_t r = 0; r < table->rows; r++) {
        int64_t value = cst_key_microseconds(time, r);
        if (split->phase == EXTREMES)
            widen_extent(split, CST_TRAINING, value);
        for (size_t t = 0; value != CST_MISSING_INT64 && t < split->quantiles.targets; t++)
            cst_select_add(&split->quantiles, t, value);
    }
    return CST_OK;
}

cst_mergeable cst_split_state(cst_split *split)
{
    if (split->phase == QUANTILES)
        return cst_select_state(&split->quantiles);
    return (cst_mergeable){
        .sum = split->rows, .sums = SIDES, .max = split->largest, .maxima = 2 * SIDES};
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
    if (cut[TEST_CUT].empty)
        return no_time(split, err);
    set_cuts(split, cut[TEST_CUT].key, split->validation.wanted ? cut[VALIDATION_CUT].key : 0);
    return CST_OK;
}

static cst_code refuse_empty(const cst_split *split, cst_side side, cst_error *err)
{
    int64_t first = INT64_MIN;
    int64_t last = INT64_MIN;
    for (size_t s = 0; s < SIDES; s++) {
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
                                  split->by == BY_NONE ? "nothing" : split->test.text,
                                  split->validation.wanted ? ", validation " : "",
                                  split->validation.wanted ? split->validation.text : "");
    if (!spans)
        return CST_NOMEM;
    cst_code rc = cst_error_set(
        err, CST_INVALID,
        "split: no row is left for %s: %s, and the %lld rows that count run from %s to %s; change "
        "split, or bring more data",
        side_names[side], spans,
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
    if (split->phase == COUNTS) {
        split->phase = FINISHED;
        *done = true;
        return check_counts(split, err);
    }
    if (split->phase == QUANTILES) {
        bool found = false;
        cst_select_advance(&split->quantiles, &found);
        if (!found)
            return CST_OK;
        rc = cut_by_shares(split, err);
    } else {
        rc = cut_by_spans(split, err);
    }
    split->phase = COUNTS;
    forget_counts(split);
    return rc;
}

int64_t cst_split_rows(const cst_split *split, cst_side side)
{
    return split->rows[side];
}

static json_t *instant(int64_t time)
{
    char text[CST_TIME_TEXT];
    cst_clock_text(text, time);
    return json_string(text);
}

static cst_code put_extent(json_t *out, const cst_split *split, size_t side, cst_error *err)
{
    if (split->largest[2 * side] == INT64_MIN)
        return CST_OK;
    json_t *span = json_array();
    cst_code rc = cst_json_put(out, side_names[side], span, err);
    if (rc == CST_OK)
        rc = cst_json_append(span, instant(-split->largest[2 * side + 1]), err);
    if (rc == CST_OK)
        rc = cst_json_append(span, instant(split->largest[2 * side]), err);
    return rc;
}

static cst_code put_cuts(json_t *out, const cst_split *split, cst_error *err)
{
    json_t *cuts = json_object();
    cst_code rc = cst_json_put(out, "cuts", cuts, err);
    if (rc == CST_OK)
        rc = cst_json_put(cuts, "training_before", instant(split->training_before), err);
    if (rc == CST_OK && split->validation.wanted)
        rc = cst_json_put(cuts, "validation_from", instant(split->validation_from), err);
    if (rc == CST_OK && split->validation.wanted)
        rc = cst_json_put(cuts, "validation_before", instant(split->validation_before), err);
    if (rc == CST_OK)
        rc = cst_json_put(cuts, "test_from", instant(split->test_from), err);
    return rc;
}

static cst_code put_hash(json_t *out, const cst_split *split, cst_error *err)
{
    json_t *key = split->key ? json_deep_copy(split->key) : json_array();
    cst_code rc = cst_json_put(out, "key", key, err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "seed", json_integer((json_int_t)split->seed), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "test_share", cst_json_real(split->test.share), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "validation_share", cst_json_real(split->validation.share), err);
    return rc;
}

json_t *cst_split_to_json(const cst_split *split, cst_error *err)
{
    static const char *const names[] = {"none", "time", "hash"};
    json_t *out = json_object();
    json_t *rows = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "split");
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", rows, err);
    else
        json_decref(rows);
    for (size_t s = 0; rc == CST_OK && s < SIDES; s++) {
        rc = cst_json_put(rows, side_names[s], json_integer(split->rows[s]), err);
        if (rc == CST_OK && s != CST_NOWHERE)
            rc = put_extent(out, split, s, err);
    }
    if (rc == CST_OK)
        rc = cst_json_put(out, "by", json_string(names[split->by]), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "all", json_boolean(split->by == BY_NONE), err);
    if (rc == CST_OK && split->column)
        rc = cst_json_put(out, "column", json_string(split->column), err);
    if (rc == CST_OK && split->by == BY_TIME)
        rc = put_cuts(out, split, err);
    if (rc == CST_OK && split->by == BY_HASH)
        rc = put_hash(out, split, err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

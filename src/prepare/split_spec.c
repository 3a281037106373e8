/* split_spec.c - what a split is asked for, and what is wrong with it */
#include <math.h>

#include "base/array.h"
#include "config/option.h"
#include "prepare/split_private.h"

enum { SHARE_UNIT = 1000000 };

/* "14d" is a span, "10%" and 0.1 are shares. */
static cst_code read_extent(cst_split_extent *out, const json_t *spec, const char *name,
                            cst_error *err)
{
    const json_t *value = json_object_get(spec, name);
    *out = (cst_split_extent){.wanted = value != NULL, .text = name};
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
    const cst_split_extent *test = &split->test;
    const cst_split_extent *validation = &split->validation;
    if (!test->wanted)
        return cst_error_set(err, CST_USAGE,
                             "split.test is missing: how much to keep for the evaluation");
    if (validation->wanted && (test->share > 0) != (validation->share > 0))
        return cst_error_set(err, CST_USAGE,
                             "split: test and validation must both be spans or both be shares");
    if (split->by == CST_BY_HASH && test->share <= 0)
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
    split->by = hash ? CST_BY_HASH : CST_BY_TIME;
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
    split->quantiles.target[CST_TEST_CUT].times = SHARE_UNIT - test;
    split->quantiles.target[CST_TEST_CUT].over = SHARE_UNIT;
    if (split->validation.wanted) {
        split->quantiles.target[CST_VALIDATION_CUT].times = SHARE_UNIT - test - validation;
        split->quantiles.target[CST_VALIDATION_CUT].over = SHARE_UNIT;
    }
    return CST_OK;
}

cst_code cst_split_new(cst_split **out, const json_t *spec, bool all, const cst_schema *schema,
                       const json_t *joins, uint64_t seed, cst_error *err)
{
    cst_split *split = cst_array_new(1, sizeof *split, "split", err);
    cst_code rc = split ? CST_OK : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    split->seed = seed;
    split->phase = CST_SPLIT_COUNTS;
    if (spec && !(split->spec = json_deep_copy(spec))) {
        rc = cst_error_nomem(err, "split");
        goto out;
    }
    const char *column = cst_get_string(split->spec, "column", schema ? schema->time : NULL);
    if (column && !(split->column = cst_text_copy(column, err))) {
        rc = CST_NOMEM;
        goto out;
    }
    if (!all && (rc = read_spec(split, split->spec, joins, err)) != CST_OK)
        goto out;
    if (split->by == CST_BY_TIME && !column) {
        rc = cst_error_set(err, CST_USAGE,
                           "split: by time needs a column: name one, or a time in the schema");
        goto out;
    }
    if (split->by == CST_BY_TIME)
        split->phase = split->test.share > 0 ? CST_SPLIT_QUANTILES : CST_SPLIT_EXTREMES;
    if (split->phase == CST_SPLIT_QUANTILES && (rc = plan_quantiles(split, err)) != CST_OK)
        goto out;
    cst_split_forget(split);
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

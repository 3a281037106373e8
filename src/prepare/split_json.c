/* split_json.c - a split as the manifest and the transform keep it */
#include "base/clock.h"
#include "config/json.h"
#include "prepare/split_private.h"

const char *const cst_side_names[CST_SIDES] = {"training", "validation", "test", "left_out"};

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
    cst_code rc = cst_json_put(out, cst_side_names[side], span, err);
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
    for (size_t s = 0; rc == CST_OK && s < CST_SIDES; s++) {
        rc = cst_json_put(rows, cst_side_names[s], json_integer(split->rows[s]), err);
        if (rc == CST_OK && s != CST_NOWHERE)
            rc = put_extent(out, split, s, err);
    }
    if (rc == CST_OK)
        rc = cst_json_put(out, "by", json_string(names[split->by]), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "all", json_boolean(split->by == CST_BY_NONE), err);
    if (rc == CST_OK && split->column)
        rc = cst_json_put(out, "column", json_string(split->column), err);
    if (rc == CST_OK && split->by == CST_BY_TIME)
        rc = put_cuts(out, split, err);
    if (rc == CST_OK && split->by == CST_BY_HASH)
        rc = put_hash(out, split, err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

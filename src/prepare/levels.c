/* levels.c - the distinct values of a column, and the codes of its rows */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "prepare/feature.h"

void cst_level_set_free(cst_level_set *levels)
{
    cst_levels_free(&levels->text);
    free(levels->number);
    *levels = (cst_level_set){0};
}

/* Whole numbers are written as such: a level is "10", not "1e+01". */
static bool is_whole(double value)
{
    return fabs(value) <= 0x1p53 && value == (double)(int64_t)value;
}

cst_code cst_level_text(cst_text *out, const cst_level_set *levels, int32_t level, cst_error *err)
{
    if (!levels->numeric)
        return cst_text_puts(out, levels->text.text[level], err);
    double value = levels->number[level];
    return is_whole(value) ? cst_text_print(out, err, "%lld", (long long)value)
                           : cst_json_number(out, value, err);
}

static int32_t find_number(const cst_level_set *levels, double value)
{
    int32_t from = 0;
    int32_t to = levels->count;
    while (from < to) {
        int32_t middle = from + (to - from) / 2;
        if (levels->number[middle] < value)
            from = middle + 1;
        else
            to = middle;
    }
    bool found = from < levels->count && levels->number[from] == value;
    return found ? from : CST_LEVEL_UNSEEN;
}

static int32_t find_text(const cst_level_set *levels, const char *text, size_t size)
{
    int32_t level = cst_levels_find(&levels->text, text, size);
    return level < 0 ? CST_LEVEL_UNSEEN : level;
}

/* Each level of the column is looked up once. */
static cst_code codes_of_category(int32_t *codes, const cst_level_set *levels,
                                  const cst_column *column, cst_error *err)
{
    size_t count = (size_t)column->levels.count;
    int32_t *level = cst_array_new(count, sizeof *level, "levels", err);
    if (!level)
        return CST_NOMEM;
    for (size_t l = 0; l < count; l++)
        level[l] = find_text(levels, column->levels.text[l], strlen(column->levels.text[l]));
    for (size_t r = 0; r < column->rows; r++) {
        int32_t code = column->values.i32[r];
        codes[r] = code < 0 ? CST_LEVEL_MISSING : level[code];
    }
    free(level);
    return CST_OK;
}

cst_code cst_level_codes(int32_t *codes, const cst_level_set *levels, const cst_column *column,
                         cst_error *err)
{
    bool text = column->type == CST_TEXT || column->type == CST_CATEGORY;
    if (levels->count == 0) { /* nothing but missing values was seen: its type is not known */
        for (size_t r = 0; r < column->rows; r++)
            codes[r] = cst_column_is_missing(column, r) ? CST_LEVEL_MISSING : CST_LEVEL_UNSEEN;
        return CST_OK;
    }
    if (text == levels->numeric)
        return cst_error_set(err, CST_INVALID,
                             "column \"%s\" is %s, and was %s when the transform was fitted; keep "
                             "its type in the schema",
                             column->name, cst_type_name(column->type),
                             levels->numeric ? "a number" : "text or a category");
    if (column->type == CST_CATEGORY)
        return codes_of_category(codes, levels, column, err);
    for (size_t r = 0; r < column->rows; r++) {
        size_t size = 0;
        if (cst_column_is_missing(column, r)) {
            codes[r] = CST_LEVEL_MISSING;
        } else if (text) {
            const char *value = cst_column_text(column, r, &size);
            codes[r] = find_text(levels, value, size);
        } else {
            codes[r] = find_number(levels, cst_column_number(column, r));
        }
    }
    return CST_OK;
}

static json_t *number_to_json(double value)
{
    return is_whole(value) ? json_integer((json_int_t)value) : cst_json_real(value);
}

json_t *cst_level_set_to_json(const cst_level_set *levels, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "levels");
    for (int32_t l = 0; rc == CST_OK && l < levels->count; l++)
        rc = cst_json_append(out,
                             levels->numeric ? number_to_json(levels->number[l])
                                             : json_string(levels->text.text[l]),
                             err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static cst_code bad_levels(cst_error *err, const char *what)
{
    return cst_error_set(err, CST_INVALID, "transform: levels must be %s", what);
}

static cst_code read_numbers(cst_level_set *out, const json_t *array, cst_error *err)
{
    for (int32_t l = 0; l < out->count; l++) {
        const json_t *value = json_array_get(array, (size_t)l);
        if (!json_is_number(value))
            return bad_levels(err, "all text or all numbers");
        out->number[l] = json_number_value(value);
        if (l && !(out->number[l - 1] < out->number[l]))
            return bad_levels(err, "sorted and distinct");
    }
    return CST_OK;
}

static cst_code read_texts(cst_level_set *out, const json_t *array, cst_error *err)
{
    for (int32_t l = 0; l < out->count; l++) {
        const char *text = json_string_value(json_array_get(array, (size_t)l));
        if (!text)
            return bad_levels(err, "all text or all numbers");
        if (l && strcmp(out->text.text[l - 1], text) >= 0)
            return bad_levels(err, "sorted and distinct");
        if (!(out->text.text[l] = cst_text_copy(text, err)))
            return CST_NOMEM;
        out->text.count = l + 1;
    }
    return CST_OK;
}

cst_code cst_level_set_from_json(cst_level_set *out, const json_t *array, cst_error *err)
{
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > CST_LEVELS_MOST)
        return bad_levels(err, "a list of at most 65536");
    *out = (cst_level_set){.count = (int32_t)count,
                           .numeric = count && json_is_number(json_array_get(array, 0))};
    if (out->numeric)
        out->number = cst_array_new(count, sizeof *out->number, "levels", err);
    else
        out->text.text = cst_array_new(count, sizeof *out->text.text, "levels", err);
    if (!out->number && !out->text.text)
        return CST_NOMEM;
    return out->numeric ? read_numbers(out, array, err) : read_texts(out, array, err);
}

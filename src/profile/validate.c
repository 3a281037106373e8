/* validate.c - looking at the rows of a part: what is counted, and the examples kept */
#include "profile/validate.h"

#include <math.h>

#include "base/array.h"
#include "base/text.h"
#include "config/json.h"
#include "profile/sample.h"
#include "profile/validate_state.h"
#include "table/time.h"

enum { LEVELS_KEPT = 100, DAY_SIZE = 8, KEYS_KEPT = 10000 };

cst_check_sums *cst_validation_sums(const cst_validation *validation, size_t column)
{
    return (cst_check_sums *)(validation->sums + CST_VALIDATION_SUMS + column * CST_CHECK_SUMS);
}

cst_sorted **cst_validation_column_set(const cst_validation *validation, size_t column, int which)
{
    return &validation->set[column * CST_CHECK_SETS + (size_t)which];
}

cst_sorted **cst_validation_set(const cst_validation *validation, int which)
{
    return cst_validation_column_set(validation, validation->schema->columns, which);
}

const json_t *cst_validation_profiled(const json_t *profile, const char *name)
{
    size_t i;
    const json_t *column;
    json_array_foreach(json_object_get(profile, "columns"), i, column)
    {
        const char *other = json_string_value(json_object_get(column, "name"));
        if (other && strcmp(other, name) == 0)
            return column;
    }
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The levels that a profile lists, sorted bytewise. */
static cst_code levels_of(cst_levels *out, const json_t *listed, cst_error *err)
{
    const char *text;
    json_t *count;
    out->text = cst_array_new(json_object_size(listed), sizeof(char *), "levels", err);
    if (!out->text)
        return CST_NOMEM;
    json_object_foreach((json_t *)listed, text, count)
    {
        (void)count;
        out->text[out->count] = cst_text_copy(text, err);
        if (!out->text[out->count])
            return CST_NOMEM;
        out->count++;
    }
    qsort(out->text, (size_t)out->count, sizeof *out->text, by_text);
    return CST_OK;
}

static cst_code check_new(cst_validation *validation, size_t c, cst_error *err)
{
    cst_check *check = &validation->check[c];
    check->schema = &validation->schema->column[c];
    if (check->schema->type == CST_CATEGORY && check->schema->levels.count > 0) {
        check->bounded = true;
        cst_code rc = cst_levels_copy(&check->levels, &check->schema->levels, err);
        if (rc != CST_OK)
            return rc;
    } else if (check->schema->type == CST_CATEGORY) {
        const json_t *before = cst_validation_profiled(
            json_object_get(validation->facts, "reference"), check->schema->name);
        const json_t *listed = json_object_get(before, "levels");
        check->bounded = check->by_reference = listed != NULL;
        cst_code rc = listed ? levels_of(&check->levels, listed, err) : CST_OK;
        if (rc != CST_OK)
            return rc;
    }
    cst_code rc = cst_sorted_new(cst_validation_column_set(validation, c, CST_CHECK_LEVELS), 1,
                                 LEVELS_KEPT, err);
    for (int which = 0; rc == CST_OK && which < CST_CHECK_LEVELS; which++)
        rc = cst_examples_new(cst_validation_column_set(validation, c, which), err);
    return rc;
}

static cst_code sets_new(cst_validation *validation, cst_error *err)
{
    cst_code rc = cst_sorted_new(cst_validation_set(validation, CST_VALIDATION_KEYS), 1, 0, err);
    if (rc == CST_OK)
        rc = cst_examples_new(cst_validation_set(validation, CST_VALIDATION_KEYLESS), err);
    if (rc == CST_OK)
        rc = cst_sorted_new(cst_validation_set(validation, CST_VALIDATION_REPEATED), 0, KEYS_KEPT,
                            err);
    if (rc == CST_OK)
        rc = cst_sorted_new(cst_validation_set(validation, CST_VALIDATION_DAYS), 1, 0, err);
    for (size_t c = 0; rc == CST_OK && c < validation->schema->columns; c++)
        rc = check_new(validation, c, err);
    return rc;
}

cst_code cst_validation_new(cst_validation **out, const cst_schema *schema, const json_t *options,
                            const json_t *facts, cst_error *err)
{
    size_t columns = schema->columns;
    cst_validation *validation = cst_array_new(1, sizeof *validation, "validation", err);
    if (!validation)
        return CST_NOMEM;
    cst_code rc = CST_OK;
    validation->schema = schema;
    validation->options = options;
    validation->facts = facts;
    validation->ticks = 1000000;
    for (int m = 0; m < CST_VALIDATION_MAXIMA; m++)
        validation->maxima[m] = INT64_MIN;
    validation->check = cst_array_new(columns, sizeof *validation->check, "validation", err);
    validation->sums = cst_array_new(CST_VALIDATION_SUMS + columns * CST_CHECK_SUMS,
                                     sizeof *validation->sums, "validation", err);
    validation->set = cst_array_new(columns * CST_CHECK_SETS + CST_VALIDATION_SETS,
                                    sizeof(cst_sorted *), "validation", err);
    validation->unknown = json_array();
    if (!validation->check || !validation->sums || !validation->set || !validation->unknown)
        rc = cst_error_nomem(err, "validation");
    if (rc == CST_OK)
        rc = sets_new(validation, err);
    if (rc == CST_OK)
        *out = validation;
    else
        cst_validation_free(validation);
    return rc;
}

void cst_validation_free(cst_validation *validation)
{
    if (!validation)
        return;
    size_t columns = validation->schema->columns;
    for (size_t c = 0; validation->check && c < columns; c++) {
        cst_levels_free(&validation->check[c].levels);
        free(validation->check[c].unit);
    }
    size_t sets = columns * CST_CHECK_SETS + CST_VALIDATION_SETS;
    for (size_t s = 0; validation->set && s < sets; s++)
        cst_sorted_free(validation->set[s]);
    json_decref(validation->unknown);
    free(validation->check);
    free(validation->sums);
    free(validation->set);
    free(validation);
}

static bool is_text(cst_type type)
{
    return type == CST_CATEGORY || type == CST_TEXT;
}

static bool is_float(cst_type type)
{
    return type == CST_FLOAT32 || type == CST_FLOAT64;
}

/* Whether values of one type can stand where another is meant: widths may differ, whole numbers
 * may stand for real ones. */
static bool fits(cst_type is, cst_type meant)
{
    if (is == meant || (is_text(is) && is_text(meant)))
        return true;
    bool whole = is == CST_INT32 || is == CST_INT64;
    return (whole && (meant == CST_INT32 || meant == CST_INT64 || is_float(meant))) ||
           (is_float(is) && is_float(meant));
}

static cst_code count_unseen(cst_validation *validation, size_t c, const cst_table *table,
                             const cst_column *column, cst_error *err)
{
    const cst_check *check = &validation->check[c];
    cst_check_sums *sums = cst_validation_sums(validation, c);
    cst_sorted *rows = *cst_validation_column_set(validation, c, CST_CHECK_UNSEEN);
    cst_sorted *levels = *cst_validation_column_set(validation, c, CST_CHECK_LEVELS);
    size_t n = column->type == CST_CATEGORY ? (size_t)column->levels.count : 0;
    bool *allowed = cst_array_new(n, sizeof *allowed, "levels", err);
    cst_code rc = allowed ? CST_OK : CST_NOMEM;
    for (size_t l = 0; rc == CST_OK && l < n; l++) {
        const char *text = column->levels.text[l];
        allowed[l] = cst_levels_find(&check->levels, text, strlen(text)) >= 0;
    }
    for (size_t r = 0; rc == CST_OK && r < column->rows; r++) {
        size_t size;
        const char *text = cst_column_text(column, r, &size);
        const int64_t one = 1;
        if (!text ||
            (column->type == CST_CATEGORY ? allowed[column->values.i32[r]]
                                          : cst_levels_find(&check->levels, text, size) >= 0))
            continue;
        sums->unseen++;
        rc = cst_sorted_add(levels, text, size, &one, err);
        if (rc == CST_OK)
            rc = cst_examples_add(rows, table->first + (int64_t)r, column, r, err);
    }
    free(allowed);
    return rc;
}

static cst_code count_values(cst_validation *validation, size_t c, const cst_table *table,
                             const cst_column *column, cst_error *err)
{
    const cst_schema_column *schema = validation->check[c].schema;
    cst_check_sums *sums = cst_validation_sums(validation, c);
    cst_code rc = CST_OK;
    for (size_t r = 0; rc == CST_OK && r < column->rows; r++) {
        if (cst_column_is_missing(column, r)) {
            sums->missing++;
            continue;
        }
        if (is_text(column->type))
            continue;
        double value = cst_column_number(column, r);
        int which = -1;
        if (!isfinite(value))
            which = CST_CHECK_INFINITE;
        else if (value < schema->min || value > schema->max) /* false where a bound is NaN */
            which = CST_CHECK_OUTSIDE;
        if (which < 0)
            continue;
        sums->infinite += which == CST_CHECK_INFINITE;
        sums->outside += which == CST_CHECK_OUTSIDE;
        rc = cst_examples_add(*cst_validation_column_set(validation, c, which),
                              table->first + (int64_t)r, column, r, err);
    }
    sums->rows += (int64_t)column->rows;
    return rc;
}

static cst_code look_at_column(cst_validation *validation, size_t c, const cst_table *table,
                               cst_error *err)
{
    cst_check *check = &validation->check[c];
    const cst_column *column = cst_table_find(table, check->schema->name);
    check->present = column != NULL;
    if (!column)
        return CST_OK;
    check->type = column->type;
    check->typed = fits(column->type, check->schema->type);
    if (column->unit && !check->unit && !(check->unit = cst_text_copy(column->unit, err)))
        return CST_NOMEM;
    if (!check->typed)
        return CST_OK;
    cst_code rc = count_values(validation, c, table, column, err);
    if (rc == CST_OK && check->bounded && is_text(column->type))
        rc = count_unseen(validation, c, table, column, err);
    return rc;
}

static cst_code find_unknown(cst_validation *validation, const cst_table *table, cst_error *err)
{
    json_array_clear(validation->unknown);
    cst_code rc = CST_OK;
    for (size_t c = 0; rc == CST_OK && c < table->columns; c++)
        if (!cst_schema_find(validation->schema, table->column[c].name))
            rc = cst_json_append(validation->unknown, json_string(table->column[c].name), err);
    return rc;
}

/* The first and last instant, and the rows of every UTC day. */
static cst_code look_at_time(cst_validation *validation, const cst_table *table, cst_error *err)
{
    const char *name = validation->schema->time;
    const cst_column *time = name ? cst_table_find(table, name) : NULL;
    if (!time || time->type != CST_TIME)
        return CST_OK;
    validation->ticks = time->ticks;
    cst_code rc = CST_OK;
    for (size_t r = 0; rc == CST_OK && r < time->rows; r++) {
        int64_t value = time->values.i64[r];
        if (value == CST_MISSING_INT64)
            continue;
        if (validation->maxima[CST_VALIDATION_LAST] < value)
            validation->maxima[CST_VALIDATION_LAST] = value;
        if (validation->maxima[CST_VALIDATION_MINUS_FIRST] < -value)
            validation->maxima[CST_VALIDATION_MINUS_FIRST] = -value;
        uint64_t day = (uint64_t)cst_time_day(value, time->ticks) ^ (UINT64_C(1) << 63);
        unsigned char key[DAY_SIZE];
        for (int i = 0; i < DAY_SIZE; i++)
            key[i] = (unsigned char)(day >> (56 - 8 * i));
        const int64_t one = 1;
        rc = cst_sorted_add(*cst_validation_set(validation, CST_VALIDATION_DAYS), key, sizeof key,
                            &one, err);
    }
    return rc;
}

cst_code cst_validation_local(cst_validation *validation, const cst_table *table, cst_error *err)
{
    if (validation->phase == CST_NAMING_KEYS)
        return cst_validation_name_keys(validation, table, err);
    validation->sums[CST_VALIDATION_ROWS] += (int64_t)table->rows;
    cst_code rc = find_unknown(validation, table, err);
    for (size_t c = 0; rc == CST_OK && c < validation->schema->columns; c++)
        rc = look_at_column(validation, c, table, err);
    if (rc == CST_OK)
        rc = look_at_time(validation, table, err);
    if (rc == CST_OK)
        rc = cst_validation_add_keys(validation, table, err);
    return rc;
}

cst_mergeable cst_validation_state(cst_validation *validation)
{
    if (validation->phase == CST_NAMING_KEYS)
        return (cst_mergeable){
            .set = cst_validation_set(validation, CST_VALIDATION_REPEATED),
            .sets = 1,
        };
    size_t columns = validation->schema->columns;
    return (cst_mergeable){
        .sum = validation->sums,
        .sums = CST_VALIDATION_SUMS + columns * CST_CHECK_SUMS,
        .max = validation->maxima,
        .maxima = CST_VALIDATION_MAXIMA,
        .set = validation->set,
        .sets = columns * CST_CHECK_SETS + CST_VALIDATION_SETS,
    };
}

cst_code cst_validation_advance(cst_validation *validation, bool *done, cst_error *err)
{
    (void)err;
    bool again =
        validation->phase == CST_VALIDATING && cst_validation_has_repeated_keys(validation);
    validation->phase = again ? CST_NAMING_KEYS : CST_VALIDATED;
    *done = !again;
    return CST_OK;
}

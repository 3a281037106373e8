/* profile_table.c - a profile as a table for a person */
#include "stage/profile_table.h"

#include "base/array.h"
#include "config/json.h"
#include "config/option.h"
#include "profile/value.h"

enum { COLUMNS = 10, TOP = 4 };

/* The cells of a line, each a string of its own. */
typedef struct {
    char *cell[COLUMNS];
} line;

static const char *const headings[COLUMNS] = {"column", "type",   "values", "missing", "distinct",
                                              "min",    "median", "max",    "mean",    "sd"};

static void line_free(line *l)
{
    for (int c = 0; c < COLUMNS; c++)
        free(l->cell[c]);
}

/* A value as the column writes it: times as ISO 8601, numbers with six digits. */
static char *value_text(const json_t *column, const json_t *value, cst_error *err)
{
    const char *type = cst_get_string(column, "type", "");
    if (!json_is_number(value))
        return cst_text_copy("", err);
    if (strcmp(type, "time") == 0 && json_is_integer(value)) {
        cst_text text = CST_TEXT_INIT;
        if (cst_value_print_time(&text, json_integer_value(value),
                                 cst_get_int(column, "ticks", 1000000), err) != CST_OK)
            cst_text_free(&text);
        return text.data;
    }
    if (json_is_integer(value))
        return cst_text_format(err, "%lld", (long long)json_integer_value(value));
    return cst_text_format(err, "%.6g", json_real_value(value));
}

static char *number_text(const json_t *column, const char *key, cst_error *err)
{
    const json_t *value = json_object_get(column, key);
    bool is_time = strcmp(cst_get_string(column, "type", ""), "time") == 0;
    if (is_time || !json_is_number(value))
        return cst_text_copy("", err);
    return cst_text_format(err, "%.6g", json_number_value(value));
}

static char *distinct_text(const json_t *column, cst_error *err)
{
    const char *about = cst_get_real(column, "distinct_error", 0) > 0 ? "~" : "";
    return cst_text_format(err, "%s%lld", about, (long long)cst_get_int(column, "distinct", 0));
}

static char *missing_text(const json_t *column, int64_t rows, cst_error *err)
{
    int64_t missing = cst_get_int(column, "missing", 0);
    double share = rows > 0 ? 100 * (double)missing / (double)rows : 0;
    return missing ? cst_text_format(err, "%.3g %%", share) : cst_text_copy("", err);
}

static cst_code line_new(line *out, const json_t *column, int64_t rows, cst_error *err)
{
    const json_t *percentiles = json_object_get(column, "percentiles");
    *out = (line){{
        cst_text_copy(cst_get_string(column, "name", ""), err),
        cst_text_copy(cst_get_string(column, "type", ""), err),
        cst_text_format(err, "%lld", (long long)cst_get_int(column, "count", 0)),
        missing_text(column, rows, err),
        distinct_text(column, err),
        value_text(column, json_object_get(column, "min"), err),
        value_text(column, json_array_get(percentiles, 50), err),
        value_text(column, json_object_get(column, "max"), err),
        number_text(column, "mean", err),
        number_text(column, "sd", err),
    }};
    for (int c = 0; c < COLUMNS; c++)
        if (!out->cell[c])
            return CST_NOMEM;
    return CST_OK;
}

/* Characters, not bytes: those that continue one are passed over. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static cst_code put_cells(cst_text *out, const char *const *cell, const int *width, cst_error *err)
{
    cst_code rc = CST_OK;
    for (int c = 0; rc == CST_OK && c < COLUMNS; c++) {
        int pad = width[c] - width_of(cell[c]);
        bool left = c < 2;
        rc = cst_text_print(out, err, "%s%*s%s%*s", c ? "  " : "", left ? 0 : pad, "", cell[c],
                            left ? pad : 0, "");
    }
    return rc;
}

/* "AA 120, B6 80 …" after the figures of a column of levels. */
static cst_code put_top(cst_text *out, const json_t *column, cst_error *err)
{
    const json_t *top = json_object_get(column, "top");
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < json_array_size(top) && i < TOP; i++) {
        const json_t *level = json_array_get(top, i);
        rc = cst_text_print(out, err, "%s%s %lld", i ? ", " : "  ",
                            cst_get_string(level, "level", ""),
                            (long long)cst_get_int(level, "count", 0));
    }
    if (rc == CST_OK && json_array_size(top) > TOP)
        rc = cst_text_puts(out, " \xe2\x80\xa6", err);
    return rc;
}

/* What was estimated, and by how much it may be off. */
static cst_code put_errors(cst_text *out, const json_t *columns, cst_error *err)
{
    double rank = 0;
    double distinct = 0;
    size_t i;
    const json_t *column;
    json_array_foreach(columns, i, column)
    {
        double r = cst_get_real(column, "rank_error", 0);
        double d = cst_get_real(column, "distinct_error", 0);
        rank = r > rank ? r : rank;
        distinct = d > distinct ? d : distinct;
    }
    cst_code rc = CST_OK;
    if (rank > 0)
        rc = cst_text_print(out, err, "medians: rank within %.2g of the half\n", rank);
    if (rc == CST_OK && distinct > 0)
        rc = cst_text_print(out, err, "~ distinct: standard error %.2g %%\n", 100 * distinct);
    return rc;
}

static void widen(int width[COLUMNS], const char *const *cell)
{
    for (int c = 0; c < COLUMNS; c++)
        if (width_of(cell[c]) > width[c])
            width[c] = width_of(cell[c]);
}

static cst_code put_lines(cst_text *out, const line *lines, const json_t *columns, cst_error *err)
{
    int width[COLUMNS] = {0};
    size_t n = json_array_size(columns);
    widen(width, headings);
    for (size_t i = 0; i < n; i++)
        widen(width, (const char *const *)lines[i].cell);
    cst_code rc = put_cells(out, headings, width, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "\n", err);
    for (size_t i = 0; rc == CST_OK && i < n; i++) {
        rc = put_cells(out, (const char *const *)lines[i].cell, width, err);
        if (rc == CST_OK)
            rc = put_top(out, json_array_get(columns, i), err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, "\n", err);
    }
    return rc;
}

cst_code cst_stage_profile_table(cst_text *out, const json_t *profile, cst_error *err)
{
    const json_t *columns = json_object_get(profile, "columns");
    size_t n = json_array_size(columns);
    int64_t rows = cst_get_int(profile, "rows", 0);
    line *lines = cst_array_new(n, sizeof *lines, "table", err);
    cst_code rc = lines ? CST_OK : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < n; i++)
        rc = line_new(&lines[i], json_array_get(columns, i), rows, err);
    if (rc == CST_OK)
        rc = put_lines(out, lines, columns, err);
    if (rc == CST_OK)
        rc = cst_text_print(out, err, "%lld rows\n", (long long)rows);
    if (rc == CST_OK)
        rc = put_errors(out, columns, err);
    for (size_t i = 0; lines && i < n; i++)
        line_free(&lines[i]);
    free(lines);
    return rc;
}

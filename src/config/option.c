/* option.c - option tables put together, checked values read and changed */
#include "config/option.h"

#include <errno.h>

#include "base/array.h"
#include "config/check.h"
#include "config/json.h"
#include "config/yaml.h"

/* The object under key of map, made where it is missing; borrowed. */
static json_t *object_below(json_t *map, const char *key, cst_error *err)
{
    json_t *below = json_object_get(map, key);
    if (json_is_object(below))
        return below;
    if (below && !json_is_null(below)) {
        cst_error_set(err, CST_USAGE, "--set: \"%s\" has no keys of its own: it is not a map", key);
        return NULL;
    }
    if (cst_json_put(map, key, json_object(), err) != CST_OK)
        return NULL;
    return json_object_get(map, key);
}

cst_code cst_option_set(json_t *map, const char *assignment, cst_error *err)
{
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return cst_error_set(err, CST_USAGE, "--set %s: expected key=value", assignment);
    char *key = cst_text_format(err, "%.*s", (int)(equals - assignment), assignment);
    cst_error why = CST_ERROR_INIT;
    json_t *value = key ? cst_yaml_value(equals + 1, &why) : NULL;
    cst_code rc = key ? CST_OK : CST_NOMEM;
    if (rc == CST_OK && !value)
        rc = cst_error_set(err, CST_USAGE, "--set %s: not a value as YAML has it: %s", assignment,
                           why.text);
    char *name = key;
    for (char *dot = name ? strchr(name, '.') : NULL; dot && rc == CST_OK;
         dot = strchr(name, '.')) {
        *dot = '\0';
        map = object_below(map, name, err);
        rc = map ? CST_OK : CST_USAGE;
        name = dot + 1;
    }
    if (rc == CST_OK)
        rc = cst_json_put(map, name, json_incref(value), err);
    json_decref(value);
    free(key);
    return rc;
}

static const cst_option *row_of(const cst_option *table, const char *key)
{
    const cst_option *any = NULL;
    for (; table->name; table++) {
        if (!strcmp(table->name, key))
            return table;
        if (!strcmp(table->name, "*"))
            any = table;
    }
    return any;
}

/* A copy of value without what only says how; row is what it was checked against. */
static json_t *resolve(const json_t *value, const cst_option *row, cst_error *err);

static json_t *resolve_map(const json_t *map, const cst_option *table, cst_error *err)
{
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "options");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)map, key, value)
    {
        const cst_option *row = row_of(table, key);
        if (rc == CST_OK && row && !(row->flags & CST_OPTION_RUNTIME))
            rc = cst_json_put(out, key, resolve(value, row, err), err);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *resolve_list(const json_t *list, const cst_option *element, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "options");
    for (size_t i = 0; i < json_array_size(list) && rc == CST_OK; i++)
        rc = cst_json_append(out, resolve(json_array_get(list, i), element, err), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *resolve(const json_t *value, const cst_option *row, cst_error *err)
{
    if (row->type == CST_OPTION_MAP && json_is_object(value))
        return resolve_map(value, row->keys, err);
    if (row->type == CST_OPTION_LIST && json_is_array(value))
        return resolve_list(value, row->keys, err);
    return json_deep_copy(value);
}

cst_code cst_option_resolved(json_t **out, const json_t *checked, const cst_option *table,
                             cst_error *err)
{
    json_t *resolved = resolve_map(checked, table, err);
    if (!resolved)
        return CST_NOMEM;
    *out = resolved;
    return CST_OK;
}

static size_t rows_of(const cst_option *table)
{
    size_t rows = 0;
    while (table && table[rows].name)
        rows++;
    return rows;
}

cst_option *cst_option_join(const cst_option *first, const cst_option *second, cst_error *err)
{
    size_t n = rows_of(first);
    size_t m = rows_of(second);
    cst_option *joined = cst_array_new(n + m + 1, sizeof *joined, "options", err);
    if (!joined)
        return NULL;
    if (n > 0)
        memcpy(joined, first, n * sizeof *joined);
    if (m > 0)
        memcpy(joined + n, second, m * sizeof *joined);
    return joined;
}

/* The table of a section with the rows that its choices add, to be released with free(). */
static cst_code section_table(cst_option **out, const json_t *value, const cst_section *section,
                              cst_error *err)
{
    cst_error mine = CST_ERROR_INIT;
    cst_error *to = err ? err : &mine;
    const cst_option *more = section->more ? section->more(value, to) : NULL;
    if (to->code != CST_OK)
        return to->code;
    *out = cst_option_join(section->keys, more, to);
    return *out ? CST_OK : CST_NOMEM;
}

cst_code cst_section_check(json_t **out, const json_t *value, const json_t *lines,
                           const char *source, const cst_section *section, cst_error *err)
{
    cst_option *table = NULL;
    cst_check check = {.source = source, .lines = lines, .arguments = NULL};
    if (value && !json_is_object(value) && !json_is_null(value))
        return cst_error_set(err, CST_USAGE, "%s: %s: expected a map of keys", source,
                             section->name);
    cst_error why = CST_ERROR_INIT;
    cst_code rc = section_table(&table, value, section, &why);
    if (rc != CST_OK)
        return cst_error_set(err, rc, "%s: %s: %s", source, section->name, why.text);
    rc = cst_check_map(out, &check, section->name, value, table, err);
    free(table);
    return rc;
}

cst_code cst_section_resolved(json_t **out, const json_t *checked, const cst_section *section,
                              cst_error *err)
{
    cst_option *table = NULL;
    cst_code rc = section_table(&table, checked, section, err);
    if (rc == CST_OK)
        rc = cst_option_resolved(out, checked, table, err);
    free(table);
    return rc;
}

bool cst_get_bool(const json_t *map, const char *key, bool fallback)
{
    const json_t *value = json_object_get(map, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

int64_t cst_get_int(const json_t *map, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(map, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

double cst_get_real(const json_t *map, const char *key, double fallback)
{
    const json_t *value = json_object_get(map, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

const char *cst_get_string(const json_t *map, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(map, key));
    return text ? text : fallback;
}

int64_t cst_get_duration(const json_t *map, const char *key, int64_t fallback)
{
    int64_t microseconds;
    const char *text = json_string_value(json_object_get(map, key));
    if (!text || cst_duration_parse(&microseconds, text, NULL) != CST_OK)
        return fallback;
    return microseconds;
}

static const int64_t SECOND = 1000000;

/* Digits at *text, at most nine; false where there are none. *text is moved behind them. */
static bool take_digits(int64_t *out, const char **text)
{
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 9)
        return false;
    *out = strtol(*text, NULL, 10);
    *text += digits;
    return true;
}

/* "hours:minutes:seconds", as Slurm writes times. */
static bool parse_clock(int64_t *out, int64_t hours, const char *text)
{
    int64_t minutes;
    int64_t seconds;
    if (*text++ != ':' || !take_digits(&minutes, &text) || *text++ != ':' ||
        !take_digits(&seconds, &text) || *text || minutes > 59 || seconds > 59)
        return false;
    *out = ((hours * 60 + minutes) * 60 + seconds) * SECOND;
    return true;
}

static int64_t unit_seconds(const char *unit)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (!strcmp(unit, units[i].name))
            return units[i].seconds;
    return 0;
}

cst_code cst_duration_parse(int64_t *out, const char *text, cst_error *err)
{
    const char *rest = text;
    int64_t number;
    if (!take_digits(&number, &rest))
        goto wrong;
    if (!*rest && number == 0) {
        *out = 0;
        return CST_OK;
    }
    if (*rest == ':') {
        if (!parse_clock(out, number, rest))
            goto wrong;
        return CST_OK;
    }
    if (unit_seconds(rest) == 0 || number > INT64_MAX / SECOND / unit_seconds(rest))
        goto wrong;
    *out = number * unit_seconds(rest) * SECOND;
    return CST_OK;
wrong:
    return cst_error_set(err, CST_USAGE,
                         "\"%s\" is not a duration such as 14d, 24h, 90m, 30s or 00:30:00", text);
}

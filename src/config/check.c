/* check.c - values checked against a table of options, defaults filled in */
#include "config/check.h"

#include <math.h>

#include "base/array.h"
#include "config/expr.h"
#include "config/json.h"
#include "config/yaml.h"

enum { LABEL = 512 };

static void label_argument(char out[LABEL], const cst_option *table, const char *name)
{
    const cst_option *row = table;
    while (row->name && strcmp(row->name, name) != 0)
        row++;
    if (row->name && row->flags & CST_OPTION_POSITIONAL) {
        (void)snprintf(out, LABEL, "%s", row->metavar ? row->metavar : row->name);
        return;
    }
    (void)snprintf(out, LABEL, "--%s", name);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
}

/* "pipeline.yaml:12: train.leaves" for the value at path, with the line of what stands at near. */
static void label_near(char out[LABEL], const cst_check *check, const char *path, const char *near)
{
    json_int_t line = json_integer_value(json_object_get(check->lines, near));
    if (check->arguments)
        label_argument(out, check->arguments, path);
    else if (line > 0)
        (void)snprintf(out, LABEL, "%s:%" JSON_INTEGER_FORMAT ": %s", check->source, line, path);
    else
        (void)snprintf(out, LABEL, "%s: %s", check->source, path);
}

static void label(char out[LABEL], const cst_check *check, const char *path)
{
    label_near(out, check, path, path);
}

/* A value as it stands in messages: short, on one line. */
static void shown(char out[64], const json_t *value)
{
    cst_text text = CST_TEXT_INIT;
    if (json_is_object(value))
        (void)snprintf(out, 64, "a map");
    else if (json_is_array(value))
        (void)snprintf(out, 64, "a list");
    else if (cst_json_canonical(&text, value, NULL) == CST_OK)
        (void)snprintf(out, 64, "%.48s%s", text.data, text.size > 48 ? "…" : "");
    else
        (void)snprintf(out, 64, "something else");
    cst_text_free(&text);
}

static cst_code wrong(const cst_check *check, const char *path, const json_t *value,
                      const char *expected, cst_error *err)
{
    char where[LABEL];
    char what[64];
    label(where, check, path);
    shown(what, value);
    return cst_error_set(err, CST_USAGE, "%s: expected %s, found %s", where, expected, what);
}

/* What a type wants, in words. */
static const char *type_words(cst_option_type type)
{
    static const char *const text[] = {
        [CST_OPTION_BOOL] = "true or false",
        [CST_OPTION_INT] = "an integer",
        [CST_OPTION_REAL] = "a number",
        [CST_OPTION_STRING] = "text (in quotes where it looks like something else)",
        [CST_OPTION_DURATION] = "a duration such as 14d, 24h, 90m, 30s or 00:30:00",
        [CST_OPTION_EXPRESSION] = "an expression in quotes",
        [CST_OPTION_LIST] = "a list",
        [CST_OPTION_MAP] = "a map of keys",
        [CST_OPTION_ANY] = "a value",
    };
    return text[type];
}

static cst_code check_bounds(const cst_check *check, const char *path, const json_t *value,
                             const cst_option *row, cst_error *err)
{
    double number = json_number_value(value);
    bool bounded = row->min != 0 || row->max != 0;
    if (!bounded || (number >= row->min && number <= row->max))
        return CST_OK;
    char expected[128];
    const char *kind = type_words(row->type);
    if (row->max > INT64_MAX / 2)
        (void)snprintf(expected, sizeof expected, "%s of at least %.17g", kind, row->min);
    else
        (void)snprintf(expected, sizeof expected, "%s from %.17g to %.17g", kind, row->min,
                       row->max);
    return wrong(check, path, value, expected, err);
}

static cst_code check_number(json_t **out, const cst_check *check, const char *path,
                             const json_t *value, const cst_option *row, cst_error *err)
{
    bool whole = json_is_real(value) && rint(json_real_value(value)) == json_real_value(value) &&
                 fabs(json_real_value(value)) < 9e15;
    if (!json_is_integer(value) &&
        !(json_is_real(value) && (row->type == CST_OPTION_REAL || whole)))
        return wrong(check, path, value, type_words(row->type), err);
    cst_code rc = check_bounds(check, path, value, row, err);
    if (rc != CST_OK)
        return rc;
    if (row->type == CST_OPTION_REAL)
        *out = json_real(json_number_value(value));
    else
        *out = json_integer(json_is_integer(value) ? json_integer_value(value)
                                                   : (json_int_t)json_real_value(value));
    return *out ? CST_OK : cst_error_nomem(err, path);
}

static cst_code check_choice(const cst_check *check, const char *path, const char *text,
                             const cst_option *row, cst_error *err)
{
    cst_text list = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    for (const char *const *choice = row->choices; *choice; choice++) {
        if (!strcmp(*choice, text)) {
            cst_text_free(&list);
            return CST_OK;
        }
        if (rc == CST_OK)
            rc = cst_text_print(&list, err, "%s%s", list.size ? ", " : "", *choice);
    }
    char where[LABEL];
    label(where, check, path);
    const char *near = cst_text_nearest(text, row->choices);
    if (rc == CST_OK)
        rc = cst_error_set(err, CST_USAGE, "%s: \"%s\" is none of %s%s%s%s", where, text,
                           list.data ? list.data : "", near ? "; did you mean \"" : "",
                           near ? near : "", near ? "\"?" : "");
    cst_text_free(&list);
    return rc;
}

/* Text, or an integer that stands for its digits ("missing: [-999]"). */
static cst_code check_string(json_t **out, const cst_check *check, const char *path,
                             const json_t *value, const cst_option *row, cst_error *err)
{
    char digits[32];
    const char *text = json_string_value(value);
    if (json_is_integer(value)) {
        (void)snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = digits;
    }
    if (!text)
        return wrong(check, path, value, type_words(row->type), err);
    cst_code rc = row->choices ? check_choice(check, path, text, row, err) : CST_OK;
    if (rc != CST_OK)
        return rc;
    *out = json_string(text);
    return *out ? CST_OK : cst_error_nomem(err, path);
}

static cst_code check_duration(json_t **out, const cst_check *check, const char *path,
                               const json_t *value, const cst_option *row, cst_error *err)
{
    int64_t microseconds;
    cst_code rc = check_string(out, check, path, value, row, err);
    if (rc != CST_OK)
        return rc;
    if (cst_duration_parse(&microseconds, json_string_value(*out), NULL) == CST_OK)
        return CST_OK;
    json_decref(*out);
    *out = NULL;
    return wrong(check, path, value, type_words(row->type), err);
}

static cst_code check_expression(json_t **out, const cst_check *check, const char *path,
                                 const json_t *value, cst_error *err)
{
    cst_expr *expr = NULL;
    cst_error why = CST_ERROR_INIT;
    char where[LABEL];
    char digits[64];
    const char *text = json_string_value(value);
    if (json_is_number(value) || json_is_boolean(value)) {
        shown(digits, value);
        text = digits;
    }
    if (!text)
        return wrong(check, path, value, type_words(CST_OPTION_EXPRESSION), err);
    cst_code rc = cst_expr_parse(&expr, text, &why);
    cst_expr_free(expr);
    if (rc != CST_OK) {
        label(where, check, path);
        return cst_error_set(err, why.code, "%s: %s", where, why.text);
    }
    *out = json_string(text);
    return *out ? CST_OK : cst_error_nomem(err, path);
}

static cst_code check_value(json_t **out, const cst_check *check, const char *path,
                            const json_t *value, const cst_option *row, cst_error *err);

static cst_code check_list(json_t **out, const cst_check *check, const char *path,
                           const json_t *value, const cst_option *element, cst_error *err)
{
    bool lone = !json_is_array(value);
    size_t count = lone ? 1 : json_array_size(value);
    json_t *list = json_array();
    cst_code rc = list ? CST_OK : cst_error_nomem(err, path);
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        json_t *checked = NULL;
        char *place = lone ? cst_text_copy(path, err) : cst_text_format(err, "%s[%zu]", path, i);
        rc = place ? check_value(&checked, check, place, lone ? value : json_array_get(value, i),
                                 element, err)
                   : CST_NOMEM;
        if (rc == CST_OK)
            rc = cst_json_append(list, checked, err);
        free(place);
    }
    if (rc != CST_OK) {
        json_decref(list);
        return rc;
    }
    *out = list;
    return CST_OK;
}

static cst_code check_value(json_t **out, const cst_check *check, const char *path,
                            const json_t *value, const cst_option *row, cst_error *err)
{
    switch (row->type) {
    case CST_OPTION_BOOL:
        if (!json_is_boolean(value))
            return wrong(check, path, value, type_words(row->type), err);
        *out = json_boolean(json_is_true(value));
        return CST_OK;
    case CST_OPTION_INT:
    case CST_OPTION_REAL:
        return check_number(out, check, path, value, row, err);
    case CST_OPTION_STRING:
        return check_string(out, check, path, value, row, err);
    case CST_OPTION_DURATION:
        return check_duration(out, check, path, value, row, err);
    case CST_OPTION_EXPRESSION:
        return check_expression(out, check, path, value, err);
    case CST_OPTION_LIST:
        return check_list(out, check, path, value, row->keys, err);
    case CST_OPTION_MAP:
        if (!json_is_object(value))
            return wrong(check, path, value, type_words(row->type), err);
        return cst_check_map(out, check, path, value, row->keys, err);
    case CST_OPTION_ANY:
        break;
    }
    *out = json_deep_copy(value);
    return *out ? CST_OK : cst_error_nomem(err, path);
}

/* A value, or a list of them where the option may be repeated. */
static cst_code check_row(json_t **out, const cst_check *check, const char *path,
                          const json_t *value, const cst_option *row, cst_error *err)
{
    if (row->flags & CST_OPTION_MANY && row->type != CST_OPTION_LIST)
        return check_list(out, check, path, value, row, err);
    return check_value(out, check, path, value, row, err);
}

static char *path_below(const char *path, const char *key, cst_error *err)
{
    return cst_text_format(err, "%s%s%s", path, *path ? "." : "", key);
}

static cst_code put_row(json_t *map, const cst_check *check, const char *path, const char *key,
                        const json_t *value, const cst_option *row, cst_error *err)
{
    json_t *checked = NULL;
    char *place = path_below(path, key, err);
    cst_code rc = place ? check_row(&checked, check, place, value, row, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_put(map, key, checked, err);
    free(place);
    return rc;
}

static cst_code put_fallback(json_t *map, const cst_check *check, const char *path,
                             const cst_option *row, cst_error *err)
{
    char where[LABEL];
    if (row->fallback) {
        json_t *value = cst_yaml_value(row->fallback, err);
        cst_code rc = value ? put_row(map, check, path, row->name, value, row, err) : err->code;
        json_decref(value);
        return rc;
    }
    if (!(row->flags & CST_OPTION_REQUIRED))
        return CST_OK;
    char *place = path_below(path, row->name, err);
    if (!place)
        return CST_NOMEM;
    label_near(where, check, place, path);
    cst_code rc = cst_error_set(err, CST_USAGE, "%s: missing: %s", where,
                                row->help ? row->help : type_words(row->type));
    free(place);
    return rc;
}

static const cst_option *find_row(const cst_option *table, const char *key)
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

const char **cst_check_names(const cst_option *table, cst_error *err)
{
    size_t rows = 0;
    while (table[rows].name)
        rows++;
    const char **names = cst_array_new(rows + 1, sizeof *names, "names of options", err);
    size_t used = 0;
    for (size_t i = 0; i < rows && names; i++)
        if (!(table[i].flags & CST_OPTION_HIDDEN) && strcmp(table[i].name, "*"))
            names[used++] = table[i].name;
    return names;
}

static cst_code unknown_key(const cst_check *check, const char *path, const char *key,
                            const cst_option *table, cst_error *err)
{
    char where[LABEL];
    cst_text list = CST_TEXT_INIT;
    char *place = path_below(path, key, err);
    const char **names = place ? cst_check_names(table, err) : NULL;
    cst_code rc = names ? CST_OK : CST_NOMEM;
    if (rc != CST_OK)
        goto out;
    label(where, check, place);
    const char *near = cst_text_nearest(key, names);
    for (size_t i = 0; names[i] && rc == CST_OK; i++)
        rc = cst_text_print(&list, err, "%s%s", list.size ? ", " : "", names[i]);
    if (rc != CST_OK)
        goto out;
    if (near)
        rc = cst_error_set(err, CST_USAGE, "%s: unknown key; did you mean \"%s\"?", where, near);
    else
        rc = cst_error_set(err, CST_USAGE, "%s: unknown key; known here: %s", where,
                           list.data ? list.data : "none");
out:
    free(names);
    free(place);
    cst_text_free(&list);
    return rc;
}

static cst_code check_known(json_t *map, const cst_check *check, const char *path,
                            const json_t *value, const cst_option *table, cst_error *err)
{
    cst_code rc = CST_OK;
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)value, key, item)
    {
        if (rc != CST_OK)
            break;
        const cst_option *row = find_row(table, key);
        if (!row)
            rc = unknown_key(check, path, key, table, err);
        else if (!json_is_null(item))
            rc = put_row(map, check, path, key, item, row, err);
    }
    return rc;
}

cst_code cst_check_map(json_t **out, const cst_check *check, const char *path, const json_t *value,
                       const cst_option *table, cst_error *err)
{
    cst_error mine = CST_ERROR_INIT; /* so that there is one where the caller wants none */
    cst_error *to = err ? err : &mine;
    json_t *map = json_object();
    cst_code rc = map ? CST_OK : cst_error_nomem(to, "options");
    if (rc == CST_OK)
        rc = check_known(map, check, path, value, table, to);
    for (const cst_option *row = table; row->name && rc == CST_OK; row++)
        if (strcmp(row->name, "*") && !json_object_get(map, row->name))
            rc = put_fallback(map, check, path, row, to);
    if (rc != CST_OK) {
        json_decref(map);
        return rc;
    }
    *out = map;
    return CST_OK;
}

cst_code cst_option_check(json_t **out, const json_t *value, const json_t *lines,
                          const char *source, const cst_option *table, cst_error *err)
{
    cst_check check = {.source = source, .lines = lines, .arguments = NULL};
    if (value && !json_is_object(value) && !json_is_null(value))
        return cst_error_set(err, CST_USAGE, "%s: expected a map of keys", source);
    return cst_check_map(out, &check, "", value, table, err);
}

/* draw.c - a trial's parameters, drawn from tune.space */
#include "tune/draw.h"

#include <stdlib.h>

#include "config/json.h"
#include "exact/elementary.h"
#include "exact/random.h"

static const char *const names[] = {
    [CST_DRAW_UNIFORM] = "uniform",
    [CST_DRAW_LOG] = "log",
    [CST_DRAW_INT] = "int",
    [CST_DRAW_LOGINT] = "logint",
};

static const double most_whole = 9007199254740992.0; /* 2^53: whole numbers that a double holds */

bool cst_draw_is_whole(const cst_draw *draw)
{
    return draw->kind == CST_DRAW_INT || draw->kind == CST_DRAW_LOGINT;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " ");
}

/* A number and, behind blanks, the mark after it. */
static bool take_number(double *out, const char **text, char mark)
{
    char *end = NULL;
    *out = strtod(*text, &end);
    if (end == *text || *skip_blanks(end) != mark)
        return false;
    *text = skip_blanks(end) + 1;
    return true;
}

/* "log(0.02, 0.3)". */
static bool parse_text(cst_draw *out, const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    const char *rest = text + size;
    int kind = CST_DRAW_UNIFORM;
    while (kind <= CST_DRAW_LOGINT &&
           (strlen(names[kind]) != size || strncmp(names[kind], text, size) != 0))
        kind++;
    if (kind > CST_DRAW_LOGINT || *rest++ != '(')
        return false;
    out->kind = (cst_draw_kind)kind;
    return take_number(&out->low, &rest, ',') && take_number(&out->high, &rest, ')') &&
           *skip_blanks(rest) == '\0';
}

static cst_code check_bounds(const cst_draw *draw, const char *where, const char *text,
                             cst_error *err)
{
    bool positive = draw->kind == CST_DRAW_LOG || draw->kind == CST_DRAW_LOGINT;
    if (!(draw->low < draw->high) || !(draw->high - draw->low < 1e300))
        return cst_error_set(err, CST_USAGE, "%s: %s: the first number must be below the second",
                             where, text);
    if (positive && !(draw->low > 0))
        return cst_error_set(err, CST_USAGE, "%s: %s: a logarithm wants numbers above 0", where,
                             text);
    if (!cst_draw_is_whole(draw))
        return CST_OK;
    if (draw->low < -most_whole || draw->high > most_whole ||
        draw->low != (double)(int64_t)draw->low || draw->high != (double)(int64_t)draw->high)
        return cst_error_set(err, CST_USAGE, "%s: %s: expected whole numbers", where, text);
    return CST_OK;
}

cst_code cst_draw_parse(cst_draw *out, const json_t *value, const char *where, cst_error *err)
{
    const char *text = json_string_value(value);
    *out = (cst_draw){.kind = CST_DRAW_LIST, .list = value};
    if (json_is_array(value) && json_array_size(value) > 0)
        return CST_OK;
    if (!text || !parse_text(out, text))
        return cst_error_set(err, CST_USAGE,
                             "%s: expected a list of values, or \"uniform(a, b)\", \"log(a, b)\", "
                             "\"int(a, b)\" or \"logint(a, b)\"%s%s",
                             where, text ? ", found " : "", text ? text : "");
    return check_bounds(out, where, text, err);
}

static double between(double value, double low, double high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

static double rounded(double value)
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%.6g", value);
    return strtod(digits, NULL);
}

/* unit is in [0, 1). */
static json_t *draw_value(const cst_draw *draw, double unit)
{
    double low = draw->low;
    double high = draw->high;
    double logarithm = 0;
    switch (draw->kind) {
    case CST_DRAW_LIST:
        return json_deep_copy(
            json_array_get(draw->list, (size_t)(unit * (double)json_array_size(draw->list))));
    case CST_DRAW_UNIFORM:
        return json_real(between(rounded(low + unit * (high - low)), low, high));
    case CST_DRAW_LOG:
        logarithm = cst_log(low) + unit * (cst_log(high) - cst_log(low));
        return json_real(between(rounded(cst_exp(logarithm)), low, high));
    case CST_DRAW_INT:
        return json_integer((json_int_t)(low + (double)(int64_t)(unit * (high - low + 1))));
    case CST_DRAW_LOGINT:
        logarithm = cst_log(low) + unit * (cst_log(high + 1) - cst_log(low));
        return json_integer((json_int_t)between(cst_exp(logarithm), low, high));
    }
    return NULL;
}

cst_code cst_draw_trial(json_t **out, const json_t *space, uint64_t seed, int64_t trial,
                        cst_error *err)
{
    json_t *params = json_object();
    cst_code rc = params ? CST_OK : cst_error_nomem(err, "parameters");
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)space, key, value)
    {
        cst_draw draw;
        if (rc == CST_OK)
            rc = cst_draw_parse(&draw, value, key, err);
        if (rc != CST_OK)
            break;
        uint64_t name = cst_random_hash(seed, CST_STREAM_TRIAL, key, strlen(key));
        double unit = cst_random_unit(seed, CST_STREAM_TRIAL, (uint64_t)trial, name);
        rc = cst_json_put(params, key, draw_value(&draw, unit), err);
    }
    if (rc == CST_OK)
        *out = params;
    else
        json_decref(params);
    return rc;
}

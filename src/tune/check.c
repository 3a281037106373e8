/* check.c - a section tune: held against the learner that it searches for */
#include "config/check.h"

#include "config/json.h"
#include "tune/draw.h"
#include "tune/options.h"
#include "tune/schedule.h"

enum { PLACE = 512 };

/* A key of tune.space being checked. */
typedef struct {
    cst_check check;
    const cst_option *table; /* the learner's own keys */
    const char *key;
    char where[PLACE]; /* "pipeline.yaml:12: tune.space.leaves" */
} checking;

static void name_place(checking *c)
{
    char path[PLACE / 2];
    (void)snprintf(path, sizeof path, "tune.space.%.200s", c->key);
    json_int_t line = json_integer_value(json_object_get(c->check.lines, path));
    if (line > 0)
        (void)snprintf(c->where, PLACE, "%.200s:%" JSON_INTEGER_FORMAT ": %s", c->check.source,
                       line, path);
    else
        (void)snprintf(c->where, PLACE, "%.200s: %s", c->check.source, path);
}

/* Would the learner take this value? The value is taken. */
static cst_code check_value(const checking *c, json_t *value, cst_error *err)
{
    json_t *map = json_object();
    json_t *checked = NULL;
    cst_code rc = cst_json_put(map, c->key, value, err);
    if (rc == CST_OK)
        rc = cst_check_map(&checked, &c->check, "tune.space", map, c->table, err);
    json_decref(checked);
    json_decref(map);
    return rc;
}

static const cst_option *row_of(const cst_option *table, const char *key)
{
    while (table->name && strcmp(table->name, key) != 0)
        table++;
    return table->name ? table : NULL;
}

static cst_code check_list(const checking *c, const json_t *list, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(list) && rc == CST_OK; i++)
        rc = check_value(c, json_incref(json_array_get(list, i)), err);
    return rc;
}

static cst_code check_ends(const checking *c, const cst_draw *draw, cst_error *err)
{
    const cst_option *row = row_of(c->table, c->key);
    bool whole = cst_draw_is_whole(draw);
    if (row && row->type == CST_OPTION_INT && !whole)
        return cst_error_set(err, CST_USAGE,
                             "%s: takes whole numbers: draw them by int(a, b) or logint(a, b)",
                             c->where);
    cst_code rc =
        check_value(c, whole ? json_integer((json_int_t)draw->low) : json_real(draw->low), err);
    return rc == CST_OK
               ? check_value(
                     c, whole ? json_integer((json_int_t)draw->high) : json_real(draw->high), err)
               : rc;
}

static cst_code check_key(checking *c, const json_t *value, cst_error *err)
{
    cst_draw draw;
    name_place(c);
    if (!row_of(c->table, c->key)) /* said in the words of every unknown key */
        return check_value(c, json_true(), err);
    cst_code rc = cst_draw_parse(&draw, value, c->where, err);
    if (rc != CST_OK)
        return rc;
    return draw.kind == CST_DRAW_LIST ? check_list(c, draw.list, err) : check_ends(c, &draw, err);
}

static cst_code check_space(checking *c, const json_t *space, cst_error *err)
{
    cst_code rc = CST_OK;
    const char *key = NULL;
    json_t *value = NULL;
    if (json_object_size(space) == 0)
        return cst_error_set(err, CST_USAGE, "%s: tune.space: there is nothing to search for",
                             c->check.source);
    json_object_foreach((json_t *)space, key, value)
    {
        c->key = key;
        if (rc == CST_OK)
            rc = check_key(c, value, err);
    }
    return rc;
}

cst_code cst_tune_check(const json_t *tune, const json_t *train, const cst_section *learner,
                        const json_t *lines, const char *source, cst_error *err)
{
    cst_schedule schedule;
    cst_error why = CST_ERROR_INIT;
    checking c = {.check = {.source = source, .lines = lines}};
    c.table = learner->more ? learner->more(train, &why) : NULL;
    if (!c.table)
        return cst_error_set(err, CST_USAGE, "%s: %s", source, why.text);
    cst_code rc = cst_schedule_make(&schedule, tune, &why);
    if (rc != CST_OK)
        return cst_error_set(err, rc, "%s: %s", source, why.text);
    return check_space(&c, json_object_get(tune, "space"), err);
}

/* derive.c - new columns from expressions, each after those that it uses */
#include "prepare/derive.h"

#include "base/array.h"
#include "config/json.h"
#include "prepare/rows.h"
#include "table/eval.h"

cst_code cst_derive_walk_new(cst_derive_walk *out, const json_t *derive, cst_error *err)
{
    *out = (cst_derive_walk){
        .derive = derive, .order = json_array(), .raw = json_object(), .state = json_object()};
    if (out->order && out->raw && out->state)
        return CST_OK;
    cst_derive_walk_free(out);
    return cst_error_nomem(err, "derived columns");
}

void cst_derive_walk_free(cst_derive_walk *walk)
{
    json_decref(walk->order);
    json_decref(walk->raw);
    json_decref(walk->state);
    *walk = (cst_derive_walk){0};
}

/* What cst_expr_names hands to each name. */
typedef struct {
    cst_derive_walk *walk;
    cst_error *err;
    cst_code rc;
} walking;

static void visit_name(void *context, const char *name)
{
    walking *w = context;
    if (w->rc == CST_OK)
        w->rc = cst_derive_visit(w->walk, name, w->err);
}

cst_code cst_derive_visit_expression(cst_derive_walk *walk, const char *text, cst_error *err)
{
    cst_expr *expr = NULL;
    cst_code rc = cst_expr_parse(&expr, text, err);
    if (rc == CST_OK) {
        walking w = {.walk = walk, .err = err, .rc = CST_OK};
        cst_expr_names(expr, visit_name, &w);
        rc = w.rc;
    }
    cst_expr_free(expr);
    return rc;
}

cst_code cst_derive_visit(cst_derive_walk *walk, const char *name, cst_error *err)
{
    const json_t *expression = json_object_get(walk->derive, name);
    if (!expression)
        return cst_json_put(walk->raw, name, json_true(), err);
    const json_t *walked = json_object_get(walk->state, name);
    if (walked && json_is_false(walked))
        return cst_error_set(err, CST_USAGE,
                             "derive: \"%s\" needs itself, by way of \"%s\"; take one of the names "
                             "out of the expressions",
                             name, json_string_value(expression));
    if (walked)
        return CST_OK;
    cst_code rc = cst_json_put(walk->state, name, json_false(), err);
    if (rc == CST_OK)
        rc = cst_derive_visit_expression(walk, json_string_value(expression), err);
    if (rc == CST_OK)
        rc = cst_json_put(walk->state, name, json_true(), err);
    if (rc == CST_OK)
        rc = cst_json_append(walk->order, json_string(name), err);
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

cst_code cst_derive_visit_all(cst_derive_walk *walk, cst_error *err)
{
    /* Sorted, so that the order of columns does not depend on how the map was written. */
    size_t n = json_object_size(walk->derive);
    const char **names = cst_array_new(n, sizeof *names, "derived columns", err);
    if (!names)
        return CST_NOMEM;
    size_t i = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)walk->derive, key, value) names[i++] = key;
    qsort(names, n, sizeof *names, by_text);
    cst_code rc = CST_OK;
    for (i = 0; rc == CST_OK && i < n; i++)
        rc = cst_derive_visit(walk, names[i], err);
    free(names);
    return rc;
}

static cst_code add_column(cst_table *table, const char *name, const char *text, cst_error *err)
{
    cst_expr *expr = NULL;
    cst_code rc = cst_eval_parse(&expr, text, table, err);
    if (rc == CST_OK)
        rc = cst_eval_column(table, expr, name, err);
    cst_expr_free(expr);
    return rc;
}

cst_code cst_derive_apply(cst_table *table, const cst_derive_walk *walk, bool replace,
                          cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < json_array_size(walk->order); i++) {
        const char *name = json_string_value(json_array_get(walk->order, i));
        if (replace)
            cst_table_drop(table, name);
        else if (cst_table_find(table, name))
            return cst_error_set(err, CST_EXISTS,
                                 "derive: the rows have a column \"%s\" already; give the derived "
                                 "one another name",
                                 name);
        rc = add_column(table, name, json_string_value(json_object_get(walk->derive, name)), err);
    }
    return rc;
}

cst_code cst_prepare_derive(cst_table *table, const json_t *derive, cst_error *err)
{
    cst_derive_walk walk;
    cst_code rc = cst_derive_walk_new(&walk, derive, err);
    if (rc != CST_OK)
        return rc;
    /* Names that repeat are refused before one derived column can be taken for the other. */
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)derive, name, value)
    {
        if (cst_table_find(table, name)) {
            rc = cst_error_set(err, CST_EXISTS,
                               "derive: the rows have a column \"%s\" already; give the derived "
                               "one another name",
                               name);
            goto out;
        }
    }
    if ((rc = cst_derive_visit_all(&walk, err)) != CST_OK)
        goto out;
    rc = cst_derive_apply(table, &walk, false, err);
out:
    cst_derive_walk_free(&walk);
    return rc;
}

/* listing.c - versions chosen and sorted by the figures and parameters of their manifests */
#include "cmd/listing.h"

#include "base/array.h"
#include "config/expr.h"
#include "config/json.h"

static cst_expr_value of_json(const json_t *value)
{
    if (json_is_number(value))
        return (cst_expr_value){.type = CST_EXPR_NUMBER, .number = json_number_value(value)};
    if (json_is_boolean(value))
        return (cst_expr_value){.type = CST_EXPR_TRUTH, .number = json_is_true(value)};
    if (json_is_string(value))
        return (cst_expr_value){.type = CST_EXPR_TEXT, .text = json_string_value(value)};
    return (cst_expr_value){.missing = true};
}

/* What a version has under a name; missing where it has nothing, or a list or object. */
static cst_expr_value value_of(const cst_version *version, const char *name)
{
    if (strcmp(name, "kind") == 0)
        return (cst_expr_value){.type = CST_EXPR_TEXT, .text = cst_kind_name(version->kind)};
    if (strcmp(name, "name") == 0)
        return (cst_expr_value){.type = CST_EXPR_TEXT, .text = version->name};
    if (strcmp(name, "version") == 0)
        return (cst_expr_value){.type = CST_EXPR_NUMBER, .number = (double)version->number};
    cst_expr_value value =
        of_json(json_object_get(json_object_get(version->manifest, "summary"), name));
    if (value.missing)
        value = of_json(json_object_get(json_object_get(version->manifest, "params"), name));
    return value;
}

typedef struct {
    cst_version *const *versions;
    size_t count;
    const cst_version *row; /* the version that is looked at */
    json_t *types;          /* of names found so far: {name: type} */
    const char **names;     /* NULL-ended: all there are */
} scope;

static bool type_of(void *context, const char *name, cst_expr_type *type)
{
    const scope *s = context;
    for (size_t i = 0; i < s->count; i++) {
        cst_expr_value value = value_of(s->versions[i], name);
        if (value.missing)
            continue;
        *type = value.type;
        (void)json_object_set_new(s->types, name, json_integer(value.type));
        return true;
    }
    return false;
}

static cst_expr_value value_of_row(void *context, const char *name)
{
    const scope *s = context;
    cst_expr_value value = value_of(s->row, name);
    cst_expr_type type = (cst_expr_type)json_integer_value(json_object_get(s->types, name));
    if (value.type != type)
        value.missing = true;
    value.type = type;
    return value;
}

/* Every name that some version has. The keys are borrowed from known, an object. */
static cst_code collect_names(scope *s, json_t *known, cst_error *err)
{
    static const char *const own[] = {"kind", "name", "version"};
    static const char *const places[] = {"summary", "params"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        (void)json_object_set_new(known, own[i], json_true());
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
            const char *key = NULL;
            json_t *value = NULL;
            json_object_foreach(json_object_get(s->versions[i]->manifest, places[k]), key, value)
            {
                if (!of_json(value).missing)
                    (void)json_object_set_new(known, key, json_true());
            }
        }
    }
    s->names = cst_array_new(json_object_size(known) + 1, sizeof *s->names, "names", err);
    if (!s->names)
        return CST_NOMEM;
    size_t n = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(known, key, value)
    {
        s->names[n++] = key;
    }
    return CST_OK;
}

static cst_code parse_condition(cst_expr **out, scope *s, const char *text, cst_error *err)
{
    cst_expr_scope names = {.context = s, .type_of = type_of, .names = s->names};
    cst_code rc = cst_expr_parse(out, text, err);
    if (rc == CST_OK)
        rc = cst_expr_check(*out, text, &names, err);
    if (rc == CST_OK && (*out)->type != CST_EXPR_TRUTH)
        rc = cst_error_set(err, CST_USAGE, "--where \"%s\" is a %s, not true or false", text,
                           cst_expr_type_name((*out)->type));
    return rc;
}

static cst_code choose(cst_version **versions, size_t *count, scope *s, const cst_expr *condition,
                       cst_error *err)
{
    size_t kept = 0;
    cst_code rc = CST_OK;
    for (size_t i = 0; i < *count; i++) {
        cst_expr_value holds = {.missing = true};
        s->row = versions[i];
        if (rc == CST_OK)
            rc = cst_expr_evaluate(&holds, condition, s, value_of_row, err);
        if (rc != CST_OK || (!holds.missing && holds.number != 0))
            versions[kept++] = versions[i];
        else
            cst_version_free(versions[i]);
    }
    *count = kept;
    return rc;
}

cst_code cst_listing_choose(cst_version **versions, size_t *count, const char *expression,
                            cst_error *err)
{
    cst_expr *condition = NULL;
    json_t *known = json_object();
    scope s = {.versions = versions, .count = *count, .types = json_object()};
    cst_code rc = known && s.types ? CST_OK : cst_error_nomem(err, "names");
    if (*count == 0) /* nothing has any figure that could be asked for */
        goto out;
    if (rc == CST_OK && (rc = collect_names(&s, known, err)) == CST_OK &&
        (rc = parse_condition(&condition, &s, expression, err)) == CST_OK)
        rc = choose(versions, count, &s, condition, err);
out:
    cst_expr_free(condition);
    free(s.names);
    json_decref(s.types);
    json_decref(known);
    return rc;
}

/* --------------------------------------------------------------------------------------- sort */

typedef struct {
    const char *name;
    bool largest_first;
} order;

static int compare_values(const cst_expr_value *a, const cst_expr_value *b)
{
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->type == CST_EXPR_TEXT)
        return strcmp(a->text, b->text);
    return (a->number > b->number) - (a->number < b->number);
}

static int compare(const void *left, const void *right, void *context)
{
    const cst_version *a = *(cst_version *const *)left;
    const cst_version *b = *(cst_version *const *)right;
    const order *by = context;
    cst_expr_value x = value_of(a, by->name);
    cst_expr_value y = value_of(b, by->name);
    int sign = x.missing || y.missing ? x.missing - y.missing
               : by->largest_first    ? compare_values(&y, &x)
                                      : compare_values(&x, &y);
    if (sign == 0)
        sign = strcmp(a->name, b->name);
    return sign ? sign : (a->number > b->number) - (a->number < b->number);
}

cst_code cst_listing_sort(cst_version **versions, size_t count, const char *name, cst_error *err)
{
    order by = {.name = name + (*name == '-'), .largest_first = *name == '-'};
    bool known = count == 0;
    for (size_t i = 0; i < count && !known; i++)
        known = !value_of(versions[i], by.name).missing;
    if (!known)
        return cst_error_set(err, CST_USAGE, "--sort %s: no version that is listed has that figure",
                             by.name);
    if (count)
        qsort_r(versions, count, sizeof *versions, compare, &by);
    return CST_OK;
}

/* transform.c - transform.json: read, written, asked what it needs */
#include "base/array.h"
#include "config/json.h"
#include "prepare/derive.h"
#include "prepare/transform_private.h"

static const char *const recipe_keys[] = {"derive", "joins", "where", "label", "weight", "time"};
enum { RECIPE_KEYS = sizeof recipe_keys / sizeof *recipe_keys };

void cst_transform_free(cst_transform *transform)
{
    if (!transform)
        return;
    json_decref(transform->recipe);
    json_decref(transform->split);
    cst_features_free(transform->feature, transform->features);
    for (int i = 0; i < 3; i++) {
        json_decref(transform->names[i]);
        free(transform->name_list[i]);
    }
    free(transform);
}

/* The keys of an object as an array, and the array as a NULL-ended list. */
static cst_code list_names(cst_transform *transform, int which, const json_t *set, cst_error *err)
{
    size_t n = json_object_size(set);
    json_t *array = json_array();
    const char **list = cst_array_new(n + 1, sizeof *list, "names", err);
    transform->names[which] = array;
    transform->name_list[which] = list;
    cst_code rc = array && list ? CST_OK : cst_error_nomem(err, "names");
    const char *name = NULL;
    json_t *value = NULL;
    size_t i = 0;
    json_object_foreach((json_t *)set, name, value)
    {
        if (rc == CST_OK)
            rc = cst_json_append(array, json_string(name), err);
        if (rc == CST_OK) {
            list[i] = json_string_value(json_array_get(array, i));
            i++;
        }
    }
    return rc;
}

cst_code cst_transform_find_names(cst_transform *transform, cst_error *err)
{
    cst_derive_walk walk;
    json_t *columns = NULL;
    cst_code rc = cst_derive_walk_new(&walk, json_object_get(transform->recipe, "derive"), err);
    if (rc != CST_OK)
        return rc;
    if (!(columns = json_object())) {
        rc = cst_error_nomem(err, "names");
        goto out;
    }
    for (size_t i = 0; rc == CST_OK && i < transform->features; i++) {
        rc = cst_derive_visit(&walk, transform->feature[i].column, err);
        if (rc == CST_OK)
            rc = cst_json_put(columns, transform->feature[i].column, json_true(), err);
    }
    if (rc == CST_OK)
        rc = list_names(transform, CST_NAMES_COLUMNS, columns, err);
    if (rc == CST_OK)
        rc = list_names(transform, CST_NAMES_INPUTS, walk.raw, err);
    static const char *const more[] = {"where", "label", "weight"};
    for (size_t i = 0; rc == CST_OK && i < 3; i++) {
        const char *text = json_string_value(json_object_get(transform->recipe, more[i]));
        rc = text ? cst_derive_visit_expression(&walk, text, err) : CST_OK;
    }
    if (rc == CST_OK)
        rc = cst_derive_visit_all(&walk, err);
    if (rc == CST_OK)
        rc = list_names(transform, CST_NAMES_INPUTS_LABELS, walk.raw, err);
out:
    json_decref(columns);
    cst_derive_walk_free(&walk);
    return rc;
}

const char *const *cst_transform_inputs(const cst_transform *transform, bool labels)
{
    return transform->name_list[labels ? CST_NAMES_INPUTS_LABELS : CST_NAMES_INPUTS];
}

const char *const *cst_transform_columns(const cst_transform *transform)
{
    return transform->name_list[CST_NAMES_COLUMNS];
}

const json_t *cst_transform_joins(const cst_transform *transform)
{
    return json_object_get(transform->recipe, "joins");
}

const char *cst_transform_objective(const cst_transform *transform)
{
    return transform->classification ? "binary" : "regression";
}

const json_t *cst_transform_split(const cst_transform *transform)
{
    return transform->split;
}

cst_code cst_transform_set_split(cst_transform *transform, const json_t *split, cst_error *err)
{
    json_t *copy = json_deep_copy(split);
    if (!copy)
        return cst_error_nomem(err, "split");
    json_decref(transform->split);
    transform->split = copy;
    return CST_OK;
}

json_t *cst_transform_to_json(const cst_transform *transform, cst_error *err)
{
    json_t *features = json_array();
    json_t *out = json_deep_copy(transform->recipe);
    cst_code rc = out && features ? CST_OK : cst_error_nomem(err, "transform");
    for (size_t i = 0; rc == CST_OK && i < transform->features; i++)
        rc = cst_json_append(features, cst_feature_to_json(&transform->feature[i], err), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "features", json_incref(features), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "format", json_integer(CST_TRANSFORM_FORMAT), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "objective", json_string(cst_transform_objective(transform)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "inputs", json_incref(transform->names[CST_NAMES_INPUTS]), err);
    if (rc == CST_OK && transform->split)
        rc = cst_json_put(out, "split", json_incref(transform->split), err);
    json_decref(features);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static cst_code check_format(const json_t *value, cst_error *err)
{
    int64_t format = cst_get_int(value, "format", 0);
    if (format > CST_TRANSFORM_FORMAT)
        return cst_error_set(err, CST_INVALID,
                             "transform: format %lld is newer than this program's %d; use a newer "
                             "program",
                             (long long)format, CST_TRANSFORM_FORMAT);
    if (format < 1 || !json_is_array(json_object_get(value, "features")) ||
        !cst_get_string(value, "label", NULL))
        return cst_error_set(err, CST_INVALID,
                             "transform: it has no format, no label or no features");
    return CST_OK;
}

/* Expressions and names must be text before anything reads them as such. */
static cst_code check_recipe(const json_t *recipe, cst_error *err)
{
    static const char *const texts[] = {"where", "label", "weight", "time"};
    const json_t *derive = json_object_get(recipe, "derive");
    const json_t *joins = json_object_get(recipe, "joins");
    bool good = (!derive || json_is_object(derive)) && (!joins || json_is_array(joins));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const json_t *text = json_object_get(recipe, texts[i]);
        good = good && (!text || json_is_string(text));
    }
    const char *name = NULL;
    json_t *expression = NULL;
    json_object_foreach((json_t *)derive, name, expression) good =
        good && json_is_string(expression);
    if (good)
        return CST_OK;
    return cst_error_set(err, CST_INVALID,
                         "transform: derive, where, label, weight and time must be text, joins a "
                         "list");
}

static cst_code read_features(cst_transform *transform, const json_t *array, cst_error *err)
{
    size_t n = json_array_size(array);
    transform->feature = cst_array_new(n, sizeof *transform->feature, "transform", err);
    cst_code rc = transform->feature ? CST_OK : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < n; i++) {
        transform->features = i + 1;
        rc = cst_feature_from_json(&transform->feature[i], json_array_get(array, i), err);
    }
    return rc;
}

cst_code cst_transform_from_json(cst_transform **out, const json_t *value, cst_error *err)
{
    cst_code rc = check_format(value, err);
    if (rc != CST_OK)
        return rc;
    cst_transform *transform = cst_array_new(1, sizeof *transform, "transform", err);
    if (!transform || !(transform->recipe = json_object())) {
        rc = cst_error_nomem(err, "transform");
        goto out;
    }
    for (size_t i = 0; rc == CST_OK && i < RECIPE_KEYS; i++) {
        const json_t *part = json_object_get(value, recipe_keys[i]);
        if (part)
            rc = cst_json_put(transform->recipe, recipe_keys[i], json_deep_copy(part), err);
    }
    if (rc == CST_OK && json_object_get(value, "split"))
        rc = cst_transform_set_split(transform, json_object_get(value, "split"), err);
    if (rc == CST_OK)
        rc = check_recipe(transform->recipe, err);
    transform->classification = strcmp(cst_get_string(value, "objective", ""), "binary") == 0;
    if (rc == CST_OK)
        rc = read_features(transform, json_object_get(value, "features"), err);
    if (rc == CST_OK)
        rc = cst_transform_find_names(transform, err);
    if (rc == CST_OK) {
        *out = transform;
        transform = NULL;
    }
out:
    cst_transform_free(transform);
    return rc;
}

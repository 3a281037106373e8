/* bins_json.c - frozen bins as part of reference.json, and back */
#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "profile/bins.h"

static json_t *reals(const double *value, size_t n, cst_error *err)
{
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "edges");
    for (size_t i = 0; rc == CST_OK && i < n; i++)
        rc = cst_json_append(out, cst_json_real(value[i]), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* Levels with bins of their own in the order of bins, the rest in the order of text. */
static cst_code put_levels(json_t *object, const cst_bins *bins, cst_error *err)
{
    json_t *levels = json_array();
    json_t *rare = json_array();
    const char **by_bin = cst_array_new(bins->binned, sizeof *by_bin, "levels", err);
    cst_code rc = levels && rare && by_bin ? CST_OK : cst_error_nomem(err, "levels");
    for (int32_t l = 0; rc == CST_OK && l < bins->levels.count; l++) {
        const char *text = bins->levels.text[l];
        if ((size_t)bins->bin_of[l] < bins->binned)
            by_bin[bins->bin_of[l]] = text;
        else
            rc = cst_json_append(rare, json_string(text), err);
    }
    for (size_t b = 0; rc == CST_OK && b < bins->binned; b++)
        rc = cst_json_append(levels, json_string(by_bin[b]), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "levels", json_incref(levels), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "rare", json_incref(rare), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "once", json_integer(bins->once), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "complete", json_boolean(bins->complete), err);
    free(by_bin);
    json_decref(levels);
    json_decref(rare);
    return rc;
}

static cst_code put_edges(json_t *object, const cst_bins *bins, cst_error *err)
{
    cst_code rc = cst_json_put(object, "edges", reals(bins->edge, bins->edges, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "fine", reals(bins->fine, bins->fines, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "min", cst_json_real(bins->min), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "max", cst_json_real(bins->max), err);
    return rc;
}

cst_code cst_bins_put(json_t *object, const cst_bins *bins, cst_error *err)
{
    cst_code rc = cst_json_put(object, "name", json_string(bins->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(object, "type", json_string(cst_type_name(bins->type)), err);
    if (rc == CST_OK && !isnan(bins->psi))
        rc = cst_json_put(object, "psi", cst_json_real(bins->psi), err);
    if (rc != CST_OK)
        return rc;
    return cst_bins_is_numeric(bins) ? put_edges(object, bins, err) : put_levels(object, bins, err);
}

static cst_code get_reals(double **out, size_t *count, const json_t *array, const char *name,
                          const char *what, cst_error *err)
{
    size_t n = json_array_size(array);
    double *value = cst_array_new(n, sizeof *value, "edges", err);
    if (!value)
        return CST_NOMEM;
    *out = value;
    *count = n;
    for (size_t i = 0; i < n; i++) {
        value[i] = json_number_value(json_array_get(array, i));
        if (!json_is_number(json_array_get(array, i)) || (i > 0 && value[i] <= value[i - 1]))
            return cst_error_set(err, CST_INVALID,
                                 "reference of column %s: %s are not rising numbers", name, what);
    }
    return CST_OK;
}

static cst_code get_edges(cst_bins *out, const json_t *object, cst_error *err)
{
    cst_code rc = get_reals(&out->edge, &out->edges, json_object_get(object, "edges"), out->name,
                            "edges", err);
    if (rc == CST_OK)
        rc = get_reals(&out->fine, &out->fines, json_object_get(object, "fine"), out->name, "fine",
                       err);
    const json_t *min = json_object_get(object, "min");
    const json_t *max = json_object_get(object, "max");
    out->min = json_is_number(min) ? json_number_value(min) : NAN;
    out->max = json_is_number(max) ? json_number_value(max) : NAN;
    out->bins = out->edges + 2;
    return rc;
}

typedef struct {
    const char *text;
    int32_t bin;
} placed;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const placed *)a)->text, ((const placed *)b)->text);
}

static cst_code get_levels(cst_bins *out, const json_t *object, cst_error *err)
{
    const json_t *levels = json_object_get(object, "levels");
    const json_t *rare = json_object_get(object, "rare");
    size_t binned = json_array_size(levels);
    size_t n = binned + json_array_size(rare);
    cst_code rc = CST_OK;
    placed *place = cst_array_new(n, sizeof *place, "levels", err);
    out->levels.text = cst_array_new(n, sizeof(char *), "levels", err);
    out->bin_of = cst_array_new(n, sizeof *out->bin_of, "levels", err);
    if (!place || !out->levels.text || !out->bin_of)
        rc = CST_NOMEM;
    else if (n > CST_LEVELS_MOST)
        rc = cst_error_set(err, CST_INVALID, "reference of column %s: more than %d levels",
                           out->name, CST_LEVELS_MOST);
    for (size_t i = 0; rc == CST_OK && i < n; i++) {
        const json_t *text =
            i < binned ? json_array_get(levels, i) : json_array_get(rare, i - binned);
        place[i] = (placed){json_string_value(text), (int32_t)(i < binned ? i : binned)};
        if (!place[i].text)
            rc = cst_error_set(err, CST_INVALID, "reference of column %s: a level is not text",
                               out->name);
    }
    if (rc == CST_OK)
        qsort(place, n, sizeof *place, by_text);
    for (size_t i = 0; rc == CST_OK && i < n; i++) {
        out->bin_of[i] = place[i].bin;
        out->levels.text[i] = cst_text_copy(place[i].text, err);
        if (out->levels.text[i])
            out->levels.count++;
        else
            rc = CST_NOMEM;
    }
    out->binned = binned;
    out->bins = binned + 2;
    out->once = json_integer_value(json_object_get(object, "once"));
    out->complete = json_is_true(json_object_get(object, "complete"));
    free(place);
    return rc;
}

cst_code cst_bins_from_json(cst_bins *out, const json_t *object, cst_error *err)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    const char *type = json_string_value(json_object_get(object, "type"));
    const json_t *psi = json_object_get(object, "psi");
    int parsed = type ? cst_type_parse(type) : -1;
    *out = (cst_bins){.min = NAN, .max = NAN};
    if (!name || parsed < 0)
        return cst_error_set(err, CST_INVALID,
                             "reference: a column without a name or of unknown type");
    out->type = (cst_type)parsed;
    out->psi = json_is_number(psi) ? json_number_value(psi) : NAN;
    out->name = cst_text_copy(name, err);
    if (!out->name)
        return CST_NOMEM;
    return cst_bins_is_numeric(out) ? get_edges(out, object, err) : get_levels(out, object, err);
}

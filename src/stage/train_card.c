/* train_card.c - the model card: what a person wants to know before using a model */
#include "base/array.h"
#include "config/json.h"
#include "stage/train_parts.h"

static cst_code add_reference(cst_text *out, const char *what, const cst_version *version,
                              cst_error *err)
{
    char id[CST_DIGEST_HEX];
    cst_digest_hex(id, &version->id);
    return cst_text_print(out, err, "| %s | %s@%lld (sha256:%.12s) |\n", what, version->name,
                          (long long)version->number, id);
}

static cst_code add_figures(cst_text *out, const json_t *map, cst_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    cst_code rc = CST_OK;
    json_object_foreach((json_t *)map, key, value)
    {
        rc = cst_text_print(out, err, "| %s | ", key);
        if (rc == CST_OK && json_is_string(value))
            rc = cst_text_puts(out, json_string_value(value), err);
        else if (rc == CST_OK && json_is_real(value))
            rc = cst_text_print(out, err, "%.6g", json_real_value(value));
        else if (rc == CST_OK)
            rc = cst_json_canonical(out, value, err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, " |\n", err);
        if (rc != CST_OK)
            return rc;
    }
    return rc;
}

typedef struct {
    const char *name;
    double importance;
} weighed;

static int by_importance(const void *a, const void *b)
{
    const weighed *left = a;
    const weighed *right = b;
    if (left->importance != right->importance)
        return left->importance > right->importance ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* The features that matter most, as shares of all. */
static cst_code add_importance(cst_text *out, const cst_model *model, cst_error *err)
{
    enum { SHOWN = 20 };
    json_t *importance = cst_model_importance(model, err);
    weighed *feature =
        importance ? cst_array_new(json_object_size(importance), sizeof *feature, "features", err)
                   : NULL;
    cst_code rc = feature ? CST_OK : CST_NOMEM;
    double total = 0;
    size_t n = 0;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(importance, name, value)
    {
        if (!feature)
            break;
        feature[n] = (weighed){name, json_number_value(value)};
        total += feature[n++].importance;
    }
    if (n)
        qsort(feature, n, sizeof *feature, by_importance);
    for (size_t i = 0; i < n && i < SHOWN && rc == CST_OK; i++)
        rc = cst_text_print(out, err, "| %s | %.1f %% |\n", feature[i].name,
                            total > 0 ? 100 * feature[i].importance / total : 0);
    free(feature);
    json_decref(importance);
    return rc;
}

cst_code cst_training_card(cst_training_run *run, cst_error *err)
{
    cst_text *out = &run->card;
    const cst_training_made *made = run->made;
    cst_code rc = cst_text_print(
        out, err,
        "# %s\n\nA %s model by %s, made by `capstan train`. It scores raw rows on its own: "
        "`transform.json` holds what turns them into features, `schema.json` what they must look "
        "like, `golden.json` rows with the scores that they must give, `reference.json` what drift "
        "is measured from, `metrics.json` the losses by step.\n\n## Made from\n| | |\n|---|---|\n",
        run->training->name, cst_model_objective(run->bundle->model),
        cst_model_learner(run->bundle->model));
    if (rc == CST_OK)
        rc = add_reference(out, "features", made->features, err);
    if (rc == CST_OK && made->challenger)
        rc = add_reference(out, "refit of", made->challenger, err);
    if (rc == CST_OK && made->search)
        rc = add_reference(out, "parameters found by", made->search, err);
    if (rc == CST_OK)
        rc = add_figures(out, made->params, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "\n## Figures\n| | |\n|---|---|\n", err);
    if (rc == CST_OK)
        rc = add_figures(out, made->summary, err);
    if (rc == CST_OK)
        rc = cst_text_print(out, err, "\n## What it looks at\n| feature | %s |\n|---|---|\n",
                            strcmp(cst_model_learner(run->bundle->model), "gbdt") == 0
                                ? "share of the gain of all splits"
                                : "share of all coefficients, columns standardised");
    return rc == CST_OK ? add_importance(out, run->bundle->model, err) : rc;
}

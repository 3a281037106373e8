/* gate.c - may the challenger replace the champion: figures, conditions, verdict */
#include "evaluate/gate.h"

#include <math.h>

#include "base/array.h"
#include "config/json.h"
#include "evaluate/judgement.h"

/* The metrics to measure, what decides first, each once. */
typedef struct {
    cst_metric metric[CST_METRIC_COUNT];
    size_t count;
    bool classification;
} wanted;

static cst_code want(wanted *all, const char *name, const char *key, cst_error *err)
{
    int metric = cst_metric_parse(name);
    if (metric < 0) {
        const char *nearest = cst_text_nearest(name, cst_metric_names);
        return cst_error_set(err, CST_USAGE, "%s: there is no metric \"%s\"%s%s%s", key, name,
                             nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                             nearest ? "\"?" : "");
    }
    if (cst_metric_of_classification((cst_metric)metric) != all->classification)
        return cst_error_set(err, CST_USAGE, "%s: metric \"%s\" is not one of %s", key, name,
                             all->classification ? "classification" : "regression");
    for (size_t i = 0; i < all->count; i++)
        if (all->metric[i] == (cst_metric)metric)
            return CST_OK;
    all->metric[all->count++] = (cst_metric)metric;
    return CST_OK;
}

static cst_code want_list(wanted *all, const json_t *list, const char *key, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(list) && rc == CST_OK; i++)
        rc = want(all, json_string_value(json_array_get(list, i)), key, err);
    return rc;
}

static cst_code want_all(wanted *all, const json_t *evaluate, const json_t *gate, cst_error *err)
{
    const char *first = all->classification ? "auc" : "rmse", *name;
    const json_t *metrics = json_object_get(evaluate, "metrics");
    json_t *floor;
    cst_code rc = want(all, cst_get_string(gate, "metric", first), "gate.metric", err);
    if (rc == CST_OK)
        rc = want_list(all, json_object_get(gate, "also"), "gate.also", err);
    if (rc == CST_OK)
        rc = want_list(all, metrics, "evaluate.metrics", err);
    if (rc == CST_OK && !json_array_size(metrics)) {
        rc = want(all, first, "evaluate.metrics", err);
        if (rc == CST_OK)
            rc = want(all, all->classification ? "log_loss" : "mae", "evaluate.metrics", err);
    }
    json_object_foreach(json_object_get(gate, "floors"), name, floor)
    {
        if (rc == CST_OK)
            rc = want(all, name, "gate.floors", err);
    }
    return rc;
}

static cst_code make_figures(cst_judgement *judgement, const json_t *evaluate, cst_error *err)
{
    const cst_scored *scored = judgement->scored;
    wanted all = {.classification = scored->classification};
    cst_code rc = want_all(&all, evaluate, judgement->gate, err);
    if (rc != CST_OK)
        return rc;
    judgement->metric = all.metric[0];
    judgement->metrics = all.count;
    judgement->figures = all.count + scored->slices;
    judgement->figure =
        cst_array_new(judgement->figures, sizeof *judgement->figure, "figures of the gate", err);
    if (!judgement->figure)
        return CST_NOMEM;
    for (size_t f = 0; f < judgement->figures; f++) {
        bool whole = f < all.count;
        judgement->figure[f] = (cst_figure){
            .metric = whole ? all.metric[f] : judgement->metric,
            .member = whole ? NULL : scored->slice_member[f - all.count],
        };
    }
    return CST_OK;
}

static bool scores_are_equal(const cst_scored *scored)
{
    for (size_t r = 0; r < scored->rows; r++)
        if (scored->score[r] != scored->against[r])
            return false;
    return true;
}

static const char *verdict(const cst_judgement *judgement)
{
    if (!judgement->facts->disjoint)
        return "not judged";
    if (!judgement->first && !cst_judgement_enough(judgement, &judgement->figure[0]))
        return "too few rows";
    if (!judgement->first && judgement->change && scores_are_equal(judgement->scored))
        return "no change";
    return judgement->failed ? "refused" : "passed";
}

/* {name: {"value", "se", "low", "high"}} of one side. New reference or NULL. */
static json_t *figures_to_json(const cst_judgement *judgement, int side, cst_error *err)
{
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "figures of the gate");
    for (size_t f = 0; f < judgement->metrics && rc == CST_OK; f++) {
        const cst_figure *figure = &judgement->figure[f];
        double value = figure->value[side], reach = cst_judgement_reach(judgement, figure, side);
        json_t *each = json_object();
        rc = cst_json_put(out, cst_metric_name(figure->metric), each, err);
        if (rc == CST_OK)
            rc = cst_json_put(each, "value", cst_json_real(value), err);
        if (rc == CST_OK)
            rc = cst_json_put(each, "se", cst_json_real(figure->se[side]), err);
        if (rc == CST_OK)
            rc = cst_json_put(each, "low", cst_json_real(value - reach), err);
        if (rc == CST_OK)
            rc = cst_json_put(each, "high", cst_json_real(value + reach), err);
    }
    if (rc != CST_OK) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static cst_code put_facts(json_t *out, const cst_judgement *judgement, int64_t replicates,
                          cst_error *err)
{
    const cst_figure *all = &judgement->figure[0];
    cst_code rc = cst_json_put(out, "verdict", json_string(verdict(judgement)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "kind", json_string(judgement->change ? "change" : "refresh"), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "metric", json_string(cst_metric_name(judgement->metric)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "first", json_boolean(judgement->first), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", json_integer((json_int_t)all->rows), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "clusters", json_integer((json_int_t)all->clusters), err);
    if (rc == CST_OK && judgement->scored->classification)
        rc = cst_json_put(out, "positives", json_integer((json_int_t)all->positives), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "confidence", cst_json_real(judgement->confidence), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "replicates", json_integer(replicates), err);
    return rc;
}

/* The whole verdict; slices' reference is taken. */
static cst_code put_together(json_t **out, const cst_judgement *judgement, json_t *slices,
                             int64_t replicates, cst_error *err)
{
    json_t *all = json_object();
    cst_code rc = cst_json_put(all, "slices", slices, err);
    if (rc == CST_OK)
        rc = put_facts(all, judgement, replicates, err);
    if (rc == CST_OK)
        rc = cst_json_put(all, "conditions", json_incref(judgement->conditions), err);
    if (rc == CST_OK)
        rc = cst_json_put(all, "metrics", figures_to_json(judgement, CST_CHALLENGER, err), err);
    if (rc == CST_OK && !judgement->first)
        rc = cst_json_put(all, "against", figures_to_json(judgement, CST_CHAMPION, err), err);
    if (rc == CST_OK && !judgement->first)
        rc = cst_json_put(all, "difference", figures_to_json(judgement, CST_DIFFERENCE, err), err);
    if (rc != CST_OK) {
        json_decref(all);
        return rc;
    }
    *out = all;
    return CST_OK;
}

static cst_code judge(json_t **out, cst_judgement *judgement, cst_comm *comm, uint64_t seed,
                      cst_error *err)
{
    int64_t replicates = cst_get_int(judgement->gate, "replicates", 1000);
    json_t *slices = NULL;
    cst_code rc = cst_bootstrap(judgement->figure, judgement->figures, comm, judgement->scored,
                                replicates, seed, err);
    if (rc == CST_OK)
        rc = cst_judgement_absolute(judgement, err);
    if (rc == CST_OK && !judgement->first)
        rc = cst_judgement_compare(judgement, err);
    if (rc == CST_OK)
        rc = cst_judgement_slices(&slices, judgement, err);
    if (rc == CST_OK)
        rc = put_together(out, judgement, slices, replicates, err);
    return rc;
}

cst_code cst_gate_judge(json_t **out, cst_comm *comm, const cst_scored *scored,
                        const json_t *evaluate, const json_t *gate, const cst_gate_facts *facts,
                        uint64_t seed, cst_error *err)
{
    cst_judgement judgement = {
        .scored = scored,
        .gate = gate,
        .facts = facts,
        .first = scored->against == NULL,
        .change = strcmp(cst_get_string(gate, "kind", "change"), "change") == 0,
        .confidence = cst_get_real(gate, "confidence", 0.95),
        .conditions = json_array(),
    };
    cst_code rc = judgement.conditions ? make_figures(&judgement, evaluate, err)
                                       : cst_error_nomem(err, "conditions of the gate");
    rc = cst_comm_agree(comm, rc, err);
    if (rc == CST_OK)
        rc = judge(out, &judgement, comm, seed, err);
    json_decref(judgement.conditions);
    free(judgement.figure);
    return rc;
}

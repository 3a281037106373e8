/* evaluate.c - a model and the champion on the same test rows, and the gate's verdict */
#include <math.h>

#include "base/file.h"
#include "config/json.h"
#include "registry/alias.h"
#include "stage/evaluating.h"
#include "stage/golden.h"

static void evaluating_end(cst_evaluating *e)
{
    cst_version_free(e->model);
    cst_version_free(e->champion);
    cst_version_free(e->features);
    cst_bundle_free(e->bundle);
    cst_bundle_free(e->champion_bundle);
    cst_table_free(e->rows);
    free(e->label);
    free(e->weight);
    free(e->score);
    free(e->champion_score);
    free(e->cluster);
    for (size_t s = 0; s < e->slices; s++) {
        free(e->slice_name[s]);
        free(e->slice_member[s]);
    }
    free(e->slice_name);
    free(e->slice_member);
    free(e->disjoint_why);
    json_decref(e->verdict);
}

/* The reference of a model's own features: "sha256:…", to be freed. */
static char *own_features(const cst_version *model, cst_error *err)
{
    const json_t *inputs = json_object_get(model->manifest, "inputs");
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        const json_t *input = json_array_get(inputs, i);
        if (strcmp(cst_get_string(input, "role", ""), "features") == 0)
            return cst_text_format(err, "sha256:%s", cst_get_string(input, "id", ""));
    }
    cst_error_set(err, CST_INVALID, "%s/manifest.json names no features among its inputs",
                  model->path);
    return NULL;
}

/* Collective. */
static cst_code find_features(cst_evaluating *e, cst_error *err)
{
    const char *given = cst_get_string(e->stage->options, "features", NULL);
    char *reference = given ? cst_text_copy(given, err) : own_features(e->model, err);
    cst_code rc = cst_comm_agree(e->stage->comm, reference ? CST_OK : CST_INVALID, err);
    if (rc == CST_OK)
        rc = cst_stage_find(&e->features, e->stage, CST_KIND_FEATURES, reference, err);
    free(reference);
    return rc;
}

/* The alias's generation, 0 where there is no champion yet. Collective. */
static cst_code see_champion(cst_evaluating *e, cst_error *err)
{
    cst_alias alias = {0};
    cst_code rc = CST_OK;
    if (e->stage->comm->rank == 0)
        rc = cst_alias_read(&alias, e->stage->registry, e->model->name, "champion", err);
    e->generation = alias.generation;
    cst_alias_free(&alias);
    rc = cst_comm_agree(e->stage->comm, rc, err);
    return rc == CST_OK ? cst_comm_max(e->stage->comm, &e->generation, err) : rc;
}

/* Collective. */
static cst_code find_champion(cst_evaluating *e, cst_error *err)
{
    const char *given = cst_get_string(e->stage->options, "against", NULL);
    char *reference = NULL;
    cst_code rc = see_champion(e, err);
    if (rc != CST_OK || (given ? strcmp(given, "none") == 0 : e->generation == 0))
        return rc;
    reference =
        given ? cst_text_copy(given, err) : cst_text_format(err, "%s@champion", e->model->name);
    rc = cst_comm_agree(e->stage->comm, reference ? CST_OK : CST_NOMEM, err);
    if (rc == CST_OK)
        rc = cst_stage_find(&e->champion, e->stage, CST_KIND_MODEL, reference, err);
    free(reference);
    return rc;
}

/* Collective. */
static cst_code read_bundles(cst_evaluating *e, cst_error *err)
{
    cst_code rc = cst_bundle_read(&e->bundle, e->model->path, err);
    if (rc == CST_OK && e->champion)
        rc = cst_bundle_read(&e->champion_bundle, e->champion->path, err);
    return cst_comm_agree(e->stage->comm, rc, err);
}

/* Collective. */
static cst_code read_rows(cst_evaluating *e, cst_error *err)
{
    cst_code rc = cst_bundle_test_rows(&e->rows, e->stage, e->features, err);
    if (rc == CST_OK && !e->rows)
        rc = cst_error_set(err, CST_USAGE,
                           "%s@%lld has no test rows (a refit is trained on all): name features "
                           "that have some with --features",
                           e->features->name, (long long)e->features->number);
    return rc;
}

static cst_code prove_one(bool *out, char **why, const cst_version *model, const cst_bundle *bundle,
                          const cst_version *features, cst_error *err)
{
    char *who = cst_text_format(err, "%s@%lld", model->name, (long long)model->number);
    cst_code rc =
        who ? cst_evaluating_disjoint(out, why, who, cst_transform_split(bundle->transform),
                                      json_object_get(features->manifest, "split"), err)
            : CST_NOMEM;
    free(who);
    return rc;
}

/* What is wrong first, else both sentences. Local. */
static cst_code prove_disjoint(cst_evaluating *e, cst_error *err)
{
    char *champion_why = NULL;
    bool champion = true;
    cst_code rc = prove_one(&e->disjoint, &e->disjoint_why, e->model, e->bundle, e->features, err);
    if (rc == CST_OK && e->champion && e->disjoint)
        rc = prove_one(&champion, &champion_why, e->champion, e->champion_bundle, e->features, err);
    if (rc == CST_OK && champion_why) {
        char *both = champion ? cst_text_format(err, "%s; %s", e->disjoint_why, champion_why)
                              : cst_text_copy(champion_why, err);
        free(e->disjoint_why);
        e->disjoint_why = both;
        e->disjoint = champion;
        rc = both ? CST_OK : CST_NOMEM;
    }
    free(champion_why);
    return rc;
}

/* Does the predictor at hand give the golden rows to the bit? Local. */
static cst_code check_golden(bool *out, const cst_evaluating *e, cst_error *err)
{
    json_t *golden = NULL;
    cst_code rc = cst_version_read_json(&golden, e->model, "golden.json", err);
    if (rc == CST_OK) {
        cst_error off = CST_ERROR_INIT;
        cst_code checked = cst_golden_check(e->bundle, golden, &off);
        *out = checked == CST_OK;
        if (checked != CST_OK && checked != CST_INVALID)
            rc = cst_error_set(err, checked, "%s", off.text);
        else if (checked == CST_INVALID)
            cst_log_warn(e->stage->log, "%s", off.text);
    }
    json_decref(golden);
    return rc;
}

/* Only what limits ask for: a latency would make every evaluation another one. */
static cst_code measure(cst_gate_facts *facts, const cst_evaluating *e, cst_error *err)
{
    const json_t *limits = json_object_get(e->gate, "limits");
    int64_t bytes = 0;
    char *path = cst_file_join(e->model->path, "model.safetensors", err);
    cst_code rc = path ? cst_file_size(&bytes, path, err) : CST_NOMEM;
    facts->model_bytes = (double)bytes;
    facts->row_seconds = json_object_get(limits, "row_seconds") ? e->row_seconds : NAN;
    free(path);
    return rc;
}

/* Collective. */
static cst_code judge(cst_evaluating *e, cst_error *err)
{
    cst_gate_facts facts = {0};
    cst_code rc = prove_disjoint(e, err);
    if (rc == CST_OK)
        rc = check_golden(&facts.golden, e, err);
    if (rc == CST_OK)
        rc = measure(&facts, e, err);
    if ((rc = cst_comm_agree(e->stage->comm, rc, err)) != CST_OK)
        return rc;
    int64_t wrong = !facts.golden;
    if ((rc = cst_comm_max(e->stage->comm, &wrong, err)) != CST_OK)
        return rc;
    facts.golden = !wrong;
    facts.disjoint = e->disjoint;
    facts.disjoint_why = e->disjoint_why;
    const cst_scored scored = {
        .rows = e->count,
        .label = e->label,
        .weight = e->weight,
        .score = e->score,
        .against = e->champion_score,
        .cluster = e->cluster,
        .slices = e->slices,
        .slice_name = (const char *const *)e->slice_name,
        .slice_member = (const uint8_t *const *)e->slice_member,
        .classification = strcmp(cst_model_objective(e->bundle->model), "binary") == 0,
    };
    return cst_gate_judge(&e->verdict, e->stage->comm, &scored, e->evaluate, e->gate, &facts,
                          e->stage->seed, err);
}

static cst_code tell(const cst_evaluating *e, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_gate_text(&text, e->verdict, err);
    for (char *line = text.data, *end; rc == CST_OK && line && *line; line = end + 1) {
        end = strchr(line, '\n'); /* every line has one */
        *end = '\0';
        cst_log_info(e->stage->log, "%s", line);
    }
    cst_text_free(&text);
    return rc;
}

/* What the program ends with: a refused challenger is refused again, whether or not its evaluation
 * was there before. */
static cst_code outcome(const cst_evaluating *e, cst_code published, cst_error *err)
{
    const char *verdict = cst_get_string(e->verdict, "verdict", "");
    if (strcmp(verdict, "passed") == 0)
        return published;
    return cst_error_set(err, CST_REFUSED, "%s@%lld does not pass the gate: %s", e->model->name,
                         (long long)e->model->number, verdict);
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_evaluating e = {.stage = stage,
                        .evaluate = json_object_get(stage->sections, "evaluate"),
                        .gate = json_object_get(stage->sections, "gate"),
                        .row_seconds = NAN};
    cst_code rc = cst_stage_find(&e.model, stage, CST_KIND_MODEL,
                                 cst_get_string(stage->options, "model", ""), err);
    if (rc != CST_OK || (rc = find_features(&e, err)) != CST_OK ||
        (rc = find_champion(&e, err)) != CST_OK || (rc = read_bundles(&e, err)) != CST_OK ||
        (rc = read_rows(&e, err)) != CST_OK)
        goto out;
    out->rows_read = e.rows->total;
    if ((rc = cst_evaluating_score(&e, err)) != CST_OK || (rc = judge(&e, err)) != CST_OK ||
        (rc = cst_comm_agree(stage->comm, tell(&e, err), err)) != CST_OK)
        goto out;
    out->rows_kept = (int64_t)e.count;
    out->rows_rejected = out->rows_read - out->rows_kept;
    rc = cst_evaluating_publish(out, &e, err);
    if (rc == CST_OK || rc == CST_SKIPPED)
        rc = outcome(&e, rc, err);
out:
    evaluating_end(&e);
    return rc;
}

static const cst_section *const sections[] = {&cst_section_evaluate, &cst_section_gate, NULL};

const cst_stage_kind cst_stage_evaluate = {
    .command = &cst_command_evaluate,
    .sections = sections,
    .revision = CST_EVALUATE_REVISION,
    .run = run,
};

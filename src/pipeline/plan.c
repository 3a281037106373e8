/* plan.c - from the pipeline file to steps: what runs, on what, under which key */
#include "config/json.h"
#include "pipeline/plan_parts.h"
#include "pipeline/resources.h"

/* The features as an input: what prepare makes, or those that are there already; then the name of
 * the model is one as well, since features of one name may be learned from under several. */
static cst_code add_features(const cst_planning *p, json_t *inputs, cst_error *err)
{
    if (!p->features)
        return cst_json_append(inputs,
                               json_pack("{s:s, s:s}", "role", "features", "step", "prepare"), err);
    json_t *input = cst_version_to_json(p->features, err);
    cst_code rc = input ? cst_json_put(input, "role", json_string("features"), err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_append(inputs, json_incref(input), err);
    if (rc == CST_OK)
        rc = cst_json_append(inputs, json_pack("{s:s, s:s}", "role", "name", "id", p->name), err);
    json_decref(input);
    return rc;
}

/* How they stand in arguments; to be freed. */
static char *features_reference(const cst_planning *p, cst_error *err)
{
    return p->features
               ? cst_text_format(err, "%s@%lld", p->features->name, (long long)p->features->number)
               : cst_text_copy("{prepare}", err);
}

/* The search for the parameters that train then takes; its trials' arguments are their own. */
static cst_code plan_search(cst_planning *p, cst_error *err)
{
    static const char *const sections[] = {"train", "tune", NULL};
    json_t *inputs = json_array();
    cst_code rc = add_features(p, inputs, err);
    cst_plan_draft step = {.id = "search",
                           .stage = "trial",
                           .program = "capstan-trial",
                           .arguments = json_array(),
                           .inputs = inputs,
                           .sections = sections};
    if (rc == CST_OK)
        return cst_plan_add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

static cst_code plan_train(cst_planning *p, bool searched, cst_error *err)
{
    static const char *const sections[] = {"train", NULL};
    char *features = features_reference(p, err);
    cst_plan_draft step = {.id = "train",
                           .stage = "train",
                           .program = "capstan-train",
                           .arguments = json_pack("[s,s,s,s,s,s*,s,s,s*,s*]", "--registry",
                                                  cst_registry_path(p->registry), "--pipeline",
                                                  p->file, "--features", features, "--name",
                                                  p->name, searched ? "--search" : NULL,
                                                  searched ? "{search}" : NULL),
                           .inputs = json_array(),
                           .sections = sections};
    cst_code rc = features ? add_features(p, step.inputs, err) : CST_NOMEM;
    if (rc == CST_OK && searched)
        rc = cst_json_append(step.inputs,
                             json_pack("{s:s, s:s}", "role", "search", "step", "search"), err);
    free(features);
    if (rc == CST_OK)
        return cst_plan_add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

static cst_code plan_evaluate(cst_planning *p, cst_error *err)
{
    static const char *const sections[] = {"evaluate", "gate", NULL};
    cst_plan_draft step = {.id = "evaluate",
                           .stage = "evaluate",
                           .program = "capstan-evaluate",
                           .arguments = json_pack("[s,s,s,s,s,s,s]", "{train}", "--registry",
                                                  cst_registry_path(p->registry), "--pipeline",
                                                  p->file, "--against", "{champion}"),
                           .inputs = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "model", "step",
                                               "train", "role", "champion", "step", "champion"),
                           .sections = sections};
    return cst_plan_add_step(p, &step, err);
}

static cst_code plan_refit(cst_planning *p, cst_error *err)
{
    static const char *const sections[] = {"train", NULL};
    cst_plan_draft step = {
        .id = "refit",
        .stage = "train",
        .program = "capstan-train",
        .arguments = json_pack("[s,s,s,s,s,s,s,s,s,s]", "--registry",
                               cst_registry_path(p->registry), "--pipeline", p->file, "--features",
                               "{prepare-all}", "--refit", "{train}", "--name", p->name),
        .inputs = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "features", "step", "prepare-all",
                            "role", "challenger", "step", "train"),
        .sections = sections};
    return cst_plan_add_step(p, &step, err);
}

static cst_code plan_promote(cst_planning *p, bool refitted, cst_error *err)
{
    static const char *const sections[] = {NULL};
    cst_plan_draft step = {
        .id = "promote",
        .stage = "promote",
        .program = "capstan",
        .arguments = json_pack("[s,s,s,s]", "promote", refitted ? "{refit}" : "{train}",
                               "--registry", cst_registry_path(p->registry)),
        .inputs = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "model", "step",
                            refitted ? "refit" : "train", "role", "evaluation", "step", "evaluate"),
        .sections = sections};
    return cst_plan_add_step(p, &step, err);
}

/* Parameters, where they are searched for, and the model. */
static cst_code plan_learning(cst_planning *p, cst_error *err)
{
    bool searched = json_object_get(p->pipeline, "tune");
    cst_code rc = searched ? plan_search(p, err) : CST_OK;
    return rc == CST_OK ? plan_train(p, searched, err) : rc;
}

static cst_code plan_steps(cst_planning *p, cst_error *err)
{
    const json_t *files = json_object_get(json_object_get(p->pipeline, "source"), "files");
    bool refitted = !strcmp(cst_get_string(p->pipeline, "refit", "none"), "all");
    bool automatic = !strcmp(cst_get_string(p->pipeline, "promote", ""), "automatic");
    const char *features = cst_get_string(p->pipeline, "features", NULL);
    if (features) {
        cst_code found =
            cst_registry_find(&p->features, p->registry, CST_KIND_FEATURES, features, err);
        return found == CST_OK ? plan_learning(p, err) : found;
    }
    cst_code rc = cst_plan_pin_joins(p, err);
    if (rc == CST_OK)
        rc = files ? cst_plan_ingest(p, files, err)
                   : cst_plan_pin(p, cst_get_string(p->pipeline, "dataset", ""), err);
    if (rc == CST_OK)
        rc = cst_plan_validate(p, err);
    if (rc == CST_OK)
        rc = cst_plan_prepare(p, false, err);
    if (rc == CST_OK)
        rc = plan_learning(p, err);
    if (rc == CST_OK)
        rc = plan_evaluate(p, err);
    if (rc == CST_OK && refitted)
        rc = cst_plan_prepare(p, true, err);
    if (rc == CST_OK && refitted)
        rc = plan_refit(p, err);
    if (rc == CST_OK && automatic)
        rc = plan_promote(p, refitted, err);
    return rc;
}

cst_code cst_plan_make(json_t **out, const json_t *pipeline, const char *file,
                       cst_registry *registry, const cst_grammar *grammar, cst_error *err)
{
    cst_planning p = {.pipeline = pipeline,
                      .file = file,
                      .name = cst_get_string(pipeline, "pipeline", ""),
                      .registry = registry,
                      .grammar = grammar,
                      .pins = json_object(),
                      .steps = json_array()};
    json_t *plan = NULL;
    cst_code rc = p.pins && p.steps ? CST_OK : cst_error_nomem(err, "a plan");
    if (rc == CST_OK)
        rc = cst_resources_check(pipeline, file, err);
    if (rc == CST_OK)
        rc = plan_steps(&p, err);
    if (rc == CST_OK) {
        plan = json_pack("{s:s, s:s, s:s, s:I, s:O, s:O, s:O*}", "pipeline", p.name, "file", file,
                         "registry", cst_registry_path(registry), "seed",
                         (json_int_t)cst_get_int(pipeline, "seed", 0), "pins", p.pins, "steps",
                         p.steps, "slurm", json_object_get(pipeline, "slurm"));
        rc = plan ? CST_OK : cst_error_nomem(err, "a plan");
    }
    if (rc == CST_OK)
        *out = plan;
    cst_version_free(p.features);
    json_decref(p.pins);
    json_decref(p.steps);
    return rc;
}

cst_code cst_plan_find(size_t *out, const json_t *plan, const char *step, cst_error *err)
{
    size_t i = 0;
    const json_t *one = NULL;
    cst_text names = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(plan, "steps"), i, one)
    {
        const char *id = cst_get_string(one, "id", "");
        if (strcmp(id, step) == 0) {
            *out = i;
            cst_text_free(&names);
            return CST_OK;
        }
        if (rc == CST_OK)
            rc = cst_text_print(&names, err, "%s%s", i ? ", " : "", id);
    }
    if (rc == CST_OK)
        rc = cst_error_set(err, CST_USAGE, "the pipeline has no step %s: its steps are %s", step,
                           names.data ? names.data : "none");
    cst_text_free(&names);
    return rc;
}

cst_code cst_plan_end_at(json_t *plan, const char *step, cst_error *err)
{
    size_t place = 0;
    json_t *steps = json_object_get(plan, "steps");
    cst_code rc = cst_plan_find(&place, plan, step, err);
    while (rc == CST_OK && json_array_size(steps) > place + 1)
        (void)json_array_remove(steps, json_array_size(steps) - 1);
    return rc;
}

/* plan.c - from the pipeline file to steps: what runs, on what, under which key */
#include "pipeline/plan.h"

#include "base/file.h"
#include "config/json.h"
#include "pipeline/resources.h"

/* A plan being made. */
typedef struct {
    const json_t *pipeline;
    const char *file;
    const char *name;
    cst_registry *registry;
    const cst_grammar *grammar;
    cst_version *features; /* what is learned from where nothing is prepared; or NULL */
    json_t *pins;
    json_t *steps;
} planning;

/* inputs is a list of objects with "role" and "id". */
static cst_code step_key(cst_digest *out, const char *stage, int revision, const json_t *sections,
                         const json_t *inputs, uint64_t seed, cst_error *err)
{
    json_t *ids = json_array();
    json_t *all = NULL;
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(inputs) && rc == CST_OK; i++) {
        const json_t *input = json_array_get(inputs, i);
        rc = cst_json_append(ids,
                             json_pack("{s:s, s:s}", "role", cst_get_string(input, "role", ""),
                                       "id", cst_get_string(input, "id", "")),
                             err);
    }
    if (rc == CST_OK) {
        all = json_pack("{s:s, s:i, s:O, s:O, s:I}", "stage", stage, "revision", revision,
                        "sections", sections, "inputs", ids, "seed", (json_int_t)seed);
        rc = all ? cst_json_digest(out, all, err) : cst_error_nomem(err, "a step key");
    }
    json_decref(all);
    json_decref(ids);
    return rc;
}

/* The resolved sections of the given names (NULL-ended); new reference, or NULL with err set. */
static json_t *resolved_sections(const planning *p, const char *const *names, cst_error *err)
{
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "a plan");
    for (size_t i = 0; i < p->grammar->sections && rc == CST_OK; i++) {
        const cst_section *section = &p->grammar->section[i];
        const char *const *name = names;
        json_t *resolved = NULL;
        while (*name && strcmp(*name, section->name) != 0)
            name++;
        if (!*name)
            continue;
        rc = cst_section_resolved(&resolved, json_object_get(p->pipeline, section->name), section,
                                  err);
        if (rc == CST_OK)
            rc = cst_json_put(out, section->name, resolved, err);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static int revision_of(const planning *p, const char *stage)
{
    const cst_command *const *command = p->grammar->stage;
    for (; command && *command; command++)
        if (!strcmp((*command)->name, stage))
            return (*command)->revision;
    return 0;
}

typedef struct {
    const char *id, *stage, *program;
    json_t *arguments;           /* taken */
    json_t *inputs;              /* taken */
    const char *const *sections; /* NULL-ended: what enters its key */
} draft_step;

cst_code cst_plan_put_key(json_t *step, int64_t seed, cst_error *err)
{
    cst_digest key;
    char hex[CST_DIGEST_HEX];
    const json_t *inputs = json_object_get(step, "inputs");
    bool known = json_array_size(inputs) > 0; /* ingestion has none: it looks what is new */
    for (size_t i = 0; i < json_array_size(inputs); i++)
        known = known && json_object_get(json_array_get(inputs, i), "id");
    if (!known)
        return cst_json_put(step, "key", json_null(), err);
    cst_code rc =
        step_key(&key, cst_get_string(step, "stage", ""), (int)cst_get_int(step, "revision", 0),
                 json_object_get(step, "sections"), inputs, (uint64_t)seed, err);
    if (rc != CST_OK)
        return rc;
    cst_digest_hex(hex, &key);
    return cst_json_put(step, "key", json_string(hex), err);
}

/* The steps that an input comes from; the champion is no step. */
static json_t *after_of(const json_t *inputs, cst_error *err)
{
    json_t *after = json_array();
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        json_t *step = json_object_get(json_array_get(inputs, i), "step");
        bool is_step = step && strcmp(json_string_value(step), "champion") != 0;
        if (is_step && cst_json_append(after, json_incref(step), err) != CST_OK)
            break;
    }
    return after;
}

static cst_code add_step(planning *p, const draft_step *draft, cst_error *err)
{
    json_t *step = json_object();
    json_t *resources = NULL;
    json_t *srun = NULL;
    cst_code rc = cst_resources_of(&resources, p->pipeline, p->file, draft->id, draft->stage, err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "id", json_string(draft->id), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "stage", json_string(draft->stage), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "program", json_string(draft->program), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "arguments", json_incref(draft->arguments), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "ranks", json_integer(cst_get_int(resources, "ranks", 1)), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "resources", json_incref(resources), err);
    if (rc == CST_OK && strcmp(draft->program, "capstan") != 0) /* promotion reads no rows */
        rc = cst_resources_srun(&srun, resources, err);
    if (rc == CST_OK && srun)
        rc = cst_json_put(step, "srun", json_incref(srun), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "after", after_of(draft->inputs, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "inputs", json_incref(draft->inputs), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "sections", resolved_sections(p, draft->sections, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(step, "revision", json_integer(revision_of(p, draft->stage)), err);
    if (rc == CST_OK)
        rc = cst_plan_put_key(step, cst_get_int(p->pipeline, "seed", 0), err);
    if (rc == CST_OK)
        rc = cst_json_append(p->steps, json_incref(step), err);
    json_decref(draft->arguments);
    json_decref(draft->inputs);
    json_decref(resources);
    json_decref(srun);
    json_decref(step);
    return rc;
}

/* The newest snapshot of a dataset, pinned. */
static cst_code pin(const planning *p, const char *dataset, cst_error *err)
{
    cst_version *version = NULL;
    cst_error why = CST_ERROR_INIT;
    char *reference = cst_text_format(err, "%s@latest", dataset);
    if (!reference)
        return CST_NOMEM;
    cst_code rc = cst_registry_find(&version, p->registry, CST_KIND_SNAPSHOT, reference, &why);
    if (rc == CST_OK)
        rc = cst_json_put(p->pins, dataset, cst_version_to_json(version, err), err);
    else
        rc = cst_error_set(err, rc, "%s: the dataset %s is needed: %s", p->file, dataset, why.text);
    cst_version_free(version);
    free(reference);
    return rc;
}

static cst_code pin_joins(const planning *p, cst_error *err)
{
    const json_t *joins = json_object_get(json_object_get(p->pipeline, "prepare"), "join");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(joins) && rc == CST_OK; i++)
        rc = pin(p, cst_get_string(json_array_get(joins, i), "dataset", ""), err);
    return rc;
}

static cst_code plan_ingest(planning *p, const json_t *files, cst_error *err)
{
    static const char *const sections[] = {"source", NULL};
    const char *schema = cst_get_string(p->pipeline, "schema", NULL);
    json_t *arguments =
        json_pack("[s,s,s,s,s,s]", "--registry", cst_registry_path(p->registry), "--pipeline",
                  p->file, "--dataset", cst_get_string(p->pipeline, "dataset", ""));
    cst_code rc = arguments ? CST_OK : cst_error_nomem(err, "a plan");
    if (rc == CST_OK && schema)
        rc = cst_json_append(arguments, json_string("--schema"), err);
    if (rc == CST_OK && schema)
        rc = cst_json_append(arguments, json_string(schema), err);
    if (rc == CST_OK)
        rc = cst_json_append(arguments, json_string("--"), err);
    if (rc == CST_OK && json_is_string(files))
        rc = cst_json_append_files(arguments, json_string_value(files), "source.files", err);
    for (size_t i = 0; i < json_array_size(files) && rc == CST_OK; i++)
        rc = cst_json_append_files(arguments, json_string_value(json_array_get(files, i)),
                                   "source.files", err);
    if (rc != CST_OK) {
        json_decref(arguments);
        return rc;
    }
    draft_step step = {.id = "ingest",
                       .stage = "ingest",
                       .program = "capstan-ingest",
                       .arguments = arguments,
                       .inputs = json_array(),
                       .sections = sections};
    return add_step(p, &step, err);
}

/* The snapshot as an input: what ingest makes, or the pinned one where nothing is ingested. */
static json_t *snapshot_input(const planning *p)
{
    const char *dataset = cst_get_string(p->pipeline, "dataset", "");
    json_t *pinned = json_copy(json_object_get(p->pins, dataset));
    if (!pinned)
        return json_pack("{s:s, s:s}", "role", "snapshot", "step", "ingest");
    if (json_object_set_new(pinned, "role", json_string("snapshot")) == 0)
        return pinned;
    json_decref(pinned);
    return NULL;
}

/* How the snapshot stands in arguments; to be freed. */
static char *snapshot_reference(const planning *p, cst_error *err)
{
    const char *dataset = cst_get_string(p->pipeline, "dataset", "");
    const json_t *pinned = json_object_get(p->pins, dataset);
    if (!pinned)
        return cst_text_copy("{ingest}", err);
    return cst_text_format(err, "%s@%lld", dataset, (long long)cst_get_int(pinned, "version", 0));
}

/* The content of the schema file is an input of validation, though no version of the registry. */
static cst_code add_schema_input(const planning *p, json_t *inputs, cst_error *err)
{
    cst_digest digest;
    char hex[CST_DIGEST_HEX];
    const char *schema = cst_get_string(p->pipeline, "schema", NULL);
    if (!schema)
        return CST_OK;
    cst_code rc = cst_sha256_file(&digest, schema, err);
    if (rc != CST_OK)
        return rc;
    cst_digest_hex(hex, &digest);
    return cst_json_append(inputs, json_pack("{s:s, s:s}", "role", "schema", "id", hex), err);
}

static cst_code plan_validate(planning *p, cst_error *err)
{
    static const char *const sections[] = {"validate", NULL};
    const char *schema = cst_get_string(p->pipeline, "schema", NULL);
    char *snapshot = snapshot_reference(p, err);
    draft_step step = {.id = "validate",
                       .stage = "validate",
                       .program = "capstan-validate",
                       .arguments =
                           json_pack("[s*,s,s,s,s]", snapshot, "--registry",
                                     cst_registry_path(p->registry), "--pipeline", p->file),
                       .inputs = json_pack("[o]", snapshot_input(p)),
                       .sections = sections};
    cst_code rc =
        snapshot && step.arguments && step.inputs ? CST_OK : cst_error_nomem(err, "a plan");
    if (rc == CST_OK && schema)
        rc = cst_json_append(step.arguments, json_string("--schema"), err);
    if (rc == CST_OK && schema)
        rc = cst_json_append(step.arguments, json_string(schema), err);
    if (rc == CST_OK)
        rc = add_schema_input(p, step.inputs, err);
    free(snapshot);
    if (rc == CST_OK)
        return add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

/* Joined snapshots: as arguments, and as inputs. */
static cst_code add_joins(const planning *p, draft_step *step, cst_error *err)
{
    const json_t *joins = json_object_get(json_object_get(p->pipeline, "prepare"), "join");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(joins) && rc == CST_OK; i++) {
        const char *dataset = cst_get_string(json_array_get(joins, i), "dataset", "");
        json_t *input = json_copy(json_object_get(p->pins, dataset));
        char *role = cst_text_format(err, "join:%s", dataset);
        char *value = cst_text_format(err, "%s=%s@%lld", dataset, dataset,
                                      (long long)cst_get_int(input, "version", 0));
        rc = input && role && value ? cst_json_put(input, "role", json_string(role), err)
                                    : cst_error_nomem(err, "a plan");
        if (rc == CST_OK)
            rc = cst_json_append(step->inputs, json_incref(input), err);
        if (rc == CST_OK)
            rc = cst_json_append(step->arguments, json_string("--join"), err);
        if (rc == CST_OK)
            rc = cst_json_append(step->arguments, json_string(value), err);
        json_decref(input);
        free(role);
        free(value);
    }
    return rc;
}

/* The features to learn from; all: every row, for the refit. */
static cst_code plan_prepare(planning *p, bool all, cst_error *err)
{
    static const char *const sections[] = {"prepare", NULL};
    char *snapshot = snapshot_reference(p, err);
    char *name = cst_text_format(err, "%s%s", p->name, all ? "-all" : "");
    draft_step step = {.id = all ? "prepare-all" : "prepare",
                       .stage = "prepare",
                       .program = "capstan-prepare",
                       .arguments = json_pack("[s*,s,s,s,s,s,s*,s*]", snapshot, "--registry",
                                              cst_registry_path(p->registry), "--pipeline", p->file,
                                              "--name", name, all ? "--all" : NULL),
                       .inputs = json_pack("[o]", snapshot_input(p)),
                       .sections = sections};
    cst_code rc = snapshot && name && step.arguments && step.inputs
                      ? add_joins(p, &step, err)
                      : cst_error_nomem(err, "a plan");
    if (rc == CST_OK && all)
        rc =
            cst_json_append(step.inputs, json_pack("{s:s, s:s}", "role", "all", "id", "true"), err);
    free(snapshot);
    free(name);
    if (rc == CST_OK)
        return add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

/* The features as an input: what prepare makes, or those that are there already. New reference, or
 * NULL with err set. */
static json_t *features_input(const planning *p, cst_error *err)
{
    if (!p->features)
        return json_pack("{s:s, s:s}", "role", "features", "step", "prepare");
    json_t *input = cst_version_to_json(p->features, err);
    if (input && cst_json_put(input, "role", json_string("features"), err) == CST_OK)
        return input;
    json_decref(input);
    return NULL;
}

/* How they stand in arguments; to be freed. */
static char *features_reference(const planning *p, cst_error *err)
{
    return p->features
               ? cst_text_format(err, "%s@%lld", p->features->name, (long long)p->features->number)
               : cst_text_copy("{prepare}", err);
}

/* The search for the parameters that train then takes; its trials' arguments are their own. */
static cst_code plan_search(planning *p, cst_error *err)
{
    static const char *const sections[] = {"train", "tune", NULL};
    json_t *inputs = json_array();
    cst_code rc = cst_json_append(inputs, features_input(p, err), err);
    draft_step step = {.id = "search",
                       .stage = "trial",
                       .program = "capstan-trial",
                       .arguments = json_array(),
                       .inputs = inputs,
                       .sections = sections};
    if (rc == CST_OK)
        return add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

static cst_code plan_train(planning *p, bool searched, cst_error *err)
{
    static const char *const sections[] = {"train", NULL};
    char *features = features_reference(p, err);
    draft_step step = {.id = "train",
                       .stage = "train",
                       .program = "capstan-train",
                       .arguments = json_pack(
                           "[s,s,s,s,s,s*,s,s,s*,s*]", "--registry", cst_registry_path(p->registry),
                           "--pipeline", p->file, "--features", features, "--name", p->name,
                           searched ? "--search" : NULL, searched ? "{search}" : NULL),
                       .inputs = json_array(),
                       .sections = sections};
    cst_code rc = features ? cst_json_append(step.inputs, features_input(p, err), err) : CST_NOMEM;
    if (rc == CST_OK && searched)
        rc = cst_json_append(step.inputs,
                             json_pack("{s:s, s:s}", "role", "search", "step", "search"), err);
    free(features);
    if (rc == CST_OK)
        return add_step(p, &step, err);
    json_decref(step.arguments);
    json_decref(step.inputs);
    return rc;
}

static cst_code plan_evaluate(planning *p, cst_error *err)
{
    static const char *const sections[] = {"evaluate", "gate", NULL};
    draft_step step = {.id = "evaluate",
                       .stage = "evaluate",
                       .program = "capstan-evaluate",
                       .arguments = json_pack("[s,s,s,s,s,s,s]", "{train}", "--registry",
                                              cst_registry_path(p->registry), "--pipeline", p->file,
                                              "--against", "{champion}"),
                       .inputs = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "model", "step",
                                           "train", "role", "champion", "step", "champion"),
                       .sections = sections};
    return add_step(p, &step, err);
}

static cst_code plan_refit(planning *p, cst_error *err)
{
    static const char *const sections[] = {"train", NULL};
    draft_step step = {.id = "refit",
                       .stage = "train",
                       .program = "capstan-train",
                       .arguments = json_pack("[s,s,s,s,s,s,s,s,s,s]", "--registry",
                                              cst_registry_path(p->registry), "--pipeline", p->file,
                                              "--features", "{prepare-all}", "--refit", "{train}",
                                              "--name", p->name),
                       .inputs = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "features", "step",
                                           "prepare-all", "role", "challenger", "step", "train"),
                       .sections = sections};
    return add_step(p, &step, err);
}

static cst_code plan_promote(planning *p, bool refitted, cst_error *err)
{
    static const char *const sections[] = {NULL};
    draft_step step = {
        .id = "promote",
        .stage = "promote",
        .program = "capstan",
        .arguments = json_pack("[s,s,s,s]", "promote", refitted ? "{refit}" : "{train}",
                               "--registry", cst_registry_path(p->registry)),
        .inputs = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "model", "step",
                            refitted ? "refit" : "train", "role", "evaluation", "step", "evaluate"),
        .sections = sections};
    return add_step(p, &step, err);
}

/* Parameters, where they are searched for, and the model. */
static cst_code plan_learning(planning *p, cst_error *err)
{
    bool searched = json_object_get(p->pipeline, "tune");
    cst_code rc = searched ? plan_search(p, err) : CST_OK;
    return rc == CST_OK ? plan_train(p, searched, err) : rc;
}

static cst_code plan_steps(planning *p, cst_error *err)
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
    cst_code rc = pin_joins(p, err);
    if (rc == CST_OK)
        rc = files ? plan_ingest(p, files, err)
                   : pin(p, cst_get_string(p->pipeline, "dataset", ""), err);
    if (rc == CST_OK)
        rc = plan_validate(p, err);
    if (rc == CST_OK)
        rc = plan_prepare(p, false, err);
    if (rc == CST_OK)
        rc = plan_learning(p, err);
    if (rc == CST_OK)
        rc = plan_evaluate(p, err);
    if (rc == CST_OK && refitted)
        rc = plan_prepare(p, true, err);
    if (rc == CST_OK && refitted)
        rc = plan_refit(p, err);
    if (rc == CST_OK && automatic)
        rc = plan_promote(p, refitted, err);
    return rc;
}

cst_code cst_plan_make(json_t **out, const json_t *pipeline, const char *file,
                       cst_registry *registry, const cst_grammar *grammar, cst_error *err)
{
    planning p = {.pipeline = pipeline,
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

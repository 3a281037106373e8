/* plan_step.c - a step of a plan: its sections, resources, key */
#include "config/json.h"
#include "pipeline/plan_parts.h"
#include "pipeline/resources.h"

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
static json_t *resolved_sections(const cst_planning *p, const char *const *names, cst_error *err)
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

static int revision_of(const cst_planning *p, const char *stage)
{
    const cst_command *const *command = p->grammar->stage;
    for (; command && *command; command++)
        if (!strcmp((*command)->name, stage))
            return (*command)->revision;
    return 0;
}

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

cst_code cst_plan_add_step(cst_planning *p, const cst_plan_draft *draft, cst_error *err)
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

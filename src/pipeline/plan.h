/* plan.h - from the pipeline file to steps: what runs, on what, under which key */
#ifndef CST_PIPELINE_PLAN_H
#define CST_PIPELINE_PLAN_H

#include <jansson.h>

#include "config/command.h"
#include "registry/registry.h"

/** The sections of a pipeline file that are checked. Given by cmd, which knows the rooms that own
 *  them; a stage's program gives its own ones, and the others are then taken as they are. */
typedef struct {
    const cst_section *section; /* shape [sections] */
    size_t sections;
    const cst_command *const *stage; /* NULL-ended: the stages' revisions, for step keys; or NULL */
} cst_grammar;

/** A pipeline file, checked: {"pipeline", "dataset", "source": {…}, "train": {…}, …}. settings:
 *  a list of "key=value" (of the first section of the grammar) and "section.key=value" that stand
 *  above the file, or NULL. Relative paths in it (schema, registry, source.files) are placed where
 *  the file lies. CST_USAGE with line and suggestion. *out is a new reference. */
cst_code cst_pipeline_read(json_t **out, const char *path, const json_t *settings,
                           const cst_grammar *grammar, cst_error *err);

/** The sections alone, where there is no file: {"train": {…}}, from settings and defaults. */
cst_code cst_pipeline_sections(json_t **out, const json_t *settings, const cst_grammar *grammar,
                               cst_error *err);

/** The plan: {"pipeline", "file", "registry", "seed", "pins": {"weather": {…}}, "slurm": {…},
 *  "steps": […]}, a step being {"id": "train", "stage": "train", "program": "capstan-train",
 *  "arguments": [], "ranks", "resources", "srun": the words before the program on Slurm (absent
 *  where it needs none), "after": ["prepare"], "sections": resolved, "revision",
 *  "inputs": [{"role", "step"} or {"role", "kind", "name", "version", "id"}],
 *  "key": hex, or null while an input is not known yet}. Where the pipeline says features: REF its
 * steps are those of learning alone, from that version. In arguments {train} stands for what step
 *  train has made, {champion} for the champion at that moment ("none" before the first).
 *  Every snapshot that takes part is pinned. file: where the stages read the pipeline from. New
 *  reference. */
cst_code cst_plan_make(json_t **out, const json_t *pipeline, const char *file,
                       cst_registry *registry, const cst_grammar *grammar, cst_error *err);

/** The place of a step in a plan; CST_USAGE, with the steps that there are, where it has none. */
cst_code cst_plan_find(size_t *out, const json_t *plan, const char *step, cst_error *err);

/** Drop what comes after a step. Errors as above. */
cst_code cst_plan_end_at(json_t *plan, const char *step, cst_error *err);

/** Put a step's "key", hex: SHA-256 over stage, revision, resolved sections, input ids and seed;
 * null while not every input has an id. */
cst_code cst_plan_put_key(json_t *step, int64_t seed, cst_error *err);

#endif

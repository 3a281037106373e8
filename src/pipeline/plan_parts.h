/* plan_parts.h - what the files of the plan hand to each other; of this room alone */
#ifndef CST_PIPELINE_PLAN_PARTS_H
#define CST_PIPELINE_PLAN_PARTS_H

#include "pipeline/plan.h"

/** A plan being made. */
typedef struct {
    const json_t *pipeline;
    const char *file;
    const char *name;
    cst_registry *registry;
    const cst_grammar *grammar;
    cst_version *features; /* what is learned from where nothing is prepared; or NULL */
    json_t *pins;
    json_t *steps;
} cst_planning;

/** A step being planned. */
typedef struct {
    const char *id, *stage, *program;
    json_t *arguments;           /* taken */
    json_t *inputs;              /* taken */
    const char *const *sections; /* NULL-ended: what enters its key */
} cst_plan_draft;

/** Append a step to the plan; the draft's references are taken, also on failure. */
cst_code cst_plan_add_step(cst_planning *p, const cst_plan_draft *draft, cst_error *err);

/** Pin the newest snapshot of a dataset; of all that are joined. */
cst_code cst_plan_pin(const cst_planning *p, const char *dataset, cst_error *err);
cst_code cst_plan_pin_joins(const cst_planning *p, cst_error *err);

/** The steps from files to features. all: every row, for the refit. */
cst_code cst_plan_ingest(cst_planning *p, const json_t *files, cst_error *err);
cst_code cst_plan_validate(cst_planning *p, cst_error *err);
cst_code cst_plan_prepare(cst_planning *p, bool all, cst_error *err);

#endif

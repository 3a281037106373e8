/* report.h - what a search has found, as a version of the registry that a model can be made from */
#ifndef CST_TUNE_REPORT_H
#define CST_TUNE_REPORT_H

#include "registry/registry.h"
#include "tune/folder.h"

/** What search.json of the report holds: {"method", "asynchronous", "rungs", "space", "trials":
 *  [{"trial", "params", "rungs": [{"rung", "steps", "training_loss", "validation_loss",
 *  "stopped_early"} or {"rung", "failed": reason}]}], "winner": {"trial", "rung", "steps",
 *  "params", "validation_loss"}}. No times, no hosts: the same search gives the same bytes
 *  wherever it ran. CST_FAILED where no trial has a loss. *out is a new reference. */
cst_code cst_search_report(json_t **out, const cst_search *search, cst_error *err);

/** Publish it as the report <model>-search. CST_SKIPPED where the same one stands there already,
 *  which *out then is. */
cst_code cst_search_publish(cst_version **out, const cst_search *search, cst_registry *registry,
                            const json_t *provenance, cst_error *err);

#endif

/* resources.h - what a step may use, and how srun is told */
#ifndef CST_PIPELINE_RESOURCES_H
#define CST_PIPELINE_RESOURCES_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/** What a step may use: its own resources above those of its stage above the default ones. "ranks"
 *  is always there: what was said, else nodes times ranks_per_node, else 1. CST_USAGE, naming file,
 *  where nodes, ranks and ranks_per_node contradict each other or memory is no amount. *out is a
 *  new reference. */
cst_code cst_resources_of(json_t **out, const json_t *pipeline, const char *file, const char *id,
                          const char *stage, cst_error *err);

/** CST_USAGE with a suggestion where resources: names no step that any pipeline has, or
 *  slurm.most_memory is no amount. */
cst_code cst_resources_check(const json_t *pipeline, const char *file, cst_error *err);

/** The words that stand before a program on Slurm: ["srun", "--mpi=pmix", …]. *out is a new
 *  reference. */
cst_code cst_resources_srun(json_t **out, const json_t *resources, cst_error *err);

/** For another try: twice the time, twice the memory, at most what slurm: allows (most_time,
 *  most_memory), and never less than there was. They must be there. */
cst_code cst_resources_raise(json_t *resources, const json_t *slurm, bool time, bool memory,
                             cst_error *err);

/** Megabytes of an amount of memory as Slurm writes it: "4000", "4000M", "16G", "1T", "512000K";
 *  rounded up. CST_USAGE where it is none. */
cst_code cst_memory_parse(int64_t *megabytes, const char *text, cst_error *err);

#endif

/* stage.h - the parallel bodies of the stages: read versions, compute, publish one version
 *
 * A stage knows no command line: it gets checked maps and gives a result. The programs around them
 * (MPI_Init, options, receipts, exit codes) are in cmd/program.c, written once.
 */
#ifndef CST_STAGE_STAGE_H
#define CST_STAGE_STAGE_H

#include <jansson.h>

#include "base/log.h"
#include "comm/comm.h"
#include "config/command.h"
#include "registry/registry.h"
#include "store/rows.h"

/** What a stage works with. Borrowed. */
typedef struct {
    cst_comm *comm;
    cst_registry *registry;   /* rank 0; NULL elsewhere */
    cst_log *log;             /* rank 0; NULL elsewhere */
    const json_t *options;    /* the command line, checked */
    const json_t *sections;   /* its sections of the pipeline file by name, checked, --set applied:
                                 {"evaluate": {…}, "gate": {…}} */
    const json_t *pipeline;   /* the whole checked pipeline file, or NULL */
    const json_t *provenance; /* build, host, who, when …: for manifests */
    uint64_t seed;
} cst_stage;

/** What a stage gives, on rank 0. Release with cst_stage_result_free. */
typedef struct {
    json_t *outputs; /* array of {"kind", "name", "version", "id", "path"}; the first is printed */
    json_t *inputs;  /* array of the same */
    json_t *extra;   /* more keys for --json, or NULL */
    char *line;      /* what to print instead of name@version, or NULL */
    int64_t rows_read, rows_kept, rows_rejected;
} cst_stage_result;

void cst_stage_result_free(cst_stage_result *result);

/** A stage: its command line, the sections of the pipeline file it reads, its revision, its body.
 *  --set key=value goes to the first section, --set gate.floor=0.6 to the one named. */
typedef struct {
    const cst_command *command;
    const cst_section *const *sections; /* NULL-ended; or NULL */
    int revision;
    bool stops; /* it asks between its steps whether it is to stop (base/stop.h) */
    /** Collective. CST_OK, CST_REFUSED, CST_SKIPPED, CST_STOPPED, or an error; the result may be
     * filled in with any of the first three. */
    cst_code (*run)(cst_stage_result *out, const cst_stage *stage, cst_error *err);
} cst_stage_kind;

/* One file each: stage/ingest.c holds the body, stage/ingest_options.c command and section, so that
 * capstan can link the tables without MPI and HDF5. */
extern const cst_stage_kind cst_stage_ingest, cst_stage_profile, cst_stage_infer,
    cst_stage_validate, cst_stage_prepare, cst_stage_train, cst_stage_evaluate, cst_stage_predict,
    cst_stage_monitor, cst_stage_replay, cst_stage_export, cst_stage_trial;

extern const cst_command cst_command_ingest, cst_command_profile, cst_command_infer,
    cst_command_validate, cst_command_prepare, cst_command_train, cst_command_evaluate,
    cst_command_predict, cst_command_monitor, cst_command_replay, cst_command_export,
    cst_command_trial;

extern const cst_section cst_section_source, cst_section_validate, cst_section_prepare,
    cst_section_train, cst_section_evaluate, cst_section_gate, cst_section_monitor,
    cst_section_tune;

/** Find a version on rank 0 and give its path, id and manifest to all. Its files are those that
 * were published, or CST_INVALID names the one that is not. Collective. */
cst_code cst_stage_find(cst_version **out, const cst_stage *stage, cst_kind kind,
                        const char *reference, cst_error *err);

/** Give a JSON value that rank 0 made to all. code is the outcome of making it, CST_OK on other
 *  ranks; what names it in messages. *value is owned by the caller on every rank, whatever is
 *  returned. Collective. */
cst_code cst_stage_share(json_t **value, cst_comm *comm, cst_code code, const char *what,
                         cst_error *err);

/** Could such a version be published? Asked before the work. Collective. */
cst_code cst_stage_may_publish(const cst_stage *stage, cst_kind kind, const char *name,
                               cst_error *err);

/** A draft's path, on all ranks. Collective; *draft is NULL but on rank 0. */
cst_code cst_stage_draft(cst_draft **draft, char **path, const cst_stage *stage, cst_kind kind,
                         const char *name, cst_error *err);

/** Publish rank 0's draft (NULL elsewhere) and give the version to all; codes are those of
 *  cst_draft_publish, the version is given with CST_OK and CST_SKIPPED. Collective. */
cst_code cst_stage_publish(cst_version **out, const cst_stage *stage, cst_draft *draft,
                           const cst_recipe *recipe, int64_t parent, cst_error *err);

/** The parts of a snapshot from entry first of its manifest on, paths absolute, to be released
 *  with cst_stage_parts_free. They are those that were published, or CST_INVALID names the one that
 *  is not. Collective. */
cst_code cst_stage_parts(cst_part_ref **out, size_t *count, const cst_stage *stage,
                         const cst_version *snapshot, size_t first, cst_error *err);
void cst_stage_parts_free(cst_part_ref *parts, size_t count);

/** Append a version to the outputs or inputs of a result (made if it is NULL). Local. */
cst_code cst_stage_add(json_t **array, const cst_version *version, cst_error *err);

#endif

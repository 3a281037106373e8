/* stages.h - the stages that capstan knows: their command lines, sections and programs */
#ifndef CST_CMD_STAGES_H
#define CST_CMD_STAGES_H

#include "config/command.h"

typedef struct {
    const char *name; /* as it is typed: "train", "schema infer" */
    const char *program;
    const cst_command *command;
    const cst_section *sections[3]; /* of the pipeline file, NULL-ended */
    bool hidden; /* for programs: left out of lists, manual pages and completion */
} cst_stage_entry;

/** All of them; the last has no name. */
extern const cst_stage_entry cst_stage_entries[];

/** What `capstan <stage> --help` prints: its options and --ranks, then the keys of its sections. */
cst_code cst_stage_help(cst_text *out, const cst_stage_entry *stage, cst_error *err);

#endif

/* stages.c - the stages that capstan knows: their command lines, sections and programs */
#include "cmd/stages.h"

#include "cmd/program_options.h"
#include "stage/stage.h"

const cst_stage_entry cst_stage_entries[] = {
    {"ingest", "capstan-ingest", &cst_command_ingest, {&cst_section_source}, false},
    {"profile", "capstan-profile", &cst_command_profile, {NULL}, false},
    {"schema infer", "capstan-infer", &cst_command_infer, {NULL}, false},
    {"validate", "capstan-validate", &cst_command_validate, {&cst_section_validate}, false},
    {"prepare", "capstan-prepare", &cst_command_prepare, {&cst_section_prepare}, false},
    {"train", "capstan-train", &cst_command_train, {&cst_section_train}, false},
    {"trial", "capstan-trial", &cst_command_trial, {&cst_section_tune}, true},
    {"evaluate",
     "capstan-evaluate",
     &cst_command_evaluate,
     {&cst_section_evaluate, &cst_section_gate},
     false},
    {"predict", "capstan-predict", &cst_command_predict, {&cst_section_source}, false},
    {"monitor", "capstan-monitor", &cst_command_monitor, {&cst_section_monitor}, false},
    {"export", "capstan-export", &cst_command_export, {NULL}, false},
    {"replay", "capstan-replay", &cst_command_replay, {NULL}, false},
    {NULL, NULL, NULL, {NULL}, false},
};

cst_code cst_stage_help(cst_text *out, const cst_stage_entry *stage, cst_error *err)
{
    cst_command command;
    cst_code rc = cst_program_command(&command, stage->command, true, err);
    if (rc != CST_OK)
        return rc;
    char *program = cst_text_format(err, "capstan %s", stage->name);
    rc = program ? cst_command_help(out, &command, program, err) : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && stage->sections[i]; i++)
        rc = cst_section_help(out, stage->sections[i], i == 0, err);
    free(program);
    free((void *)command.options);
    return rc;
}

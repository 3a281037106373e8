/* grammar.c - the sections of a pipeline file, gathered from the stages and the drivers */
#include "cmd/grammar.h"

#include "base/array.h"
#include "cmd/stages.h"
#include "pipeline/options.h"

static size_t count_entries(void)
{
    size_t count = 0;
    while (cst_stage_entries[count].name)
        count++;
    return count;
}

cst_code cst_grammar_new(cst_grammar *out, cst_error *err)
{
    enum { SECTIONS_MOST = 3 /* of a stage */, OWN = 2 /* of no stage */ };
    size_t entries = count_entries();
    cst_section *section =
        cst_array_new(entries * SECTIONS_MOST + OWN, sizeof *section, "sections", err);
    const cst_command **stage = cst_array_new(entries + 1, sizeof *stage, "stages", err);
    cst_grammar grammar = {.section = section, .sections = 0, .stage = stage};
    if (!section || !stage) {
        cst_grammar_free(&grammar);
        return CST_NOMEM;
    }
    for (size_t i = 0; i < entries; i++) {
        const cst_section *const *own = cst_stage_entries[i].sections;
        stage[i] = cst_stage_entries[i].command;
        for (; *own; own++)
            section[grammar.sections++] = **own;
    }
    section[grammar.sections++] = cst_resources_section;
    section[grammar.sections++] = cst_slurm_section;
    *out = grammar;
    return CST_OK;
}

void cst_grammar_free(cst_grammar *grammar)
{
    free((void *)grammar->section);
    free((void *)grammar->stage);
    *grammar = (cst_grammar){0};
}

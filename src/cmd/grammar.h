/* grammar.h - the sections of a pipeline file, gathered from the stages */
#ifndef CST_CMD_GRAMMAR_H
#define CST_CMD_GRAMMAR_H

#include "pipeline/plan.h"

/** Every stage's sections and commands. Released with cst_grammar_free. */
cst_code cst_grammar_new(cst_grammar *out, cst_error *err);
void cst_grammar_free(cst_grammar *grammar);

#endif

/* program.h - the one main of all stage programs */
#ifndef CST_CMD_PROGRAM_H
#define CST_CMD_PROGRAM_H

#include "stage/stage.h"

/** Parse, read sections, open the registry, run the stage on all ranks, leave the receipt, print.
 *  Returns the exit status: with more than one rank and --attempt 0 once end.json stands. */
int cst_program_main(const cst_stage_kind *kind, int argc, char **argv);

#endif

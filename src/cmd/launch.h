/* launch.h - a stage becomes the program capstan-<stage>, under mpirun where ranks are asked for */
#ifndef CST_CMD_LAUNCH_H
#define CST_CMD_LAUNCH_H

#include "base/log.h"
#include "cmd/stages.h"

/** Become program (found beside this one), with arguments. Returns only where that fails. */
cst_code cst_launch_instead(const char *program, int count, char *const *arguments, cst_error *err);

/** Run a stage with the arguments behind its name; the exit status. With --ranks N above 1 it runs
 *  under mpirun in an attempt's folder of its own, and the status is what end.json says. */
int cst_launch_stage(const cst_stage_entry *stage, int count, char *const *arguments, cst_log *log);

#endif

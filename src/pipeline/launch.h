/* launch.h - how a stage's program is started: alone, under mpirun, or by a launcher that was given
 */
#ifndef CST_PIPELINE_LAUNCH_H
#define CST_PIPELINE_LAUNCH_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/** What to execute: a NULL-ended argv, argv[0] to be looked for in PATH where it has no slash.
 *  Released with cst_launch_free. */
typedef struct {
    char **argv;
    size_t count;
    bool under; /* a launcher starts the program */
} cst_launch;

/** program ("capstan-train", found beside this executable, else in PATH) with arguments (a list of
 *  strings), under mpirun where ranks > 1. */
cst_code cst_launch_new(cst_launch *out, const char *program, const json_t *arguments, int ranks,
                        cst_error *err);

/** The same behind the words of a launcher ("srun", "--mpi=pmix", …), a list of strings; none of
 *  them: alone. */
cst_code cst_launch_behind(cst_launch *out, const json_t *launcher, const char *program,
                           const json_t *arguments, cst_error *err);
void cst_launch_free(cst_launch *launch);

/** In the process that is about to execute it: mpirun's settings for one machine (as root, more
 *  ranks than cores, no binding) where the user has not chosen otherwise; none for srun, which
 *  places ranks by itself. False where the environment cannot be set. */
bool cst_launch_environment(const cst_launch *launch);

/** Start it as a process of its own, reading nothing and with no signal blocked. log: a file that
 *  its output is appended to; the process is then a group of its own and is sent TERM when this one
 *  dies. NULL: its output is this process's, and so is its group, but for a launcher: a terminal's
 *  Ctrl-C reaches that only through this process. */
cst_code cst_launch_start(pid_t *out, const cst_launch *launch, const char *log, cst_error *err);

/** Start it and wait for its end; *status is its exit status, 128 and more where a signal has ended
 *  it. Signals to this process (TERM, INT, HUP, USR1, USR2) are passed on and do not end it. A
 *  launcher gets USR1 for TERM, HUP and a first INT: srun and mpirun end their ranks on those, at
 *  once or after a second (seen with Slurm 22.05 and Open MPI 4.1), and hand on USR1, which asks a
 *  training to stop with a checkpoint and ends any other program. CST_STOPPED where one came before
 *  it was started. For a caller that holds them back one that was passed on is pending afterwards,
 *  so that nothing more is started. */
cst_code cst_launch_run(int *status, const cst_launch *launch, const char *log, cst_error *err);

/** Block the signals that cst_launch_run passes on: those that come before it then wait for it. */
cst_code cst_launch_hold_signals(cst_error *err);

#endif

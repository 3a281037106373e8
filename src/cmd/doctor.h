/* doctor.h - an examination of this machine and its cluster, a line a check */
#ifndef CST_CMD_DOCTOR_H
#define CST_CMD_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

typedef enum { CST_HEALTH_OK, CST_HEALTH_WARNING, CST_HEALTH_PROBLEM } cst_health;

/** What is examined, and what was found so far. */
typedef struct {
    const char *directory; /* whose file system is looked at */
    json_t *checks;        /* [{"check", "verdict", "message"}] */
    bool problem;          /* one of them is one */
} cst_examination;

/** Note what a check found. message is taken and freed; NULL (memory was short) is CST_NOMEM, so
 *  that cst_text_format can stand in the call. */
cst_code cst_doctor_note(cst_examination *e, const char *check, cst_health found, char *message,
                         cst_error *err);

/** The folder of this program, in which the others are; to be freed. NULL with err set where it
 *  cannot be told. */
char *cst_doctor_folder(cst_error *err);

/* Each notes its checks; an error only where it cannot go on at all. */

/** mpirun, the programs of the stages, the limits of this process. */
cst_code cst_doctor_machine(cst_examination *e, cst_error *err);

/** What link and rename do in the directory, its space, its clock. */
cst_code cst_doctor_files(cst_examination *e, cst_error *err);

/** Slurm as seen from here, no job submitted; *answers: a job could be. */
cst_code cst_doctor_slurm(cst_examination *e, bool *answers, cst_error *err);

/** Two ranks on two nodes as one job: they exchange a message and look at the directory. srun: a
 *  list of further options; patience: the seconds it may wait for nodes. */
cst_code cst_doctor_job(cst_examination *e, const json_t *srun, int patience, cst_error *err);

/** What the ranks of that job reported (a list; capstan-probe.c has the keys): ranks of them were
 *  asked for. */
cst_code cst_doctor_reports(cst_examination *e, const json_t *reports, size_t ranks,
                            cst_error *err);

#endif

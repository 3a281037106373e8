/* rows.h - the rows that Slurm's commands print, as sightings of jobs; pure */
#ifndef CST_SLURM_ROWS_H
#define CST_SLURM_ROWS_H

#include "slurm/look.h"

/** What a field of a row with '|' between its fields holds. */
typedef enum {
    CST_FIELD_END, /* ends a list of fields */
    CST_FIELD_ID,  /* "12", "12_3", "12_[0-3,7%2]" */
    CST_FIELD_STATE,
    CST_FIELD_WAIT_STATUS, /* as wait(2) gives it: 1792 */
    CST_FIELD_EXIT,        /* exit status and signal: "7:0" */
    CST_FIELD_SUBMIT,
    CST_FIELD_FINISH,
    CST_FIELD_LEFT, /* "1-02:03:04", "59:58" */
    CST_FIELD_RESTARTS,
    CST_FIELD_NODES,
    CST_FIELD_REASON,
    CST_FIELD_NAME, /* only as the last: it may hold a '|' */
} cst_field;

/** A row. */
typedef struct {
    int64_t id;            /* of an array: its base id */
    char *elements;        /* "" for no array, "3", "[0-3,7%2]" */
    char *name;            /* "" where the row does not say */
    bool local_time;       /* submitted is what the controller's clock on the wall showed, as UTC */
    cst_sighting sighting; /* its nodes are owned */
} cst_row;

typedef struct {
    cst_row *rows;
    size_t count, room;
} cst_rows;

/** Append the rows of text (changed by this), a line each. CST_INVALID where a line does not hold
 *  these fields; source names it then. Release with cst_rows_free. */
cst_code cst_rows_parse(cst_rows *out, char *text, const cst_field *fields, const char *source,
                        cst_error *err);

/** The same for lines of "Key=value" pairs: `scontrol --oneliner show job` and the file of
 *  jobcomp/filetxt, whose times are local ones. Lines without JobId= are passed over. */
cst_code cst_rows_parse_pairs(cst_rows *out, char *text, bool local_time, cst_error *err);

void cst_rows_free(cst_rows *rows);

/** Copy rows into the sightings of one source of the jobs that they are of; jobs must be sorted
 * with cst_slurm_job_order. Of an array's element its own row counts before one of a list. */
cst_code cst_rows_assign(const cst_rows *rows, cst_slurm_job **jobs, size_t count,
                         cst_source source, cst_error *err);

/** For qsort: pointers to jobs by id and index. */
int cst_slurm_job_order(const void *a, const void *b);

/** True where elements ("3", "[0-3,7-9:2%4]") hold index. A list that Slurm has cut short ("...")
 *  may hold any index behind its last. */
bool cst_elements_hold(const char *elements, int64_t index);

#endif

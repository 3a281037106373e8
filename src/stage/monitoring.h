/* monitoring.h - what monitor holds while it runs; for monitor*.c alone */
#ifndef CST_STAGE_MONITORING_H
#define CST_STAGE_MONITORING_H

#include "stage/bundle.h"
#include "stage/stage.h"
#include "table/table.h"

/** Raised whenever a report changes. */
enum { CST_MONITOR_REVISION = 2 };

/** Rows with labels, of all ranks, the same on every rank. */
typedef struct {
    size_t rows;
    double *score, *label; /* shape [rows] */
    double *weight;        /* shape [rows], or NULL */
    int64_t *day;          /* shape [rows], or NULL: no time */
    int64_t *position;     /* shape [rows]: of the row among those that were read */
} cst_labelled;

typedef struct {
    const cst_stage *stage;
    const json_t *spec; /* the section, checked */
    cst_version *model, *snapshot;
    cst_version **joined;
    size_t joins;
    cst_bundle *bundle;
    cst_table *rows;     /* this rank's rows of the window, with columns derived and "score" */
    int64_t read;        /* rows of the window before any was left out */
    int64_t first, last; /* instants, microseconds; INT64_MAX, INT64_MIN where there is no time */
    cst_labelled labelled;

    json_t *past;          /* {"history": [drift.json …], "evaluation": … or null} */
    cst_version **reports; /* rank 0: the versions behind history */
    size_t report_count;
    cst_version *evaluation; /* rank 0, or NULL */
    json_t *drift, *quality, *metrics;
    json_t *report; /* drift.json */
    bool alarm;     /* and not cooling down after another one */
} cst_monitoring;

/** Read the window, join, score, and give all ranks what is labelled. Collective. */
cst_code cst_monitoring_window(cst_monitoring *m, cst_error *err);

/** Find the reports before this one and the model's evaluation. Collective. */
cst_code cst_monitoring_past(cst_monitoring *m, cst_error *err);

/** Drift, quality, metrics, and the report of them. Collective. */
cst_code cst_monitoring_judge(cst_monitoring *m, cst_error *err);

/** Say it to a person. Local. */
void cst_monitoring_tell(const cst_monitoring *m);

/** Publish the report. Collective. */
cst_code cst_monitoring_publish(cst_stage_result *out, const cst_monitoring *m, cst_error *err);

#endif

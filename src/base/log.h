/* log.h - what goes to stderr: messages and progress
 *
 * A cst_log is passed to whoever has something to say; NULL is silence (as on every rank but 0).
 */
#ifndef CST_BASE_LOG_H
#define CST_BASE_LOG_H

#include <stdio.h>

#include "base/error.h"

typedef enum { CST_LOG_QUIET, CST_LOG_NORMAL, CST_LOG_VERBOSE } cst_log_level;
typedef enum { CST_PROGRESS_NONE, CST_PROGRESS_LOG, CST_PROGRESS_BAR } cst_progress_mode;

typedef struct {
    FILE *to;
    const char *program; /* stands before every message */
    cst_log_level level;
    cst_progress_mode progress;
    double shown; /* when progress was last shown; on cst_clock_elapsed */
    int bar;      /* columns of a bar that still stands on the line */
} cst_log;

/** Messages to stderr in the name of program (which must outlive the log). progress is "auto"
 *  (a bar on a terminal, a line now and then elsewhere), "bar", "log" or "none". */
cst_log cst_log_new(const char *program, cst_log_level level, const char *progress);

/** A message: shown unless quiet; shown if verbose; always shown. No newline at the end. */
void cst_log_info(cst_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cst_log_detail(cst_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cst_log_warn(cst_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** An error that ends the program. */
void cst_log_error(cst_log *log, const cst_error *err);

/** done of total units (total 0: not known), with a note such as "loss 0.51". Cheap: shown at
 *  most five times a second as a bar, every ten seconds as a line. */
void cst_log_progress(cst_log *log, const char *what, double done, double total, const char *note);

/** The work that progress was shown of has ended: the bar goes away. */
void cst_log_progress_end(cst_log *log);

#endif

/* log.c - what goes to stderr: messages and progress */
#include "base/log.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/clock.h"

cst_log cst_log_new(const char *program, cst_log_level level, const char *progress)
{
    cst_progress_mode mode = isatty(STDERR_FILENO) ? CST_PROGRESS_BAR : CST_PROGRESS_LOG;
    if (strcmp(progress, "bar") == 0)
        mode = CST_PROGRESS_BAR;
    else if (strcmp(progress, "log") == 0)
        mode = CST_PROGRESS_LOG;
    else if (strcmp(progress, "none") == 0 || level == CST_LOG_QUIET)
        mode = CST_PROGRESS_NONE;
    return (cst_log){.to = stderr,
                     .program = program,
                     .level = level,
                     .progress = mode,
                     .shown = cst_clock_elapsed()};
}

void cst_log_progress_end(cst_log *log)
{
    if (!log || !log->bar)
        return;
    (void)fprintf(log->to, "\r%*s\r", log->bar, "");
    (void)fflush(log->to);
    log->bar = 0;
}

static void say(cst_log *log, const char *kind, const char *format, va_list args)
{
    cst_log_progress_end(log);
    (void)fprintf(log->to, "%s: %s", log->program, kind);
    (void)vfprintf(log->to, format, args);
    (void)fputc('\n', log->to);
    (void)fflush(log->to);
}

void cst_log_info(cst_log *log, const char *format, ...)
{
    if (!log || log->level < CST_LOG_NORMAL)
        return;
    va_list args;
    va_start(args, format);
    say(log, "", format, args);
    va_end(args);
}

void cst_log_detail(cst_log *log, const char *format, ...)
{
    if (!log || log->level < CST_LOG_VERBOSE)
        return;
    va_list args;
    va_start(args, format);
    say(log, "", format, args);
    va_end(args);
}

void cst_log_warn(cst_log *log, const char *format, ...)
{
    if (!log)
        return;
    va_list args;
    va_start(args, format);
    say(log, "warning: ", format, args);
    va_end(args);
}

void cst_log_error(cst_log *log, const cst_error *err)
{
    if (!log)
        return;
    cst_log_progress_end(log);
    (void)fprintf(log->to, "%s: %s\n", log->program, err->text);
    (void)fflush(log->to);
}

static void show_bar(cst_log *log, const char *what, double share, const char *note)
{
    enum { WIDTH = 30 };
    static const char filled[] = "##############################";
    int fill = share < 0 ? 0 : (int)(share * WIDTH);
    int used = fprintf(log->to, "\r%s [%.*s%*s] %3.0f %% %s", what, fill, filled, WIDTH - fill, "",
                       share < 0 ? 0 : share * 100, note);
    if (used < log->bar)
        (void)fprintf(log->to, "%*s", log->bar - used, "");
    (void)fflush(log->to);
    log->bar = used > log->bar ? used : log->bar;
}

void cst_log_progress(cst_log *log, const char *what, double done, double total, const char *note)
{
    if (!log || log->progress == CST_PROGRESS_NONE)
        return;
    double now = cst_clock_elapsed();
    if (now - log->shown < (log->progress == CST_PROGRESS_BAR ? 0.2 : 10.0))
        return;
    log->shown = now;
    double share = total > 0 ? (done < total ? done / total : 1.0) : -1.0;
    if (log->progress == CST_PROGRESS_BAR)
        show_bar(log, what, share, note ? note : "");
    else if (total > 0)
        cst_log_info(log, "%s: %.0f of %.0f %s", what, done, total, note ? note : "");
    else
        cst_log_info(log, "%s: %.0f %s", what, done, note ? note : "");
}

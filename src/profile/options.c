/* options.c - the keys of validate: and monitor: in the pipeline file */
#include "profile/drift.h"
#include "profile/validate.h"

static const char *const severities[] = {"error", "warning", "ignore", NULL};

static const cst_option severity_keys[] = {
#define SEVERITY_ROW(kind, word, usual)                                                            \
    {.name = word,                                                                                 \
     .type = CST_OPTION_STRING,                                                                    \
     .help = "what this anomaly is (" usual " by default)",                                        \
     .choices = severities},
    CST_ANOMALIES(SEVERITY_ROW)
#undef SEVERITY_ROW
        {0}};

const cst_option cst_validate_options[] = {
    {.name = "against",
     .type = CST_OPTION_STRING,
     .fallback = "previous",
     .help = "what the newest part is compared with: previous (the part before), champion (the "
             "snapshot the champion was trained on), none, or a snapshot",
     .metavar = "REF"},
    {.name = "max_reject_fraction",
     .type = CST_OPTION_REAL,
     .fallback = "0.01",
     .help = "largest share of rows that may have been rejected when they were read",
     .min = 0,
     .max = 1},
    {.name = "psi",
     .type = CST_OPTION_REAL,
     .fallback = "0.25",
     .help = "population stability index from which a column counts as drifted",
     .min = 0,
     .max = 100},
    {.name = "severity",
     .type = CST_OPTION_MAP,
     .help = "severities that differ from the defaults, by anomaly: {time-gap: ignore}",
     .keys = severity_keys},
    {0},
};

static const cst_option window_count[] = {
    {.name = "*", .type = CST_OPTION_INT, .help = "a number of windows", .min = 1, .max = 100},
    {0},
};

const cst_option cst_monitor_options[] = {
    {.name = "score_psi",
     .type = CST_OPTION_REAL,
     .fallback = "0.1",
     .help = "population stability index of the score from which its drift is an alarm",
     .min = 0,
     .max = 100},
    {.name = "psi",
     .type = CST_OPTION_REAL,
     .fallback = "0.2",
     .help = "population stability index from which a feature counts as drifted",
     .min = 0,
     .max = 100},
    {.name = "warn",
     .type = CST_OPTION_REAL,
     .fallback = "0.1",
     .help = "population stability index from which a feature is mentioned",
     .min = 0,
     .max = 100},
    {.name = "ks",
     .type = CST_OPTION_REAL,
     .fallback = "0.05",
     .help = "Kolmogorov-Smirnov distance from which a feature counts as drifted",
     .min = 0,
     .max = 1},
    {.name = "alpha",
     .type = CST_OPTION_REAL,
     .fallback = "0.01",
     .help = "chance of a false alarm, over the whole report",
     .min = 0.0001,
     .max = 0.5},
    {.name = "windows",
     .type = CST_OPTION_LIST,
     .fallback = "[2, 3]",
     .help = "features warn when they drifted in k of the last m windows: [k, m]",
     .keys = window_count},
    {.name = "cooldown",
     .type = CST_OPTION_DURATION,
     .fallback = "24h",
     .help = "time, on the clock of the data, after an alarm in which no other one is raised"},
    {.name = "min_rows",
     .type = CST_OPTION_INT,
     .fallback = "200",
     .help = "rows below which a window is not judged",
     .min = 1,
     .max = 1e9},
    {0},
};

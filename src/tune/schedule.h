/* schedule.h - how many steps a search's trials take, and how many of them go on
 *
 * Successive halving on fixed rungs (Jamieson and Talwalkar, "Non-stochastic best arm
 * identification and hyperparameter optimization", AISTATS 2016): all trials train to the first
 * rung, the best of them to the second, and so on. Hyperband (Li et al., JMLR 18, 2018) does the
 * same in several brackets, which begin at different rungs.
 */
#ifndef CST_TUNE_SCHEDULE_H
#define CST_TUNE_SCHEDULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { CST_RUNGS_MOST = 32 };

/** Trials that are compared with each other: numbers first … first + trials - 1. */
typedef struct {
    int64_t first, trials;
    size_t rung; /* where they begin */
} cst_bracket;

typedef struct {
    int64_t trials;
    size_t rungs;
    int64_t steps[CST_RUNGS_MOST]; /* a trial's steps at the end of a rung; 0: all that it takes */
    double eta[CST_RUNGS_MOST];    /* one trial of eta[r] goes on from rung r */
    size_t brackets;
    cst_bracket bracket[CST_RUNGS_MOST]; /* by trial number; every trial is in one */
    bool asynchronous;
} cst_schedule;

/** The schedule that a checked section tune: asks for. CST_USAGE names the key. */
cst_code cst_schedule_make(cst_schedule *out, const json_t *tune, cst_error *err);

/** The results that a search has when it is over, where no trial fails. */
int64_t cst_schedule_results(const cst_schedule *schedule);

/** How many of n trials go on from rung r: at least one where there is any. */
int64_t cst_schedule_keep(const cst_schedule *schedule, size_t rung, int64_t n);

#endif

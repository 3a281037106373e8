/* rungs.c - which trials go on: a pure function of the results that are published */
#include "tune/rungs.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

/* A trial of a bracket, counted from the bracket's first. */
typedef struct {
    double loss;
    int64_t trial;
} ranked;

/* A bracket at a rung. */
typedef struct {
    const cst_schedule *schedule;
    const cst_trial_cell *cells;
    const cst_bracket *bracket;
    size_t rung;
    bool over;      /* nothing more can come to this rung */
    uint8_t *enter; /* who is at this rung, shape [trials] of the bracket */
    ranked *rank;   /* room for their order, shape [trials] of the bracket */
} standing;

static const cst_trial_cell *cell_of(const standing *s, int64_t trial, size_t rung)
{
    return CST_CELL(s->schedule, s->cells, s->bracket->first + trial, rung);
}

static bool has_result(const cst_trial_cell *cell)
{
    return cell->state == CST_TRIAL_DONE || cell->state == CST_TRIAL_FAILED;
}

static bool has_loss(const cst_trial_cell *cell)
{
    return cell->state == CST_TRIAL_DONE && isfinite(cell->loss);
}

/* The least loss first, the first of equals first. */
static int by_loss(const void *a, const void *b)
{
    const ranked *left = a;
    const ranked *right = b;
    if (left->loss != right->loss)
        return left->loss < right->loss ? -1 : 1;
    return (left->trial > right->trial) - (left->trial < right->trial);
}

/* How many may go on now of so many that are here, and so many that have a result. */
static int64_t places(const standing *s, int64_t here, int64_t published)
{
    if (s->over)
        return cst_schedule_keep(s->schedule, s->rung, here);
    if (!s->schedule->asynchronous)
        return 0;
    return (int64_t)((double)published / s->schedule->eta[s->rung]);
}

/* Go to the next rung: whoever has a place, and whoever was let on before. */
static void climb(standing *s)
{
    int64_t here = 0;
    int64_t published = 0;
    int64_t count = 0;
    for (int64_t t = 0; t < s->bracket->trials; t++) {
        const cst_trial_cell *cell = cell_of(s, t, s->rung);
        here += s->enter[t];
        published += s->enter[t] && has_result(cell);
        if (s->enter[t] && has_loss(cell))
            s->rank[count++] = (ranked){.loss = cell->loss, .trial = t};
    }
    qsort(s->rank, (size_t)count, sizeof *s->rank, by_loss);
    int64_t most = places(s, here, published);
    for (int64_t t = 0; t < s->bracket->trials; t++)
        s->enter[t] = s->enter[t] && s->schedule->asynchronous &&
                      cell_of(s, t, s->rung + 1)->state != CST_TRIAL_OPEN;
    for (int64_t i = 0; i < most && i < count; i++)
        s->enter[s->rank[i].trial] = 1;
    s->rung++;
}

static size_t add_work(cst_work *work, size_t count, standing *s)
{
    for (int64_t t = 0; t < s->bracket->trials; t++) {
        if (!s->enter[t] || has_result(cell_of(s, t, s->rung)))
            continue;
        s->over = false;
        work[count++] = (cst_work){.trial = s->bracket->first + t, .rung = s->rung};
    }
    return count;
}

static int by_rung_then_trial(const void *a, const void *b)
{
    const cst_work *left = a;
    const cst_work *right = b;
    if (left->rung != right->rung)
        return left->rung > right->rung ? -1 : 1;
    return (left->trial > right->trial) - (left->trial < right->trial);
}

cst_code cst_rungs_work(cst_work **out, size_t *count, const cst_schedule *schedule,
                        const cst_trial_cell *cells, cst_error *err)
{
    size_t trials = (size_t)schedule->trials;
    uint8_t *enter = cst_array_new(trials, sizeof *enter, "trials", err);
    ranked *rank = cst_array_new(trials, sizeof *rank, "trials", err);
    cst_work *work = cst_array_new(trials * schedule->rungs, sizeof *work, "trials", err);
    cst_code rc = enter && rank && work ? CST_OK : CST_NOMEM;
    size_t found = 0;
    for (size_t b = 0; b < schedule->brackets && rc == CST_OK; b++) {
        const cst_bracket *bracket = &schedule->bracket[b];
        standing s = {.schedule = schedule,
                      .cells = cells,
                      .bracket = bracket,
                      .rung = bracket->rung,
                      .over = true,
                      .enter = enter,
                      .rank = rank};
        memset(enter, 1, (size_t)bracket->trials);
        found = add_work(work, found, &s);
        while (s.rung + 1 < schedule->rungs) {
            climb(&s);
            found = add_work(work, found, &s);
        }
    }
    free(enter);
    free(rank);
    if (rc != CST_OK) {
        free(work);
        return rc;
    }
    qsort(work, found, sizeof *work, by_rung_then_trial);
    *out = work;
    *count = found;
    return CST_OK;
}

bool cst_rungs_winner(cst_work *out, const cst_schedule *schedule, const cst_trial_cell *cells)
{
    for (size_t r = schedule->rungs; r > 0; r--) {
        const cst_trial_cell *best = NULL;
        for (int64_t t = 0; t < schedule->trials; t++) {
            const cst_trial_cell *cell = CST_CELL(schedule, cells, t, r - 1);
            if (!has_loss(cell) || (best && best->loss <= cell->loss))
                continue;
            best = cell;
            *out = (cst_work){.trial = t, .rung = r - 1};
        }
        if (best)
            return true;
    }
    return false;
}

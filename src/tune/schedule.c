/* schedule.c - how many steps a search's trials take, and how many of them go on */
#include "tune/schedule.h"

#include "config/option.h"

static cst_code take_rungs(cst_schedule *out, const json_t *rungs, cst_error *err)
{
    out->rungs = json_array_size(rungs);
    if (out->rungs > CST_RUNGS_MOST)
        return cst_error_set(err, CST_USAGE, "tune.rungs: expected at most %d rungs, found %zu",
                             CST_RUNGS_MOST, out->rungs);
    for (size_t r = 0; r < out->rungs; r++) {
        out->steps[r] = json_integer_value(json_array_get(rungs, r));
        if (r > 0 && out->steps[r] <= out->steps[r - 1])
            return cst_error_set(err, CST_USAGE,
                                 "tune.rungs: expected ascending steps, found %lld after %lld",
                                 (long long)out->steps[r], (long long)out->steps[r - 1]);
    }
    return CST_OK;
}

static void take_eta(cst_schedule *out, const json_t *tune)
{
    double said = cst_get_real(tune, "eta", 0);
    for (size_t r = 0; r + 1 < out->rungs; r++)
        out->eta[r] = said > 0 ? said : (double)out->steps[r + 1] / (double)out->steps[r];
}

/* Hyperband's brackets: of s + 1 rungs and a share of trials in proportion to eta^s / (s + 1), so
 * that each costs about the same; whole numbers by the largest remainder, at least one each. */
static void share_out(cst_schedule *out)
{
    double weight[CST_RUNGS_MOST];
    double rest[CST_RUNGS_MOST];
    double total = 0;
    int64_t left = out->trials - (int64_t)out->rungs;
    int64_t free = left;
    for (size_t b = 0; b < out->rungs; b++) {
        weight[b] = 1 / (double)(out->rungs - b);
        for (size_t r = b; r + 1 < out->rungs; r++)
            weight[b] *= out->eta[r];
        total += weight[b];
    }
    for (size_t b = 0; b < out->rungs; b++) {
        double share = (double)free * weight[b] / total;
        out->bracket[b] = (cst_bracket){.trials = 1 + (int64_t)share, .rung = b};
        rest[b] = share - (double)(int64_t)share;
        left -= (int64_t)share;
    }
    for (; left > 0; left--) {
        size_t most = 0;
        for (size_t b = 1; b < out->rungs; b++)
            if (rest[b] > rest[most])
                most = b;
        out->bracket[most].trials++;
        rest[most] = -1;
    }
    for (size_t b = 1; b < out->rungs; b++)
        out->bracket[b].first = out->bracket[b - 1].first + out->bracket[b - 1].trials;
    out->brackets = out->rungs;
}

static cst_code plan_random(cst_schedule *out, cst_error *err)
{
    if (out->rungs > 1)
        return cst_error_set(err, CST_USAGE,
                             "tune.rungs: random search compares trials once: give one rung or "
                             "none, or method: asha");
    out->rungs = 1; /* without one, as many steps as train: says */
    return CST_OK;
}

static cst_code plan_hyperband(cst_schedule *out, cst_error *err)
{
    if (out->trials < (int64_t)out->rungs)
        return cst_error_set(err, CST_USAGE,
                             "tune.trials: hyperband wants a trial for each of its %zu first "
                             "rungs, found %lld",
                             out->rungs, (long long)out->trials);
    share_out(out);
    return CST_OK;
}

cst_code cst_schedule_make(cst_schedule *out, const json_t *tune, cst_error *err)
{
    const char *method = cst_get_string(tune, "method", "random");
    bool random = !strcmp(method, "random");
    *out = (cst_schedule){.trials = cst_get_int(tune, "trials", 0),
                          .brackets = 1,
                          .asynchronous = cst_get_bool(tune, "asynchronous", false)};
    out->bracket[0].trials = out->trials;
    cst_code rc = take_rungs(out, json_object_get(tune, "rungs"), err);
    if (rc != CST_OK)
        return rc;
    if (random)
        return plan_random(out, err);
    if (out->rungs < 2)
        return cst_error_set(err, CST_USAGE,
                             "tune.rungs: method: %s wants two rungs or more, such as "
                             "rungs: [20, 80, 320]",
                             method);
    take_eta(out, tune);
    return !strcmp(method, "hyperband") ? plan_hyperband(out, err) : CST_OK;
}

int64_t cst_schedule_keep(const cst_schedule *schedule, size_t rung, int64_t n)
{
    int64_t keep = (int64_t)((double)n / schedule->eta[rung]);
    return keep == 0 && n > 0 ? 1 : keep;
}

int64_t cst_schedule_results(const cst_schedule *schedule)
{
    int64_t results = 0;
    for (size_t b = 0; b < schedule->brackets; b++) {
        int64_t here = schedule->bracket[b].trials;
        results += here;
        for (size_t r = schedule->bracket[b].rung; r + 1 < schedule->rungs; r++) {
            here = cst_schedule_keep(schedule, r, here);
            results += here;
        }
    }
    return results;
}

/* folder.c - a search under way, as it lies in its folder */
#include "tune/folder.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "tune/draw.h"

/* *out is NULL where there is no such file. */
static cst_code read_optional(json_t **out, const char *folder, const char *file, cst_error *err)
{
    char *path = cst_file_join(folder, file, err);
    cst_code rc = path ? CST_OK : CST_NOMEM;
    *out = NULL;
    if (rc == CST_OK && cst_file_exists(path))
        rc = cst_json_read(out, path, err);
    free(path);
    return rc;
}

/* CST_EXISTS, with err untouched, where the name is taken. */
static cst_code publish(const char *folder, const char *file, const json_t *value, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    char *path = cst_file_join(folder, file, err);
    cst_code rc = path ? cst_file_mkdirs(folder, err) : CST_NOMEM;
    if (rc == CST_OK && (rc = cst_json_publish(path, value, &why)) != CST_OK && rc != CST_EXISTS)
        rc = cst_error_set(err, rc, "%s", why.text);
    free(path);
    return rc;
}

cst_code cst_search_begin(const char *folder, const json_t *definition, cst_error *err)
{
    json_t *there = NULL;
    cst_code rc = publish(folder, "search.json", definition, err);
    if (rc != CST_EXISTS)
        return rc;
    rc = read_optional(&there, folder, "search.json", err);
    if (rc == CST_OK && !json_equal(there, definition))
        rc = cst_error_set(err, CST_INVALID, "%s/search.json is that of another search", folder);
    json_decref(there);
    return rc;
}

cst_code cst_search_open(cst_search *out, const char *folder, cst_error *err)
{
    cst_search search = {.path = cst_text_copy(folder, err)};
    cst_code rc =
        search.path ? read_optional(&search.definition, folder, "search.json", err) : CST_NOMEM;
    if (rc == CST_OK && !search.definition)
        rc = cst_error_set(err, CST_MISSING, "there is no search in %s: no search.json", folder);
    if (rc == CST_OK)
        rc = cst_schedule_make(&search.schedule, json_object_get(search.definition, "tune"), err);
    if (rc == CST_OK) {
        search.cells = cst_array_new((size_t)search.schedule.trials * search.schedule.rungs,
                                     sizeof *search.cells, "trials", err);
        rc = search.cells ? CST_OK : CST_NOMEM;
    }
    if (rc == CST_OK)
        *out = search;
    else
        cst_search_close(&search);
    return rc;
}

void cst_search_close(cst_search *search)
{
    free(search->path);
    json_decref(search->definition);
    free(search->cells);
    *search = (cst_search){0};
}

char *cst_search_rung_path(const cst_search *search, cst_work work, cst_error *err)
{
    return cst_text_format(err, "%s/trials/%lld/rung-%zu", search->path, (long long)work.trial,
                           work.rung);
}

char *cst_search_checkpoints_path(const cst_search *search, int64_t trial, cst_error *err)
{
    return cst_text_format(err, "%s/trials/%lld/checkpoints", search->path, (long long)trial);
}

cst_code cst_search_params(json_t **out, const cst_search *search, int64_t trial, cst_error *err)
{
    const json_t *tune = json_object_get(search->definition, "tune");
    json_t *drawn = NULL;
    cst_code rc = cst_draw_trial(&drawn, json_object_get(tune, "space"),
                                 (uint64_t)cst_get_int(search->definition, "seed", 0), trial, err);
    json_t *params = json_copy(json_object_get(search->definition, "train"));
    if (rc == CST_OK && (!params || json_object_update(params, drawn) != 0))
        rc = cst_error_nomem(err, "parameters");
    json_decref(drawn);
    if (rc == CST_OK)
        *out = params;
    else
        json_decref(params);
    return rc;
}

/* The number of "claim-<n>.json", 0 for another name. */
static int64_t claim_number(const char *name)
{
    static const char prefix[] = "claim-";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return 0;
    return strtoll(name + sizeof prefix - 1, NULL, 10);
}

static cst_code newest_claim(int64_t *out, const char *folder, cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    cst_code rc = cst_file_names(&names, &count, folder, err);
    *out = 0;
    for (size_t i = 0; i < count; i++)
        if (claim_number(names[i]) > *out)
            *out = claim_number(names[i]);
    cst_file_names_free(names, count);
    return rc;
}

cst_code cst_search_read_claim(json_t **out, int64_t *number, const cst_search *search,
                               cst_work work, cst_error *err)
{
    char file[48];
    char *folder = cst_search_rung_path(search, work, err);
    cst_code rc = folder ? newest_claim(number, folder, err) : CST_NOMEM;
    *out = NULL;
    (void)snprintf(file, sizeof file, "claim-%lld.json", (long long)*number);
    if (rc == CST_OK && *number > 0)
        rc = read_optional(out, folder, file, err);
    free(folder);
    return rc;
}

cst_code cst_search_claim(const cst_search *search, cst_work work, int64_t number,
                          const json_t *claim, cst_error *err)
{
    char file[48];
    char *folder = cst_search_rung_path(search, work, err);
    (void)snprintf(file, sizeof file, "claim-%lld.json", (long long)number);
    cst_code rc = folder ? publish(folder, file, claim, err) : CST_NOMEM;
    free(folder);
    return rc;
}

cst_code cst_search_publish_result(const cst_search *search, cst_work work, const json_t *result,
                                   cst_error *err)
{
    char *folder = cst_search_rung_path(search, work, err);
    cst_code rc = folder ? publish(folder, "result.json", result, err) : CST_NOMEM;
    free(folder);
    return rc == CST_EXISTS ? CST_OK : rc;
}

cst_code cst_search_read_result(json_t **out, const cst_search *search, cst_work work,
                                cst_error *err)
{
    char *folder = cst_search_rung_path(search, work, err);
    cst_code rc = folder ? read_optional(out, folder, "result.json", err) : CST_NOMEM;
    free(folder);
    return rc;
}

/* What has become of a trial at a rung. */
static cst_code look_at(cst_trial_cell *cell, const cst_search *search, cst_work work,
                        cst_error *err)
{
    json_t *result = NULL;
    int64_t claim = 0;
    cst_code rc = cst_search_read_result(&result, search, work, err);
    if (rc != CST_OK)
        return rc;
    if (result) {
        bool done = !strcmp(cst_get_string(result, "class", ""), "done");
        *cell = (cst_trial_cell){.state = done ? CST_TRIAL_DONE : CST_TRIAL_FAILED,
                                 .loss = cst_get_real(result, "validation_loss", NAN)};
        json_decref(result);
        return CST_OK;
    }
    char *folder = cst_search_rung_path(search, work, err);
    rc = folder ? newest_claim(&claim, folder, err) : CST_NOMEM;
    if (rc == CST_OK && claim > 0)
        cell->state = CST_TRIAL_CLAIMED;
    free(folder);
    return rc;
}

/* A rung that nobody has begun has none above it. */
static cst_code look_at_trial(cst_search *search, int64_t trial, size_t first, cst_error *err)
{
    for (size_t r = first; r < search->schedule.rungs; r++) {
        cst_trial_cell *cell = CST_CELL(&search->schedule, search->cells, trial, r);
        cst_work work = {.trial = trial, .rung = r};
        if (cell->state == CST_TRIAL_DONE || cell->state == CST_TRIAL_FAILED)
            continue;
        cst_code rc = look_at(cell, search, work, err);
        if (rc != CST_OK)
            return rc;
        if (cell->state == CST_TRIAL_OPEN)
            break;
    }
    return CST_OK;
}

cst_code cst_search_look(cst_search *search, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t b = 0; b < search->schedule.brackets && rc == CST_OK; b++) {
        const cst_bracket *bracket = &search->schedule.bracket[b];
        for (int64_t t = 0; t < bracket->trials && rc == CST_OK; t++)
            rc = look_at_trial(search, bracket->first + t, bracket->rung, err);
    }
    return rc;
}

cst_code cst_search_forget(const cst_search *search, cst_error *err)
{
    cst_work winner = {.trial = -1};
    cst_code rc = CST_OK;
    (void)cst_rungs_winner(&winner, &search->schedule, search->cells);
    for (int64_t t = 0; t < search->schedule.trials && rc == CST_OK; t++) {
        if (t == winner.trial)
            continue;
        char *folder = cst_search_checkpoints_path(search, t, err);
        rc = folder ? cst_file_remove(folder, err) : CST_NOMEM;
        free(folder);
    }
    return rc;
}

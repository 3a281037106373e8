/* arguments.c - what a step's program is given in an attempt, beside what the plan says */
#include "pipeline/arguments.h"

#include "base/file.h"
#include "config/json.h"
#include "config/option.h"

static bool is_of(const json_t *step, const char *stage)
{
    return !strcmp(cst_get_string(step, "stage", ""), stage);
}

bool cst_step_checkpoints(const json_t *step)
{
    return is_of(step, "train") || is_of(step, "trial");
}

static cst_code add_checkpoints(json_t *out, const char *attempt, cst_error *err)
{
    char *step = cst_file_parent(attempt, err);
    char *folder = step ? cst_file_join(step, "checkpoints", err) : NULL;
    cst_code rc = folder ? cst_json_append(out, json_string("--resume"), err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_append(out, json_string("--checkpoints"), err);
    if (rc == CST_OK)
        rc = cst_json_append(out, json_string(folder), err);
    free(folder);
    free(step);
    return rc;
}

static bool has_argument(const json_t *step, const char *word)
{
    size_t i = 0;
    const json_t *argument = NULL;
    json_array_foreach(json_object_get(step, "arguments"), i, argument)
    {
        if (json_is_string(argument) && !strcmp(json_string_value(argument), word))
            return true;
    }
    return false;
}

/* The trials of the run's search, whose winner has been trained already. */
static cst_code add_trials(json_t *out, const char *attempt, cst_error *err)
{
    char *step = cst_file_parent(attempt, err);
    char *run = step ? cst_file_parent(step, err) : NULL;
    char *trials = run ? cst_text_format(err, "%s/search/trials", run) : NULL;
    cst_code rc = trials ? cst_json_append(out, json_string("--trials"), err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_append(out, json_string(trials), err);
    free(trials);
    free(run);
    free(step);
    return rc;
}

json_t *cst_step_arguments(const json_t *step, const char *attempt, cst_error *err)
{
    json_t *out = json_pack("[s,s]", "--attempt", attempt); /* what follows "--" is no option */
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "arguments");
    if (rc == CST_OK && is_of(step, "train")) /* a trial's folder is its search's to say */
        rc = add_checkpoints(out, attempt, err);
    if (rc == CST_OK && is_of(step, "train") && has_argument(step, "--search"))
        rc = add_trials(out, attempt, err);
    if (rc == CST_OK && json_array_extend(out, json_object_get(step, "arguments")) != 0)
        rc = cst_error_nomem(err, "arguments");
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

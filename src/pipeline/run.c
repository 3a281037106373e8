/* run.c - the folder of a run: made, read, asked to stop */
#include "pipeline/run.h"

#include "base/file.h"
#include "config/json.h"
#include "config/yaml.h"

static char *run_folder(const cst_registry *registry, const char *run, cst_error *err)
{
    return cst_text_format(err, "%s/runs/%s", cst_registry_path(registry), run);
}

/* The pipeline with its defaults, as the file that the run's steps read. */
static cst_code write_pipeline(const char *path, const json_t *pipeline, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_yaml_write(&text, pipeline, err);
    if (rc == CST_OK)
        rc = cst_file_publish(path, text.data, text.size, err);
    cst_text_free(&text);
    return rc;
}

cst_code cst_run_new(char id[CST_RUN_ID], const json_t *pipeline, const char *engine,
                     const char *last, cst_registry *registry, const cst_grammar *grammar,
                     cst_error *err)
{
    json_t *plan = NULL;
    char *folder = NULL;
    char *file = NULL;
    cst_code rc = cst_receipt_run_id(id, err);
    if (rc == CST_OK && !(folder = run_folder(registry, id, err)))
        rc = CST_NOMEM;
    if (rc == CST_OK && !(file = cst_file_join(folder, "pipeline.yaml", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK) /* before there is a folder: what cannot be planned leaves nothing behind */
        rc = cst_plan_make(&plan, pipeline, file, registry, grammar, err);
    if (rc == CST_OK && last)
        rc = cst_plan_end_at(plan, last, err);
    if (rc == CST_OK)
        rc = cst_json_put(plan, "engine", json_string(engine), err);
    if (rc == CST_OK)
        rc = cst_file_mkdirs(folder, err);
    if (rc == CST_OK)
        rc = write_pipeline(file, pipeline, err);
    if (rc == CST_OK)
        rc = cst_receipt_write(folder, "plan.json", plan, err);
    json_decref(plan);
    free(folder);
    free(file);
    return rc;
}

cst_code cst_run_plan(json_t **out, const cst_registry *registry, const char *run, cst_error *err)
{
    char *folder = run_folder(registry, run, err);
    cst_code rc = folder ? CST_OK : CST_NOMEM;
    if (rc == CST_OK && (strchr(run, '/') || run[0] == '.'))
        rc = cst_error_set(err, CST_USAGE, "\"%s\" is not the id of a run", run);
    if (rc == CST_OK)
        rc = cst_receipt_read(out, folder, "plan.json", err);
    if (rc == CST_OK && !*out)
        rc = cst_error_set(err, CST_MISSING, "there is no run %s in %s", run,
                           cst_registry_path(registry));
    free(folder);
    return rc;
}

/* The number of "attempt-<n>", 0 for another name. */
static long attempt_number(const char *name)
{
    static const char prefix[] = "attempt-";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return 0;
    return strtol(name + sizeof prefix - 1, NULL, 10);
}

char *cst_run_attempt(const cst_registry *registry, const char *run, const char *step,
                      cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    long newest = 0;
    char *folder = cst_receipt_step_path(registry, run, step, err);
    if (!folder || cst_file_names(&names, &count, folder, err) != CST_OK) {
        free(folder);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (attempt_number(names[i]) > newest)
            newest = attempt_number(names[i]);
    char *attempt = newest ? cst_text_format(err, "%s/attempt-%ld", folder, newest) : NULL;
    cst_file_names_free(names, count);
    free(folder);
    return attempt;
}

/* The folder is listed, as NFS looks anew when one is opened (nfs(5)): a file that was missed once
 * may else stay unseen for a minute. */
bool cst_run_cancelled(const char *attempt)
{
    char **names = NULL;
    size_t count = 0;
    bool found = false;
    cst_error ignored = CST_ERROR_INIT; /* a folder that cannot be listed asks for nothing */
    if (cst_file_names(&names, &count, attempt, &ignored) != CST_OK)
        return false;
    for (size_t i = 0; i < count && !found; i++)
        found = strcmp(names[i], "cancel.json") == 0;
    cst_file_names_free(names, count);
    return found;
}

cst_code cst_run_check_wanted(const cst_registry *registry, const char *run, cst_error *err)
{
    char *attempt = cst_run_attempt(registry, run, "pipeline", err);
    cst_code rc = attempt ? CST_OK : err->code;
    if (attempt && cst_run_cancelled(attempt))
        rc = cst_error_set(err, CST_STOPPED, "run %s was cancelled: nothing was done", run);
    free(attempt);
    return rc;
}

/* The processes of a step whose driver is gone. */
static cst_code cancel_step(const cst_registry *registry, const char *run, const char *step,
                            const cst_engine *engine, cst_error *err)
{
    json_t *end = NULL;
    cst_job job = {.handle = NULL, .state = CST_STEP_UNKNOWN, .status = -1};
    char *attempt = cst_run_attempt(registry, run, step, err);
    cst_code rc = attempt ? cst_receipt_read(&end, attempt, "end.json", err) : err->code;
    if (rc == CST_OK && attempt && !end)
        rc = cst_receipt_read(&job.handle, attempt, "job.json", err);
    if (rc == CST_OK && job.handle) {
        job.state = CST_STEP_RUNNING;
        rc = engine->cancel(&job, err);
    }
    json_decref(job.handle);
    json_decref(end);
    free(attempt);
    return rc;
}

static cst_code cancel_steps(const cst_registry *registry, const char *run,
                             const cst_engine *engine, cst_error *err)
{
    json_t *plan = NULL;
    cst_code rc = cst_run_plan(&plan, registry, run, err);
    const json_t *steps = json_object_get(plan, "steps");
    for (size_t i = 0; i < json_array_size(steps) && rc == CST_OK; i++)
        rc = cancel_step(registry, run, cst_get_string(json_array_get(steps, i), "id", ""), engine,
                         err);
    json_decref(plan);
    return rc;
}

cst_code cst_run_cancel(cst_registry *registry, const char *run, const cst_engine *engine,
                        cst_error *err)
{
    json_t *plan = NULL;
    json_t *begin = NULL;
    json_t *end = NULL;
    json_t *request = json_object();
    char *attempt = NULL;
    cst_code rc = cst_run_plan(&plan, registry, run, err);
    if (rc == CST_OK && !(attempt = cst_run_attempt(registry, run, "pipeline", err)))
        rc = err->code != CST_OK ? err->code
                                 : cst_error_set(err, CST_SKIPPED, "run %s was never begun", run);
    if (rc == CST_OK)
        rc = cst_receipt_read(&begin, attempt, "begin.json", err);
    if (rc == CST_OK)
        rc = cst_receipt_read(&end, attempt, "end.json", err);
    if (rc == CST_OK && end)
        rc = cst_error_set(err, CST_SKIPPED, "run %s has ended already", run);
    if (rc == CST_OK && !cst_run_cancelled(attempt))
        rc = cst_receipt_write(attempt, "cancel.json", request, err);
    if (rc == CST_OK && cst_process_state(json_object_get(begin, "driver")) == CST_STEP_ENDED)
        rc = cancel_steps(registry, run, engine, err);
    json_decref(plan);
    json_decref(begin);
    json_decref(end);
    json_decref(request);
    free(attempt);
    return rc;
}

/* status.c - what is known of a run and its steps, from receipts and handles */
#include "base/file.h"
#include "config/json.h"
#include "pipeline/attempt.h"
#include "pipeline/run.h"

/* running, ended or unknown, told from a handle without receipt. */
static const char *state_of(const json_t *handle)
{
    return handle && cst_process_state(handle) == CST_STEP_RUNNING ? "running" : "unknown";
}

static cst_code put_end(json_t *row, const json_t *end, cst_error *err)
{
    const json_t *output = json_array_get(json_object_get(end, "outputs"), 0);
    cst_code rc = cst_json_put(row, "state", json_string("ended"), err);
    if (rc == CST_OK)
        rc = cst_json_put(row, "class", json_string(cst_get_string(end, "class", "")), err);
    if (rc == CST_OK)
        rc = cst_json_put(row, "message", json_string(cst_get_string(end, "message", "")), err);
    if (rc == CST_OK)
        rc = cst_json_put(row, "seconds", cst_json_real(cst_get_real(end, "seconds", 0)), err);
    if (rc == CST_OK && output)
        rc = cst_json_put(row, "output",
                          json_sprintf("%s@%lld", cst_get_string(output, "name", ""),
                                       (long long)cst_get_int(output, "version", 0)),
                          err);
    return rc;
}

static cst_code put_log(json_t *row, const char *attempt, cst_error *err)
{
    char *log = cst_file_join(attempt, "log", err);
    cst_code rc = log ? CST_OK : CST_NOMEM;
    if (rc == CST_OK && cst_file_exists(log))
        rc = cst_json_put(row, "log", json_string(log), err);
    free(log);
    return rc;
}

/* One step's row; new reference, or NULL with err set. */
static json_t *step_row(const cst_registry *registry, const char *run, const char *step,
                        cst_error *err)
{
    json_t *end = NULL;
    json_t *job = NULL;
    json_t *row = json_pack("{s:s, s:s}", "id", step, "state", "pending");
    char *attempt = cst_run_attempt(registry, run, step, err);
    cst_code rc = row ? err->code : cst_error_nomem(err, "a row");
    if (rc == CST_OK && attempt)
        rc = cst_attempt_read_end(&end, attempt, err);
    if (rc == CST_OK && attempt)
        rc = cst_receipt_read(&job, attempt, "job.json", err);
    if (rc == CST_OK && end)
        rc = put_end(row, end, err);
    else if (rc == CST_OK && attempt)
        rc = cst_json_put(row, "state", json_string(state_of(job)), err);
    if (rc == CST_OK && attempt)
        rc = put_log(row, attempt, err);
    json_decref(end);
    json_decref(job);
    free(attempt);
    if (rc == CST_OK)
        return row;
    json_decref(row);
    return NULL;
}

/* How the driving stands. */
static cst_code put_state(json_t *out, const cst_registry *registry, const char *run,
                          cst_error *err)
{
    json_t *begin = NULL;
    json_t *end = NULL;
    char *attempt = cst_run_attempt(registry, run, "pipeline", err);
    cst_code rc = err->code;
    if (rc == CST_OK && attempt)
        rc = cst_receipt_read(&begin, attempt, "begin.json", err);
    if (rc == CST_OK && attempt)
        rc = cst_receipt_read(&end, attempt, "end.json", err);
    if (rc == CST_OK && end)
        rc = put_end(out, end, err);
    else if (rc == CST_OK)
        rc = cst_json_put(out, "state", json_string(state_of(json_object_get(begin, "driver"))),
                          err);
    json_decref(begin);
    json_decref(end);
    free(attempt);
    return rc;
}

cst_code cst_run_status(json_t **out, const cst_registry *registry, const char *run, cst_error *err)
{
    json_t *plan = NULL;
    json_t *status = json_object();
    json_t *rows = json_array();
    cst_code rc = cst_run_plan(&plan, registry, run, err);
    const json_t *steps = json_object_get(plan, "steps");
    if (rc == CST_OK)
        rc = cst_json_put(status, "run", json_string(run), err);
    if (rc == CST_OK)
        rc = cst_json_put(status, "pipeline", json_string(cst_get_string(plan, "pipeline", "")),
                          err);
    if (rc == CST_OK)
        rc = put_state(status, registry, run, err);
    for (size_t i = 0; i < json_array_size(steps) && rc == CST_OK; i++)
        rc = cst_json_append(
            rows, step_row(registry, run, cst_get_string(json_array_get(steps, i), "id", ""), err),
            err);
    if (rc == CST_OK)
        rc = cst_json_put(status, "steps", json_incref(rows), err);
    if (rc == CST_OK)
        *out = json_incref(status);
    json_decref(rows);
    json_decref(status);
    json_decref(plan);
    return rc;
}

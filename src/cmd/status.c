/* status.c - capstan status, wait, cancel: a run seen from outside */
#include <time.h>

#include "chain/chain.h"
#include "cmd/call.h"
#include "cmd/output.h"
#include "config/json.h"

static const cst_option options[] = {
    CST_OPTION_RUN,
    {.name = NULL},
};

static const cst_option wait_options[] = {
    CST_OPTION_RUN,
    {.name = "once",
     .type = CST_OPTION_BOOL,
     .help = "of a run on Slurm: do what is due and wait for nothing; what the sentinel calls"},
    {.name = NULL},
};

static const cst_command status_command = {
    .name = "status",
    .summary = "show how a run and its steps stand",
    .description = "Told from receipts: a step is done when its receipt says so. One that has "
                   "begun, left no receipt and is not alive is unknown. Of a run on Slurm, which "
                   "is asked once for all jobs, also why a job waits, and the command that gets "
                   "one to a job that runs.",
    .options = options,
    .example = "capstan status 20130401T120000Z-1a2b3c4d",
    .statuses = "0  printed\n1  there is no such run",
};

static const cst_command wait_command = {
    .name = "wait",
    .summary = "wait for a run to end",
    .description =
        "Waits, prints how the run and its steps stand, and ends with the run's own "
        "exit code. A run on this machine whose driver is gone is not waited for. A run "
        "on Slurm is driven meanwhile: what failed and can be mended is submitted again; "
        "any number may wait for it, and be killed.",
    .options = wait_options,
    .example = "capstan wait 20130401T120000Z-1a2b3c4d",
    .statuses = "0   the run's own exit code: see capstan run --help\n"
                "1   there is no such run, or nobody drives it any more",
};

static const cst_command cancel_command = {
    .name = "cancel",
    .summary = "stop a run",
    .description = "Its driver ends the step that runs, and then itself with exit code 75; where "
                   "the driver is gone, the step's processes are ended. Of a run on Slurm all jobs "
                   "are cancelled, and seen to be gone. resume goes on.",
    .options = options,
    .example = "capstan cancel 20130401T120000Z-1a2b3c4d",
    .statuses = "0   asked\n1   there is no such run\n99  nothing is running",
};

static cst_code add_row(cst_columns *columns, const char *name, const json_t *row, cst_error *err)
{
    char seconds[32] = "";
    if (json_object_get(row, "seconds"))
        (void)snprintf(seconds, sizeof seconds, "%.1f", cst_get_real(row, "seconds", 0));
    const char *const cells[] = {name,
                                 cst_get_string(row, "state", ""),
                                 cst_get_string(row, "class", ""),
                                 cst_get_string(row, "output", ""),
                                 seconds,
                                 cst_get_string(row, "message", ""),
                                 NULL};
    return cst_columns_add(columns, cells, err);
}

/* How to get to what runs: into its job, or to its log. */
static cst_code print_ways(const json_t *status, cst_error *err)
{
    size_t i = 0;
    const json_t *step = NULL;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(status, "steps"), i, step)
    {
        const char *attach = cst_get_string(step, "attach", NULL);
        const char *log = cst_get_string(step, "log", NULL);
        bool running = strcmp(cst_get_string(step, "state", ""), "running") == 0;
        if (rc == CST_OK && running && attach)
            rc = cst_output_print(err, "%s: %s\n", cst_get_string(step, "id", ""), attach);
        if (rc == CST_OK && running && log)
            rc = cst_output_print(err, "%s: tail -f %s\n", cst_get_string(step, "id", ""), log);
    }
    return rc;
}

static cst_code print_table(const json_t *status, cst_error *err)
{
    static const char *const heading[] = {"STEP",    "STATE",   "CLASS", "OUTPUT",
                                          "SECONDS", "MESSAGE", NULL};
    cst_columns columns = {0};
    size_t i = 0;
    const json_t *step = NULL;
    cst_code rc = cst_columns_new(&columns, heading, err);
    json_array_foreach(json_object_get(status, "steps"), i, step)
    {
        if (rc == CST_OK)
            rc = add_row(&columns, cst_get_string(step, "id", ""), step, err);
    }
    if (rc == CST_OK)
        rc = add_row(&columns, "pipeline", status, err);
    if (rc == CST_OK)
        rc = cst_columns_write(&columns, err);
    if (rc == CST_OK)
        rc = print_ways(status, err);
    cst_columns_free(&columns);
    return rc;
}

static cst_code print(const cst_call *call, const json_t *status, cst_error *err)
{
    return call->json ? cst_output_json(status, err) : print_table(status, err);
}

static const char *run_of(const cst_call *call)
{
    return cst_get_string(call->options, "run", "");
}

/* The run as a chain on Slurm; *chain is NULL where it is one on this machine. */
static cst_code open_chain(cst_chain **chain, const cst_call *call, cst_error *err)
{
    bool on_slurm = false;
    *chain = NULL;
    cst_code rc = cst_chain_is(&on_slurm, call->registry, run_of(call), err);
    if (rc == CST_OK && on_slurm)
        rc = cst_chain_open(chain, run_of(call), call->registry, call->log, err);
    return rc;
}

static cst_code show(const cst_call *call, cst_error *err)
{
    json_t *status = NULL;
    cst_chain *chain = NULL;
    cst_code rc = open_chain(&chain, call, err);
    if (rc == CST_OK)
        rc = chain ? cst_chain_status(&status, chain, err)
                   : cst_run_status(&status, call->registry, run_of(call), err);
    if (rc == CST_OK)
        rc = print(call, status, err);
    json_decref(status);
    cst_chain_close(chain);
    return rc;
}

/* Half a second, growing to five: receipts lie on a file system that others use too. */
static void pause_a_little(double *seconds)
{
    struct timespec pause = {.tv_sec = (time_t)*seconds,
                             .tv_nsec = (long)((*seconds - (double)(time_t)*seconds) * 1e9)};
    (void)nanosleep(&pause, NULL);
    *seconds = *seconds * 1.2 < 5 ? *seconds * 1.2 : 5;
}

static cst_code wait_here(const cst_call *call, cst_error *err)
{
    const char *run = run_of(call);
    json_t *status = NULL;
    double seconds = 0.5;
    cst_code rc = cst_run_status(&status, call->registry, run, err);
    while (rc == CST_OK && !strcmp(cst_get_string(status, "state", ""), "running")) {
        pause_a_little(&seconds);
        json_decref(status);
        status = NULL;
        rc = cst_run_status(&status, call->registry, run, err);
    }
    if (rc == CST_OK)
        rc = print(call, status, err);
    if (rc == CST_OK && strcmp(cst_get_string(status, "state", ""), "ended") != 0)
        rc = cst_error_set(err, CST_FAILED,
                           "nobody drives run %s on this machine, and it left no receipt: capstan "
                           "resume %s goes on",
                           run, run);
    else if (rc == CST_OK && cst_receipt_code(status) != CST_OK)
        rc = cst_error_set(err, cst_receipt_code(status), "%s",
                           cst_get_string(status, "message", ""));
    json_decref(status);
    return rc;
}

static cst_code wait_on_slurm(const cst_call *call, cst_chain *chain, cst_error *err)
{
    bool once = cst_get_bool(call->options, "once", false);
    cst_code code = CST_OK;
    cst_error late = CST_ERROR_INIT;
    json_t *status = NULL;
    cst_code rc = once ? cst_chain_once(chain, &code, err) : cst_chain_wait(chain, &code, err);
    if (rc != CST_OK)
        return rc;
    rc = cst_chain_status(&status, chain, &late);
    if (rc == CST_OK)
        rc = print(call, status, &late);
    json_decref(status);
    return rc == CST_OK ? code : cst_error_set(err, rc, "%s", late.text);
}

static cst_code wait_for(const cst_call *call, cst_error *err)
{
    cst_chain *chain = NULL;
    cst_code rc = open_chain(&chain, call, err);
    if (rc == CST_OK)
        rc = chain ? wait_on_slurm(call, chain, err) : wait_here(call, err);
    cst_chain_close(chain);
    return rc;
}

static cst_code cancel(const cst_call *call, cst_error *err)
{
    cst_chain *chain = NULL;
    cst_code rc = open_chain(&chain, call, err);
    if (rc == CST_OK)
        rc = chain ? cst_chain_cancel(chain, err)
                   : cst_run_cancel(call->registry, run_of(call), &cst_engine_local, err);
    cst_chain_close(chain);
    return rc;
}

const cst_builtin cst_builtin_status = {
    .command = &status_command, .group = "Pipeline", .registry = true, .run = show};

const cst_builtin cst_builtin_wait = {
    .command = &wait_command, .group = "Pipeline", .registry = true, .run = wait_for};

const cst_builtin cst_builtin_cancel = {
    .command = &cancel_command, .group = "Pipeline", .registry = true, .run = cancel};

/* run.c - capstan run, capstan resume: a pipeline on this machine */
#include "chain/chain.h"
#include "cmd/call.h"
#include "cmd/grammar.h"
#include "cmd/output.h"

static const char statuses[] =
    "0   done\n"
    "1   a step failed: the message says which, status RUN where its log is\n"
    "2   wrong usage, or a wrong pipeline file\n"
    "3   refused: by validation, or by the gate\n"
    "4   conflict: somebody else moved the champion, or drives this run\n"
    "75  stopped: resume RUN goes on\n"
    "99  nothing to do: every step was found done";

static const cst_option run_options[] = {
    CST_OPTION_PIPELINE,
    CST_OPTION_SET,
    {.name = NULL},
};

static const cst_command run_command = {
    .name = "run",
    .summary = "run a pipeline on this machine",
    .description = "Plans the pipeline and runs its steps one after the other, under mpirun where "
                   "resources: asks for ranks. A step whose key a finished step has, of this run "
                   "or an earlier one, is not run again. Prints the run's id at once; every step "
                   "leaves receipts and its log under runs/ of the registry.",
    .options = run_options,
    .example = "capstan run pipeline.yaml",
    .statuses = statuses,
};

static const cst_option resume_options[] = {
    CST_OPTION_RUN,
    {.name = NULL},
};

static const cst_command resume_command = {
    .name = "resume",
    .summary = "go on with a run that was stopped or failed",
    .description = "Takes the plan as it was made. Steps that have finished are not run again. A "
                   "run on Slurm is submitted again from the first step that has not, with its "
                   "retries anew, and not waited for.",
    .options = resume_options,
    .example = "capstan resume 20130401T120000Z-1a2b3c4d",
    .statuses = statuses,
};

/* Drive a run; with --json its status is printed when it has ended. */
static cst_code drive(const cst_call *call, const char *id, cst_error *err)
{
    cst_code code = CST_FAILED;
    cst_error late = CST_ERROR_INIT;
    json_t *status = NULL;
    cst_code rc = cst_engine_drive(&code, id, &cst_engine_local, call->registry, call->log, err);
    if (rc != CST_OK || !call->json)
        return rc == CST_OK ? code : rc;
    rc = cst_run_status(&status, call->registry, id, &late);
    if (rc == CST_OK)
        rc = cst_output_json(status, &late);
    json_decref(status);
    return rc == CST_OK ? code : cst_error_set(err, rc, "%s", late.text);
}

static cst_code run(const cst_call *call, cst_error *err)
{
    char id[CST_RUN_ID];
    cst_grammar grammar = {0};
    json_t *pipeline = NULL;
    cst_code rc = cst_grammar_new(&grammar, err);
    if (rc == CST_OK)
        rc = cst_pipeline_read(&pipeline, cst_get_string(call->options, "pipeline", ""),
                               json_object_get(call->options, "set"), &grammar, err);
    if (rc == CST_OK)
        rc = cst_run_new(id, pipeline, "local", NULL, call->registry, &grammar, err);
    if (rc == CST_OK && !call->json)
        rc = cst_output_print(err, "%s\n", id);
    if (rc == CST_OK)
        rc = drive(call, id, err);
    json_decref(pipeline);
    cst_grammar_free(&grammar);
    return rc;
}

/* Begun anew, what failed is submitted again; nobody has to wait for it. */
static cst_code resume_chain(const cst_call *call, const char *id, cst_error *err)
{
    cst_chain *chain = NULL;
    cst_code code = CST_OK;
    bool ended = false;
    cst_code rc = cst_chain_open(&chain, id, call->registry, call->log, err);
    if (rc == CST_OK)
        rc = cst_chain_begin(chain, err);
    if (rc == CST_SKIPPED) { /* driven already, or done */
        cst_log_info(call->log, "%s", err->text);
        cst_error_clear(err);
        rc = CST_OK;
    }
    if (rc == CST_OK)
        rc = cst_chain_advance(chain, &ended, &code, err);
    cst_chain_close(chain);
    return rc == CST_OK && ended ? code : rc;
}

static cst_code resume(const cst_call *call, cst_error *err)
{
    bool on_slurm = false;
    const char *id = cst_get_string(call->options, "run", "");
    cst_code rc = cst_chain_is(&on_slurm, call->registry, id, err);
    if (rc != CST_OK)
        return rc;
    return on_slurm ? resume_chain(call, id, err) : drive(call, id, err);
}

const cst_builtin cst_builtin_run = {
    .command = &run_command, .group = "Pipeline", .registry = true, .run = run};

const cst_builtin cst_builtin_resume = {
    .command = &resume_command, .group = "Pipeline", .registry = true, .run = resume};

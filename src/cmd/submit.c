/* submit.c - capstan submit: a pipeline on Slurm */
#include "chain/chain.h"
#include "cmd/call.h"
#include "cmd/grammar.h"
#include "cmd/output.h"
#include "config/json.h"

static const cst_option options[] = {
    CST_OPTION_PIPELINE,
    CST_OPTION_SET,
    {.name = "dry_run",
     .type = CST_OPTION_BOOL,
     .help = "print the batch scripts, and submit nothing"},
    {.name = "only",
     .type = CST_OPTION_STRING,
     .help = "this step alone; those before it must have been done",
     .metavar = "STEP"},
    {.name = "from",
     .type = CST_OPTION_STRING,
     .help = "this step and those after it; those before it must have been done",
     .metavar = "STEP"},
    {.name = NULL},
};

static const cst_command command = {
    .name = "submit",
    .summary = "submit a pipeline to Slurm",
    .description =
        "Plans the pipeline and submits its steps as a chain of jobs, each waiting for the one "
        "before, with what resources: and slurm: ask for. Prints the run's id; nobody has to wait "
        "for it. A small job, the sentinel, runs when one of the chain has failed, and submits "
        "again what can be mended: a node that failed, a time limit after a checkpoint, memory. "
        "What is printed with --dry-run is what sbatch gets, but for ids. With --only and --from "
        "the snapshot is the newest that was ingested.",
    .options = options,
    .example = "capstan submit pipeline.yaml --dry-run",
    .statuses = "0   submitted, or printed\n"
                "1   a step before --only or --from was not done, or Slurm refuses a job\n"
                "2   wrong usage, or a wrong pipeline file\n"
                "3   a step before --only or --from was refused",
};

/* What to submit of a pipeline file. */
typedef struct {
    const cst_call *call;
    cst_grammar grammar;
    json_t *pipeline;
    json_t *plan;     /* of a run to be: its keys are those of the run */
    size_t first;     /* the first step to submit */
    const char *last; /* the last one, or NULL: all */
    json_t *found;    /* what was done before the first */
} submission;

static cst_code place_first(submission *s, cst_error *err)
{
    const json_t *given = s->call->options;
    s->last = cst_get_string(given, "only", NULL);
    const char *first = cst_get_string(given, "from", s->last);
    if (s->last && cst_get_string(given, "from", NULL))
        return cst_error_set(err, CST_USAGE, "--only and --from exclude each other");
    if (!first)
        return CST_OK;
    cst_code rc = cst_plan_find(&s->first, s->plan, first, err);
    if (rc == CST_OK)
        rc = cst_chain_find_before(&s->found, s->plan, first, s->call->registry, err);
    return rc == CST_OK && s->last ? cst_plan_end_at(s->plan, s->last, err) : rc;
}

/* The scripts, to be printed or not: what cannot stand in one is an error before there is a run. */
static cst_code make_scripts(const submission *s, bool print, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_chain_scripts(&text, s->plan, s->call->registry, s->first, err);
    if (rc == CST_OK && print)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

static cst_code print_run(const cst_chain *chain, const char *id, cst_error *err)
{
    json_t *jobs = NULL;
    cst_code rc = cst_chain_jobs(&jobs, chain, err);
    json_t *run = rc == CST_OK ? json_pack("{s:s, s:O}", "run", id, "jobs", jobs) : NULL;
    if (rc == CST_OK)
        rc = run ? cst_output_json(run, err) : cst_error_nomem(err, "a run");
    json_decref(run);
    json_decref(jobs);
    return rc;
}

/* The id is printed before the first job is sent: whatever happens then, it can be waited for. */
static cst_code send(const submission *s, cst_error *err)
{
    char id[CST_RUN_ID];
    cst_chain *chain = NULL;
    cst_code code = CST_OK;
    bool ended = false;
    const cst_call *call = s->call;
    cst_code rc = cst_run_new(id, s->pipeline, "slurm", s->last, call->registry, &s->grammar, err);
    if (rc == CST_OK)
        rc = cst_chain_open(&chain, id, call->registry, call->log, err);
    if (rc == CST_OK && s->found)
        rc = cst_chain_leave_before(chain, s->found, err);
    if (rc == CST_OK)
        rc = cst_chain_begin(chain, err);
    if (rc == CST_OK && !call->json)
        rc = cst_output_print(err, "%s\n", id);
    if (rc == CST_OK)
        rc = cst_chain_advance(chain, &ended, &code, err);
    if (rc == CST_OK && call->json)
        rc = print_run(chain, id, err);
    cst_chain_close(chain);
    return rc == CST_OK && ended ? code : rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    const char *file = cst_get_string(call->options, "pipeline", "");
    submission s = {.call = call};
    cst_code rc = cst_grammar_new(&s.grammar, err);
    if (rc == CST_OK)
        rc = cst_pipeline_read(&s.pipeline, file, json_object_get(call->options, "set"), &s.grammar,
                               err);
    if (rc == CST_OK)
        rc = cst_plan_make(&s.plan, s.pipeline, file, call->registry, &s.grammar, err);
    if (rc == CST_OK)
        rc = place_first(&s, err);
    bool dry_run = cst_get_bool(call->options, "dry_run", false);
    if (rc == CST_OK)
        rc = make_scripts(&s, dry_run, err);
    if (rc == CST_OK && !dry_run)
        rc = send(&s, err);
    json_decref(s.found);
    json_decref(s.plan);
    json_decref(s.pipeline);
    cst_grammar_free(&s.grammar);
    return rc;
}

const cst_builtin cst_builtin_submit = {
    .command = &command, .group = "Pipeline", .registry = true, .run = run};

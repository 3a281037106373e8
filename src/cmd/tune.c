/* tune.c - capstan tune: a search for parameters and the training of its winner, on features that
 * are there */
#include "base/array.h"
#include "cmd/call.h"
#include "cmd/grammar.h"
#include "cmd/output.h"
#include "config/json.h"
#include "pipeline/run.h"
#include "stage/stage.h"

static const cst_option options[] = {
    {.name = "features",
     .type = CST_OPTION_STRING,
     .help = "what to learn from",
     .metavar = "REF",
     .flags = CST_OPTION_REQUIRED},
    {.name = "name",
     .type = CST_OPTION_STRING,
     .help = "the name of the model",
     .metavar = "MODEL",
     .flags = CST_OPTION_REQUIRED},
    {.name = "pipeline",
     .type = CST_OPTION_STRING,
     .help = "read the sections tune and train of a pipeline file",
     .metavar = "FILE"},
    CST_OPTION_SET,
    {.name = "seed",
     .type = CST_OPTION_INT,
     .help = "what random numbers hang on (default: seed of the pipeline file, else 0)",
     .max = 9e15},
    {.name = "ranks",
     .type = CST_OPTION_INT,
     .fallback = "1",
     .help = "processes of a trial, and of the training",
     .min = 1,
     .max = 1000000},
    {.name = NULL},
};

static const cst_command command = {
    .name = "tune",
    .summary = "search for parameters, and train a model with the best",
    .description =
        "Draws sets of parameters from tune.space, trains a trial of each on the training rows, "
        "compares them by the loss on the validation rows, and trains a model with the best. What "
        "was tried is published as the report MODEL-search. The same search has the same winner on "
        "any number of ranks, however often it was stopped.\n\n"
        "It is a run like that of a pipeline: status, cancel and resume know it.",
    .options = options,
    .example = "capstan tune --features flights@1 --name flight-delay --pipeline pipeline.yaml",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage, or a wrong pipeline file\n"
                "75  stopped: capstan resume goes on\n"
                "99  nothing to do: this model is there already",
};

/* The two sections alone, so that no other has to be there; with all stages' revisions. */
static cst_code read_sections(json_t **out, const cst_call *call, const cst_grammar *all,
                              cst_error *err)
{
    const cst_section own[] = {cst_section_tune, cst_section_train};
    const cst_grammar grammar = {
        .section = own, .sections = sizeof own / sizeof own[0], .stage = all->stage};
    const char *file = cst_get_string(call->options, "pipeline", NULL);
    const json_t *settings = json_object_get(call->options, "set");
    cst_code rc = file ? cst_pipeline_read(out, file, settings, &grammar, err)
                       : cst_pipeline_sections(out, settings, &grammar, err);
    if (rc == CST_OK && !json_object_get(*out, "tune"))
        rc = cst_error_set(err, CST_USAGE,
                           "%s: there is no section tune: what to search for is said by "
                           "tune.space, such as --set 'tune.space={leaves: [15, 31, 63]}'",
                           file ? file : "without --pipeline");
    return rc;
}

/* What a pipeline file would say that only learns, from these features. *out is a new reference. */
static cst_code make_pipeline(json_t **out, const cst_call *call, const cst_grammar *grammar,
                              cst_error *err)
{
    json_t *read = NULL;
    cst_code rc = read_sections(&read, call, grammar, err);
    const json_t *given = call->options;
    int64_t seed = cst_get_int(given, "seed", cst_get_int(read, "seed", 0));
    if (rc == CST_OK) {
        *out = json_pack(
            "{s:s, s:s, s:s, s:I, s:O, s:O, s:{s:{s:I}}}", "pipeline",
            cst_get_string(given, "name", ""), "dataset", cst_get_string(given, "name", ""),
            "features", cst_get_string(given, "features", ""), "seed", (json_int_t)seed, "train",
            json_object_get(read, "train"), "tune", json_object_get(read, "tune"), "resources",
            "default", "ranks", (json_int_t)cst_get_int(given, "ranks", 1));
        rc = *out ? CST_OK : cst_error_nomem(err, "a pipeline");
    }
    json_decref(read);
    return rc;
}

/* The model that the run has made, as train would print it. */
static cst_code print_model(const cst_call *call, const char *run, cst_error *err)
{
    json_t *end = NULL;
    char *attempt = cst_run_attempt(call->registry, run, "train", err);
    cst_code rc = attempt ? cst_receipt_read_end(&end, attempt, err) : CST_FAILED;
    const json_t *model = json_array_get(json_object_get(end, "outputs"), 0);
    if (rc == CST_OK && call->json)
        rc = cst_output_json(model, err);
    else if (rc == CST_OK)
        rc = cst_output_print(err, "%s@%lld\n", cst_get_string(model, "name", ""),
                              (long long)cst_get_int(model, "version", 0));
    json_decref(end);
    free(attempt);
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    char id[CST_RUN_ID];
    cst_grammar grammar = {0};
    json_t *pipeline = NULL;
    cst_code code = CST_FAILED;
    cst_code rc = cst_grammar_new(&grammar, err);
    if (rc == CST_OK)
        rc = make_pipeline(&pipeline, call, &grammar, err);
    if (rc == CST_OK)
        rc = cst_run_new(id, pipeline, "local", NULL, call->registry, &grammar, err);
    if (rc == CST_OK) {
        cst_log_info(call->log, "run %s", id);
        rc = cst_engine_drive(&code, id, &cst_engine_local, call->registry, call->log, err);
    }
    if (rc == CST_OK && (code == CST_OK || code == CST_SKIPPED))
        rc = print_model(call, id, err);
    json_decref(pipeline);
    cst_grammar_free(&grammar);
    return rc == CST_OK ? code : rc;
}

const cst_builtin cst_builtin_tune = {
    .command = &command, .group = "Pipeline", .registry = true, .run = run};

/* plan.c - capstan plan: what a pipeline file resolves to */
#include "cmd/call.h"
#include "cmd/grammar.h"
#include "cmd/output.h"
#include "config/json.h"
#include "pipeline/run.h"

static const cst_option options[] = {
    CST_OPTION_PIPELINE,
    CST_OPTION_SET,
    {.name = "open",
     .type = CST_OPTION_BOOL,
     .help = "make a run of it for another driver, such as Airflow, and print its id"},
    {.name = NULL},
};

static const cst_command command = {
    .name = "plan",
    .summary = "show what a pipeline file resolves to",
    .description = "Checks the file, fills in defaults, pins every snapshot that takes part, and "
                   "prints settings, steps, and the command line that starts each of them on "
                   "Slurm. A step's key is known once its inputs are: a finished step of the same "
                   "key is not run again. Nothing is started, with --open neither: that makes a "
                   "run whose steps somebody else starts.",
    .options = options,
    .example = "capstan plan pipeline.yaml",
    .statuses = "0  printed\n1  a dataset or file that is needed is not there\n"
                "2  wrong usage, or a wrong pipeline file",
};

/* A line for every leaf below value: its path, its value; lists are leaves. */
static cst_code add_settings(cst_text *out, const char *path, json_t *value, cst_error *err)
{
    enum { PATH_WIDTH = 28 };
    const char *key = NULL;
    json_t *member = NULL;
    if (!json_is_object(value)) {
        cst_code rc = cst_text_print(out, err, "%-*s  ", PATH_WIDTH, path);
        if (rc == CST_OK)
            rc = cst_output_value(out, value, err);
        return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
    }
    cst_code rc = CST_OK;
    json_object_foreach(value, key, member)
    {
        char *below = cst_text_format(err, "%s%s%s", path, *path ? "." : "", key);
        if (rc == CST_OK)
            rc = below ? add_settings(out, below, member, err) : CST_NOMEM;
        free(below);
    }
    return rc;
}

static cst_code print_settings(json_t *pipeline, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = add_settings(&text, "", pipeline, err);
    if (rc == CST_OK)
        rc = cst_text_puts(&text, "\n", err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

/* "snapshot flights@3, join:weather weather@1", or what is not known yet: "features of prepare". */
static cst_code describe_inputs(cst_text *out, const json_t *step, cst_error *err)
{
    size_t i = 0;
    const json_t *input = NULL;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(step, "inputs"), i, input)
    {
        const char *role = cst_get_string(input, "role", "");
        const char *from = cst_get_string(input, "step", NULL);
        if (rc == CST_OK && from)
            rc = cst_text_print(out, err, "%s%s of %s", out->size ? ", " : "", role, from);
        else if (rc == CST_OK && json_object_get(input, "name"))
            rc = cst_text_print(out, err, "%s%s %s@%lld", out->size ? ", " : "", role,
                                cst_get_string(input, "name", ""),
                                (long long)cst_get_int(input, "version", 0));
        else if (rc == CST_OK)
            rc = cst_text_print(out, err, "%s%s", out->size ? ", " : "", role);
    }
    return rc;
}

static cst_code add_step(cst_columns *columns, const json_t *step, cst_error *err)
{
    char ranks[16];
    char key[16];
    cst_text inputs = CST_TEXT_INIT;
    (void)snprintf(ranks, sizeof ranks, "%lld", (long long)cst_get_int(step, "ranks", 1));
    (void)snprintf(key, sizeof key, "%.12s", cst_get_string(step, "key", "-"));
    cst_code rc = describe_inputs(&inputs, step, err);
    const char *const cells[] = {cst_get_string(step, "id", ""),
                                 cst_get_string(step, "program", ""),
                                 ranks,
                                 key,
                                 inputs.data ? inputs.data : "new files",
                                 NULL};
    if (rc == CST_OK)
        rc = cst_columns_add(columns, cells, err);
    cst_text_free(&inputs);
    return rc;
}

static cst_code print_steps(const json_t *plan, cst_error *err)
{
    static const char *const heading[] = {"STEP", "PROGRAM", "RANKS", "KEY", "INPUTS", NULL};
    cst_columns columns = {0};
    cst_code rc = cst_columns_new(&columns, heading, err);
    size_t i = 0;
    const json_t *step = NULL;
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        if (rc == CST_OK)
            rc = add_step(&columns, step, err);
    }
    if (rc == CST_OK)
        rc = cst_columns_write(&columns, err);
    cst_columns_free(&columns);
    return rc;
}

/* "srun --mpi=pmix …" of a step, which promotion has none of. */
static cst_code add_srun(cst_columns *columns, const json_t *step, cst_error *err)
{
    cst_text words = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *word = NULL;
    json_array_foreach(json_object_get(step, "srun"), i, word)
    {
        if (rc == CST_OK)
            rc = cst_text_print(&words, err, "%s%s", i ? " " : "", json_string_value(word));
    }
    const char *const cells[] = {cst_get_string(step, "id", ""), words.data, NULL};
    if (rc == CST_OK && words.data)
        rc = cst_columns_add(columns, cells, err);
    cst_text_free(&words);
    return rc;
}

static cst_code print_sruns(const json_t *plan, cst_error *err)
{
    static const char *const heading[] = {"STEP", "ON SLURM", NULL};
    cst_columns columns = {0};
    size_t i = 0;
    const json_t *step = NULL;
    cst_code rc = cst_output_print(err, "\n");
    if (rc == CST_OK)
        rc = cst_columns_new(&columns, heading, err);
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        if (rc == CST_OK)
            rc = add_srun(&columns, step, err);
    }
    if (rc == CST_OK)
        rc = cst_columns_write(&columns, err);
    cst_columns_free(&columns);
    return rc;
}

static cst_code print_plan(const cst_call *call, json_t *pipeline, const json_t *plan,
                           cst_error *err)
{
    if (call->json)
        return cst_output_json(plan, err);
    cst_code rc = print_settings(pipeline, err);
    if (rc == CST_OK)
        rc = print_steps(plan, err);
    return rc == CST_OK ? print_sruns(plan, err) : rc;
}

/* A run of it, which nobody drives. */
static cst_code open_run(const cst_call *call, const json_t *pipeline, const cst_grammar *grammar,
                         cst_error *err)
{
    char id[CST_RUN_ID];
    json_t *plan = NULL;
    cst_code rc = cst_run_new(id, pipeline, "external", NULL, call->registry, grammar, err);
    if (rc == CST_OK && !call->json)
        return cst_output_print(err, "%s\n", id);
    if (rc == CST_OK)
        rc = cst_run_plan(&plan, call->registry, id, err);
    if (rc == CST_OK)
        rc = cst_json_put(plan, "run", json_string(id), err);
    if (rc == CST_OK)
        rc = cst_output_json(plan, err);
    json_decref(plan);
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    const char *file = cst_get_string(call->options, "pipeline", "");
    cst_grammar grammar = {0};
    json_t *pipeline = NULL;
    json_t *plan = NULL;
    cst_code rc = cst_grammar_new(&grammar, err);
    if (rc == CST_OK)
        rc = cst_pipeline_read(&pipeline, file, json_object_get(call->options, "set"), &grammar,
                               err);
    if (rc == CST_OK)
        rc = cst_plan_make(&plan, pipeline, file, call->registry, &grammar, err);
    if (rc == CST_OK)
        rc = cst_get_bool(call->options, "open", false) ? open_run(call, pipeline, &grammar, err)
                                                        : print_plan(call, pipeline, plan, err);
    json_decref(plan);
    json_decref(pipeline);
    cst_grammar_free(&grammar);
    return rc;
}

const cst_builtin cst_builtin_plan = {
    .command = &command, .group = "Pipeline", .registry = true, .run = run};

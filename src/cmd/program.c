/* program.c - the one main of all stage programs */
#include "cmd/program.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/stop.h"
#include "cmd/build.h"
#include "cmd/place.h"
#include "cmd/program_options.h"
#include "cmd/program_receipt.h"
#include "cmd/provenance.h"
#include "config/json.h"
#include "pipeline/plan.h"

/* A run of a stage on this rank. */
typedef struct {
    const cst_stage_kind *kind;
    const char *name; /* "capstan-train" */
    int argc;
    char **argv;
    json_t *options;
    const char *attempt; /* or NULL: no receipts */
    bool begun;          /* begin.json stands: end.json is owed */
    double started;
    cst_log log;
    cst_comm *comm;
    cst_registry *registry; /* rank 0 */
    json_t *setup; /* {"sections", "pipeline", "provenance", "seed"}, the same on all ranks */
} program;

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Before MPI_Init, and without it: is this the rank that speaks? */
static bool is_first_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *rank = getenv(names[i]);
        if (rank)
            return !strcmp(rank, "0");
    }
    return true;
}

static cst_code write_out(const cst_text *text, cst_error *err)
{
    if (text->size && fwrite(text->data, 1, text->size, stdout) != text->size)
        return cst_error_errno(err, "cannot write the result to standard output");
    if (fflush(stdout) != 0)
        return cst_error_errno(err, "cannot write the result to standard output");
    return CST_OK;
}

static cst_code print_help(const program *p, const cst_command *command, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_command_help(&text, command, p->name, err);
    const cst_section *const *section = p->kind->sections;
    for (size_t i = 0; section && section[i] && rc == CST_OK; i++)
        rc = cst_section_help(&text, section[i], i == 0, err);
    if (rc == CST_OK)
        rc = write_out(&text, err);
    cst_text_free(&text);
    return rc;
}

static cst_code print_version(const program *p, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_build_version(&text, p->name, err);
    if (rc == CST_OK)
        rc = write_out(&text, err);
    cst_text_free(&text);
    return rc;
}

static cst_log_level level_of(const json_t *options)
{
    if (cst_get_bool(options, "quiet", false))
        return CST_LOG_QUIET;
    return cst_get_bool(options, "verbose", false) ? CST_LOG_VERBOSE : CST_LOG_NORMAL;
}

/* Parse the command line; *answered where --help or --version was all that was asked for. */
static cst_code read_command_line(program *p, bool *answered, cst_error *err)
{
    cst_command command;
    cst_code rc = cst_program_command(&command, p->kind->command, false, err);
    if (rc != CST_OK)
        return rc;
    rc = cst_command_parse(&p->options, &command, p->argc - 1, p->argv + 1, err);
    bool help = rc == CST_OK && cst_get_bool(p->options, "help", false);
    bool version = rc == CST_OK && cst_get_bool(p->options, "version", false);
    *answered = help || version;
    if (help && is_first_rank())
        rc = print_help(p, &command, err);
    else if (version && is_first_rank())
        rc = print_version(p, err);
    free((void *)command.options);
    p->log =
        cst_log_new(p->name, level_of(p->options), cst_get_string(p->options, "progress", "auto"));
    p->attempt = cst_get_string(p->options, "attempt", NULL);
    return rc;
}

/* begin.json, before any work. Rank 0. */
static cst_code begin(program *p, cst_error *err)
{
    if (!p->attempt)
        return CST_OK;
    json_t *provenance = cst_provenance(p->comm->size, p->argc, p->argv, err);
    cst_code rc = provenance ? cst_program_begin(p->attempt, p->kind, provenance, err) : CST_NOMEM;
    p->begun = rc == CST_OK;
    json_decref(provenance);
    return rc;
}

/* The sections of this stage, from the pipeline file (*pipeline: NULL without one) and --set. */
static cst_code read_sections(const program *p, json_t **sections, json_t **pipeline,
                              cst_error *err)
{
    const char *file = cst_get_string(p->options, "pipeline", NULL);
    const json_t *settings = json_object_get(p->options, "set");
    size_t count = 0;
    while (p->kind->sections && p->kind->sections[count])
        count++;
    cst_section *own = cst_array_new(count, sizeof *own, "sections", err);
    if (!own)
        return CST_NOMEM;
    for (size_t i = 0; i < count; i++)
        own[i] = *p->kind->sections[i];
    cst_grammar grammar = {.section = own, .sections = count};
    cst_code rc = file ? cst_pipeline_read(pipeline, file, settings, &grammar, err)
                       : cst_pipeline_sections(sections, settings, &grammar, err);
    if (rc == CST_OK && file && !(*sections = json_object()))
        rc = cst_error_nomem(err, "sections");
    for (size_t i = 0; i < count && rc == CST_OK && file; i++)
        rc = cst_json_put(*sections, own[i].name,
                          json_incref(json_object_get(*pipeline, own[i].name)), err);
    free(own);
    return rc;
}

/* Everything that rank 0 alone reads, as a map for all. */
static cst_code read_setup(program *p, cst_error *err)
{
    json_t *sections = NULL;
    json_t *pipeline = NULL;
    json_t *setup = json_object();
    cst_code rc = read_sections(p, &sections, &pipeline, err);
    int64_t seed = cst_get_int(p->options, "seed", cst_get_int(pipeline, "seed", 0));
    if (rc == CST_OK)
        rc = cst_json_put(setup, "sections", json_incref(sections), err);
    if (rc == CST_OK && pipeline)
        rc = cst_json_put(setup, "pipeline", json_incref(pipeline), err);
    if (rc == CST_OK)
        rc = cst_json_put(setup, "seed", json_integer(seed), err);
    if (rc == CST_OK)
        rc = cst_json_put(setup, "provenance", cst_provenance(p->comm->size, p->argc, p->argv, err),
                          err);
    if (rc == CST_OK)
        p->setup = json_incref(setup);
    json_decref(setup);
    json_decref(sections);
    json_decref(pipeline);
    return rc;
}

static cst_code open_registry(program *p, cst_error *err)
{
    char *path = NULL;
    cst_code rc = cst_place_registry(&path, p->options, err);
    if (rc == CST_OK)
        rc = cst_registry_open(&p->registry, path, err);
    free(path);
    return rc;
}

/* Every rank must be this program and round alike. Collective. */
static cst_code check_ranks(const program *p, cst_error *err)
{
    cst_text build = CST_TEXT_INIT;
    cst_code rc = cst_comm_agree(p->comm, cst_build_version(&build, p->name, err), err);
    if (rc == CST_OK && build.size)
        build.data[build.size - 1] = '\0'; /* its newline */
    if (rc == CST_OK)
        rc = cst_comm_alike(p->comm, build.data, err);
    cst_text_free(&build);
    return rc;
}

/* Read on rank 0, known on all. Collective. */
static cst_code set_up(program *p, cst_error *err)
{
    cst_code rc = CST_OK;
    if (p->comm->rank == 0) {
        rc = begin(p, err);
        if (rc == CST_OK)
            rc = read_setup(p, err);
        if (rc == CST_OK)
            rc = open_registry(p, err);
    }
    rc = cst_comm_agree(p->comm, rc, err);
    if (rc == CST_OK)
        rc = check_ranks(p, err);
    return rc == CST_OK ? cst_stage_share(&p->setup, p->comm, CST_OK, "the setup", err) : rc;
}

/* Collective. */
static cst_code run_stage(cst_stage_result *result, program *p, cst_error *err)
{
    cst_stage stage = {
        .comm = p->comm,
        .registry = p->registry,
        .log = p->comm->rank == 0 ? &p->log : NULL,
        .options = p->options,
        .sections = json_object_get(p->setup, "sections"),
        .pipeline = json_object_get(p->setup, "pipeline"),
        .provenance = json_object_get(p->setup, "provenance"),
        .seed = (uint64_t)cst_get_int(p->setup, "seed", 0),
    };
    return cst_comm_agree(p->comm, p->kind->run(result, &stage, err), err);
}

/* What the run has used: {"seconds", "core_seconds", "peak_memory" (of the largest rank)}.
 * Collective; *out on rank 0. */
static cst_code measure(json_t **out, const program *p, cst_error *err)
{
    int64_t before = 0;
    int64_t cpu = 0;
    int64_t peak = cst_clock_peak_memory();
    int64_t mine = (int64_t)(cst_clock_cpu() * 1e6);
    cst_code rc = cst_comm_offset(p->comm, mine, &before, &cpu, err);
    if (rc == CST_OK)
        rc = cst_comm_max(p->comm, &peak, err);
    if (rc != CST_OK || p->comm->rank != 0)
        return rc;
    *out = json_pack("{s:f, s:f, s:I}", "seconds", cst_clock_elapsed() - p->started, "core_seconds",
                     (double)cpu * 1e-6, "peak_memory", (json_int_t)peak);
    return *out ? CST_OK : cst_error_nomem(err, "a receipt");
}

static cst_code json_line(cst_text *out, const cst_stage_result *result, cst_error *err)
{
    const json_t *first = json_array_get(result->outputs, 0);
    json_t *all = first ? json_copy((json_t *)first) : json_object();
    cst_code rc = all ? CST_OK : cst_error_nomem(err, "the result");
    if (rc == CST_OK && result->extra && json_object_update_missing(all, result->extra) != 0)
        rc = cst_error_nomem(err, "the result");
    if (rc == CST_OK)
        rc = cst_json_canonical(out, all, err);
    json_decref(all);
    return rc;
}

/* The one line on standard output: name@version, or JSON. Rank 0. */
static cst_code print_result(const program *p, const cst_stage_result *result, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    const json_t *first = json_array_get(result->outputs, 0);
    if (!first && !result->line && !result->extra)
        return CST_OK;
    if (cst_get_bool(p->options, "json", false))
        rc = json_line(&text, result, err);
    else if (result->line)
        rc = cst_text_puts(&text, result->line, err);
    else if (first)
        rc = cst_text_print(&text, err, "%s@%lld", cst_get_string(first, "name", ""),
                            (long long)cst_get_int(first, "version", 0));
    if (rc == CST_OK && text.size && text.data[text.size - 1] != '\n')
        rc = cst_text_puts(&text, "\n", err);
    if (rc == CST_OK)
        rc = write_out(&text, err);
    cst_text_free(&text);
    return rc;
}

/* Say on stderr how it ended, where that is not obvious. */
static void tell(program *p, cst_code code, const cst_error *why)
{
    if (!*why->text || code == CST_OK)
        return;
    if (code == CST_SKIPPED)
        cst_log_info(&p->log, "%s", why->text);
    else
        cst_log_error(&p->log, why);
}

/* The receipt, the message, the result. Collective; returns the exit status. */
static int finish(program *p, const cst_stage_result *result, cst_code code, const cst_error *why)
{
    cst_error err = CST_ERROR_INIT;
    json_t *used = NULL;
    cst_code rc = measure(&used, p, &err);
    if (rc == CST_OK && p->comm->rank == 0) {
        bool answered = code == CST_OK || code == CST_REFUSED || code == CST_SKIPPED;
        tell(p, code, why);
        if (p->begun)
            rc = cst_program_end(p->attempt, result, code, why, used, &err);
        if (rc == CST_OK && answered)
            rc = print_result(p, result, &err);
        if (rc != CST_OK)
            cst_log_error(&p->log, &err);
    }
    json_decref(used);
    rc = cst_comm_agree(p->comm, rc, &err);
    int64_t begun = p->begun;
    (void)cst_comm_max(p->comm, &begun, &err);
    if (rc != CST_OK)
        return cst_code_status(rc);
    return begun && p->comm->size > 1 ? 0 : cst_code_status(code);
}

/* All that needs MPI. Collective. */
static int run_program(program *p)
{
    cst_error err = CST_ERROR_INIT;
    cst_stage_result result = {0};
    cst_code rc = cst_comm_new(&p->comm, MPI_COMM_WORLD, true, &err);
    if (rc != CST_OK) {
        cst_log_error(&p->log, &err);
        return cst_code_status(rc);
    }
    rc = set_up(p, &err);
    if (rc == CST_OK)
        rc = run_stage(&result, p, &err);
    int status = finish(p, &result, rc, &err);
    cst_stage_result_free(&result);
    cst_registry_close(p->registry);
    json_decref(p->setup);
    cst_comm_free(p->comm);
    return status;
}

int cst_program_main(const cst_stage_kind *kind, int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    bool answered = false;
    program p = {.kind = kind,
                 .name = base_name(argv[0]),
                 .argc = argc,
                 .argv = argv,
                 .log = cst_log_new(base_name(argv[0]), CST_LOG_NORMAL, "auto"),
                 .started = cst_clock_elapsed()};
    cst_file_signals();
    cst_code rc = kind->stops ? cst_stop_watch(&err) : CST_OK;
    if (rc == CST_OK)
        rc = read_command_line(&p, &answered, &err);
    if (rc != CST_OK && is_first_rank())
        cst_log_error(&p.log, &err);
    int status = cst_code_status(rc);
    if (rc == CST_OK && !answered) {
        MPI_Init(&argc, &argv);
        status = run_program(&p);
        MPI_Finalize();
    }
    json_decref(p.options);
    return status;
}

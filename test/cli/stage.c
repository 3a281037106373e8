/* stage.c - a stage of a few lines, for what every stage's program has in common */
#include "cmd/program.h"
#include "config/json.h"

static const cst_option keys[] = {
    {.name = "trees",
     .type = CST_OPTION_INT,
     .fallback = "100",
     .help = "trees",
     .min = 1,
     .max = 1000},
    {.name = NULL},
};
static const cst_section section = {.name = "train", .help = "training", .keys = keys};
static const cst_section gate = {.name = "gate", .help = "the gate", .keys = keys};
static const cst_section *const sections[] = {&section, &gate, NULL};

static const char *const endings[] = {"done", "refused", "skipped", "failed", "killed", NULL};
static const cst_option options[] = {
    {.name = "how",
     .type = CST_OPTION_STRING,
     .fallback = "done",
     .help = "how it ends",
     .choices = endings},
    {.name = "rank", .type = CST_OPTION_INT, .fallback = "0", .help = "the rank that fails"},
    {.name = NULL},
};
static const cst_command command = {.name = "example",
                                    .summary = "end as it is told",
                                    .options = options,
                                    .example = "capstan-example --how done",
                                    .statuses = "0  done"};

static cst_code fill(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    out->rows_read = 7;
    out->rows_kept = 6;
    out->rows_rejected = 1;
    out->outputs = json_pack("[{s:s, s:s, s:i}]", "kind", "model", "name", "thing", "version", 3);
    out->extra = json_object();
    cst_code rc = cst_json_put(
        out->extra, "trees",
        json_integer(cst_get_int(json_object_get(stage->sections, "train"), "trees", 0)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out->extra, "seed", json_integer((json_int_t)stage->seed), err);
    return rc;
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    const char *how = cst_get_string(stage->options, "how", "");
    bool mine = cst_get_int(stage->options, "rank", 0) == stage->comm->rank;
    cst_code rc = stage->comm->rank == 0 ? fill(out, stage, err) : CST_OK;
    if (!strcmp(how, "killed") && mine)
        abort();
    if (!strcmp(how, "failed") && mine)
        rc = cst_error_set(err, CST_INVALID, "row 12 of a.csv is not what was wanted");
    if ((rc = cst_comm_agree(stage->comm, rc, err)) != CST_OK)
        return rc;
    if (!strcmp(how, "refused"))
        return cst_error_set(err, CST_REFUSED, "the challenger is not better");
    return strcmp(how, "skipped") ? CST_OK : CST_SKIPPED;
}

int main(int argc, char **argv)
{
    static const cst_stage_kind kind = {
        .command = &command, .sections = sections, .revision = 1, .run = run};
    return cst_program_main(&kind, argc, argv);
}

/* predict.c - raw files through a model's own transform, into scores */
#include "base/array.h"
#include "config/json.h"
#include "source/source.h"
#include "stage/bundle.h"
#include "stage/contents.h"
#include "stage/joins.h"
#include "stage/predicting.h"

typedef struct {
    const cst_stage *stage;
    cst_version *model;
    cst_bundle *bundle;
    cst_schema *schema;
    cst_version **joined;
    size_t joins;
    cst_source *source;
    cst_source_rows rows;
} prediction;

static void prediction_end(prediction *p)
{
    cst_version_free(p->model);
    cst_bundle_free(p->bundle);
    cst_schema_free(p->schema);
    cst_versions_free(p->joined, p->joins);
    cst_source_free(p->source);
    cst_source_rows_free(&p->rows);
}

/* The model and what it joins. Collective. */
static cst_code find_model(prediction *p, cst_error *err)
{
    const cst_stage *stage = p->stage;
    cst_code rc = cst_stage_find(&p->model, stage, CST_KIND_MODEL,
                                 cst_get_string(stage->options, "model", ""), err);
    if (rc == CST_OK)
        rc = cst_comm_agree(stage->comm, cst_bundle_read(&p->bundle, p->model->path, err), err);
    if (rc == CST_OK)
        rc = cst_stage_read_schema(&p->schema, stage, p->model, err);
    if (rc == CST_OK)
        rc = cst_stage_joins_find(&p->joined, &p->joins, stage,
                                  cst_transform_joins(p->bundle->transform),
                                  json_object_get(stage->options, "join"), err);
    return rc;
}

static bool is_listed(const json_t *names, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(names, i, one)
    {
        if (strcmp(json_string_value(one), name) == 0)
            return true;
    }
    return false;
}

/* Whether scores depend on a column: by itself, or as a key of a join. */
static bool is_asked_for(const prediction *p, const char *name)
{
    size_t i;
    const json_t *join;
    const char *const *input = cst_transform_inputs(p->bundle->transform, false);
    for (; *input; input++)
        if (strcmp(*input, name) == 0)
            return true;
    json_array_foreach(cst_transform_joins(p->bundle->transform), i, join)
    {
        if (is_listed(json_object_get(join, "on"), name) ||
            strcmp(cst_get_string(join, "asof", ""), name) == 0)
            return true;
    }
    return false;
}

static bool is_key(const cst_schema *schema, const char *name)
{
    for (size_t k = 0; k < schema->keys; k++)
        if (strcmp(schema->key[k], name) == 0)
            return true;
    return false;
}

static bool has_column(const char *const *columns, const cst_schema_column *wanted)
{
    const char *name = wanted->source ? wanted->source : wanted->name;
    while (*columns && strcmp(*columns, name) != 0)
        columns++;
    return *columns != NULL;
}

/* The columns to read: those that scores depend on, which must be there, and keys that are.
 * column has room for all of the schema's; they are borrowed from it. */
static cst_code choose_columns(cst_schema *out, const prediction *p, cst_error *err)
{
    const char *const *columns = cst_source_columns(p->source);
    size_t files;
    for (size_t c = 0; c < p->schema->columns; c++) {
        const cst_schema_column *column = &p->schema->column[c];
        bool there = has_column(columns, column);
        bool asked_for = is_asked_for(p, column->name);
        if (asked_for && !there && column->required)
            return cst_error_set(err, CST_INVALID, "%s has no column %s, which %s@%lld asks for",
                                 cst_source_files(p->source, &files)[0].path,
                                 column->source ? column->source : column->name, p->model->name,
                                 (long long)p->model->number);
        if (asked_for || (there && is_key(p->schema, column->name)))
            out->column[out->columns++] = *column;
    }
    return CST_OK;
}

/* The source: section; no reject is let pass unless they are to be skipped. *out is new. */
static cst_code source_options(json_t **out, const cst_stage *stage, cst_error *err)
{
    json_t *options = json_deep_copy(json_object_get(stage->sections, "source"));
    cst_code rc = options ? CST_OK : cst_error_nomem(err, "options");
    if (rc == CST_OK && !cst_get_bool(stage->options, "skip_unreadable", false))
        rc = cst_json_put(options, "reject_limit", json_integer(0), err);
    if (rc == CST_OK)
        *out = options;
    else
        json_decref(options);
    return rc;
}

static cst_code open_files(prediction *p, cst_error *err)
{
    const cst_stage *stage = p->stage;
    const json_t *files = json_object_get(stage->options, "file");
    size_t count = json_array_size(files);
    json_t *options = NULL;
    const char **paths = cst_array_new(count, sizeof *paths, "files", err);
    cst_code rc = paths ? source_options(&options, stage, err) : CST_NOMEM;
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        paths[i] = json_string_value(json_array_get(files, i));
    rc = cst_comm_agree(stage->comm, rc, err);
    if (rc == CST_OK)
        rc = cst_source_open(&p->source, stage->comm, paths, count, options, stage->log, err);
    free(paths);
    json_decref(options);
    return rc;
}

enum { MOST_SHOWN = 10 };

static void tell_rejects(const prediction *p)
{
    size_t files;
    const cst_source_file *file = cst_source_files(p->source, &files);
    for (size_t i = 0; i < p->rows.rejects && i < MOST_SHOWN; i++)
        cst_log_warn(p->stage->log, "%s: line %lld is left out: %s",
                     file[p->rows.reject[i].file].path, (long long)p->rows.reject[i].line,
                     p->rows.reject[i].reason);
    if (p->rows.rejected > MOST_SHOWN)
        cst_log_warn(p->stage->log, "%lld rows are left out", (long long)p->rows.rejected);
}

/* Collective. */
static cst_code read_files(prediction *p, cst_error *err)
{
    cst_comm *comm = p->stage->comm;
    cst_code rc = open_files(p, err);
    if (rc != CST_OK)
        return rc;
    cst_schema chosen = {.dataset = p->schema->dataset};
    chosen.column = cst_array_new(p->schema->columns, sizeof *chosen.column, "columns", err);
    rc = chosen.column ? choose_columns(&chosen, p, err) : CST_NOMEM;
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = cst_source_read(&p->rows, p->source, &chosen, NULL, err);
    free(chosen.column);
    if (rc != CST_OK)
        return rc;
    tell_rejects(p);
    return cst_stage_join(p->rows.table, p->stage, cst_transform_joins(p->bundle->transform),
                          p->joined, err);
}

static cst_code give_result(cst_stage_result *out, const prediction *p, cst_error *err)
{
    const char *path = cst_get_string(p->stage->options, "out", "");
    cst_code rc = cst_stage_add(&out->inputs, p->model, err);
    for (size_t j = 0; rc == CST_OK && j < p->joins; j++)
        rc = cst_stage_add(&out->inputs, p->joined[j], err);
    if (rc != CST_OK)
        return rc;
    out->rows_kept = p->rows.table->total;
    out->rows_rejected = p->rows.rejected;
    out->rows_read = out->rows_kept + out->rows_rejected;
    out->line = cst_text_format(err, "%lld", (long long)out->rows_kept);
    out->extra = json_pack("{s:I, s:s}", "rows", (json_int_t)out->rows_kept, "path", path);
    return out->line && out->extra ? CST_OK : cst_error_nomem(err, "the result");
}

static cst_code score_and_write(const prediction *p, cst_error *err)
{
    cst_comm *comm = p->stage->comm;
    double *score = NULL;
    cst_matrix *matrix = NULL;
    cst_code rc = cst_bundle_score(&score, &matrix, p->bundle, p->rows.table, false, NULL, err);
    if ((rc = cst_comm_agree(comm, rc, err)) == CST_OK)
        rc = cst_predicting_write(comm, cst_get_string(p->stage->options, "out", ""), p->rows.table,
                                  p->schema->key, p->schema->keys, score, err);
    free(score);
    cst_matrix_free(matrix);
    return rc;
}

static cst_code predict(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    prediction p = {.stage = stage};
    cst_code rc = cst_predicting_check(cst_get_string(stage->options, "out", ""), err);
    if (rc == CST_OK)
        rc = find_model(&p, err);
    if (rc == CST_OK)
        rc = read_files(&p, err);
    if (rc == CST_OK)
        rc = score_and_write(&p, err);
    if (rc == CST_OK) {
        rc = stage->comm->rank == 0 ? give_result(out, &p, err) : CST_OK;
        rc = cst_comm_agree(stage->comm, rc, err);
    }
    prediction_end(&p);
    return rc;
}

static const cst_section *const sections[] = {&cst_section_source, NULL};

const cst_stage_kind cst_stage_predict = {
    .command = &cst_command_predict,
    .sections = sections,
    .revision = CST_PREDICT_REVISION,
    .run = predict,
};

/* ingest_files.c - which files are read, and what their columns are meant to be */
#include "base/array.h"
#include "config/json.h"
#include "stage/contents.h"
#include "stage/ingesting.h"

static cst_code matching_files(json_t *paths, const cst_ingesting *in, cst_error *err)
{
    const json_t *files = json_object_get(in->spec, "files");
    cst_code rc = CST_OK;
    if (json_array_size(files) == 0)
        return cst_error_set(err, CST_USAGE,
                             "no files to read: name them, or write source: {files: \"…\"} into "
                             "the pipeline file");
    for (size_t i = 0; rc == CST_OK && i < json_array_size(files); i++)
        rc = cst_json_append_files(paths, json_string_value(json_array_get(files, i)),
                                   "source.files", err);
    return rc;
}

/* Rank 0 alone looks at the file system, so that all see the same files. */
cst_code cst_ingesting_paths(cst_ingesting *in, cst_error *err)
{
    cst_comm *comm = in->stage->comm;
    json_t *paths = NULL;
    const json_t *given = json_object_get(in->stage->options, "file");
    cst_code rc = CST_OK;
    if (comm->rank == 0) {
        paths = json_array_size(given) ? json_deep_copy(given) : json_array();
        rc = paths ? CST_OK : cst_error_nomem(err, "the names of files");
        if (rc == CST_OK && !json_array_size(given))
            rc = matching_files(paths, in, err);
    }
    if ((rc = cst_stage_share(&paths, comm, rc, "the names of files", err)) != CST_OK)
        goto out;
    size_t count = json_array_size(paths);
    if (!(in->path = cst_array_new(count, sizeof *in->path, "the names of files", err)))
        rc = CST_NOMEM;
    for (; rc == CST_OK && in->paths < count; in->paths++) {
        in->path[in->paths] =
            cst_text_copy(json_string_value(json_array_get(paths, in->paths)), err);
        if (!in->path[in->paths])
            rc = CST_NOMEM;
    }
    rc = cst_comm_agree(comm, rc, err);
out:
    json_decref(paths);
    return rc;
}

/* The schema file that is named, or NULL. */
static const char *schema_file(const cst_ingesting *in)
{
    const json_t *pipeline = in->stage->pipeline;
    bool ours = strcmp(cst_get_string(pipeline, "dataset", in->dataset), in->dataset) == 0;
    return cst_get_string(in->stage->options, "schema",
                          ours ? cst_get_string(pipeline, "schema", NULL) : NULL);
}

/* The schema of a file, as JSON on all ranks. Collective. */
static cst_code read_schema_file(json_t **out, const cst_ingesting *in, const char *path,
                                 cst_error *err)
{
    cst_schema *schema = NULL;
    json_t *value = NULL;
    cst_code rc = CST_OK;
    if (in->stage->comm->rank == 0) {
        rc = cst_schema_read(&schema, path, err);
        if (rc == CST_OK && !(value = cst_schema_to_json(schema, err)))
            rc = CST_NOMEM;
    }
    rc = cst_stage_share(&value, in->stage->comm, rc, path, err);
    cst_schema_free(schema);
    if (rc == CST_OK)
        *out = value;
    else
        json_decref(value);
    return rc;
}

static cst_code infer_schema(json_t **out, const cst_ingesting *in, cst_error *err)
{
    cst_schema *schema = NULL;
    cst_code rc = cst_source_infer(&schema, in->source, in->dataset, in->stage->log, err);
    if (rc == CST_OK && !(*out = cst_schema_to_json(schema, err)))
        rc = CST_NOMEM;
    cst_schema_free(schema);
    return cst_comm_agree(in->stage->comm, rc, err);
}

/* A column keeps its type for as long as parts are added to parts. */
static cst_code check_types(const cst_schema *schema, const cst_schema *before,
                            const cst_version *base, cst_error *err)
{
    for (size_t c = 0; c < schema->columns; c++) {
        const cst_schema_column *now = &schema->column[c];
        const cst_schema_column *then = cst_schema_find(before, now->name);
        if (then && (then->type != now->type || then->ticks != now->ticks))
            return cst_error_set(err, CST_INVALID,
                                 "column %s is %s in the schema%s but %s in %s@%lld: use another "
                                 "name for it, or start anew with --append-to none",
                                 now->name, cst_type_name(now->type),
                                 then->type == now->type ? " (with another unit of time)" : "",
                                 cst_type_name(then->type), base->name, (long long)base->number);
    }
    return CST_OK;
}

static cst_code compare_with_base(const cst_ingesting *in, const cst_schema *schema, cst_error *err)
{
    cst_schema *before = NULL;
    cst_code rc = cst_stage_read_schema(&before, in->stage, in->base, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(in->stage->comm, check_types(schema, before, in->base, err), err);
    cst_schema_free(before);
    return rc;
}

cst_code cst_ingesting_schema(bool *changed, cst_ingesting *in, cst_error *err)
{
    const char *file = schema_file(in);
    json_t *value = NULL;
    cst_schema *schema = NULL;
    cst_code rc = file       ? read_schema_file(&value, in, file, err)
                  : in->base ? cst_stage_read_json(&value, in->stage, in->base, "schema.json", err)
                             : infer_schema(&value, in, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(in->stage->comm, cst_schema_from_json(&schema, value, err), err);
    if (rc == CST_OK && file && in->base)
        rc = compare_with_base(in, schema, err);
    if (rc != CST_OK)
        goto out;
    *changed = !in->schema_json || !json_equal(value, in->schema_json);
    cst_schema_free(in->schema);
    json_decref(in->schema_json);
    in->schema = schema;
    in->schema_json = value;
    return CST_OK;
out:
    cst_schema_free(schema);
    json_decref(value);
    return rc;
}

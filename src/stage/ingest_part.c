/* ingest_part.c - the rows of new files as a part of the registry, with their profile */
#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "stage/ingesting.h"
#include "stage/profiling.h"
#include "store/part.h"

/* Write the rows and publish them under their content's name. Collective. */
static cst_code write_part(cst_ingesting *in, cst_error *err)
{
    cst_comm *comm = in->stage->comm;
    cst_error why = CST_ERROR_INIT;
    char *path = NULL;
    cst_code rc = CST_OK;
    if (comm->rank == 0)
        rc = cst_registry_part_temporary(&path, in->stage->registry, in->dataset, err);
    if ((rc = cst_comm_share_text(comm, rc, &path, err)) != CST_OK)
        return rc;
    rc = cst_part_write(&in->written, comm, path, in->rows.table, err);
    if (comm->rank == 0) {
        if (rc == CST_OK)
            rc = cst_registry_part_publish(in->stage->registry, in->dataset, path,
                                           &in->written.content, &in->written.sha256, err);
        if (cst_file_remove(path, &why) != CST_OK) /* still there where publishing failed */
            cst_log_warn(in->stage->log, "%s", why.text);
    }
    free(path);
    return cst_comm_agree(comm, rc, err);
}

static json_t *source_entry(const cst_source_file *file, cst_error *err)
{
    char digest[CST_DIGEST_HEX];
    cst_digest_hex(digest, &file->digest);
    json_t *out = json_pack("{s:s, s:s, s:I, s:I, s:I}", "path", file->path, "sha256", digest,
                            "bytes", (json_int_t)file->bytes, "rows", (json_int_t)file->rows,
                            "rejected", (json_int_t)file->rejected);
    if (!out)
        cst_error_nomem(err, "the manifest");
    return out;
}

/* The files that were read. source_at (shape [files]): where each stands among them. */
static cst_code put_sources(json_t *part, size_t *source_at, const cst_ingesting *in,
                            cst_error *err)
{
    size_t files;
    const cst_source_file *file = cst_source_files(in->source, &files);
    json_t *sources = json_array();
    cst_code rc = sources ? CST_OK : cst_error_nomem(err, "the manifest");
    for (size_t f = 0; rc == CST_OK && f < files; f++) {
        source_at[f] = json_array_size(sources);
        if (!in->left_out[f])
            rc = cst_json_append(sources, source_entry(&file[f], err), err);
    }
    if (rc == CST_OK)
        return cst_json_put(part, "sources", sources, err);
    json_decref(sources);
    return rc;
}

static cst_code put_runs(json_t *part, const size_t *source_at, const cst_ingesting *in,
                         cst_error *err)
{
    json_t *runs = json_array();
    cst_code rc = runs ? CST_OK : cst_error_nomem(err, "the manifest");
    for (size_t i = 0; rc == CST_OK && i < in->rows.runs; i++) {
        const cst_source_run *run = &in->rows.run[i];
        rc = cst_json_append(runs,
                             json_pack("[I, I, I]", (json_int_t)run->row,
                                       (json_int_t)source_at[run->file], (json_int_t)run->line),
                             err);
    }
    if (rc == CST_OK)
        return cst_json_put(part, "runs", runs, err);
    json_decref(runs);
    return rc;
}

static bool has_column(const char *const *columns, const char *name)
{
    while (*columns && strcmp(*columns, name) != 0)
        columns++;
    return *columns != NULL;
}

static const char *name_in_source(const cst_schema_column *column)
{
    return column->source ? column->source : column->name;
}

/* Required columns that the files lack, and columns of theirs that the schema lacks. */
static cst_code put_differences(json_t *part, const cst_ingesting *in, cst_error *err)
{
    const char *const *columns = cst_source_columns(in->source);
    json_t *absent = json_array();
    json_t *unknown = json_array();
    cst_code rc = absent && unknown ? CST_OK : cst_error_nomem(err, "the manifest");
    for (size_t c = 0; rc == CST_OK && c < in->schema->columns; c++) {
        const cst_schema_column *column = &in->schema->column[c];
        if (column->required && !has_column(columns, name_in_source(column)))
            rc = cst_json_append(absent, json_string(column->name), err);
    }
    for (; rc == CST_OK && *columns; columns++) {
        size_t c = 0;
        while (c < in->schema->columns &&
               strcmp(*columns, name_in_source(&in->schema->column[c])) != 0)
            c++;
        if (c == in->schema->columns)
            rc = cst_json_append(unknown, json_string(*columns), err);
    }
    if (rc == CST_OK)
        rc = cst_json_put(part, "absent", json_incref(absent), err);
    if (rc == CST_OK)
        rc = cst_json_put(part, "unknown", json_incref(unknown), err);
    json_decref(absent);
    json_decref(unknown);
    return rc;
}

/* The part as the manifest has it. */
static cst_code describe_part(json_t **out, const cst_ingesting *in, cst_error *err)
{
    char id[CST_DIGEST_HEX];
    char sha256[CST_DIGEST_HEX];
    cst_digest_hex(id, &in->written.content);
    cst_digest_hex(sha256, &in->written.sha256);
    json_t *part = json_object();
    char *path = cst_text_format(err, "parts/%s/%s.h5", in->dataset, id);
    size_t *source_at = cst_array_new(in->paths, sizeof *source_at, "files", err);
    cst_code rc = part && path && source_at ? CST_OK : cst_error_nomem(err, "the manifest");
    if (rc == CST_OK)
        rc = cst_json_put(part, "id", json_string(id), err);
    if (rc == CST_OK)
        rc = cst_json_put(part, "sha256", json_string(sha256), err);
    if (rc == CST_OK)
        rc = cst_json_put(part, "path", json_string(path), err);
    if (rc == CST_OK)
        rc = cst_json_put(part, "bytes", json_integer(in->written.bytes), err);
    if (rc == CST_OK)
        rc = cst_json_put(part, "rows", json_integer(in->written.rows), err);
    if (rc == CST_OK)
        rc = put_sources(part, source_at, in, err);
    if (rc == CST_OK)
        rc = put_runs(part, source_at, in, err);
    if (rc == CST_OK)
        rc = put_differences(part, in, err);
    free(path);
    free(source_at);
    if (rc == CST_OK)
        *out = part;
    else
        json_decref(part);
    return rc;
}

/* {"part": id, "profile": …}. Collective. */
static cst_code profile_part(json_t **out, const cst_ingesting *in, cst_error *err)
{
    char id[CST_DIGEST_HEX];
    cst_digest_hex(id, &in->written.content);
    json_t *profile = NULL;
    json_t *all = NULL;
    cst_code rc = cst_stage_profile_rows(&profile, in->stage->comm, in->rows.table, err);
    if (rc != CST_OK)
        return rc;
    all = json_pack("{s:s, s:o}", "part", id, "profile", profile);
    rc = all ? CST_OK : cst_error_nomem(err, "the profile");
    if ((rc = cst_comm_agree(in->stage->comm, rc, err)) == CST_OK)
        *out = all;
    else
        json_decref(all);
    return rc;
}

cst_code cst_ingesting_part(cst_ingesting *in, cst_error *err)
{
    cst_comm *comm = in->stage->comm;
    json_decref(in->part);
    json_decref(in->profile);
    in->part = in->profile = NULL;
    cst_source_rows_free(&in->rows);
    cst_code rc = cst_source_read(&in->rows, in->source, in->schema, in->stage->log, err);
    if (rc == CST_OK)
        rc = write_part(in, err);
    if (rc == CST_OK)
        rc = profile_part(&in->profile, in, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(comm, describe_part(&in->part, in, err), err);
    cst_table_free(in->rows.table);
    in->rows.table = NULL;
    return rc;
}

/* ingest_publish.c - the files of a snapshot, its manifest, its figures */
#include "config/json.h"
#include "stage/ingesting.h"
#include "table/time.h"

/* A cell of CSV in quotes. */
static cst_code add_quoted(cst_text *out, const char *text, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "\"", err);
    for (; rc == CST_OK && *text; text++) {
        if (*text == '"')
            rc = cst_text_puts(out, "\"", err);
        if (rc == CST_OK)
            rc = cst_text_add(out, text, 1, err);
    }
    return rc == CST_OK ? cst_text_puts(out, "\"", err) : rc;
}

static cst_code add_rejects(cst_draft *draft, const cst_ingesting *in, cst_error *err)
{
    size_t files;
    const cst_source_file *file = cst_source_files(in->source, &files);
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_text_puts(&text, "file,line,byte,reason\n", err);
    for (size_t i = 0; rc == CST_OK && i < in->rows.rejects; i++) {
        const cst_reject *reject = &in->rows.reject[i];
        rc = add_quoted(&text, file[reject->file].path, err);
        if (rc == CST_OK)
            rc = cst_text_print(&text, err, ",%lld,%lld,", (long long)reject->line,
                                (long long)reject->offset);
        if (rc == CST_OK)
            rc = add_quoted(&text, reject->reason, err);
        if (rc == CST_OK)
            rc = cst_text_puts(&text, "\n", err);
    }
    if (rc == CST_OK)
        rc = cst_draft_add_bytes(draft, "rejects.csv", text.data, text.size, true, err);
    cst_text_free(&text);
    return rc;
}

static const json_t *base_parts(const cst_ingesting *in)
{
    return in->base ? json_object_get(in->base->manifest, "parts") : NULL;
}

/* Row ids begin with 64 bits of their part's id: no two parts of a snapshot may share them. */
static cst_code check_new(const cst_ingesting *in, cst_error *err)
{
    enum { SHORT_ID = 16 };
    size_t i;
    const json_t *part;
    const char *id = cst_get_string(in->part, "id", "");
    json_array_foreach(base_parts(in), i, part)
    {
        if (strncmp(cst_get_string(part, "id", ""), id, SHORT_ID) == 0)
            return cst_error_set(
                err, CST_INVALID,
                "the rows of %s are those of a part of %s@%lld, though its bytes "
                "are others: a snapshot cannot hold the same rows twice",
                cst_get_string(json_array_get(json_object_get(in->part, "sources"), 0), "path",
                               "?"),
                in->base->name, (long long)in->base->number);
    }
    return CST_OK;
}

/* Rank 0. */
static cst_code add_files(cst_draft *draft, const cst_ingesting *in, cst_error *err)
{
    size_t i;
    const json_t *part;
    cst_code rc = check_new(in, err);
    json_array_foreach(base_parts(in), i, part)
    {
        if (rc == CST_OK)
            rc = cst_draft_add_part(draft, part, err);
    }
    if (rc == CST_OK)
        rc = cst_draft_add_part(draft, in->part, err);
    if (rc == CST_OK)
        rc = cst_draft_add_json(draft, "schema.json", in->schema_json, false, err);
    if (rc == CST_OK)
        rc = cst_draft_add_json(draft, "profile.json", in->profile, false, err);
    return rc == CST_OK ? add_rejects(draft, in, err) : rc;
}

static json_t *make_summary(const cst_ingesting *in)
{
    size_t i;
    const json_t *part;
    int64_t rows = in->written.rows;
    json_array_foreach(base_parts(in), i, part)
    {
        rows += cst_get_int(part, "rows", 0);
    }
    return json_pack("{s:I, s:I, s:I, s:I}", "rows", (json_int_t)rows, "new_rows",
                     (json_int_t)in->written.rows, "parts",
                     (json_int_t)json_array_size(base_parts(in)) + 1, "rejected",
                     (json_int_t)in->rows.rejected);
}

static bool has_zone(const cst_schema *schema)
{
    for (size_t c = 0; c < schema->columns; c++)
        if (schema->column[c].zone)
            return true;
    return false;
}

/* Keys of the manifest beside the id: what it was added to, and whose clock changes held. */
static json_t *make_extra(const cst_ingesting *in, cst_error *err)
{
    char zones[64];
    json_t *out = json_object();
    json_t *parent = in->base ? cst_version_to_json(in->base, err) : json_null();
    cst_code rc = out && parent ? CST_OK : cst_error_nomem(err, "the manifest");
    if (rc == CST_OK && in->base)
        rc = cst_json_put(out, "parent",
                          json_pack("{s:O, s:O}", "version", json_object_get(parent, "version"),
                                    "id", json_object_get(parent, "id")),
                          err);
    else if (rc == CST_OK)
        rc = cst_json_put(out, "parent", json_null(), err);
    json_decref(parent);
    if (rc == CST_OK && has_zone(in->schema)) {
        cst_zone_version(zones, sizeof zones);
        rc = cst_json_put(out, "tzdata", json_string(zones), err);
    }
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* What publishing must find, so that nobody's part is lost; where a base was chosen by hand that
 * is the user's own affair. */
static int64_t expected_parent(const cst_ingesting *in)
{
    if (json_object_get(in->stage->options, "append_to"))
        return CST_PARENT_ANY;
    return in->newest > 0 ? in->newest : CST_PARENT_NONE;
}

cst_code cst_ingesting_publish(cst_version **out, const cst_ingesting *in, cst_error *err)
{
    const cst_stage *stage = in->stage;
    cst_draft *draft = NULL;
    char *path = NULL;
    json_t *params = NULL;
    json_t *extra = make_extra(in, err);
    json_t *summary = make_summary(in);
    cst_code rc = cst_option_resolved(&params, in->spec, cst_source_options, err);
    if (rc == CST_OK && (!extra || !summary))
        rc = cst_error_nomem(err, "the manifest");
    if ((rc = cst_comm_agree(stage->comm, rc, err)) != CST_OK)
        goto out;
    if ((rc = cst_stage_draft(&draft, &path, stage, CST_KIND_SNAPSHOT, in->dataset, err)) != CST_OK)
        goto out;
    rc = cst_comm_agree(stage->comm, draft ? add_files(draft, in, err) : CST_OK, err);
    if (rc != CST_OK)
        goto out;
    cst_recipe recipe = {.stage = "ingest",
                         .revision = CST_INGEST_REVISION,
                         .params = params,
                         .summary = summary,
                         .extra = extra,
                         .provenance = stage->provenance};
    rc = cst_stage_publish(out, stage, draft, &recipe, expected_parent(in), err);
out:
    cst_draft_free(draft);
    free(path);
    json_decref(params);
    json_decref(extra);
    json_decref(summary);
    return rc;
}

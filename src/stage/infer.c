/* infer.c - a schema proposed from a snapshot's rows; nothing is published */
#include "config/json.h"
#include "config/yaml.h"
#include "profile/profile.h"
#include "stage/contents.h"
#include "stage/profiling.h"
#include "stage/stage.h"

static cst_code give_result(cst_stage_result *out, const cst_version *snapshot,
                            const cst_schema *schema, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_stage_add(&out->inputs, snapshot, err);
    if (rc == CST_OK && !(out->extra = cst_schema_to_json(schema, err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_yaml_write(&text, out->extra, err);
    out->line = text.data;
    return rc;
}

/* How a column is written in the source is known from the snapshot's own schema alone. */
static cst_code keep_source(cst_schema *schema, const cst_schema *own, cst_error *err)
{
    for (size_t c = 0; c < schema->columns; c++) {
        cst_schema_column *column = &schema->column[c];
        const cst_schema_column *before = cst_schema_find(own, column->name);
        if (!before)
            continue;
        if (before->format && !(column->format = cst_text_copy(before->format, err)))
            return CST_NOMEM;
        if (before->source && !(column->source = cst_text_copy(before->source, err)))
            return CST_NOMEM;
    }
    return CST_OK;
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_version *snapshot = NULL;
    cst_table *rows = NULL;
    json_t *profile = NULL;
    cst_schema *schema = NULL;
    cst_schema *own = NULL;
    bool newest = strcmp(cst_get_string(stage->options, "rows", "all"), "newest") == 0;
    cst_code rc = cst_stage_find(&snapshot, stage, CST_KIND_SNAPSHOT,
                                 cst_get_string(stage->options, "snapshot", ""), err);
    if (rc == CST_OK)
        rc = cst_stage_read_schema(&own, stage, snapshot, err);
    if (rc == CST_OK)
        rc = cst_stage_read_rows(&rows, stage, snapshot, newest, err);
    if (rc == CST_OK)
        rc = cst_stage_profile_rows(&profile, stage->comm, rows, err);
    if (rc != CST_OK)
        goto out;
    rc = cst_profile_propose(&schema, rows, profile, snapshot->name, err);
    if (rc == CST_OK)
        rc = keep_source(schema, own, err);
    if (rc == CST_OK)
        rc = give_result(out, snapshot, schema, err);
    rc = cst_comm_agree(stage->comm, rc, err);
    out->rows_read = out->rows_kept = rows->total;
out:
    cst_schema_free(schema);
    cst_schema_free(own);
    json_decref(profile);
    cst_table_free(rows);
    cst_version_free(snapshot);
    return rc;
}

const cst_stage_kind cst_stage_infer = {
    .command = &cst_command_infer,
    .revision = 1,
    .run = run,
};

/* profile.c - the statistics of a snapshot, shown; nothing is published */
#include "config/json.h"
#include "stage/contents.h"
#include "stage/profile_table.h"
#include "stage/profiling.h"
#include "stage/stage.h"

static cst_code give_result(cst_stage_result *out, const cst_version *snapshot, json_t *profile,
                            cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_stage_profile_table(&text, profile, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, snapshot, err);
    out->line = text.data;
    out->extra = json_incref(profile);
    out->rows_read = out->rows_kept = cst_get_int(profile, "rows", 0);
    return rc;
}

static cst_code run(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_version *snapshot = NULL;
    cst_table *rows = NULL;
    json_t *profile = NULL;
    bool newest = strcmp(cst_get_string(stage->options, "rows", "all"), "newest") == 0;
    cst_code rc = cst_stage_find(&snapshot, stage, CST_KIND_SNAPSHOT,
                                 cst_get_string(stage->options, "snapshot", ""), err);
    if (rc == CST_OK)
        rc = cst_stage_read_rows(&rows, stage, snapshot, newest, err);
    if (rc == CST_OK)
        rc = cst_stage_profile_rows(&profile, stage->comm, rows, err);
    if (rc == CST_OK)
        rc = cst_comm_agree(stage->comm, give_result(out, snapshot, profile, err), err);
    json_decref(profile);
    cst_table_free(rows);
    cst_version_free(snapshot);
    return rc;
}

const cst_stage_kind cst_stage_profile = {
    .command = &cst_command_profile,
    .revision = 1,
    .run = run,
};

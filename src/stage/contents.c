/* contents.c - files of a version, read on every rank */
#include "stage/contents.h"

#include "config/json.h"
#include "store/rows.h"

cst_code cst_stage_read_json(json_t **out, const cst_stage *stage, const cst_version *version,
                             const char *file, cst_error *err)
{
    json_t *value = NULL;
    cst_code rc = cst_version_read_json(&value, version, file, err);
    if ((rc = cst_comm_agree(stage->comm, rc, err)) == CST_OK)
        *out = value;
    else
        json_decref(value);
    return rc;
}

cst_code cst_stage_read_schema(cst_schema **out, const cst_stage *stage, const cst_version *version,
                               cst_error *err)
{
    json_t *value = NULL;
    cst_schema *schema = NULL;
    cst_code rc = cst_stage_read_json(&value, stage, version, "schema.json", err);
    if (rc == CST_OK)
        rc = cst_comm_agree(stage->comm, cst_schema_from_json(&schema, value, err), err);
    if (rc == CST_OK)
        *out = schema;
    else
        cst_schema_free(schema);
    json_decref(value);
    return rc;
}

cst_code cst_stage_read_rows(cst_table **out, const cst_stage *stage, const cst_version *snapshot,
                             bool newest, cst_error *err)
{
    size_t all = json_array_size(json_object_get(snapshot->manifest, "parts"));
    cst_part_ref *parts = NULL;
    size_t count = 0;
    cst_code rc =
        cst_stage_parts(&parts, &count, stage, snapshot, newest && all > 0 ? all - 1 : 0, err);
    if (rc == CST_OK)
        rc = cst_rows_read(out, stage->comm, parts, count, NULL, err);
    cst_stage_parts_free(parts, count);
    return rc;
}

/* joins.c - the other datasets whose columns rows get: found, read, joined */
#include "stage/joins.h"

#include "base/array.h"
#include "config/option.h"
#include "prepare/rows.h"

/* The reference of a dataset: what chosen says after "dataset=", else "dataset@latest". */
static char *reference_of(const char *dataset, const json_t *chosen, cst_error *err)
{
    size_t size = strlen(dataset);
    for (size_t i = 0; i < json_array_size(chosen); i++) {
        const char *text = json_string_value(json_array_get(chosen, i));
        if (strncmp(text, dataset, size) == 0 && text[size] == '=')
            return cst_text_copy(text + size + 1, err);
    }
    return cst_text_format(err, "%s@latest", dataset);
}

static bool is_joined(const char *text, const json_t *joins)
{
    for (size_t j = 0; j < json_array_size(joins); j++) {
        const char *dataset = cst_get_string(json_array_get(joins, j), "dataset", "");
        size_t size = strlen(dataset);
        if (strncmp(text, dataset, size) == 0 && text[size] == '=')
            return true;
    }
    return false;
}

static cst_code check_chosen(const json_t *joins, const json_t *chosen, cst_error *err)
{
    for (size_t i = 0; i < json_array_size(chosen); i++) {
        const char *text = json_string_value(json_array_get(chosen, i));
        if (!is_joined(text, joins))
            return cst_error_set(err, CST_USAGE,
                                 "--join %s: expected DATASET=REF, the dataset one that "
                                 "prepare.join names",
                                 text);
    }
    return CST_OK;
}

cst_code cst_stage_joins_find(cst_version ***out, size_t *count, const cst_stage *stage,
                              const json_t *joins, const json_t *chosen, cst_error *err)
{
    size_t n = json_array_size(joins);
    cst_version **versions = cst_array_new(n, sizeof *versions, "joins", err);
    cst_code rc = versions ? check_chosen(joins, chosen, err) : CST_NOMEM;
    rc = cst_comm_agree(stage->comm, rc, err);
    size_t found = 0;
    for (; rc == CST_OK && found < n; found++) {
        const char *dataset = cst_get_string(json_array_get(joins, found), "dataset", "");
        char *reference = reference_of(dataset, chosen, err);
        rc = cst_comm_agree(stage->comm, reference ? CST_OK : CST_NOMEM, err);
        if (rc == CST_OK)
            rc = cst_stage_find(&versions[found], stage, CST_KIND_SNAPSHOT, reference, err);
        free(reference);
        if (rc != CST_OK)
            break;
    }
    if (rc == CST_OK) {
        *out = versions;
        *count = n;
    } else {
        cst_versions_free(versions, versions ? found : 0);
    }
    return rc;
}

/* The columns of a join that must be read: its keys, its time, what is taken. Each once, borrowed,
 * NULL-ended, to be freed. */
static const char **columns_of(const json_t *join, cst_error *err)
{
    const json_t *on = json_object_get(join, "on");
    const json_t *columns = json_object_get(join, "columns");
    const char *asof = cst_get_string(join, "asof", NULL);
    size_t room = json_array_size(on) + json_array_size(columns) + 2;
    const char **names = cst_array_new(room, sizeof *names, "join", err);
    size_t n = 0;
    for (size_t i = 0; names && i < json_array_size(on) + json_array_size(columns) + 1; i++) {
        const char *name = asof;
        if (i < json_array_size(on))
            name = json_string_value(json_array_get(on, i));
        else if (i - json_array_size(on) < json_array_size(columns))
            name = json_string_value(json_array_get(columns, i - json_array_size(on)));
        bool known = !name;
        for (size_t k = 0; k < n; k++)
            known = known || strcmp(names[k], name) == 0;
        if (!known)
            names[n++] = name;
    }
    return names;
}

static cst_code join_one(cst_table *rows, const cst_stage *stage, const json_t *join,
                         const cst_version *version, cst_error *err)
{
    cst_part_ref *parts = NULL;
    size_t count = 0;
    cst_table *right = NULL;
    const char **columns = columns_of(join, err);
    cst_code rc = columns ? CST_OK : CST_NOMEM;
    if ((rc = cst_comm_agree(stage->comm, rc, err)) != CST_OK ||
        (rc = cst_stage_parts(&parts, &count, stage, version, 0, err)) != CST_OK)
        goto out;
    if ((rc = cst_rows_read_all(&right, stage->comm, parts, count, columns, err)) != CST_OK)
        goto out;
    rc = cst_comm_agree(stage->comm, cst_prepare_join(rows, right, join, err), err);
    if (rc == CST_OK)
        cst_log_detail(stage->log, "joined %s@%lld: %zu rows", version->name,
                       (long long)version->number, right->rows);
out:
    cst_table_free(right);
    cst_stage_parts_free(parts, count);
    free(columns);
    return rc;
}

cst_code cst_stage_join(cst_table *rows, const cst_stage *stage, const json_t *joins,
                        cst_version *const *versions, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t j = 0; rc == CST_OK && j < json_array_size(joins); j++)
        rc = join_one(rows, stage, json_array_get(joins, j), versions[j], err);
    return rc;
}

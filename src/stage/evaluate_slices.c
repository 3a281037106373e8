/* evaluate_slices.c - which rows belong to which slice: levels of columns, and expressions */
#include "base/array.h"
#include "config/json.h"
#include "stage/evaluating.h"
#include "table/eval.h"

/* Take a name and members (shape [count]) over as the next slice. */
static cst_code take(cst_evaluating *e, char *name, uint8_t *member, cst_error *err)
{
    size_t room = e->slice_room;
    char **names = name && member ? cst_array_grow(e->slice_name, &room, e->slices + 1,
                                                   sizeof *names, "slices", err)
                                  : NULL;
    if (names)
        e->slice_name = names;
    uint8_t **members = names ? realloc(e->slice_member, room * sizeof *members) : NULL;
    if (!members) {
        free(name);
        free(member);
        return cst_error_nomem(err, "slices");
    }
    e->slice_room = room;
    e->slice_member = members;
    e->slice_name[e->slices] = name;
    e->slice_member[e->slices++] = member;
    return CST_OK;
}

/* The levels of a column on all ranks: derived ones may differ. Collective. */
static cst_code unite_levels(cst_column *column, cst_comm *comm, cst_error *err)
{
    cst_sorted *set = NULL;
    cst_levels levels = {0};
    cst_code rc = cst_sorted_new(&set, 0, 0, err);
    for (int32_t i = 0; i < column->levels.count && rc == CST_OK; i++)
        rc = cst_sorted_add(set, column->levels.text[i], strlen(column->levels.text[i]) + 1, NULL,
                            err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    cst_mergeable state = {.set = &set, .sets = 1};
    if ((rc = cst_comm_merge(comm, &state, err)) != CST_OK)
        goto out;
    levels.count = (int32_t)cst_sorted_count(set);
    levels.text = cst_array_new((size_t)levels.count, sizeof *levels.text, "levels", err);
    for (int32_t i = 0; levels.text && i < levels.count; i++) {
        size_t size;
        levels.text[i] = (char *)cst_sorted_key(set, (size_t)i, &size); /* with its NUL */
    }
    rc = levels.text ? cst_column_recode(column, &levels, NULL, err) : CST_NOMEM;
    rc = cst_comm_agree(comm, rc, err);
out:
    free(levels.text);
    cst_sorted_free(set);
    return rc;
}

static cst_code slice_of_level(cst_evaluating *e, const cst_column *column, const int32_t *code,
                               int32_t level, cst_error *err)
{
    uint8_t *member = cst_array_new(e->count, 1, "slices", err);
    size_t rows = 0;
    if (!member)
        return CST_NOMEM;
    for (size_t r = 0; r < e->count; r++) {
        member[r] = code[r] == level;
        rows += member[r];
    }
    if (rows == 0) {
        free(member);
        return CST_OK;
    }
    char *name = cst_text_format(err, "%s=%s", column->name, column->levels.text[level]);
    return take(e, name, member, err);
}

/* Collective. */
static cst_code slice_by_column(cst_evaluating *e, cst_column *column, cst_error *err)
{
    void *code = NULL;
    cst_code rc = unite_levels(column, e->stage->comm, err);
    if (rc == CST_OK)
        rc = cst_evaluating_gather(&code, e, column->values.i32, e->rows->rows, sizeof(int32_t),
                                   err);
    for (int32_t level = 0; rc == CST_OK && level < column->levels.count; level++)
        rc = slice_of_level(e, column, code, level, err);
    free(code);
    return cst_comm_agree(e->stage->comm, rc, err);
}

static cst_code evaluate_where(uint8_t **out, const cst_evaluating *e, const char *text,
                               cst_error *err)
{
    cst_expr *expr = NULL;
    uint8_t *keep = NULL;
    cst_code rc = cst_eval_parse(&expr, text, e->rows, err);
    if (rc == CST_OK && expr->type != CST_EXPR_TRUTH)
        rc =
            cst_error_set(err, CST_USAGE,
                          "evaluate.slices: \"%s\" is neither a category column nor a truth", text);
    if (rc == CST_OK && !(keep = cst_array_new(e->rows->rows, 1, "slices", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_eval_where(keep, e->rows, expr, err);
    cst_expr_free(expr);
    if (rc == CST_OK)
        *out = keep;
    else
        free(keep);
    return rc;
}

/* Collective. */
static cst_code slice_by_expression(cst_evaluating *e, const char *text, cst_error *err)
{
    uint8_t *keep = NULL;
    void *member = NULL;
    cst_code rc = cst_comm_agree(e->stage->comm, evaluate_where(&keep, e, text, err), err);
    if (rc == CST_OK)
        rc = cst_evaluating_gather(&member, e, keep, e->rows->rows, 1, err);
    free(keep);
    if (rc == CST_OK)
        rc = take(e, cst_text_copy(text, err), member, err);
    return cst_comm_agree(e->stage->comm, rc, err);
}

cst_code cst_evaluating_slice(cst_evaluating *e, cst_error *err)
{
    const json_t *wanted = json_object_get(e->evaluate, "slices");
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(wanted) && rc == CST_OK; i++) {
        const char *text = json_string_value(json_array_get(wanted, i));
        cst_column *column = cst_table_find(e->rows, text);
        rc = column && column->type == CST_CATEGORY ? slice_by_column(e, column, err)
                                                    : slice_by_expression(e, text, err);
    }
    return rc;
}

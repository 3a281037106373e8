/* levels.c - the levels of category columns agreed on by all ranks */
#include "source/levels.h"

#include "base/array.h"

static cst_code collect(cst_sorted **out, const cst_dictionary *levels, cst_error *err)
{
    cst_sorted *set = NULL;
    cst_code rc = cst_sorted_new(&set, 0, CST_LEVELS_MOST, err);
    for (int32_t code = 0; rc == CST_OK && code < cst_dictionary_count(levels); code++) {
        size_t size;
        const char *text = cst_dictionary_text(levels, code, &size);
        rc = cst_sorted_add(set, text, size, NULL, err);
    }
    *out = set;
    return rc;
}

static cst_code take_levels(cst_levels *out, const cst_sorted *set, cst_error *err)
{
    size_t count = cst_sorted_count(set);
    out->text = cst_array_new(count, sizeof *out->text, "levels", err);
    if (!out->text)
        return CST_NOMEM;
    for (; out->count < (int32_t)count; out->count++) {
        size_t size;
        const char *key = cst_sorted_key(set, (size_t)out->count, &size);
        char *text = cst_array_new(size + 1, 1, "levels", err);
        if (!text)
            return CST_NOMEM;
        memcpy(text, key, size);
        out->text[out->count] = text;
    }
    return CST_OK;
}

/* The codes of this rank's dictionary become those of the column's levels. */
static cst_code recode(cst_csv_target *target, const cst_sorted *set, cst_error *err)
{
    cst_column *column = target->column;
    int32_t count = cst_dictionary_count(target->levels);
    int32_t *code = cst_array_new((size_t)count, sizeof *code, "levels", err);
    cst_code rc = code ? take_levels(&column->levels, set, err) : CST_NOMEM;
    for (int32_t i = 0; rc == CST_OK && i < count; i++) {
        size_t size;
        const char *text = cst_dictionary_text(target->levels, i, &size);
        code[i] = (int32_t)cst_sorted_find(set, text, size);
    }
    for (size_t row = 0; rc == CST_OK && row < column->rows; row++)
        if (column->values.i32[row] != CST_MISSING_INT32)
            column->values.i32[row] = code[column->values.i32[row]];
    free(code);
    return rc;
}

/* A column with too many levels keeps its texts themselves. */
static cst_code to_text(cst_csv_target *target, cst_error *err)
{
    cst_column *column = target->column;
    int32_t *code = column->values.i32;
    size_t rows = column->rows;
    cst_code rc = CST_OK;
    column->values.any = NULL;
    column->rows = column->room = 0;
    column->type = CST_TEXT;
    for (size_t row = 0; rc == CST_OK && row < rows; row++) {
        size_t size = 0;
        const char *text = code[row] == CST_MISSING_INT32
                               ? NULL
                               : cst_dictionary_text(target->levels, code[row], &size);
        rc = cst_column_add_text(column, text, size, err);
    }
    free(code);
    return rc;
}

cst_code cst_source_agree_levels(cst_csv_rows *rows, cst_comm *comm, cst_log *log, cst_error *err)
{
    size_t count = 0;
    cst_code rc = CST_OK;
    cst_sorted **set = cst_array_new(rows->targets, sizeof *set, "levels", err);
    if (!set)
        rc = CST_NOMEM;
    for (size_t t = 0; rc == CST_OK && t < rows->targets; t++)
        if (rows->target[t].levels)
            rc = collect(&set[count++], rows->target[t].levels, err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    cst_mergeable state = {.set = set, .sets = count};
    if ((rc = cst_comm_merge(comm, &state, err)) != CST_OK)
        goto out;
    size_t at = 0;
    for (size_t t = 0; rc == CST_OK && t < rows->targets; t++) {
        cst_csv_target *target = &rows->target[t];
        if (!target->levels)
            continue;
        if (!cst_sorted_overflowed(set[at])) {
            rc = recode(target, set[at++], err);
            continue;
        }
        at++;
        cst_log_warn(log, "column %s has more than %d levels: it is kept as text",
                     target->want->name, CST_LEVELS_MOST);
        rc = to_text(target, err);
    }
    rc = cst_comm_agree(comm, rc, err);
out:
    for (size_t i = 0; set && i < count; i++)
        cst_sorted_free(set[i]);
    free(set);
    return rc;
}

/* levels.c - dictionaries of category columns */
#include "base/array.h"
#include "base/text.h"
#include "table/table.h"

/* The order of level against size bytes of text: as strcmp, but text need not end in a NUL. */
static int compare(const char *level, const char *text, size_t size)
{
    int order = strncmp(level, text, size);
    return order ? order : level[size] != '\0';
}

int32_t cst_levels_find(const cst_levels *levels, const char *text, size_t size)
{
    int32_t low = 0;
    int32_t high = levels->count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = compare(levels->text[middle], text, size);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static cst_code add(cst_levels *out, const char *text, cst_error *err)
{
    if (out->count >= CST_LEVELS_MOST)
        return cst_error_set(err, CST_INVALID,
                             "a category has more than %d levels: make the column text",
                             CST_LEVELS_MOST);
    if (!(out->text[out->count] = cst_text_copy(text, err)))
        return CST_NOMEM;
    out->count++;
    return CST_OK;
}

cst_code cst_levels_unite(cst_levels *out, const cst_levels *a, const cst_levels *b, cst_error *err)
{
    size_t most = (size_t)a->count + (size_t)b->count;
    cst_levels united = {cst_array_new(most, sizeof(char *), "levels", err), 0};
    cst_code rc = united.text ? CST_OK : CST_NOMEM;
    for (int32_t i = 0, j = 0; rc == CST_OK && (i < a->count || j < b->count);) {
        int order = i == a->count ? 1 : j == b->count ? -1 : strcmp(a->text[i], b->text[j]);
        rc = add(&united, order <= 0 ? a->text[i] : b->text[j], err);
        i += order <= 0;
        j += order >= 0;
    }
    if (rc == CST_OK)
        *out = united;
    else
        cst_levels_free(&united);
    return rc;
}

cst_code cst_levels_copy(cst_levels *out, const cst_levels *levels, cst_error *err)
{
    return cst_levels_unite(out, levels, &(cst_levels){NULL, 0}, err);
}

bool cst_levels_equal(const cst_levels *a, const cst_levels *b)
{
    if (a->count != b->count)
        return false;
    for (int32_t i = 0; i < a->count; i++)
        if (strcmp(a->text[i], b->text[i]) != 0)
            return false;
    return true;
}

void cst_levels_free(cst_levels *levels)
{
    for (int32_t i = 0; i < levels->count; i++)
        free(levels->text[i]);
    free(levels->text);
    *levels = (cst_levels){NULL, 0};
}

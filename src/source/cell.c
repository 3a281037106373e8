/* cell.c - what a cell says: missing, text in UTF-8, and why a value cannot be read */
#include "source/cell.h"

#include "base/array.h"
#include "config/option.h"

cst_code cst_cell_rules_new(cst_cell_rules *out, const json_t *options, char quote, cst_error *err)
{
    const json_t *missing = json_object_get(options, "missing");
    size_t count = json_array_size(missing);
    *out = (cst_cell_rules){.quote = quote, .count = count};
    out->latin1 = strcmp(cst_get_string(options, "encoding", "utf-8"), "latin1") == 0;
    out->missing = cst_array_new(count, sizeof *out->missing, "missing texts", err);
    out->missing_size = cst_array_new(count, sizeof *out->missing_size, "missing texts", err);
    if (!out->missing || !out->missing_size)
        return CST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        out->missing[i] = json_string_value(json_array_get(missing, i));
        out->missing_size[i] = strlen(out->missing[i]);
        out->may_begin[(unsigned char)out->missing[i][0]] = true;
    }
    return CST_OK;
}

void cst_cell_rules_free(cst_cell_rules *rules)
{
    free(rules->missing);
    free(rules->missing_size);
    *rules = (cst_cell_rules){0};
}

static bool stands_for_missing(const char *text, size_t size, const cst_cell_rules *rules)
{
    if (!size || !rules->may_begin[(unsigned char)text[0]])
        return false;
    for (size_t i = 0; i < rules->count; i++)
        if (rules->missing_size[i] == size && memcmp(rules->missing[i], text, size) == 0)
            return true;
    return false;
}

cst_cell cst_cell_value(const cst_csv_cell *raw, const cst_cell_rules *rules)
{
    const char *p = raw->text;
    const char *end = p + raw->size;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (p < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    size_t size = (size_t)(end - p);
    return (cst_cell){
        .text = p, .size = size, .missing = !size || stands_for_missing(p, size, rules)};
}

static cst_code from_latin1(cst_text *out, const char *text, size_t size, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        char two[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
        rc = c < 0x80 ? cst_text_add(out, text + i, 1, err) : cst_text_add(out, two, 2, err);
    }
    return rc;
}

static bool is_ascii(const char *text, size_t size)
{
    unsigned char any = 0;
    for (size_t i = 0; i < size; i++)
        any |= (unsigned char)text[i];
    return any < 0x80;
}

cst_code cst_cell_text(cst_cell *out, bool *valid, const cst_csv_cell *raw,
                       const cst_cell_rules *rules, cst_text *scratch, cst_error *err)
{
    cst_code rc = CST_OK;
    *valid = true;
    *out = (cst_cell){.text = raw->text, .size = raw->size};
    out->missing = raw->size ? stands_for_missing(raw->text, raw->size, rules) : !raw->quoted;
    bool plain = is_ascii(raw->text, raw->size);
    if (out->missing || (plain && !raw->doubled))
        return CST_OK;
    scratch->size = 0;
    if (rules->latin1 && !plain) {
        if ((rc = from_latin1(scratch, raw->text, raw->size, err)) != CST_OK || !raw->doubled) {
            *out = (cst_cell){.text = scratch->data, .size = scratch->size};
            return rc;
        }
        /* doubled quotes are made single in what was just converted, in place */
        cst_csv_cell converted = {
            .text = scratch->data, .size = scratch->size, .quoted = true, .doubled = true};
        cst_text single = CST_TEXT_INIT;
        rc = cst_csv_unquote(&single, &converted, rules->quote, err);
        cst_text_free(scratch);
        *scratch = single;
        *out = (cst_cell){.text = scratch->data, .size = scratch->size};
        return rc;
    }
    if (raw->doubled) {
        rc = cst_csv_unquote(scratch, raw, rules->quote, err);
        *out = (cst_cell){.text = scratch->data, .size = scratch->size};
    }
    *valid = plain || cst_text_is_utf8(out->text, out->size);
    return rc;
}

enum { SHOWN = 40 };

/* The begin of a cell, fit to be shown in a message. */
static void show(char to[SHOWN + 4], const cst_cell *cell)
{
    size_t size = cell->size < SHOWN ? cell->size : SHOWN;
    while (size && size < cell->size && (cell->text[size] & 0xc0) == 0x80)
        size--; /* not through the middle of a character */
    bool valid = cst_text_is_utf8(cell->text, size);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)cell->text[i];
        to[i] = c < 0x20 || c == 0x7f || (c >= 0x80 && !valid) ? '?' : (char)c;
    }
    (void)snprintf(to + size, 4, "%s", size < cell->size ? "..." : "");
}

char *cst_cell_fault(const char *column, const cst_cell *cell, cst_type type, cst_number kind,
                     cst_error *err)
{
    char text[SHOWN + 4];
    const char *name = cst_type_name(type);
    show(text, cell);
    if (type == CST_TEXT || type == CST_CATEGORY)
        return cst_text_format(err, "column %s: \"%s\" is not UTF-8: is encoding: latin1 meant?",
                               column, text);
    if (kind == CST_NUMBER_RANGE)
        return cst_text_format(err, "column %s: \"%s\" is past what %s holds", column, text, name);
    if (kind == CST_NUMBER_RESERVED)
        return cst_text_format(err, "column %s: \"%s\" is the %s that stands for missing", column,
                               text, name);
    const char *article = strchr("aeiou", name[0]) ? "an" : "a";
    return cst_text_format(err, "column %s: \"%s\" is not %s %s", column, text, article, name);
}

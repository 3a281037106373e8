/* text.c - strings that grow; UTF-8 */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>

#include "base/array.h"

cst_code cst_text_add(cst_text *text, const void *bytes, size_t size, cst_error *err)
{
    char *data =
        size > SIZE_MAX / 2 - text->size
            ? NULL
            : cst_array_grow(text->data, &text->room, text->size + size + 1, 1, "text", err);
    if (!data)
        return cst_error_nomem(err, "text");
    if (size)
        memcpy(data + text->size, bytes, size);
    text->data = data;
    text->size += size;
    data[text->size] = '\0';
    return CST_OK;
}

cst_code cst_text_puts(cst_text *text, const char *string, cst_error *err)
{
    return cst_text_add(text, string, strlen(string), err);
}

static cst_code print(cst_text *text, cst_error *err, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return cst_error_set(err, CST_FAILED, "cannot format \"%s\"", format);
    size_t size = (size_t)length;
    char *data = cst_array_grow(text->data, &text->room, text->size + size + 1, 1, "text", err);
    if (!data)
        return CST_NOMEM;
    text->data = data;
    (void)vsnprintf(data + text->size, size + 1, format, args);
    text->size += size;
    return CST_OK;
}

cst_code cst_text_print(cst_text *text, cst_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cst_code rc = print(text, err, format, args);
    va_end(args);
    return rc;
}

void cst_text_free(cst_text *text)
{
    free(text->data);
    *text = CST_TEXT_INIT;
}

char *cst_text_copy(const char *string, cst_error *err)
{
    if (!string)
        return NULL;
    char *copy = strdup(string);
    if (!copy)
        cst_error_nomem(err, "text");
    return copy;
}

char *cst_text_format(cst_error *err, const char *format, ...)
{
    cst_text text = CST_TEXT_INIT;
    va_list args;
    va_start(args, format);
    cst_code rc = print(&text, err, format, args);
    va_end(args);
    if (rc != CST_OK)
        cst_text_free(&text);
    return text.data;
}

/* The number of continuation bytes after a lead byte, and the smallest code point they may carry;
 * -1 for a byte that cannot lead. */
static int continuation_bytes(unsigned char lead, uint32_t *smallest)
{
    if (lead < 0x80)
        return *smallest = 0, 0;
    if (lead >= 0xc2 && lead < 0xe0)
        return *smallest = 0x80, 1;
    if (lead >= 0xe0 && lead < 0xf0)
        return *smallest = 0x800, 2;
    if (lead >= 0xf0 && lead < 0xf5)
        return *smallest = 0x10000, 3;
    return -1;
}

bool cst_text_is_utf8(const char *bytes, size_t size)
{
    const unsigned char *p = (const unsigned char *)bytes;
    const unsigned char *end = p + size;
    while (p < end) {
        uint32_t smallest = 0;
        int more = continuation_bytes(*p, &smallest);
        if (more < 0 || end - p <= more)
            return false;
        uint32_t point = more == 0 ? *p : *p & (0x3fU >> more);
        for (int i = 1; i <= more; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return false;
            point = point << 6 | (p[i] & 0x3f);
        }
        if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
        p += more + 1;
    }
    return true;
}

enum { LONGEST = 64, FAR = 99 };

int cst_text_distance(const char *a, const char *b)
{
    size_t n = strlen(a);
    size_t m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return FAR;
    int row[3][LONGEST + 1] = {{0}}; /* rows i-2, i-1 and i of the usual table */
    for (size_t j = 0; j <= m; j++)
        row[1][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        row[2][0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int best = row[1][j - 1] + (a[i - 1] != b[j - 1]);
            if (row[1][j] + 1 < best)
                best = row[1][j] + 1;
            if (row[2][j - 1] + 1 < best)
                best = row[2][j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && row[0][j - 2] + 1 < best)
                best = row[0][j - 2] + 1;
            row[2][j] = best;
        }
        memcpy(row[0], row[1], sizeof row[0]);
        memcpy(row[1], row[2], sizeof row[1]);
    }
    return row[1][m];
}

const char *cst_text_nearest(const char *word, const char *const *names)
{
    const char *nearest = NULL;
    int limit = (int)(strlen(word) / 3) + 1;
    for (; *names; names++) {
        int distance = cst_text_distance(word, *names);
        if (distance <= limit) {
            nearest = *names;
            limit = distance - 1;
        }
    }
    return nearest;
}

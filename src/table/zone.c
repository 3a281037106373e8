/* zone.c - time zones from the machine's tz database (TZif, RFC 8536) */
#include <stdbool.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "table/time.h"
#include "table/zone_rule.h"

struct cst_zone {
    int64_t *at;     /* shape [count]: seconds since the epoch when an offset begins, ascending */
    int32_t *offset; /* shape [count]: seconds east of UTC from then on */
    size_t count;
    int32_t before; /* what held before the first */
    bool has_rule;
    cst_zone_rule rule; /* what holds after the last */
};

static const char *zone_directory(void)
{
    const char *directory = getenv("TZDIR");
    return directory && *directory ? directory : "/usr/share/zoneinfo";
}

/* Names are relative paths without "..": nothing outside of the database is opened. */
static bool is_zone_name(const char *name)
{
    if (!*name || *name == '/' || strstr(name, ".."))
        return false;
    for (; *name; name++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/", *name))
            return false;
    return true;
}

static int64_t big_endian(const unsigned char *bytes, int size)
{
    uint64_t value = bytes[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return (int64_t)value;
}

/* A data block: counts in the order of the header (RFC 8536, 3.1). */
typedef struct {
    int64_t isut, isstd, leap, time, type, chars;
    int wide; /* bytes a transition time */
} block;

enum { HEADER = 44 };

static bool read_header(block *b, const unsigned char *bytes, size_t size, int wide)
{
    if (size < HEADER || memcmp(bytes, "TZif", 4) != 0)
        return false;
    const unsigned char *counts = bytes + 20;
    *b = (block){big_endian(counts, 4),
                 big_endian(counts + 4, 4),
                 big_endian(counts + 8, 4),
                 big_endian(counts + 12, 4),
                 big_endian(counts + 16, 4),
                 big_endian(counts + 20, 4),
                 wide};
    int64_t most = (int64_t)size;
    return b->isut >= 0 && b->isstd >= 0 && b->leap >= 0 && b->time >= 0 && b->type > 0 &&
           b->type <= 256 && b->chars >= 0 && b->isut <= most && b->isstd <= most &&
           b->leap <= most && b->time <= most && b->chars <= most;
}

static int64_t block_size(const block *b)
{
    return b->time * (b->wide + 1) + b->type * 6 + b->chars + b->leap * (b->wide + 4) + b->isstd +
           b->isut;
}

/* The block of eight-byte times and the footer behind it; NULL where there is none. */
static const unsigned char *find_wide_block(block *b, const unsigned char *bytes, size_t size)
{
    block narrow;
    if (!read_header(&narrow, bytes, size, 4) || bytes[4] < '2')
        return NULL;
    int64_t skip = HEADER + block_size(&narrow);
    if (skip > (int64_t)size || !read_header(b, bytes + skip, size - (size_t)skip, 8) ||
        b->leap != 0 || block_size(b) > (int64_t)size - skip - HEADER)
        return NULL;
    return bytes + skip + HEADER;
}

static bool read_transitions(cst_zone *zone, const block *b, const unsigned char *data)
{
    const unsigned char *type = data + b->time * 8;
    const unsigned char *types = type + b->time;
    for (int64_t i = 0; i < b->time; i++) {
        if (type[i] >= b->type)
            return false;
        zone->at[i] = big_endian(data + i * 8, 8);
        zone->offset[i] = (int32_t)big_endian(types + type[i] * 6, 4);
        if (i && zone->at[i] <= zone->at[i - 1])
            return false;
    }
    zone->before = (int32_t)big_endian(types, 4);
    zone->count = (size_t)b->time;
    return true;
}

/* The footer: a newline, a POSIX TZ string, a newline. */
static bool read_footer(cst_zone *zone, const unsigned char *from, const unsigned char *end)
{
    char text[128];
    const unsigned char *newline =
        from < end && *from == '\n' ? memchr(from + 1, '\n', (size_t)(end - from - 1)) : NULL;
    size_t size = newline ? (size_t)(newline - from - 1) : sizeof text;
    if (size >= sizeof text)
        return false;
    memcpy(text, from + 1, size);
    text[size] = '\0';
    zone->has_rule = size > 0;
    return size == 0 || cst_zone_rule_parse(&zone->rule, text);
}

static cst_code parse(cst_zone *zone, const cst_text *text, const char *name, cst_error *err)
{
    block b;
    const unsigned char *bytes = (const unsigned char *)text->data;
    const unsigned char *data = find_wide_block(&b, bytes, text->size);
    size_t count = data ? (size_t)b.time : 0;
    zone->at = cst_array_new(count, sizeof *zone->at, "time zone", err);
    zone->offset = cst_array_new(count, sizeof *zone->offset, "time zone", err);
    if (!zone->at || !zone->offset)
        return CST_NOMEM;
    if (!data || !read_transitions(zone, &b, data) ||
        !read_footer(zone, data + block_size(&b), bytes + text->size))
        return cst_error_set(err, CST_INVALID,
                             "%s/%s is not a time zone that can be read: expected TZif version 2 "
                             "or later, without leap seconds",
                             zone_directory(), name);
    return CST_OK;
}

cst_code cst_zone_open(cst_zone **out, const char *name, cst_error *err)
{
    enum { LARGEST = 1 << 20 };
    cst_text text = CST_TEXT_INIT;
    cst_zone *zone = NULL;
    cst_code rc = CST_OK;
    char *path = cst_file_join(zone_directory(), name, err);
    if (!path)
        return CST_NOMEM;
    if (!is_zone_name(name) || !cst_file_exists(path))
        rc = cst_error_set(err, CST_MISSING,
                           "there is no time zone \"%s\" in %s: use a name such as "
                           "Europe/Berlin",
                           name, zone_directory());
    if (rc == CST_OK)
        rc = cst_file_read(&text, path, LARGEST, err);
    if (rc == CST_OK && !(zone = cst_array_new(1, sizeof *zone, "time zone", err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = parse(zone, &text, name, err);
    cst_text_free(&text);
    free(path);
    if (rc != CST_OK) {
        cst_zone_free(zone);
        return rc;
    }
    *out = zone;
    return CST_OK;
}

void cst_zone_free(cst_zone *zone)
{
    if (!zone)
        return;
    free(zone->at);
    free(zone->offset);
    free(zone);
}

int32_t cst_zone_offset(const cst_zone *zone, int64_t seconds)
{
    if (!zone)
        return 0;
    if (zone->has_rule && (zone->count == 0 || seconds >= zone->at[zone->count - 1]))
        return cst_zone_rule_offset(&zone->rule, seconds);
    size_t low = 0; /* transitions at or before seconds */
    size_t high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? zone->offset[low - 1] : zone->before;
}

void cst_zone_version(char *out, size_t room)
{
    static const char words[] = "# version ";
    cst_text text = CST_TEXT_INIT;
    char *path = cst_file_join(zone_directory(), "tzdata.zi", NULL);
    (void)snprintf(out, room, "unknown");
    if (path && cst_file_exists(path) && cst_file_read(&text, path, 0, NULL) == CST_OK &&
        text.size > sizeof words && memcmp(text.data, words, sizeof words - 1) == 0) {
        const char *from = text.data + sizeof words - 1;
        (void)snprintf(out, room, "%.*s", (int)strcspn(from, "\n"), from);
    }
    cst_text_free(&text);
    free(path);
}

/* dictionary.c - texts to codes in the order of their first appearance, on one rank */
#include "source/dictionary.h"

#include "base/array.h"
#include "base/text.h"

typedef struct {
    uint32_t hash;
    int32_t code; /* -1: free */
} slot;

struct cst_dictionary {
    slot *slot; /* open addressing; slots is a power of two, at most half of them taken */
    size_t slots;
    cst_text bytes; /* all texts, one after the other */
    size_t *end;    /* shape [count]: where each ends */
    size_t end_room;
    int32_t count;
};

enum { FIRST_SLOTS = 64 };

static slot *new_slots(size_t slots, cst_error *err)
{
    slot *made = cst_array_new(slots, sizeof *made, "a dictionary", err);
    for (size_t i = 0; made && i < slots; i++)
        made[i].code = -1;
    return made;
}

cst_code cst_dictionary_new(cst_dictionary **out, cst_error *err)
{
    cst_dictionary *dictionary = cst_array_new(1, sizeof *dictionary, "a dictionary", err);
    if (!dictionary)
        return CST_NOMEM;
    dictionary->slots = FIRST_SLOTS;
    if (!(dictionary->slot = new_slots(FIRST_SLOTS, err))) {
        free(dictionary);
        return CST_NOMEM;
    }
    *out = dictionary;
    return CST_OK;
}

void cst_dictionary_free(cst_dictionary *dictionary)
{
    if (!dictionary)
        return;
    free(dictionary->slot);
    free(dictionary->end);
    cst_text_free(&dictionary->bytes);
    free(dictionary);
}

/* Spreads well enough for tables in memory; nothing that is kept depends on it. */
static uint32_t hash_of(const char *text, size_t size)
{
    uint64_t h = size * UINT64_C(0x9e3779b97f4a7c15);
    while (size) {
        uint64_t word = 0;
        size_t n = size < 8 ? size : 8;
        memcpy(&word, text, n);
        h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
        text += n;
        size -= n;
    }
    return (uint32_t)(h ^ h >> 29);
}

const char *cst_dictionary_text(const cst_dictionary *dictionary, int32_t code, size_t *size)
{
    size_t begin = code ? dictionary->end[code - 1] : 0;
    *size = dictionary->end[code] - begin;
    return dictionary->bytes.data + begin;
}

int32_t cst_dictionary_count(const cst_dictionary *dictionary)
{
    return dictionary->count;
}

static cst_code grow(cst_dictionary *dictionary, cst_error *err)
{
    size_t slots = dictionary->slots * 2;
    slot *larger = new_slots(slots, err);
    if (!larger)
        return CST_NOMEM;
    for (size_t i = 0; i < dictionary->slots; i++) {
        if (dictionary->slot[i].code < 0)
            continue;
        size_t at = dictionary->slot[i].hash & (slots - 1);
        while (larger[at].code >= 0)
            at = (at + 1) & (slots - 1);
        larger[at] = dictionary->slot[i];
    }
    free(dictionary->slot);
    dictionary->slot = larger;
    dictionary->slots = slots;
    return CST_OK;
}

static cst_code take_in(int32_t *out, cst_dictionary *dictionary, slot *at, uint32_t hash,
                        const char *text, size_t size, cst_error *err)
{
    if (dictionary->count == INT32_MAX)
        return cst_error_set(err, CST_INVALID, "more than %d distinct texts in a column",
                             INT32_MAX);
    size_t *end = cst_array_grow(dictionary->end, &dictionary->end_room,
                                 (size_t)dictionary->count + 1, sizeof *end, "a dictionary", err);
    if (!end)
        return CST_NOMEM;
    dictionary->end = end;
    cst_code rc = cst_text_add(&dictionary->bytes, text, size, err);
    if (rc != CST_OK)
        return rc;
    end[dictionary->count] = dictionary->bytes.size;
    *at = (slot){.hash = hash, .code = dictionary->count};
    *out = dictionary->count++;
    return (size_t)dictionary->count * 2 > dictionary->slots ? grow(dictionary, err) : CST_OK;
}

cst_code cst_dictionary_code(int32_t *out, cst_dictionary *dictionary, const char *text,
                             size_t size, cst_error *err)
{
    uint32_t hash = hash_of(text, size);
    size_t mask = dictionary->slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        slot *at = &dictionary->slot[i];
        if (at->code < 0)
            return take_in(out, dictionary, at, hash, text, size, err);
        if (at->hash != hash)
            continue;
        size_t known_size;
        const char *known = cst_dictionary_text(dictionary, at->code, &known_size);
        if (known_size == size && memcmp(known, text, size) == 0) {
            *out = at->code;
            return CST_OK;
        }
    }
}

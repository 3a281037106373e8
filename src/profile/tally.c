/* tally.c - how often each text occurs in one rank's rows, before ranks merge */
#include "profile/tally.h"

#include "base/array.h"
#include "base/text.h"

typedef struct {
    uint64_t hash;
    size_t at, size; /* of the text in bytes */
    int64_t count;   /* 0: an empty slot */
} slot;

struct cst_tally {
    slot *slot;   /* open addressing, linear probing */
    size_t slots; /* a power of two */
    size_t used;
    cst_text bytes; /* the texts one after the other */
};

enum { FIRST_SLOTS = 1024 };

cst_code cst_tally_new(cst_tally **out, cst_error *err)
{
    cst_tally *tally = cst_array_new(1, sizeof *tally, "tally", err);
    if (!tally)
        return CST_NOMEM;
    tally->slots = FIRST_SLOTS;
    tally->slot = cst_array_new(tally->slots, sizeof *tally->slot, "tally", err);
    if (!tally->slot) {
        free(tally);
        return CST_NOMEM;
    }
    *out = tally;
    return CST_OK;
}

void cst_tally_free(cst_tally *tally)
{
    if (!tally)
        return;
    cst_text_free(&tally->bytes);
    free(tally->slot);
    free(tally);
}

static cst_code grow(cst_tally *tally, cst_error *err)
{
    size_t slots = tally->slots * 2;
    slot *grown = cst_array_new(slots, sizeof *grown, "tally", err);
    if (!grown)
        return CST_NOMEM;
    for (size_t i = 0; i < tally->slots; i++) {
        if (!tally->slot[i].count)
            continue;
        size_t at = (size_t)tally->slot[i].hash & (slots - 1);
        while (grown[at].count)
            at = (at + 1) & (slots - 1);
        grown[at] = tally->slot[i];
    }
    free(tally->slot);
    tally->slot = grown;
    tally->slots = slots;
    return CST_OK;
}

cst_code cst_tally_add(cst_tally *tally, const char *text, size_t size, uint64_t hash,
                       cst_error *err)
{
    size_t at = (size_t)hash & (tally->slots - 1);
    for (slot *s; (s = &tally->slot[at])->count; at = (at + 1) & (tally->slots - 1)) {
        if (s->hash == hash && s->size == size &&
            (!size || memcmp(tally->bytes.data + s->at, text, size) == 0)) {
            s->count++;
            return CST_OK;
        }
    }
    size_t start = tally->bytes.size;
    cst_code rc = cst_text_add(&tally->bytes, text, size, err);
    if (rc != CST_OK)
        return rc;
    tally->slot[at] = (slot){.hash = hash, .at = start, .size = size, .count = 1};
    return ++tally->used * 2 > tally->slots ? grow(tally, err) : CST_OK;
}

size_t cst_tally_count(const cst_tally *tally)
{
    return tally->used;
}

cst_code cst_tally_flush(cst_tally *tally, cst_sorted *into, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < tally->slots; i++) {
        slot *s = &tally->slot[i];
        if (s->count)
            rc = cst_sorted_add(into, tally->bytes.data ? tally->bytes.data + s->at : "", s->size,
                                &s->count, err);
        s->count = 0;
    }
    tally->used = 0;
    tally->bytes.size = 0;
    return rc;
}

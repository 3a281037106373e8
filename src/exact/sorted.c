/* sorted.c - sorted sets of keys with payloads that add up; the smallest few where limited
 *
 * Keys are found by hashing and put in order only when somebody looks. A limited set lets twice
 * its limit pile up before it throws the larger half away, so that a bottom-k sample costs a
 * comparison with the largest key kept for nearly every row.
 */
#include "base/array.h"
#include "exact/mergeable.h"

typedef struct {
    size_t offset; /* of the key's bytes in bytes */
    size_t size;
    uint64_t hash;
} entry;

typedef struct {
    entry *entry;     /* shape [count], in order of arrival */
    int64_t *payload; /* shape [count][width] */
    uint32_t *order;  /* shape [count]: entries sorted by key, where ordered */
    size_t count, room;
    bool ordered;
    uint32_t *slot; /* open addressing: entry + 1, or 0; shape [slots], a power of two */
    size_t slots;
    uint8_t *bytes; /* the keys, one after the other */
    size_t bytes_size, bytes_room;
} store;

struct cst_sorted {
    size_t width, limit;
    bool dropped; /* keys past the limit were thrown away, here or in what was merged */
    store *store;
};

enum { ENTRIES_MOST = UINT32_MAX / 2, HEADER = 5 * sizeof(uint64_t) };

static void store_free(store *keys)
{
    if (!keys)
        return;
    free(keys->entry);
    free(keys->payload);
    free(keys->order);
    free(keys->slot);
    free(keys->bytes);
    free(keys);
}

/* FNV-1a: places entries in the table only, nothing published hangs on it. */
static uint64_t hash_of(const uint8_t *key, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ key[i]) * 0x100000001b3u;
    return hash ^ (hash >> 29);
}

static int compare_keys(const void *a, size_t a_size, const void *b, size_t b_size)
{
    size_t common = a_size < b_size ? a_size : b_size;
    int order = common ? memcmp(a, b, common) : 0;
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_entries(const void *a, const void *b, void *context)
{
    const store *keys = context;
    const entry *x = &keys->entry[*(const uint32_t *)a], *y = &keys->entry[*(const uint32_t *)b];
    return compare_keys(keys->bytes + x->offset, x->size, keys->bytes + y->offset, y->size);
}

static void put_in_order(store *keys)
{
    if (keys->ordered)
        return;
    for (size_t i = 0; i < keys->count; i++)
        keys->order[i] = (uint32_t)i;
    if (keys->count) /* an empty set has no array */
        qsort_r(keys->order, keys->count, sizeof *keys->order, compare_entries, keys);
    keys->ordered = true;
}

/* The slot of a key: its own, or the free one where it belongs. */
static uint32_t *slot_of(const store *keys, const void *key, size_t size, uint64_t hash)
{
    size_t at = (size_t)hash & (keys->slots - 1);
    for (; keys->slot[at]; at = (at + 1) & (keys->slots - 1)) {
        const entry *e = &keys->entry[keys->slot[at] - 1];
        if (e->hash == hash && e->size == size &&
            (!size || memcmp(keys->bytes + e->offset, key, size) == 0))
            break;
    }
    return &keys->slot[at];
}

static cst_code grow_slots(store *keys, cst_error *err)
{
    size_t slots = keys->slots ? keys->slots * 2 : 64;
    uint32_t *slot = cst_array_new(slots, sizeof *slot, "sorted set", err);
    if (!slot)
        return CST_NOMEM;
    free(keys->slot);
    keys->slot = slot;
    keys->slots = slots;
    for (size_t i = 0; i < keys->count; i++) {
        size_t at = (size_t)keys->entry[i].hash & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)i + 1;
    }
    return CST_OK;
}

static cst_code make_room(store *keys, size_t size, size_t width, cst_error *err)
{
    if (keys->count >= ENTRIES_MOST)
        return cst_error_set(err, CST_INVALID, "more than %d distinct keys in one set",
                             (int)ENTRIES_MOST);
    if (keys->count * 2 >= keys->slots && grow_slots(keys, err) != CST_OK)
        return CST_NOMEM;
    if (keys->count == keys->room || !keys->entry) {
        size_t room = keys->room;
        entry *entries =
            cst_array_grow(keys->entry, &room, keys->count + 1, sizeof *entries, "sorted set", err);
        if (!entries)
            return CST_NOMEM;
        keys->entry = entries;
        int64_t *payload = realloc(keys->payload, (room * width + 1) * sizeof *payload);
        if (!payload)
            return cst_error_nomem(err, "sorted set");
        keys->payload = payload;
        uint32_t *order = realloc(keys->order, room * sizeof *order);
        if (!order)
            return cst_error_nomem(err, "sorted set");
        keys->order = order;
        keys->room = room;
    }
    uint8_t *bytes = cst_array_grow(keys->bytes, &keys->bytes_room, keys->bytes_size + size + 1, 1,
                                    "sorted set", err);
    if (!bytes)
        return CST_NOMEM;
    keys->bytes = bytes;
    return CST_OK;
}

/* payload: width int64, anywhere in memory. */
static cst_code add(store *keys, const void *key, size_t size, const void *payload, size_t width,
                    cst_error *err)
{
    uint64_t hash = hash_of(key, size);
    uint32_t *slot = keys->slots ? slot_of(keys, key, size, hash) : NULL;
    if (slot && *slot) {
        int64_t *mine = keys->payload + (*slot - 1) * width, more;
        for (size_t i = 0; i < width; i++) {
            memcpy(&more, (const uint8_t *)payload + i * sizeof more, sizeof more);
            mine[i] += more;
        }
        return CST_OK;
    }
    cst_code rc = make_room(keys, size, width, err);
    if (rc != CST_OK)
        return rc;
    slot = slot_of(keys, key, size, hash);
    entry *e = &keys->entry[keys->count];
    *e = (entry){.offset = keys->bytes_size, .size = size, .hash = hash};
    if (size)
        memcpy(keys->bytes + e->offset, key, size);
    keys->bytes_size += size;
    if (width)
        memcpy(keys->payload + keys->count * width, payload, width * sizeof *keys->payload);
    *slot = (uint32_t)++keys->count;
    keys->ordered = false;
    return CST_OK;
}

/* Keep the limit smallest keys only. */
static cst_code prune(cst_sorted *set, cst_error *err)
{
    const store *old = set->store;
    put_in_order(set->store);
    store *kept = cst_array_new(1, sizeof *kept, "sorted set", err);
    if (!kept)
        return CST_NOMEM;
    for (size_t i = 0; i < set->limit; i++) {
        const entry *e = &old->entry[old->order[i]];
        cst_code rc = add(kept, old->bytes + e->offset, e->size,
                          old->payload + old->order[i] * set->width, set->width, err);
        if (rc != CST_OK) {
            store_free(kept);
            return rc;
        }
    }
    put_in_order(kept);
    store_free(set->store);
    set->store = kept;
    set->dropped = true;
    return CST_OK;
}

/* True if a key is past the largest of a full set: most keys of a bottom-k sample are. */
static bool is_past_the_limit(const cst_sorted *set, const void *key, size_t size)
{
    const store *keys = set->store;
    if (!set->limit || !set->dropped || keys->count < set->limit)
        return false;
    /* pruning left the limit smallest in order at the front; what came later lies behind them */
    const entry *last = &keys->entry[set->limit - 1];
    return compare_keys(key, size, keys->bytes + last->offset, last->size) > 0;
}

cst_code cst_sorted_new(cst_sorted **out, size_t width, size_t limit, cst_error *err)
{
    cst_sorted *set = cst_array_new(1, sizeof *set, "sorted set", err);
    if (!set)
        return CST_NOMEM;
    set->width = width;
    set->limit = limit;
    set->store = cst_array_new(1, sizeof *set->store, "sorted set", err);
    if (!set->store) {
        free(set);
        return CST_NOMEM;
    }
    *out = set;
    return CST_OK;
}

void cst_sorted_free(cst_sorted *set)
{
    if (!set)
        return;
    store_free(set->store);
    free(set);
}

cst_code cst_sorted_add(cst_sorted *set, const void *key, size_t size, const int64_t *payload,
                        cst_error *err)
{
    if (is_past_the_limit(set, key, size))
        return CST_OK;
    cst_code rc = add(set->store, key, size, payload, set->width, err);
    if (rc == CST_OK && set->limit && set->store->count >= 2 * set->limit + 64)
        rc = prune(set, err);
    return rc;
}

size_t cst_sorted_count(const cst_sorted *set)
{
    size_t count = set->store->count;
    return set->limit && count > set->limit ? set->limit : count;
}

const void *cst_sorted_key(const cst_sorted *set, size_t at, size_t *size)
{
    put_in_order(set->store);
    const entry *e = &set->store->entry[set->store->order[at]];
    *size = e->size;
    return set->store->bytes + e->offset;
}

const int64_t *cst_sorted_payload(const cst_sorted *set, size_t at)
{
    put_in_order(set->store);
    return set->store->payload + set->store->order[at] * set->width;
}

int64_t cst_sorted_find(const cst_sorted *set, const void *key, size_t size)
{
    size_t low = 0, high = cst_sorted_count(set);
    while (low < high) {
        size_t middle = low + (high - low) / 2, its_size;
        const void *its = cst_sorted_key(set, middle, &its_size);
        int order = compare_keys(key, size, its, its_size);
        if (order == 0)
            return (int64_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

bool cst_sorted_overflowed(const cst_sorted *set)
{
    return set->dropped || (set->limit && set->store->count > set->limit);
}

cst_code cst_sorted_merge(cst_sorted *set, const cst_sorted *other, cst_error *err)
{
    if (set->width != other->width || set->limit != other->limit)
        return cst_error_set(err, CST_INVALID,
                             "sets to merge differ: width %zu and limit %zu against %zu and %zu",
                             set->width, set->limit, other->width, other->limit);
    bool overflowed = cst_sorted_overflowed(other);
    for (size_t i = 0; i < cst_sorted_count(other); i++) {
        size_t size;
        const void *key = cst_sorted_key(other, i, &size);
        cst_code rc = cst_sorted_add(set, key, size, cst_sorted_payload(other, i), err);
        if (rc != CST_OK)
            return rc;
    }
    /* a set that overflowed holds limit keys, so there are as many here by now */
    return overflowed && !set->dropped ? prune(set, err) : CST_OK;
}

void cst_sorted_swap(cst_sorted *a, cst_sorted *b)
{
    cst_sorted swapped = *a;
    *a = *b;
    *b = swapped;
}

/* On the wire: width, limit, dropped, count and the bytes of all keys as 64-bit words, then each
 * key in order: its size, its payload, its bytes. */
static uint8_t *put_word(uint8_t *to, uint64_t word)
{
    memcpy(to, &word, sizeof word);
    return to + sizeof word;
}

cst_code cst_sorted_encode(void **out, size_t *size, const cst_sorted *set, cst_error *err)
{
    size_t count = cst_sorted_count(set), keys_size = 0, key_size;
    for (size_t i = 0; i < count; i++) {
        (void)cst_sorted_key(set, i, &key_size);
        keys_size += key_size;
    }
    *size = HEADER + count * (1 + set->width) * sizeof(uint64_t) + keys_size;
    uint8_t *bytes = cst_array_new(*size, 1, "sorted set on the wire", err), *to = bytes;
    if (!bytes)
        return CST_NOMEM;
    to = put_word(to, set->width);
    to = put_word(to, set->limit);
    to = put_word(to, cst_sorted_overflowed(set));
    to = put_word(to, count);
    to = put_word(to, keys_size);
    for (size_t i = 0; i < count; i++) {
        const void *key = cst_sorted_key(set, i, &key_size);
        to = put_word(to, key_size);
        for (size_t w = 0; w < set->width; w++)
            to = put_word(to, (uint64_t)cst_sorted_payload(set, i)[w]);
        if (key_size)
            memcpy(to, key, key_size);
        to += key_size;
    }
    *out = bytes;
    return CST_OK;
}

static uint64_t word_at(const uint8_t *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

static cst_code decode_keys(cst_sorted *set, const uint8_t *from, size_t left, uint64_t count,
                            cst_error *err)
{
    const uint8_t *before = NULL;
    size_t before_size = 0, fixed = (1 + set->width) * sizeof(uint64_t);
    for (uint64_t i = 0; i < count; i++) {
        if (left < fixed || word_at(from) > left - fixed)
            return cst_error_set(err, CST_INVALID, "a sorted set's bytes end within key %llu",
                                 (unsigned long long)i);
        size_t size = (size_t)word_at(from);
        const uint8_t *key = from + fixed;
        if (before && compare_keys(before, before_size, key, size) >= 0)
            return cst_error_set(err, CST_INVALID, "a sorted set's key %llu is out of order",
                                 (unsigned long long)i);
        cst_code rc = add(set->store, key, size, from + sizeof(uint64_t), set->width, err);
        if (rc != CST_OK)
            return rc;
        before = key;
        before_size = size;
        from += fixed + size;
        left -= fixed + size;
    }
    if (left)
        return cst_error_set(err, CST_INVALID, "a sorted set has %zu bytes behind its end", left);
    return CST_OK;
}

cst_code cst_sorted_decode(cst_sorted **out, const void *bytes, size_t size, cst_error *err)
{
    const uint8_t *from = bytes;
    enum { WIDTH_MOST = 1 << 20 };
    if (size < HEADER || word_at(from) > WIDTH_MOST)
        return cst_error_set(err, CST_INVALID, "%zu bytes are no sorted set", size);
    cst_sorted *set = NULL;
    cst_code rc = cst_sorted_new(&set, (size_t)word_at(from), (size_t)word_at(from + 8), err);
    if (rc != CST_OK)
        return rc;
    uint64_t dropped = word_at(from + 16), count = word_at(from + 24);
    if (dropped > 1 || (set->limit && count > set->limit) || (dropped && count != set->limit))
        rc = cst_error_set(err, CST_INVALID, "a sorted set's count %llu does not fit its limit %zu",
                           (unsigned long long)count, set->limit);
    if (rc == CST_OK)
        rc = decode_keys(set, from + HEADER, size - HEADER, count, err);
    if (rc != CST_OK) {
        cst_sorted_free(set);
        return rc;
    }
    put_in_order(set->store);
    set->dropped = dropped;
    *out = set;
    return CST_OK;
}
